"""The study's two questions on the page: shown while open, answered once, withdrawn by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.session.room import Room
from tutorbot.core.events import ValidityAnswer, ValidityProbe

ANSWER = {"confused": 4, "frustrated": None, "client_id": "client-id-1"}


@pytest_asyncio.fixture
async def room() -> AsyncIterator[Room]:
    """A study that asks, its learner at the first board with the questions open."""
    made = await Room(check_ins=True).open()
    await made.begin()
    await made.asked()
    yield made
    await made.sessions.close()


def answers(room: Room) -> list[tuple[str, Any, Any]]:
    return [(row.probe_id, row.confused, row.frustrated) for row in room.of(ValidityAnswer)]


async def test_the_view_holds_the_questions_until_they_are_answered(room: Room):
    assert room.page.view["check_in"] == {
        "probe_id": "V1",
        "confused_text": "How confused did you feel just now?",
        "frustrated_text": "How frustrated did you feel just now?",
        "low": "not at all",
        "high": "completely",
    }
    assert room.page.view["phase"] == "task"
    await room.send("check_in", probe_id="V1", **ANSWER)
    assert room.page.view["check_in"] is None
    assert answers(room) == [("V1", 4, None)]


async def test_an_answer_that_comes_again_is_taken_once(room: Room):
    message = {"type": "check_in", "probe_id": "V1", **ANSWER}
    await asyncio.gather(room.sitting.receive(message), room.sitting.receive(message))
    await room.send("check_in", probe_id="V1", **ANSWER)
    assert answers(room) == [("V1", 4, None)]


async def test_an_answer_that_comes_again_after_a_restart_is_taken_once(room: Room):
    await room.send("check_in", probe_id="V1", **ANSWER)
    again = await (await room.crashed()).open()
    await again.send("check_in", probe_id="V1", **ANSWER)
    assert again.page.view["check_in"] is None
    assert answers(again) == [("V1", 4, None)]
    await again.sessions.close()


async def test_an_id_that_another_action_had_already_is_no_answer(room: Room):
    task = room.page.view["task"]
    card = next(card["id"] for card in task["cards"] if not card["given"])
    await room.send("place", item_id=task["item_id"], card_id=card, box="left", client_id="client-id-1")
    await room.send("check_in", probe_id="V1", **ANSWER)
    assert answers(room) == []


async def test_what_is_not_answered_within_30_s_is_withdrawn_and_a_late_answer_leaves_no_row(room: Room):
    await room.seconds(29)
    assert room.page.view["check_in"] is not None
    await room.seconds(1)
    assert room.page.view["check_in"] is None
    n_rows = len(room.rows)
    await room.send("check_in", probe_id="V1", **ANSWER)
    assert len(room.rows) == n_rows
    assert [row.outcome for row in room.of(ValidityProbe)] == ["asked", "expired"]


@pytest.mark.parametrize("what", ["pause", "page_gone", "board_done", "killed"])
async def test_with_a_pause_the_page_or_the_board_they_go_and_a_late_answer_is_no_fault(
    room: Room, what: str
):
    if what == "pause":
        await room.send("pause", on=True)
    elif what == "page_gone":
        await room.sitting.detach()
        await room.open()
    elif what == "board_done":
        await room.sort(right=True)
    else:
        room = await (await room.crashed()).open()
    assert room.page.view["check_in"] is None
    await room.send("check_in", probe_id="V1", **ANSWER)
    assert answers(room) == []
    assert room.of(ValidityProbe)[-1].outcome == "dropped"
    await room.sessions.close()


async def test_an_answer_to_another_question_leaves_this_one_open(room: Room):
    await room.send("check_in", probe_id="V2", **ANSWER)
    assert room.page.view["check_in"] is not None
    assert answers(room) == []
