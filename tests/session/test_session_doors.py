"""Links and tabs, doubles, wrong moments, the end, and words that stay out of log messages."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.fakes.surface import CollectingSurface
from tests.session.room import CODE, Room
from tutorbot.core.events import (
    Action,
    Attempt,
    Attention,
    Health,
    LearnerSaid,
    Probe,
    SessionEnded,
    StateChange,
    TutorSaid,
)
from tutorbot.errors import BadInput, LinkInUse, LogUnwritable, UnknownLink
from tutorbot.ports import Arrival

# ---------------------------------------------------------------- links


async def test_an_unknown_link_is_told_so(room: Room):
    with pytest.raises(UnknownLink):
        await room.sessions.attach("another-code", CollectingSurface())


async def test_a_second_tab_is_refused_the_first_stays_and_leaves_the_link_free(room: Room):
    await room.begin()
    second = CollectingSurface()
    with pytest.raises(LinkInUse, match="another tab"):
        await room.sessions.attach(CODE, second)
    assert second.views == []
    await room.send("say", text="hello")
    assert room.page.view["messages"][0]["text"] == "hello"
    await room.sitting.detach()
    await room.sessions.attach(CODE, second)
    assert second.view["messages"] == room.page.view["messages"]
    assert [row.state for row in room.of(Health)] == ["connected", "disconnected", "connected"]


async def test_two_tabs_at_the_same_moment_are_one(room: Room):
    await room.sitting.detach()
    pages = [CollectingSurface() for _ in range(5)]
    results = await asyncio.gather(
        *(room.sessions.attach(CODE, page) for page in pages), return_exceptions=True
    )
    assert sum(isinstance(result, LinkInUse) for result in results) == 4
    assert sum(bool(page.views) for page in pages) == 1


async def test_while_no_page_is_there_nothing_is_judged_and_time_stands_still(room: Room):
    await room.begin()
    await room.seconds(2)
    await room.sitting.detach()
    n_rows = len(room.rows)
    await room.seconds(100)
    assert len(room.rows) == n_rows
    await room.open()
    item = room.session.tutor.course.item
    assert item is not None
    assert room.session.tutor.active.at(room.session.now_s()) - item.began_s == pytest.approx(2.0)


async def test_new_participants_get_sessions_of_their_own(room: Room):
    codes = [await room.sessions.join(Arrival()) for _ in range(2)]
    pages = [CollectingSurface() for _ in codes]
    first, _ = [await room.sessions.attach(code, page) for code, page in zip(codes, pages, strict=True)]
    await first.receive({"type": "consent", "participation": True, "camera": False, "version": "1"})
    assert [page.view["phase"] for page in pages] == ["baseline", "consent"]
    assert room.page.view["phase"] == "consent"
    assert len({page.view["session_label"] for page in pages}) == 2


async def test_nobody_is_taken_in_while_the_log_cannot_be_written(room: Room):
    room.log.broken = LogUnwritable("The disk is full.", remedy="Make room.")
    with pytest.raises(LogUnwritable):
        await room.sessions.join(Arrival())
    room.log.broken = None


async def test_a_session_nobody_has_open_is_unknown_to_the_dialogue_manager(room: Room):
    with pytest.raises(KeyError):
        await room.sessions.voice("s2", "A1")


# ---------------------------------------------------------------- doubles


async def doubles(room: Room, kind: str, **fields: Any) -> None:
    """The same message three times, two of them at once."""
    message = {"type": kind, "client_id": f"client-id-{kind}", **fields}
    await asyncio.gather(room.sitting.receive(message), room.sitting.receive(message))
    await room.sitting.receive(message)
    await room.settled()


async def test_an_action_that_comes_again_is_taken_once(room: Room):
    await room.consent()
    await doubles(room, "baseline_done")
    task = room.page.view["task"]
    await doubles(room, "say", text="Can I have a hint?")
    card = next(card["id"] for card in task["cards"] if not card["given"])
    await doubles(room, "place", item_id=task["item_id"], card_id=card, box="left")
    await room.sort(right=False)
    await doubles(room, "check", item_id=task["item_id"])
    kinds = [row.kind for row in room.of(Action) if row.client_id is not None]
    assert kinds == ["baseline_done", "place", "check"]
    assert (len(room.of(LearnerSaid)), len(room.of(TutorSaid)), len(room.of(Attempt))) == (1, 1, 2)


async def test_answers_that_come_again_are_taken_once(room: Room):
    await room.begin()
    await room.sort(right=True)
    await doubles(room, "probe", item_id="I1", trust=2, concentration=3)
    assert [(row.item_id, row.trust) for row in room.of(Probe)] == [("I1", 2)]
    assert room.page.view["task"]["n"] == 2


async def test_an_action_that_comes_again_after_a_restart_is_taken_once(room: Room):
    await room.begin()
    say = {"text": "hello", "client_id": "client-id-1"}
    await room.send("say", **say)
    again = await (await room.crashed()).open()
    await again.send("say", **say)
    assert len(again.of(LearnerSaid)) == 1
    await again.sessions.close()


async def test_the_answer_that_ended_the_session_may_come_again(room: Room):
    await room.begin()
    probe: dict[str, Any] = {}
    while room.page.view["phase"] != "ended":
        await room.sort(right=True)
        item_id = room.page.view["probe"]["item_id"]
        probe = {"item_id": item_id, "trust": 4, "concentration": 4, "client_id": f"client-{item_id}"}
        await room.send("probe", **probe)
    n_rows = len(room.rows)
    await room.send("probe", **probe)
    assert len(room.rows) == n_rows
    assert room.page.view["ended"]["reason"] == "criterion"


# ---------------------------------------------------------------- wrong moments


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "/", " // "])
async def test_an_empty_message_is_refused(room: Room, text: str):
    await room.begin()
    with pytest.raises(BadInput, match="empty"):
        await room.send("say", text=text)
    assert (room.of(LearnerSaid), room.page.view["messages"]) == ([], [])


async def test_words_before_the_lesson_are_refused_and_later_taken(room: Room):
    with pytest.raises(BadInput, match="decided whether to take part"):
        await room.send("say", text="hello")
    await room.consent()
    with pytest.raises(BadInput, match="once the lesson has begun"):
        await room.send("say", text="hello")
    await room.begin()
    await room.send("say", text="hello")
    assert [row.text for row in room.of(LearnerSaid)] == ["hello"]


MESSAGES = {
    "place": {"item_id": "I1", "card_id": "small-red-circle", "box": "left"},
    "check": {"item_id": "I1"},
    "stuck": {},
    "pause": {"on": True},
    "undo": {"act_id": "A1"},
    "baseline_done": {},
    "probe": {"item_id": "I1", "trust": 3, "concentration": 3},
    "check_in": {"probe_id": "V1", "confused": 3, "frustrated": 3},
}


@pytest.mark.parametrize("kind", MESSAGES)
async def test_before_consent_nothing_is_taken(room: Room, kind: str):
    with pytest.raises(BadInput, match="decided whether to take part"):
        await room.send(kind, **MESSAGES[kind])
    assert {row.table for row in room.rows} == {"health"}


async def test_the_device_is_noted_once_the_learner_takes_part_and_not_before(room: Room):
    await room.send("hello", viewport=[390, 844], input="touch", language="en")
    assert [row.state for row in room.of(Health)] == ["connected"]
    await room.consent()
    assert [(row.state, row.detail) for row in room.of(Health)] == [
        ("connected", None),
        ("hello", "390x844 touch en"),
    ]


async def test_who_refuses_leaves_the_choice_and_the_times_alone(room: Room):
    await room.send("hello", viewport=[390, 844], input="touch", language="en")
    await room.send("consent", participation=False, camera=False, version="1")
    assert {row.table for row in room.rows} == {"health", "consent", "state_change", "session_end"}
    assert [(row.state, row.detail) for row in room.of(Health)] == [("connected", None)]
    assert "when this page was open" in " ".join(room.page.view["ended"]["text"])


async def test_words_are_stored_as_they_were_said_but_for_the_space_around(room: Room):
    await room.begin()
    text = "/restart {} \u202e 'quotes' \U0001f600 " + "long " * 300
    await room.send("say", text=f"  {text}  ")
    assert [row.text for row in room.of(LearnerSaid)] == [text.strip()]
    assert room.page.view["messages"][0]["text"] == text.strip()


async def test_moves_on_a_board_that_is_gone_change_nothing(room: Room):
    await room.begin()
    await room.sort(right=True)
    await room.probe()
    before = room.page.view["task"]
    card = before["cards"][0]["id"]
    await room.send("place", item_id="I1", card_id=card, box="right")
    await room.send("place", item_id="I2", card_id="no-such-card", box="right")
    await room.send("check", item_id="I2")
    await room.send("undo", act_id="A9")
    assert room.page.view["task"] == before


async def test_leaving_and_coming_back_are_noted_in_the_lesson_alone(room: Room):
    await room.send("attention", state="left")
    await room.begin()
    await room.send("attention", state="left")
    await room.send("attention", state="returned")
    assert [row.state for row in room.of(Attention)] == ["left", "returned"]


async def test_time_away_on_another_page_leads_to_a_trigger(room: Room):
    await room.begin()
    await room.send("attention", state="left")
    await room.seconds(40)
    assert {row.kind for row in room.rows if row.table == "trigger"} >= {"off_task"}


# ---------------------------------------------------------------- the end


async def test_after_the_end_nothing_is_taken_and_nothing_is_logged(room: Room):
    await room.begin(camera=True)
    await room.send("end", client_id="client-id-1")
    rows = room.rows
    assert isinstance(rows[-1], SessionEnded)
    for kind, fields in [
        ("end", {"client_id": "client-id-2"}),
        ("hello", {"viewport": [320, 640], "input": "touch", "language": "en"}),
        ("attention", {"state": "left"}),
        ("camera_state", {"state": "lost"}),
        ("check_in", {"probe_id": "V1", "confused": 1, "frustrated": 1, "client_id": "client-id-8"}),
    ]:
        await room.send(kind, **fields)
    for kind, fields in [
        ("say", {"text": "hello", "client_id": "client-id-3"}),
        ("place", {"item_id": "I1", "card_id": "x", "box": "left", "client_id": "client-id-4"}),
        ("check", {"item_id": "I1", "client_id": "client-id-5"}),
        ("probe", {"item_id": "I1", "trust": 1, "concentration": 1, "client_id": "client-id-6"}),
        ("pause", {"on": True, "client_id": "client-id-7"}),
        ("consent", {"participation": False, "camera": False, "version": "1"}),
    ]:
        with pytest.raises(BadInput, match="over"):
            await room.send(kind, **fields)
    await room.seconds(3)
    await room.sessions.dialogue_state(up=False)
    await room.sitting.detach()
    assert room.rows == rows
    await room.open()
    assert room.page.view["phase"] == "ended"
    assert room.page.view["ended"]["text"][0] == "You ended the session."
    assert room.rows == rows


async def test_the_end_can_come_at_any_time(room: Room):
    await room.consent()
    await room.send("end")
    assert (room.page.view["phase"], room.of(SessionEnded)[0].reason) == ("ended", "stopped_by_learner")


# ---------------------------------------------------------------- words and log messages


async def test_what_a_learner_says_is_in_no_log_message(room: Room, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    secret = "zebra quagga okapi"
    await room.begin()
    await room.send("say", text=f"hint {secret}")
    room.dialogue.down = True
    await room.sitting.receive({"type": "say", "text": f"hello {secret}"})
    await room.seconds_while_down(2)
    room.dialogue.down = False
    await room.settled()
    room.log.broken = LogUnwritable("The disk is full.", remedy="Make room.")
    with pytest.raises(LogUnwritable):
        await room.send("say", text=secret)
    room.log.broken = None
    again = await (await room.crashed()).open()
    with pytest.raises(BadInput) as refused:
        await again.send("say", text="  ")
    assert secret not in str(refused.value)
    await again.sessions.close()
    assert len(again.of(LearnerSaid)) == 2
    assert "The fake dialogue manager is down" in caplog.text
    for word in secret.split():
        assert word not in caplog.text


# ---------------------------------------------------------------- the console


async def test_the_console_row_says_how_it_stands_without_any_words(room: Room):
    await room.begin(camera=True)
    await room.send("say", text="zebra hint")
    await room.confuse()
    await room.settled()
    (row,) = room.sessions.desk.rows()
    assert row["participant"] == "P001"
    assert (row["phase"], row["item"], row["state"]) == ("task", "1 of 12", "awaiting_reply")
    assert [act["level"] for act in row["last_acts"]] == [row["level"]] == ["suggestion"]
    assert (row["dialogue"], row["affect"], row["connected"]) == ("ready", "on", True)
    assert "zebra" not in repr(row)


async def test_the_console_row_holds_the_last_five_moves_after_a_restart_too(room: Room):
    await room.begin(camera=True)
    await room.confuse()
    await room.settled()
    stored = room.of(StateChange)
    (row,) = room.sessions.desk.rows()
    moves = [(move["source"], move["cause"], move["dest"]) for move in row["last_moves"]]
    assert moves == [(move.source, move.cause, move.dest) for move in stored]
    assert moves[-1] == ("acting", "delivered", "awaiting_reply")
    assert [move["at_s"] for move in row["last_moves"]] == [round(move.at_s, 1) for move in stored]
    for on in (True, False, True):
        await room.send("pause", on=on)
    after = room.sessions.desk.rows()[0]["last_moves"]
    assert [move["dest"] for move in after][-3:] == ["paused", "resting", "paused"]
    assert len(after) == 5
    back = await (await room.crashed()).open()
    assert back.sessions.desk.rows()[0]["last_moves"][: len(after)] == after
