"""The stub's views have the parts of the real ones, so that a page test shows what a learner sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.stub_host import CARDS, StubHost, StubSession, StubSitting, right_box
from tests.builders import Drive, frustrated, setup
from tests.session.room import header, plan
from tutorbot.session.view import view_of


def shape(value: Any) -> Any:
    """Names and nothing else; a list stands for its first element."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(value[0])] if value else []
    return value is not None


async def begun() -> tuple[StubSession, StubSitting]:
    host = StubHost(camera=True)
    session = host.sessions[await host.join()]
    sitting = StubSitting(session)
    await sitting.receive({"type": "consent", "participation": True, "camera": False, "version": "1"})
    await sitting.receive({"type": "baseline_done"})
    return session, sitting


async def board(sitting: StubSitting, *, wrongly: bool) -> None:
    for card in CARDS[1:]:
        box = "left" if wrongly else right_box(card)
        await sitting.receive({"type": "place", "item_id": "board-1", "card_id": card, "box": box})
    await sitting.receive({"type": "check", "item_id": "board-1"})


@pytest.mark.parametrize(
    ("wrongly", "real"), [(False, lambda drive: drive.solve()), (True, lambda drive: drive.wrong())]
)
async def test_a_checked_board_looks_as_the_server_sends_it(
    wrongly: bool, real: Callable[[Drive], Drive]
) -> None:
    session, sitting = await begun()
    await board(sitting, wrongly=wrongly)
    drive = real(Drive().begin(camera=False))
    theirs = view_of(drive.tutor, plan(header()), label="P001", trouble=None)
    ours = session.view()
    assert ours["phase"] == theirs["phase"] == ("task" if wrongly else "probe")
    assert set(ours) == set(theirs)
    for part in ("task", "probe", "sensing", "tutor"):
        assert shape(ours[part]) == shape(theirs[part]), part
    tones = [view["task"]["feedback"]["tone"] for view in (ours, theirs)]
    assert tones[0] == tones[1]
    marks = [{card["marked"] for card in view["task"]["cards"]} for view in (ours, theirs)]
    assert marks[0] == marks[1]


async def test_the_two_questions_in_the_middle_of_a_board_are_those_the_server_sends() -> None:
    session, _ = await begun()
    await session.ask("V1")
    drives = (
        Drive(setup("AD", seed=seed, validity_probes=True)).begin().wrong(4).wrong(4) for seed in range(40)
    )
    drive = next(one for one in drives if one.seconds(14, frustrated).tutor.check_in is not None)
    theirs = view_of(drive.tutor, plan(header()), label="P001", trouble=None)
    assert session.view()["check_in"] == theirs["check_in"]
