"""The learner's own break: nothing is taken that would be work, and what is no work goes on."""

from __future__ import annotations

import pytest

from tests.session.room import Room
from tutorbot.adapters.web.words import problem_words
from tutorbot.core.events import Action, Attempt, LearnerSaid
from tutorbot.errors import BadInput, Paused
from tutorbot.session.words import words


async def on_break(room: Room) -> dict:
    await room.begin()
    task = room.page.view["task"]
    await room.send("pause", on=True)
    return task


async def test_no_card_check_or_word_is_taken_in_a_break(room: Room):
    task = await on_break(room)
    before = len(room.rows)
    card = next(one["id"] for one in task["cards"] if not one["given"])
    for message in (
        {"type": "place", "item_id": task["item_id"], "card_id": card, "box": "left"},
        {"type": "check", "item_id": task["item_id"]},
        {"type": "stuck"},
        {"type": "undo", "act_id": "A1"},
        {"type": "say", "text": "hello"},
    ):
        with pytest.raises(Paused, match=r'taking a break.*Press "Go on" first'):
            await room.sitting.receive(message)
    assert len(room.rows) == before
    await room.send("pause", on=False)
    await room.sort(right=True)
    assert [row.correct for row in room.of(Attempt)] == [True]


async def test_a_move_that_was_stored_before_the_break_may_be_sent_again_in_it(room: Room):
    await room.begin()
    task = room.page.view["task"]
    card = next(one["id"] for one in task["cards"] if not one["given"])
    move = {"item_id": task["item_id"], "card_id": card, "box": "left", "client_id": "the-same-move"}
    await room.send("place", **move)
    await room.send("pause", on=True)
    await room.send("place", **move)
    assert len([row for row in room.of(Action) if row.kind == "place"]) == 1


async def test_a_break_can_be_ended_and_left(room: Room):
    await on_break(room)
    await room.send("attention", state="left")
    await room.send("end")
    assert room.session.tutor.over
    assert room.of(LearnerSaid) == []


async def test_while_the_experimenter_pauses_consent_is_taken_back_and_a_move_sent_twice_is_no_fault(
    room: Room,
):
    await room.begin()
    task = room.page.view["task"]
    card = next(one["id"] for one in task["cards"] if not one["given"])
    move = {"item_id": task["item_id"], "card_id": card, "box": "left", "client_id": "the-same-move"}
    await room.send("place", **move)
    await room.sessions.desk.hold("P001", "hold-it-now", on=True)
    await room.send("place", **move)
    with pytest.raises(Paused, match="has paused the session"):
        await room.sitting.receive({"type": "place", **move, "client_id": "another-move"})
    await room.send("withdraw", purpose="participation", client_id="take-it-back")
    assert room.session.tutor.end_reason == "consent_withdrawn"


async def test_after_an_end_in_a_break_the_end_is_told_and_not_the_break(room: Room):
    task = await on_break(room)
    await room.send("end")
    with pytest.raises(BadInput, match="The session is over"):
        await room.sitting.receive({"type": "check", "item_id": task["item_id"]})


@pytest.mark.parametrize("language", ["en", "de", "de-AT"])
def test_a_pause_is_told_in_the_participants_own_words(language: str):
    own = words(language)
    for text, remedy in ((own.held, own.held_wait), (own.on_break, own.on_break_wait)):
        assert problem_words(Paused(text, remedy=remedy), "paused", language) == (text, remedy)
