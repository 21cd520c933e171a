"""A row is stored before its effect is shown, and what cannot be stored did not happen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from studies.log.store import SqlStudyLog
from tests.fakes.log import ListLog
from tests.fakes.surface import CollectingSurface
from tests.session.room import CODE, Room, header, plan, texts, until
from tutorbot.core.events import (
    Act,
    Action,
    Baseline,
    Delivery,
    Health,
    LearnerSaid,
    Row,
    TutorSaid,
    Undelivered,
    Understood,
)
from tutorbot.errors import LogUnwritable
from tutorbot.session.host import Sessions
from tutorbot.session.loop import NOT_STORED
from tutorbot.session.replay import rebuilt
from tutorbot.session.view import view_of

BROKEN = LogUnwritable("The disk is full.", remedy="Make room.")


class Witness(CollectingSurface):
    """A surface that compares what it is shown with what is stored at that very moment."""

    def __init__(self, log: ListLog) -> None:
        super().__init__()
        self._log = log
        self.early: list[str] = []

    async def show(self, view: Any) -> None:
        await super().show(view)
        stored = rebuilt(plan(header()), tuple(self._log._rows["s1"]))
        banner = NOT_STORED if view["banner"] == NOT_STORED else None
        if view != view_of(stored, plan(header()), label="P001", trouble=banner):
            self.early.append(view["phase"])

    async def say(self, line: Any, *, at_s: float) -> None:
        await super().say(line, at_s=at_s)
        if line.text not in [row.text for row in self._log._rows["s1"] if isinstance(row, TutorSaid)]:
            self.early.append(line.text)


async def test_nothing_is_shown_or_said_that_the_log_does_not_hold():
    room = Room()
    room.page = witness = Witness(room.log)
    await room.open()
    await room.begin(camera=True)
    await room.send("say", text="Can I have a hint?")
    await room.confuse()
    await room.settled()
    room.log.broken = BROKEN
    with pytest.raises(LogUnwritable):
        await room.send("say", text="yes")
    room.log.broken = None
    await room.send("say", text="yes")
    await room.sort(right=True)
    await room.probe()
    await room.sessions.close()
    assert room.of(Delivery)[0].delivered
    assert len(witness.lines) == len(room.of(TutorSaid)) >= 3
    assert len(witness.views) > 20
    assert witness.early == []


class SlowLog(ListLog):
    """A log whose writes take until they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()

    async def append(self, session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
        await self.gate.wait()
        await super().append(session_id, at_utc, rows)


async def test_while_a_write_is_under_way_nothing_moves_on_the_page():
    log = SlowLog()
    room = await Room(log=log).open()
    await room.consent()
    n_views = len(room.page.views)
    log.gate.clear()
    done = asyncio.ensure_future(room.sitting.receive({"type": "baseline_done"}))
    await until(lambda: room.session.tutor.phase == "baseline" and not done.done())
    for _ in range(50):
        await asyncio.sleep(0)
    assert not done.done()
    assert len(room.page.views) == n_views
    assert room.page.view["phase"] == "baseline"
    log.gate.set()
    await done
    assert room.page.view["phase"] == "task"
    await room.sessions.close()


async def test_what_could_not_be_stored_is_told_on_the_page_and_did_not_happen(room: Room):
    await room.begin()
    task = room.page.view["task"]
    card = next(card["id"] for card in task["cards"] if not card["given"])
    place = {"item_id": task["item_id"], "card_id": card, "box": "left", "client_id": "client-id-1"}
    before, n_rows = room.page.view, len(room.rows)
    room.log.broken = BROKEN
    for _ in range(2):  # the second is no double: the first was never taken
        with pytest.raises(LogUnwritable, match="The disk is full"):
            await room.send("place", **place)
    assert room.page.view == {**before, "banner": NOT_STORED}
    assert len(room.rows) == n_rows
    room.log.broken = None
    await room.send("place", **place)
    assert room.page.view["banner"] == "Test run."
    assert [(row.target, row.value) for row in room.of(Action) if row.kind == "place"] == [(card, "left")]
    assert {c["id"]: c["box"] for c in room.page.view["task"]["cards"]}[card] == "left"


async def test_the_banner_goes_with_the_first_tick_that_is_stored_again(room: Room):
    await room.begin()
    room.log.broken = BROKEN
    with pytest.raises(LogUnwritable):
        await room.seconds(1)
    assert room.page.view["banner"] == NOT_STORED
    room.log.broken = None
    await room.seconds(1)
    assert room.page.view["banner"] == "Test run."


async def test_an_end_that_could_not_be_stored_is_no_end(room: Room):
    await room.begin()
    room.log.broken = BROKEN
    with pytest.raises(LogUnwritable):
        await room.send("end")
    assert room.page.view["phase"] == "task"
    assert room.sessions.desk.rows()[0]["phase"] == "task"
    room.log.broken = None
    await room.seconds(2)
    await room.send("end")
    assert room.page.view["phase"] == "ended"


async def test_words_that_met_a_broken_log_on_their_way_are_answered_once_it_works(room: Room):
    await room.begin()
    hear = room.dialogue.hear

    async def hear_with_a_full_disk(session_id: str, text: str, *, deadline_s: float) -> None:
        room.log.broken = BROKEN
        await hear(session_id, text, deadline_s=deadline_s)

    room.dialogue.hear = hear_with_a_full_disk
    await room.send("say", text="Can I have a hint?")
    assert room.of(LearnerSaid) and not room.of(Understood)
    assert room.page.view["banner"] == NOT_STORED
    room.dialogue.hear = hear
    room.log.broken = None
    await room.seconds(1)
    assert [row.utterance_id for row in room.of(Understood)] == ["U1"]
    assert len(room.of(TutorSaid)) == 1
    assert room.session.tutor.unanswered == ()


async def test_an_act_that_met_a_broken_log_is_closed_and_the_next_one_is_said(room: Room):
    await room.begin(camera=True)
    voice = room.sessions.voice

    async def voice_with_a_full_disk(session_id: str, act_id: str) -> Any:
        room.log.broken = BROKEN
        return await voice(session_id, act_id)

    room.sessions.voice = voice_with_a_full_disk
    await room.confuse()
    await room.settled()
    assert room.of(Act) and not room.of(Delivery)
    room.sessions.voice = voice
    room.log.broken = None
    room.clock.advance(30.0)
    await room.seconds(1, pictures=True)
    assert [(row.act_id, row.reason) for row in room.of(Undelivered)] == [("A1", "stale")]
    await room.seconds(10, pictures=True)
    assert [row.act_id for row in room.of(Delivery) if row.delivered][:1] == ["A2"]


async def test_that_the_dialogue_manager_is_back_is_not_missed_while_the_log_is_broken(room: Room):
    await room.begin()
    await room.sessions.dialogue_state(up=False)
    assert room.page.view["tutor"]["available"] is False
    room.log.broken = BROKEN
    await room.sessions.dialogue_state(up=True)
    room.log.broken = None
    await room.seconds(1)
    assert room.page.view["tutor"]["available"] is True
    assert [row.state for row in room.of(Health) if row.component == "dialogue"] == ["down", "ready"]


async def test_a_page_that_could_not_be_connected_does_not_hold_the_link():
    room = Room()
    await room.log.begin(header())
    room.log.broken = BROKEN
    with pytest.raises(LogUnwritable):
        await room.sessions.attach(CODE, room.page)
    room.log.broken = None
    await room.open()
    assert room.page.view["phase"] == "consent"
    await room.sessions.close()


async def test_a_session_that_could_not_be_taken_up_is_taken_up_at_the_next_try(room: Room):
    await room.begin()
    again = await room.crashed()
    again.log.broken = BROKEN
    with pytest.raises(LogUnwritable):
        await again.sessions.attach(CODE, again.page)
    again.log.broken = None
    await again.open()
    assert again.page.view["phase"] == "task"
    assert [row.state for row in again.of(Health) if row.component == "tutor"] == ["resumed"]
    await again.sessions.close()


async def test_a_baseline_that_was_half_stored_is_finished_when_the_page_sends_it_again(room: Room):
    await room.consent()

    class Once(ListLog):
        async def append(self, session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
            if isinstance(rows[0], Baseline):
                raise BROKEN
            await room.log.append(session_id, at_utc, rows)

    room.session._log, works = Once(), room.session._log
    room.session._log.read = works.read
    with pytest.raises(LogUnwritable):
        await room.send("baseline_done", client_id="client-id-1")
    room.session._log = works
    await room.send("baseline_done", client_id="client-id-1")
    assert room.page.view["phase"] == "task"
    assert [row.kind for row in room.of(Action)] == ["baseline_done"]


END = {"type": "end"}


async def test_nobody_is_left_waiting_when_the_tutor_stops():
    log = SlowLog()
    room = await Room(log=log).open()
    log.gate.clear()
    waiting = [asyncio.ensure_future(room.sitting.receive(END)) for _ in range(3)]
    await asyncio.sleep(0)
    await room.sessions.close()
    results = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5.0)
    assert [type(result) for result in results] == [LogUnwritable] * 3
    with pytest.raises(LogUnwritable, match="being stopped"):
        await room.sitting.detach()


async def test_the_real_log_keeps_the_same_order(tmp_path: Any):
    log = SqlStudyLog.open(f"sqlite:///{tmp_path / 'study.db'}")
    room = Room(log=log)
    await room.open()
    assert isinstance(room.sessions, Sessions)
    await room.begin()
    await room.send("say", text="Can I have a hint?")
    await room.sort(right=False)
    rows = await log.read("s1")
    assert texts([row for row in rows if isinstance(row, LearnerSaid)]) == ["Can I have a hint?"]
    assert rebuilt(plan(header()), rows).course.item == room.session.tutor.course.item
    await room.sessions.close()
    log.close()
