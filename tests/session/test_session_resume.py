"""A tutor that was killed goes on where its log ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.session.room import CODE, Room, cut, header, plan, texts, until
from tutorbot.core.comeback import ResumeRule, Then
from tutorbot.core.events import (
    Act,
    AffectWindow,
    Baseline,
    Delivery,
    Health,
    ItemBegun,
    LearnerSaid,
    ResumePolicy,
    Row,
    Trigger,
    TutorSaid,
    Undelivered,
    Understood,
)
from tutorbot.errors import LogDamaged
from tutorbot.session.replay import rebuilt
from tutorbot.session.view import view_of


async def whole_session(room: Room) -> None:
    """Camera, talk, an accepted act, a solved board and half of the next one."""
    await room.begin(camera=True)
    await room.send("say", text="Can I have a hint?")
    await room.confuse()
    await room.settled()
    await room.send("say", text="yes")
    await room.sort(right=True)
    await room.probe()
    await room.seconds(3, pictures=True)
    task = room.page.view["task"]
    card = next(card["id"] for card in task["cards"] if not card["given"])
    await room.send("place", item_id=task["item_id"], card_id=card, box="left")


async def test_after_a_crash_the_console_shows_where_it_stands_before_the_page_is_back(room: Room):
    await whole_session(room)
    here = await room.crashed(away_s=60.0)
    assert here.sessions.desk.rows() == []
    assert await here.sessions.take_up_again() == 1
    (row,) = here.sessions.desk.rows()
    assert (row["participant"], row["block"], row["item"], row["connected"]) == ("P001", 1, "2 of 12", False)
    assert row["breaks"] == [{"what": "tutor", "away_s": None, "ago_s": 0}]
    assert row["away_s"] == 60
    assert await here.sessions.take_up_again() == 0, "it is there already"
    again = await here.open()
    assert again.page.view["task"]["n"] == 2
    assert len([one for one in again.of(Health) if one.state == "resumed"]) == 1
    await again.sessions.close()


async def test_the_operator_may_end_or_restart_what_broke_off_with_no_page_there(room: Room):
    await whole_session(room)
    here = await room.crashed(away_s=60.0)
    await here.sessions.take_up_again()
    await here.sessions.desk.restart("P001", "c1")
    (row,) = here.sessions.desk.rows()
    assert (row["block"], row["item"]) == (1, "1 of 12")
    await here.sessions.desk.end("P001", "c2")
    assert here.sessions.desk.rows()[0]["ended"] == "stopped_by_experimenter"
    await here.sessions.close()


async def test_who_never_agreed_or_came_long_ago_or_left_a_damaged_log_is_not_taken_up(room: Room):
    assert await (await room.crashed()).sessions.take_up_again() == 0, "no consent"
    old = await Room().open()
    await old.begin()
    assert await (await old.crashed(away_s=7 * 3600.0)).sessions.take_up_again() == 0, "long ago"
    other = await Room().open()
    await whole_session(other)
    again = await other.crashed()
    again.log._rows["s1"] = lost_input(list(again.log._rows["s1"]))
    assert await again.sessions.take_up_again() == 0, "the page that comes is told why"


async def test_after_a_crash_the_page_shows_what_it_showed_before(room: Room):
    await whole_session(room)
    before = room.page.view
    again = await (await room.crashed(away_s=60.0)).open()
    assert {**again.page.view, "sensing": None} == {**before, "sensing": None}
    assert before["task"]["n"] == 2
    assert [row.item_id for row in again.of(ItemBegun)] == ["I1", "I2"]
    assert again.page.view["sensing"]["camera"] == "lost"
    await again.sort(right=True)
    await again.probe()
    assert again.page.view["task"]["n"] == 3
    await again.sessions.close()


async def test_the_rebuilt_tutor_decides_as_the_lost_one_would_have(room: Room):
    await whole_session(room)
    live, again = room.session.tutor, rebuilt(plan(header()), room.rows)
    rows = room.rows
    assert view_of(again, plan(header()), label="P001", trouble=None) == room.session.view()
    assert (again.initiative.trust, again.initiative.state) == (live.initiative.trust, live.initiative.state)
    assert again.initiative.history == live.initiative.history
    assert again.course.item == live.course.item
    await room.seconds(20, pictures=True)
    inputs = [row for row in room.rows[len(rows) :] if row.is_input]
    decisions = [row for row in room.rows[len(rows) :] if not row.is_input]
    assert [row for given in inputs for row in again.take(given).rows] == decisions
    assert any(isinstance(row, Trigger) for row in decisions)


async def test_killed_at_any_write_the_session_goes_on(room: Room):
    """Rows of one write are all there or none is, so a log ends before some input."""
    await whole_session(room)
    rows = room.rows
    ends = [n for n in range(1, len(rows)) if rows[n].is_input]
    assert len(ends) >= 30
    await room.crash()
    for n in ends:
        again = await Room(log=cut(room.log, n), clock=room.clock).open()
        assert again.page.view["phase"] == rebuilt(plan(header()), rows[:n]).phase
        await again.settled()
        assert again.rows[:n] == rows[:n]
        assert rebuilt(plan(header()), again.rows).unanswered == ()
        await again.sessions.close()


async def test_time_away_is_not_time_on_the_item(room: Room):
    await room.begin()
    await room.seconds(4)
    again = await (await room.crashed(away_s=3600.0)).open()
    assert again.session.now_s() == pytest.approx(3609.0)
    item = again.session.tutor.course.item
    assert item is not None
    assert again.session.tutor.active.at(again.session.now_s()) - item.began_s == pytest.approx(4.0)
    states = [(row.at_s, row.component, row.state) for row in again.of(Health)][-3:]
    assert states == [
        (9.0, "page", "disconnected"),
        (3609.0, "tutor", "resumed"),
        (3609.0, "page", "connected"),
    ]
    await again.sessions.close()


@pytest.mark.parametrize(
    ("after_s", "away_s", "actions"), [(6.0, 5.0, []), (6.0, 7.0, ["stop"]), (60.0, 31.0, ["continue"])]
)
async def test_a_rule_for_short_absences_holds_too(after_s: float, away_s: float, actions: list[str]):
    room = await Room(resume=ResumeRule(after_s=after_s, then=Then.STOP)).open()
    await room.begin()
    await room.sitting.detach()
    await room.settled()
    room.clock.advance(away_s)
    await room.sessions.attach(CODE, room.page)
    await room.settled()
    assert [row.action for row in room.of(ResumePolicy)] == actions
    await room.sessions.close()


async def test_an_act_that_was_decided_but_not_said_is_closed_as_stale(room: Room):
    await room.begin(camera=True)
    room.dialogue.perform = lambda *args, **kwargs: until(lambda: False)
    await room.confuse()
    assert room.session.tutor.initiative.state == "acting"
    again = await (await room.crashed(away_s=1.0)).open()
    await again.settled()
    assert [(row.act_id, row.reason) for row in again.of(Undelivered)] == [("A1", "stale")]
    assert [(row.act_id, row.delivered) for row in again.of(Delivery)] == [("A1", False)]
    assert (again.page.lines, again.of(TutorSaid)) == ([], [])
    assert again.session.tutor.initiative.state == "observing"
    await again.sessions.close()


async def test_words_without_an_answer_are_heard_again_and_answered_once(room: Room):
    await room.begin()
    room.dialogue.down = True
    await room.sitting.receive({"type": "say", "text": "Can I have a hint?"})
    again = await (await room.crashed(away_s=5.0)).open()
    await again.settled()
    assert [row.utterance_id for row in again.of(Understood)] == ["U1"]
    assert len(again.page.lines) == len(again.of(TutorSaid)) == 1
    assert [message["who"] for message in again.page.view["messages"]] == ["you", "tutor"]
    third = await (await again.crashed()).open()
    await third.settled()
    assert third.dialogue.n_turns == 0
    await third.sessions.close()


async def test_killed_between_understanding_and_saying_it_says_the_same(room: Room):
    await room.begin()
    await room.send("say", text="Can I have a hint?")
    n = next(n for n, row in enumerate(room.rows) if isinstance(row, TutorSaid))
    await room.crash()
    again = await Room(log=cut(room.log, n), clock=room.clock).open()
    await again.settled()
    assert texts(again.of(TutorSaid)) == texts(room.of(TutorSaid))
    assert again.session.tutor.course.item.hints == 1
    await again.sessions.close()


async def test_a_dialogue_manager_that_came_back_while_the_tutor_was_dead_is_taken_as_back(room: Room):
    await room.begin()
    await room.sessions.dialogue_state(up=False)
    again = await (await room.crashed()).open()
    assert again.page.view["tutor"]["available"] is True
    await again.sessions.close()


async def test_a_dialogue_manager_that_is_away_is_told_to_a_page_that_comes(room: Room):
    await room.sessions.dialogue_state(up=False)
    await room.sitting.detach()
    again = Room(log=room.log, clock=room.clock)
    await again.sessions.dialogue_state(up=False)
    await again.open()
    assert again.page.view["tutor"]["available"] is False
    await again.sessions.close()


async def test_the_camera_stays_off_after_a_crash_because_the_baseline_is_gone(room: Room):
    await room.begin(camera=True)
    again = await (await room.crashed()).open()
    assert again.page.view["sensing"]["camera"] == "lost"
    assert again.feeds == []
    await again.seconds(2)
    windows = [row for row in again.rows if isinstance(row, AffectWindow)]
    assert {row.estimator for row in windows[-2:]} == {"none"}
    await again.sessions.close()


async def test_a_baseline_reading_that_was_broken_off_counts_from_its_own_start(room: Room):
    room.clock.advance(100.0)
    await room.consent()
    again = await (await room.crashed(away_s=3.0)).open()
    again.clock.advance(2.0)
    await again.send("baseline_done")
    assert [(row.complete, row.seconds) for row in again.of(Baseline)] == [(False, 5.0)]
    await again.sessions.close()


async def test_a_finished_session_shows_its_end_again_and_logs_nothing(room: Room):
    await room.begin()
    await room.send("end")
    n_rows = len(room.rows)
    again = await (await room.crashed(away_s=5.0)).open()
    assert again.page.view["phase"] == "ended"
    assert len(again.rows) == n_rows
    await again.sessions.close()


# ---------------------------------------------------------------- a log that was changed


def without(rows: list[Row], n: int) -> list[Row]:
    return rows[:n] + rows[n + 1 :]


def index_of(rows: list[Row], kind: type[Row]) -> int:
    return next(n for n, row in enumerate(rows) if isinstance(row, kind))


def changed_act(rows: list[Row]) -> list[Row]:
    n = index_of(rows, Act)
    return [*rows[:n], replace(rows[n], level=3), *rows[n + 1 :]]


def added_trigger(rows: list[Row]) -> list[Row]:
    n = index_of(rows, Trigger)
    return [*rows[: n + 1], rows[n], *rows[n + 1 :]]


def lost_decision(rows: list[Row]) -> list[Row]:
    return without(rows, index_of(rows, ItemBegun))


def lost_input(rows: list[Row]) -> list[Row]:
    return without(rows, index_of(rows, Baseline))


def lost_end(rows: list[Row]) -> list[Row]:
    last = max(n for n, row in enumerate(rows) if not row.is_input)
    return rows[:last]


@pytest.mark.parametrize("change", [changed_act, added_trigger, lost_decision, lost_input, lost_end])
async def test_a_changed_log_is_refused_with_the_row(room: Room, change: Any):
    await whole_session(room)
    again = await room.crashed()
    stored = again.log._rows["s1"]
    broken = change(list(stored))
    assert broken != stored
    again.log._rows["s1"] = broken
    with pytest.raises(LogDamaged, match=r"^Row \d+ of the log: .*\. The log was changed"):
        await again.sessions.attach(CODE, again.page)
    assert again.page.views == []
    assert again.log._rows["s1"] == broken
    again.log._rows["s1"] = stored
    await again.open()
    assert again.page.view["phase"] == "task"
    await again.sessions.close()


# ---------------------------------------------------------------- clocks that jump


async def test_session_time_never_decreases_whatever_the_clocks_do(room: Room):
    await room.begin()
    room.clock.utc -= timedelta(days=400)
    await room.seconds(3)
    room.clock.now_s -= 500.0
    await room.send("say", text="Can I have a hint?")
    room.clock.utc += timedelta(days=1)
    again = await room.crashed()
    again.clock.now_s = 3.0
    again.clock.utc -= timedelta(days=3000)
    await again.open()
    await again.send("say", text="and again?")
    await again.seconds(2)
    times = [row.at_s for row in again.rows]
    assert times == sorted(times)
    assert len(again.of(LearnerSaid)) == 2
    assert times[-1] == pytest.approx(10.0)
    await again.sessions.close()


async def test_a_clock_that_stands_still_gives_equal_times(room: Room):
    await room.begin()
    n = len(room.rows)
    for _ in range(3):
        await room.send("say", text="hint")
    assert {row.at_s for row in room.rows[n:]} == {5.0}


def test_a_log_of_nothing_is_a_session_at_its_start():
    assert rebuilt(plan(header()), ()).phase == "consent"
