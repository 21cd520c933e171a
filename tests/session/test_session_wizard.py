"""WZ in a running session: the console's choice is stored first; the scripted wizard of the demo."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from studies.log.reader import ReadOnlyLog
from tests.session.recorded import record
from tests.session.room import Room, header, plan
from tutorbot.adapters.web.console_feed import COLUMNS, WIZARD_PARTS
from tutorbot.cli import app
from tutorbot.core.events import Act, LearnerSaid, Row, Trigger, WizardChoice
from tutorbot.demo.run import counts, transcript
from tutorbot.demo.wizard import wizard_for
from tutorbot.errors import BadInput, LogUnwritable
from tutorbot.session.console import console_row
from tutorbot.session.replay import rebuilt, replayed
from tutorbot.simulation.wizard import CHOOSES_AFTER_S, WAYS


@pytest_asyncio.fixture
async def wz() -> AsyncIterator[Room]:
    """A session of WZ before its first board, the camera agreed to."""
    made = await Room().open(condition="WZ")
    yield made
    await made.sessions.close()


async def proposed(room: Room) -> str:
    """A wrong check and a confused face, until something is proposed. Returns: the trigger's id."""
    await room.begin(camera=True)
    await room.sort(right=False)
    room.feed.confusion = 0.95
    for _ in range(30):
        await room.seconds(1, pictures=True)
        proposal = panel(room)["proposal"]
        if proposal is not None:
            return str(proposal["trigger_id"])
    raise AssertionError("nothing was proposed")


def panel(room: Room) -> dict[str, Any]:
    found: dict[str, Any] = room.sessions.desk.rows()[0]["wizard"]
    return found


async def choose(room: Room, level: int, trigger_id: str | None = None, n: int = 1) -> None:
    await room.sessions.desk.wizard("P001", level, trigger_id, f"choice-number-{n}")


# ---------------------------------------------------------------- the console's side


async def test_a_choice_is_a_row_before_anything_comes_of_it(wz: Room):
    trigger_id = await proposed(wz)
    lines = len(wz.page.view["messages"])
    await choose(wz, 2, trigger_id)
    assert wz.rows[-1] == wz.of(WizardChoice)[0]
    assert (wz.rows[-1].level, wz.rows[-1].trigger_id) == (2, trigger_id)  # type: ignore[attr-defined]
    assert wz.of(Act) == []
    assert len(wz.page.view["messages"]) == lines
    assert panel(wz)["verdict"]["state"] == "waiting"
    await wz.seconds(2, pictures=True)
    assert [act.level for act in wz.of(Act)] == [2]
    assert len(wz.page.view["messages"]) > lines
    assert panel(wz)["verdict"] == {"level": 2, "state": "said", "why": None, "ago_s": 2, "in_s": None}


async def test_a_choice_that_cannot_be_stored_is_none(wz: Room):
    trigger_id = await proposed(wz)
    wz.log.broken = LogUnwritable("The disk is full.", remedy="Make room.")
    with pytest.raises(LogUnwritable):
        await choose(wz, 2, trigger_id)
    assert panel(wz)["verdict"] is None
    wz.log.broken = None
    await wz.seconds(3, pictures=True)
    assert (wz.of(WizardChoice), wz.of(Act)) == ([], [])
    assert panel(wz)["proposal"] is not None
    await choose(wz, 2, trigger_id)
    await wz.seconds(2, pictures=True)
    assert len(wz.of(Act)) == 1


async def test_a_choice_that_comes_again_is_taken_once_after_a_restart_too(wz: Room):
    trigger_id = await proposed(wz)
    for _ in range(2):
        await choose(wz, 1, trigger_id)
    await wz.settled()
    again = await (await wz.crashed()).open()
    await choose(again, 1, trigger_id)
    assert len(again.of(WizardChoice)) == 1
    await again.sessions.close()


async def test_a_veto_is_stored_and_nothing_is_said(wz: Room):
    trigger_id = await proposed(wz)
    await choose(wz, 0, trigger_id)
    await wz.seconds(10, pictures=True)
    assert (wz.of(WizardChoice)[0].level, wz.of(Act)) == (0, [])
    assert panel(wz)["verdict"]["why"] == "the wizard's veto"
    assert panel(wz)["proposal"] is None


async def test_nothing_is_chosen_outside_of_a_board(wz: Room):
    async def refused() -> None:
        n_rows = len(wz.rows)
        assert panel(wz)["can_choose"] is False
        with pytest.raises(BadInput, match="No board is open"):
            await choose(wz, 1, n=2)
        assert len(wz.rows) == n_rows

    await refused()
    await wz.begin()
    assert panel(wz)["can_choose"] is True
    await wz.send("pause", on=True)
    await refused()
    await wz.send("pause", on=False)
    await wz.sitting.detach()
    await refused()
    await wz.open()
    await wz.sort(right=True)
    await refused()
    await wz.probe()
    await choose(wz, 1)
    await wz.send("end")
    await refused()


async def test_other_conditions_and_unknown_participants_have_no_wizard(room: Room):
    await room.begin()
    assert room.sessions.desk.rows()[0]["wizard"] is None
    with pytest.raises(BadInput, match="condition AD"):
        await choose(room, 1)
    with pytest.raises(BadInput, match="P999"):
        await room.sessions.desk.wizard("P999", 1, None, "choice-number-1")
    assert room.of(WizardChoice) == []


async def test_the_panel_has_the_parts_that_the_console_passes_on_and_no_words(wz: Room):
    await proposed(wz)
    await choose(wz, 1)
    await wz.send("say", text="zebra this is annoying")
    assert wz.of(LearnerSaid)
    row = console_row(wz.session)
    assert set(row) <= set(COLUMNS)
    assert set(row["wizard"]) == {"can_choose", "can_say", "limits", *WIZARD_PARTS}
    for part, keys in WIZARD_PARTS.items():
        assert set(row["wizard"][part]) == set(keys)
    assert "zebra" not in repr(row)


async def test_a_level_is_limited_exactly_where_its_choice_would_be_refused(wz: Room):
    await choose_and_say(wz, 1, n=1)
    assert {limit["level"]: limit["why"] for limit in panel(wz)["limits"]} == dict.fromkeys(
        (1, 2, 3), "another act was open"
    )
    await wz.seconds(9, pictures=True)  # the offer lapsed, the rest is over
    assert panel(wz)["limits"] == []
    await choose_and_say(wz, 1, n=2)
    await wz.seconds(9, pictures=True)
    assert panel(wz)["limits"] == [
        {"level": level, "why": "most acts on the board reached", "left_s": None} for level in (1, 2, 3)
    ]
    await choose(wz, 3, n=3)
    await wz.seconds(2, pictures=True)
    assert panel(wz)["verdict"]["why"] == "most acts on the board reached"
    await wz.send("pause", on=True)
    await wz.send("pause", on=False)
    await wz.sort(right=True)
    assert panel(wz)["limits"] == []  # no board is open


async def choose_and_say(room: Room, level: int, *, n: int) -> None:
    """From the first board on; until it was said."""
    if n == 1:
        await room.begin(camera=True)
        await room.seconds(3, pictures=True)
    await choose(room, level, n=n)
    await room.seconds(2, pictures=True)
    assert len(room.of(Act)) == n


async def test_a_session_with_choices_is_rebuilt_from_its_log(wz: Room):
    await choose_twice(wz)
    of = header(condition="WZ")
    assert replayed(plan(of).setup, wz.rows) == wz.rows
    assert rebuilt(plan(of), wz.rows).initiative.verdict == wz.session.tutor.initiative.verdict


async def choose_twice(room: Room) -> None:
    """One act, and one choice that comes too soon after it."""
    trigger_id = await proposed(room)
    await choose(room, 3, trigger_id)
    await room.seconds(2, pictures=True)
    await choose(room, 1, None, n=2)
    await room.seconds(2, pictures=True)
    assert panel(room)["verdict"]["state"] == "refused"


# ---------------------------------------------------------------- the demo's scripted wizard


async def played(path: Path, wizard: str | None = None, condition: str = "WZ") -> tuple[Row, ...]:
    session_id = await record(path, condition=condition, wizard=wizard)
    log = ReadOnlyLog.open(f"sqlite:///{path}")
    try:
        return await log.read(session_id)
    finally:
        log.close()


def of(rows: tuple[Row, ...], kind: type[Any]) -> list[Any]:
    return [row for row in rows if isinstance(row, kind)]


async def test_who_agrees_takes_each_proposal_two_seconds_after_it_came_up(tmp_path: Path):
    rows = await played(tmp_path / "log.db")
    choices, proposals = of(rows, WizardChoice), of(rows, Trigger)
    first_ones = {choice.trigger_id: choice for choice in reversed(choices)}
    assert len(first_ones) >= 2
    for choice in first_ones.values():
        waited = next(
            row for row in proposals if (row.trigger_id, row.reason) == (choice.trigger_id, "wizard")
        )
        assert choice.at_s - waited.at_s == CHOOSES_AFTER_S
        assert choice.level == waited.level_allowed
    acts = [act for act in of(rows, Act) if act.follows_act_id is None]
    assert 2 <= len(acts) <= len(choices)
    assert counts(rows)["acts"] == len(of(rows, Act)), (
        "an accepted offer leads to an act that nobody has to choose"
    )
    assert any("-- wizard on T" in line for line in transcript(rows))


async def test_one_seed_and_one_wizard_give_the_same_session_twice(tmp_path: Path):
    first, second = [await played(tmp_path / f"{n}.db", "agrees") for n in (1, 2)]
    assert first == second


def test_a_replay_of_the_demo_finds_no_difference(tmp_path: Path):
    asyncio.run(record(tmp_path / "log.db", condition="WZ"))
    result = CliRunner().invoke(app, ["replay", str(tmp_path / "log.db"), "--all"])
    assert (result.exit_code, "no difference" in result.stdout) == (0, True)


async def test_who_vetoes_and_who_is_silent_let_nothing_be_said(tmp_path: Path):
    vetoed, silent = [await played(tmp_path / f"{way}.db", way) for way in ("vetoes", "silent")]
    assert {choice.level for choice in of(vetoed, WizardChoice)} == {0}
    assert of(silent, WizardChoice) == []
    for rows in (vetoed, silent):
        assert of(rows, Act) == []
    assert "wizard_veto" in {row.reason for row in of(vetoed, Trigger)}
    assert {row.reason for row in of(silent, Trigger)} >= {"wizard"}


def test_a_wizard_belongs_to_wz_and_goes_one_of_three_ways():
    assert wizard_for(None, "AD") is None
    assert wizard_for(None, None) is None
    for way in WAYS:
        assert wizard_for(way, "WZ") is not None
    with pytest.raises(BadInput, match="Known are agrees, vetoes, silent"):
        wizard_for("mild", "WZ")
    for condition in ("AD", None):
        with pytest.raises(BadInput, match="only in condition WZ"):
            wizard_for("agrees", condition)
