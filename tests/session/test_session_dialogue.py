"""The dialogue manager dies and comes back: words wait, acts do not, and the page says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.dialogue import FakeDialogue
from tests.session.room import Room, until
from tutorbot.core.events import (
    Act,
    Delivery,
    Health,
    LearnerSaid,
    ReactionSeen,
    Trigger,
    TutorSaid,
    Undelivered,
    Understood,
)
from tutorbot.errors import DialogueUnreachable


def dialogue_states(room: Room) -> list[str]:
    return [row.state for row in room.of(Health) if row.component == "dialogue"]


async def back_again(room: Room) -> None:
    room.dialogue.down = False
    await room.sessions.dialogue_state(up=True)
    await room.settled()


async def test_words_said_while_it_is_away_wait_and_are_each_answered_once(room: Room):
    await room.begin()
    room.dialogue.down = True
    for text in ("Can I have a hint?", "hello"):
        await room.sitting.receive({"type": "say", "text": text})
    await until(lambda: not room.page.view["tutor"]["available"])
    assert "what you wrote is kept" in room.page.view["tutor"]["note"]
    assert room.of(Understood) == []
    await back_again(room)
    assert room.page.view["tutor"] == {"available": True, "note": None}
    assert [(row.utterance_id, row.intent) for row in room.of(Understood)] == [
        ("U1", "ask_hint"),
        ("U2", "greet"),
    ]
    assert len(room.page.lines) == len(room.of(TutorSaid)) == len(room.of(LearnerSaid)) == 2
    assert dialogue_states(room) == ["down", "ready"]


async def test_sorting_goes_on_while_it_is_away(room: Room):
    await room.begin()
    room.dialogue.down = True
    await room.sitting.receive({"type": "say", "text": "hello"})
    task = room.page.view["task"]
    card = next(card["id"] for card in task["cards"] if not card["given"])
    await room.sitting.receive({"type": "place", "item_id": task["item_id"], "card_id": card, "box": "right"})
    assert {c["id"]: c["box"] for c in room.page.view["task"]["cards"]}[card] == "right"


async def test_one_that_comes_back_by_itself_is_noticed_without_being_told(room: Room):
    await room.begin()
    room.dialogue.down = True
    await room.sitting.receive({"type": "say", "text": "hello"})
    await until(lambda: not room.page.view["tutor"]["available"])
    room.dialogue.down = False
    await room.settled()
    assert room.page.view["tutor"]["available"] is True
    assert len(room.of(TutorSaid)) == 1


class DiesOnActs(FakeDialogue):
    """Goes down when it is asked to speak up."""

    async def perform(self, *args: Any, **kwargs: Any) -> None:
        self.down = True
        await super().perform(*args, **kwargs)


async def test_an_act_it_did_not_take_is_dropped_and_never_said_late():
    room = await Room(make_dialogue=DiesOnActs).open()
    await room.begin(camera=True)
    await room.confuse()
    await until(lambda: bool(room.of(Undelivered)))
    assert room.page.view["tutor"]["available"] is False
    assert [(row.act_id, row.reason) for row in room.of(Undelivered)] == [("A1", "dialogue_unreachable")]
    for _ in range(15):  # still confused, and the dialogue manager is away
        room.clock.advance(1.0)
        await room.sitting.frame(b"jpeg")
        await room.session.tick()
    assert "dialogue_down" in {row.reason for row in room.of(Trigger) if row.outcome == "waiting"}
    assert len(room.of(Act)) == 1
    room.feed.confusion = 0.05
    await back_again(room)
    await room.seconds(10, pictures=True)
    assert room.of(TutorSaid) == []
    assert [row.delivered for row in room.of(Delivery)] == [False]
    await room.sessions.close()


async def test_after_an_act_failed_a_remote_one_is_asked_until_it_is_back_and_the_next_act_is_said():
    room = await Room(make_dialogue=DiesOnActs).open()
    await room.begin(camera=True)
    await room.confuse()
    await until(lambda: not room.page.view["tutor"]["available"])
    room.dialogue.__class__ = FakeDialogue
    room.dialogue.down = False  # nobody tells the session
    await room.settled()
    assert dialogue_states(room) == ["down", "ready"]
    await room.seconds(10, pictures=True)
    assert [row.act_id for row in room.of(Delivery) if row.delivered][:1] == ["A2"]
    await room.sessions.close()


class DiesAfterYes(FakeDialogue):
    """Understands one yes, then goes down before it has said the reply."""

    died = False

    async def hear(self, session_id: str, text: str, *, deadline_s: float) -> None:
        if text != "yes" or self.died:
            await super().hear(session_id, text, deadline_s=deadline_s)
            return
        self.died = self.down = True
        await self._mind.answer(session_id, _affirm(text))
        self._reach()


def _affirm(text: str) -> Any:
    from tests.fakes.dialogue import understood

    return understood(text)


async def test_a_worked_step_agreed_to_just_before_it_died_is_not_done_minutes_later():
    room = await Room(make_dialogue=DiesAfterYes).open()
    await room.begin(camera=True)
    initiative = await offered_a_step(room)
    await room.sitting.receive({"type": "say", "text": "yes"})
    await until(lambda: not room.page.view["tutor"]["available"])
    step = room.of(Act)[-1]
    assert (step.move, step.follows_act_id) == ("worked_step", initiative)
    room.clock.advance(120.0)
    await back_again(room)
    assert [(row.act_id, row.reason) for row in room.of(Undelivered)] == [(step.act_id, "stale")]
    assert room.page.view["task"]["worked_step"] is None
    assert step.act_id not in {line.act_id for line in room.page.lines}
    assert [row.intent for row in room.of(Understood)].count("affirm") == 2
    assert len([line for line in room.page.lines if line.wording_id.startswith("accepted_ask")]) == 1
    await room.sessions.close()


async def offered_a_step(room: Room) -> str:
    """Struggle with high trust until the tutor asks whether it may do a step; returns that act."""
    await room.sort(right=True)
    await room.probe(trust=5)
    for _ in range(3):
        await room.sort(right=False)
        room.feed.confusion = 0.95
        for _ in range(30):
            await room.seconds(1, pictures=True)
            asked = [act for act in room.of(Act) if act.move == "ask_before_step"]
            if asked:
                await room.settled()
                return asked[-1].act_id
    raise AssertionError(f"no step was offered, only {[act.move for act in room.of(Act)]}")


async def test_one_that_never_answers_is_given_up_after_three_tries(room: Room):
    await room.begin()
    tries = []

    async def deaf(session_id: str, text: str, *, deadline_s: float) -> None:
        tries.append(deadline_s)

    room.dialogue.hear = deaf
    await room.send("say", text="hello")
    assert len(tries) == 3
    assert dialogue_states(room) == ["no_answer"]
    assert room.session.tutor.unanswered == ()


async def test_one_that_is_slow_is_handed_the_words_again(room: Room):
    await room.begin()
    hear, n = room.dialogue.hear, 0

    async def slow_once(session_id: str, text: str, *, deadline_s: float) -> None:
        nonlocal n
        n += 1
        if n == 1:
            raise DialogueUnreachable("It took longer than 10 s.", remedy="Look at its log.")
        await hear(session_id, text, deadline_s=deadline_s)

    room.dialogue.hear = slow_once
    await room.send("say", text="hello")
    assert len(room.of(TutorSaid)) == 1
    assert dialogue_states(room) == ["down", "ready"]


async def test_a_fault_in_a_turn_does_not_end_the_conversation(room: Room, caplog: pytest.LogCaptureFixture):
    await room.begin()
    hear = room.dialogue.hear

    async def faulty(session_id: str, text: str, *, deadline_s: float) -> None:
        raise ZeroDivisionError(text)

    room.dialogue.hear = faulty
    await room.send("say", text="my secret words")
    room.dialogue.hear = hear
    await room.send("say", text="hello")
    assert [row.intent for row in room.of(Understood)] == ["greet"]
    assert "a turn failed (ZeroDivisionError)" in caplog.text
    assert "secret" not in caplog.text


async def test_every_block_begins_a_fresh_conversation(room: Room):
    await room.begin()
    assert room.dialogue.blocks == ["s1"]
    while room.page.view["task"]["block"] == 1:
        await room.sort(right=True)
        await room.probe()
    assert room.dialogue.blocks == ["s1", "s1"]


async def test_the_button_im_stuck_asks_the_dialogue_manager(room: Room):
    await room.begin()
    await room.send("stuck", client_id="client-id-1")
    assert [row.intent for row in room.of(Understood)] == ["stuck"]
    assert len(room.page.lines) == 1


# ---------------------------------------------------------------- quick replies


def quick_replies(room: Room) -> list[list[str]]:
    return [message["choices"] for message in room.page.view["messages"] if message["act_id"] is not None]


async def test_the_buttons_of_an_offer_go_when_it_can_be_taken_no_longer(room: Room):
    await room.begin(camera=True)
    await room.confuse()
    await room.settled()
    assert quick_replies(room) == [["Yes, please", "Not now"]]
    await room.sort(right=True)
    assert room.page.view["phase"] == "probe"
    assert quick_replies(room) == [[]]
    assert [row.reaction for row in room.of(ReactionSeen)] == ["lapsed"]


async def test_an_offer_that_was_ignored_can_still_be_taken_on_its_board(room: Room):
    await room.begin(camera=True)
    await room.confuse()
    await room.settled()
    room.feed.confusion = 0.05
    await room.seconds(9, pictures=True)
    assert [row.reaction for row in room.of(ReactionSeen)] == ["ignored"]
    assert quick_replies(room) == [["Yes, please", "Not now"]]
