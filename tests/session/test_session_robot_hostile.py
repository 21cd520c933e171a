"""Robots and people before them that do what they should not: the session goes on, and nothing is late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from tests.fakes.robot import FakeRobot
from tests.session.room import CODE, Room, header, until
from tutorbot.core.events import Action, Health, LearnerSaid, RobotHearing, RobotSpeech, Row, TutorSaid
from tutorbot.core.lines import TutorLine
from tutorbot.errors import BadInput, LogUnwritable
from tutorbot.ports import Arrival, LogHeader, RobotEvents, Spoken
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.robot import RobotSeat
from tutorbot.session.robot_listening import MOST_AT_ONCE


class Here:
    """A session with a robot before which anything may happen."""

    def __init__(self, room: Room, robot: FakeRobot, seat: RobotSeat) -> None:
        self.room, self.robot, self.seat = room, robot, seat

    async def settled(self) -> None:
        for _ in range(2):
            await self.room.settled()
            await self.seat.idle()

    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.room.of(RobotSpeech)]

    def robot_health(self, state: str) -> list[Health]:
        return [row for row in self.room.of(Health) if (row.component, row.state) == ("robot", state)]


Seats = Callable[..., Any]


@pytest.fixture
async def seats() -> AsyncIterator[Seats]:
    rooms: list[Room] = []

    async def make(robot: FakeRobot, *, condition: str = "AD", camera: bool = False) -> Here:
        room = await Room().open(condition=condition)
        rooms.append(room)
        await room.begin(camera=camera)
        here = Here(room, robot, await room.sessions.seat(CODE, robot))
        await here.settled()
        return here

    yield make
    for room in rooms:
        await room.sessions.close()


class SlowNeck(FakeRobot):
    """A robot whose looks take until ``turned`` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.turning, self.turned = asyncio.Event(), asyncio.Event()

    async def look(self, at: str, *, within_s: float) -> None:
        self.turning.set()
        await self.turned.wait()
        await super().look(at, within_s=within_s)


class BrokenMouth(FakeRobot):
    """A robot whose program has a fault that nobody thought of."""

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        raise ZeroDivisionError


class BadListener:
    """Somebody beside the page with a fault in every part."""

    def line(self, line: TutorLine) -> None:
        raise ZeroDivisionError

    def stored(self, rows: Sequence[Row]) -> None:
        raise ZeroDivisionError

    def unwatched(self) -> None:
        raise ZeroDivisionError


# --------------------------------------------------------------------------- nothing late


async def test_an_act_is_not_said_in_a_pause_that_began_while_the_robot_turned(seats: Seats):
    robot = SlowNeck()
    here = await seats(robot, condition="L2-A", camera=True)
    await here.room.confuse()
    await until(robot.turning.is_set)
    await here.room.send("pause", on=True)
    robot.turned.set()
    await here.settled()
    assert robot.said == []
    assert here.outcomes() == ["stale"]


async def test_an_act_waits_for_a_learner_who_began_to_speak_while_the_robot_turned(seats: Seats):
    robot = SlowNeck()
    here = await seats(robot, condition="L2-A", camera=True)
    await here.room.confuse()
    await until(robot.turning.is_set)
    robot.hear("hmm let me", final=False)
    robot.turned.set()
    await until(lambda: ("look", "learner") in robot.did)
    for _ in range(50):
        await asyncio.sleep(0)
    assert robot.said == []
    here.room.clock.advance(2.0)
    here.seat.stored(())
    await until(lambda: bool(robot.said))
    await here.settled()
    assert here.outcomes() == ["spoken"]


async def test_a_notification_behind_a_long_line_is_not_shown_when_its_time_is_over(seats: Seats):
    here = await seats(FakeRobot(slow=True), condition="L1-A", camera=True)
    await here.room.send("say", text="hello")
    await until(lambda: here.robot.speaking)
    await here.room.confuse()
    await here.room.settled()
    here.room.clock.advance(60.0)
    here.robot.finish()
    await here.settled()
    assert ("gesture", "attention") not in here.robot.did
    assert here.outcomes() == ["spoken", "stale"]


async def test_a_line_whose_saying_failed_in_an_unknown_way_is_in_the_log_all_the_same(seats: Seats):
    here = await seats(BrokenMouth())
    await here.room.send("say", text="hello")
    await here.settled()
    assert here.outcomes() == ["refused"] * len(here.room.of(TutorSaid))
    assert here.outcomes()


# --------------------------------------------------------------------------- its own voice


def test_the_echo_of_a_line_is_the_robot_s_own_while_it_says_the_next_one_already():
    ear = Ear(Manners())
    ear.speaks("Look at the second card once more.")
    ear.fell_silent(10.0)
    ear.speaks("Which box would you choose?")
    assert ear.is_own("look at the second card once more", 10.5)
    assert ear.is_own("once more which box would you", 10.6), "both in one report"
    assert not ear.is_own("look at the second card once more", 10.8), "too late for an echo"
    assert ear.is_own("which box would you choose", 30.0)


# --------------------------------------------------------------------------- a flood


async def test_speech_faster_than_anybody_speaks_is_told_and_not_taken(seats: Seats):
    here = await seats(FakeRobot())
    for n in range(500):
        here.robot.hear(f"sentence number {n}")
    await here.settled()
    assert len(here.room.of(LearnerSaid)) == len(here.room.of(RobotHearing)) == MOST_AT_ONCE
    assert len(here.robot_health("complained")) == 1
    await here.room.seconds(30)
    await here.settled()
    here.robot.hear("are you still there")
    await here.settled()
    assert here.room.of(LearnerSaid)[-1].text == "are you still there"


async def test_a_robot_that_is_lost_again_and_again_without_coming_back_holds_the_session(seats: Seats):
    here = await seats(FakeRobot())
    for _ in range(40):
        here.robot.lose()
        await here.room.seconds(1)
        await here.settled()
    assert len(here.robot_health("lost")) == 1
    assert [row.kind for row in here.room.of(Action) if row.kind == "robot_pause"] == ["robot_pause"]


# --------------------------------------------------------------------------- faults beside the session


async def test_a_fault_in_a_listener_takes_nothing_from_the_session(seats: Seats):
    here = await seats(FakeRobot(), camera=True)
    here.room.session.listeners.insert(0, BadListener())
    await here.room.send("say", text="hello")
    await here.settled()
    assert [line.text for line in here.room.page.lines] == [row.text for row in here.room.of(TutorSaid)] != []
    assert here.robot.said == [row.text for row in here.room.of(TutorSaid)], "the others are still told"
    await here.room.send("end")
    assert here.room.session.tutor.over
    assert here.room.feed.closed, "the camera is shut"


async def test_a_picture_from_the_future_counts_as_taken_now(seats: Seats):
    here = await seats(FakeRobot())
    eyes = here.seat._eyes
    assert eyes.taken_at_s(-3600.0) == here.room.session.now_s()
    assert eyes.taken_at_s(None) == here.room.session.now_s()
    assert eyes.taken_at_s(float("nan")) == here.room.session.now_s()
    assert eyes.taken_at_s(1e9) == 0.0


class Unclosable(FakeRobot):
    """A robot that fails when it is let go of."""

    async def close(self) -> None:
        raise ZeroDivisionError


class Unreachable(FakeRobot):
    """A robot whose address is none."""

    async def start(self, events: RobotEvents) -> None:
        raise BadInput("'robot' is no address of a bridge.", remedy="Write another.")


async def test_a_robot_that_cannot_be_let_go_of_keeps_no_session_open(seats: Seats):
    here = await seats(Unclosable())
    await here.room.sessions.close()
    with pytest.raises(LogUnwritable, match="stopped"):
        await here.room.session.put(lambda at_s: None)


async def test_a_robot_that_could_not_be_started_leaves_its_place_to_another(seats: Seats):
    here = await seats(FakeRobot())
    other = await here.room.sessions.join(Arrival())
    with pytest.raises(BadInput, match="no address"):
        await here.room.sessions.seat(other, Unreachable())
    robot = FakeRobot()
    await here.room.sessions.seat(other, robot)


async def test_one_session_that_cannot_be_brought_back_keeps_no_other_away(
    seats: Seats, monkeypatch: pytest.MonkeyPatch
):
    here = await seats(FakeRobot())
    again = await here.room.crashed()
    await again.log.begin(header(session_id="s0", participant="P000", link="another"))
    again.log._rows["s0"] = list(again.log._rows["s1"])
    begin = again.sessions._bring_up

    async def bring_up(of: LogHeader) -> Any:
        if of.session_id == "s0":
            raise ZeroDivisionError
        return await begin(of)

    monkeypatch.setattr(again.sessions, "_bring_up", bring_up)
    assert await again.sessions.take_up_again() == 1
    assert [row["participant"] for row in again.sessions.desk.rows()] == ["P001"]
    await again.sessions.close()


class Gone(FakeRobot):
    """A robot that is not there when it is reached for."""

    async def start(self, events: RobotEvents) -> None:
        events.changed(ready=False, why="its bridge cannot be reached")


async def test_the_console_counts_a_loss_from_its_beginning_where_the_robot_is_still_away(seats: Seats):
    here = await seats(FakeRobot())
    here.robot.lose()
    await here.settled()
    again = await here.room.crashed(away_s=20.0)
    await again.open()
    seat = await again.sessions.seat(CODE, Gone())
    await seat.idle()
    (found,) = [one for one in again.session.memory.breaks(again.session.now_s()) if one["what"] == "robot"]
    assert found == {"what": "robot", "away_s": 20, "ago_s": None}
    await again.sessions.close()


async def test_a_hold_that_could_not_be_stored_is_tried_again(seats: Seats, monkeypatch: pytest.MonkeyPatch):
    here = await seats(FakeRobot())
    here.robot.lose()
    await here.settled()
    append, lost = here.room.log.append, []

    async def full(session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
        if not lost and any(isinstance(row, Action) and row.kind == "robot_pause" for row in rows):
            lost.append(rows)
            raise LogUnwritable("The disk is full.", remedy="Make room.")
        await append(session_id, at_utc, rows)

    monkeypatch.setattr(here.room.log, "append", full)
    for _ in range(35):
        await here.room.seconds(1)
        await here.settled()
    assert len(lost) == 1
    assert here.room.session.tutor.paused
    assert len([row for row in here.room.of(Action) if row.kind == "robot_pause"]) == 1
