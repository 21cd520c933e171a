"""The robot's camera in a session: the gate of the page's, one picture at a time, and no stale estimate."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any

import pytest

from tests.fakes.robot import ALL, FakeRobot
from tests.session.room import CODE, Room, header, until
from tutorbot.core.events import AffectWindow, Baseline, Consent, Health
from tutorbot.core.evidence import Watcher
from tutorbot.errors import BadInput, CameraRefused, LogUnwritable
from tutorbot.session.hearing import Manners
from tutorbot.session.robot import RobotSeat
from tutorbot.session.stage_view import check_view

PICTURE = b"\xff\xd8 a face \xff\xd9"
TEXT = "1, robot's camera"
QUICK = Manners(picture_s=0.05)
NEVER = Manners(picture_s=1000.0)


class Watched:
    """A room whose learner is asked about the camera of the robot in it."""

    def __init__(self, room: Room, robot: FakeRobot, seat: RobotSeat) -> None:
        self.room, self.robot, self.seat = room, robot, seat

    @property
    def camera(self) -> list[str]:
        """The camera's states in the log."""
        return [row.state for row in self.room.of(Health) if row.component == "camera"]

    @property
    def shown(self) -> str:
        return str(self.room.page.view["sensing"]["camera"])

    async def settled(self) -> None:
        await self.room.settled()
        await self.seat.idle()

    async def consent(self, *, camera: bool = True) -> None:
        await self.room.send("consent", participation=True, camera=camera, version=TEXT)

    async def watches(self, on: bool = True) -> None:
        """The robot has been told to send pictures, or no longer."""
        await until(lambda: self.robot.watching is on)

    async def look(self, jpeg: bytes = PICTURE, age_s: float | None = 0.02) -> None:
        """One picture that the detector gets."""
        before = len(self.room.feed.pictures)
        self.room.clock.advance(0.1)
        self.robot.picture(jpeg, age_s)
        await until(lambda: len(self.room.feed.pictures) > before)
        await self.settled()

    async def begin(self) -> None:
        """To the first board, with a baseline of the robot's pictures."""
        await self.consent()
        await self.watches()
        await self.look()
        self.room.clock.advance(5.0)
        await self.room.send("baseline_done")


@asynccontextmanager
async def watched(
    *, manners: Manners = NEVER, can: frozenset[str] = ALL, **given: Any
) -> AsyncIterator[Watched]:
    room, robot = Room(**given), FakeRobot(can)
    if not await room.log.sessions("pilot"):
        await room.log.begin(header())
    seat = await room.sessions.seat(CODE, robot, Watcher.ROBOT, manners=manners)
    await room.open()
    here = Watched(room, robot, seat)
    await here.settled()
    try:
        yield here
    finally:
        await room.sessions.close()


@pytest.fixture
async def here() -> AsyncIterator[Watched]:
    async with watched() as one:
        yield one


# --------------------------------------------------------------------------- the gate


async def test_the_page_names_the_robots_camera_and_what_is_agreed_to_is_on_record(here: Watched):
    consent = here.room.page.view["consent"]
    assert (consent["camera_text"], consent["camera_of"]) == ("The robot's camera may be used.", "robot")
    assert here.room.page.view["sensing"]["camera_of"] == "robot"
    await here.consent()
    assert [(row.purpose, row.granted, row.version) for row in here.room.of(Consent)] == [
        ("camera", True, TEXT),
        ("participation", True, TEXT),
    ]
    copy = await here.room.sessions.consent_copy(CODE)
    assert (copy["camera"], copy["version"]) == ("The robot's camera may be used.", TEXT)


async def test_before_consent_and_without_it_the_robot_is_never_told_to_look(here: Watched):
    assert here.robot.watches == []
    here.seat.pictured(PICTURE, 0.0)  # a robot that sends all the same
    await here.consent(camera=False)
    here.room.clock.advance(5.0)
    await here.room.send("baseline_done")
    here.seat.pictured(PICTURE, 0.0)
    await here.room.seconds(2)
    await here.settled()
    assert (here.robot.watches, here.room.feeds, here.camera) == ([], [], [])
    assert {row.source for row in here.room.of(AffectWindow)} == {"interaction"}
    assert here.shown == "off"


async def test_who_takes_no_part_is_not_looked_at(here: Watched):
    await here.room.send("consent", participation=False, camera=True, version=TEXT)
    await here.settled()
    assert (here.robot.watches, here.room.feeds) == ([], [])


async def test_with_the_pages_camera_or_none_the_robot_does_not_look():
    for watcher, state in ((Watcher.PAGE, "on"), (Watcher.NOBODY, "refused")):
        room, robot = Room(), FakeRobot()
        await room.log.begin(header())
        await room.sessions.seat(CODE, robot, watcher)
        await room.open()
        await room.begin(camera=watcher is Watcher.PAGE)
        await room.settled()
        assert robot.watches == []
        assert room.page.view["sensing"]["camera"] == state
        assert room.page.view["sensing"]["camera_of"] == "page"
        await room.sessions.close()


async def test_the_pages_own_pictures_are_refused_while_the_robot_watches(here: Watched):
    await here.begin()
    with pytest.raises(CameraRefused, match="not the one in use"):
        await here.room.sitting.frame(PICTURE)
    await here.room.send("camera_state", state="denied")
    assert here.camera == ["on"]


async def test_with_the_robots_camera_the_page_checks_none_of_its_own(here: Watched):
    tutor, plan = here.room.session.tutor, here.room.session.plan
    await here.consent()
    tutor.phase = "check"
    checks = check_view(tutor, plan)
    assert checks is not None
    assert "camera" not in checks["items"]


# --------------------------------------------------------------------------- watching


async def test_the_baseline_is_taken_and_windows_are_logged_as_of_the_robots_camera(here: Watched):
    await here.begin()
    assert [(row.complete, row.coverage) for row in here.room.of(Baseline)] == [(True, 1.0)]
    assert (here.camera, here.shown) == (["on"], "on")
    await here.look()
    await here.room.seconds(1)
    (window,) = here.room.of(AffectWindow)
    assert (window.source, window.estimator, window.confusion) == ("robot_camera", "fake-1", 0.1)


async def test_a_picture_counts_for_the_moment_it_was_taken_and_times_never_run_back(here: Watched):
    await here.consent()
    await here.watches()
    for age_s in (None, 0.3, 0.0, 0.5, 0.1):
        here.room.clock.advance(0.2)
        here.robot.picture(PICTURE, age_s)
        await asyncio.sleep(0)
        await here.settled()
    here.room.clock.advance(0.2)
    await here.look(age_s=None)
    taken = here.room.feed.times_s
    assert taken == sorted(set(taken))
    # Taken at .2, .1 (older than the newest), .6, .3 (older), .9, and 1.3 seconds of the reading.
    assert [round(one - taken[0], 1) for one in taken] == [0.0, 0.4, 0.7, 1.1]


async def test_a_slow_detector_drops_pictures_and_takes_the_newest(here: Watched):
    await here.consent()
    await here.watches()
    await here.look(PICTURE)
    gate = here.room.feed.gate = asyncio.Event()
    for n in range(20):
        here.room.clock.advance(0.1)
        here.robot.picture(PICTURE + bytes([n]))
        await asyncio.sleep(0)
    gate.set()
    await until(lambda: len(here.room.feed.pictures) == 3)
    await here.settled()
    assert here.room.feed.pictures[-1] == PICTURE + bytes([19])
    assert len(here.room.feed.pictures) == 3


async def test_a_withdrawal_makes_the_robot_look_away_at_once_and_for_good(here: Watched):
    await here.begin()
    await here.room.send("withdraw", purpose="camera")
    await here.watches(False)
    here.seat.pictured(PICTURE, 0.0)
    await here.room.seconds(2)
    await here.settled()
    assert here.robot.watches == [True, False]
    assert {row.source for row in here.room.of(AffectWindow)} == {"interaction"}
    assert (here.shown, len(here.room.feeds), here.room.feed.closed) == ("off", 1, True)


async def test_the_picture_that_waits_is_forgotten_when_the_consent_is_taken_back(here: Watched):
    await here.begin()
    gate = here.room.feed.gate = asyncio.Event()
    for n in (1, 2):  # one is being looked at, the other waits
        here.room.clock.advance(0.1)
        here.robot.picture(PICTURE + bytes([n]))
        await asyncio.sleep(0)
    assert here.seat._eyes._newest is not None
    await here.room.send("withdraw", purpose="camera")
    assert here.seat._eyes._newest is None
    gate.set()
    await here.settled()


async def test_a_withdrawal_that_cannot_be_stored_makes_it_look_away_all_the_same(here: Watched):
    await here.begin()
    here.room.log.broken = LogUnwritable("The disk is full.", remedy="Make room.")
    with pytest.raises(LogUnwritable):
        await here.consent(camera=False)
    await here.watches(False)
    here.room.log.broken = None
    await here.room.settled()


async def test_in_a_pause_it_looks_away_and_afterwards_it_looks_again(here: Watched):
    await here.begin()
    await here.room.send("pause", on=True)
    await here.watches(False)
    seen = len(here.room.feed.pictures)
    here.seat.pictured(PICTURE, 0.0)
    await here.settled()
    assert (len(here.room.feed.pictures), here.shown) == (seen, "paused")
    await here.room.send("pause", on=False)
    await here.watches()
    await here.look()
    assert here.shown == "on"


@pytest.mark.parametrize("ending", ["end", "withdraw", "close"])
async def test_at_the_end_it_looks_away(here: Watched, ending: str):
    await here.begin()
    if ending == "close":
        await here.room.sessions.close()
    elif ending == "withdraw":
        await here.room.send("withdraw", purpose="participation")
    else:
        await here.room.send("end")
    await here.watches(False)
    assert here.robot.watches == [True, False]
    assert here.room.feed.closed


async def test_no_picture_is_in_the_log_or_in_a_log_message(here: Watched, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    await here.begin()
    await here.look()
    here.room.feed.gate = asyncio.Event()  # one that the detector never finishes
    here.robot.picture(PICTURE)
    await here.room.seconds(2)
    values = [getattr(row, field.name) for row in here.room.rows for field in fields(row)]
    assert not [value for value in values if isinstance(value, bytes | bytearray | memoryview)]
    assert "a face" not in repr(here.room.rows) + caplog.text


async def test_a_picture_that_is_none_is_complained_of_once_and_ends_nothing(here: Watched):
    await here.consent()
    await here.watches()
    for _ in range(3):
        here.room.clock.advance(0.1)
        here.robot.picture(b"")
        await until(lambda: not here.seat._eyes._there.is_set())
        await here.settled()
    await here.look()
    complaints = [row for row in here.room.of(Health) if row.state == "complained"]
    assert [row.detail for row in complaints] == [
        "a picture of its camera cannot be used: The picture is empty."
    ]


async def test_what_is_known_of_its_clock_is_on_record(here: Watched):
    await here.consent()
    await here.watches()
    await until(lambda: any(row.state == "noted" for row in here.room.of(Health)))
    (noted,) = [row for row in here.room.of(Health) if row.state == "noted"]
    assert (noted.component, noted.detail) == ("robot", "robot clock 0.410 s behind, ±2 ms")


# --------------------------------------------------------------------------- a camera that is lost


async def test_a_camera_that_sends_no_more_is_lost_and_what_it_showed_is_no_estimate_of_now():
    async with watched(manners=QUICK) as here:
        await here.begin()
        here.room.feed.confusion = 0.95
        await here.look()
        await until(lambda: here.camera[-1:] == ["lost"])
        await here.room.seconds(2)
        assert here.shown == "lost"
        windows = here.room.of(AffectWindow)[-2:]
        assert [(row.source, row.confusion, row.captured_at_s) for row in windows] == [
            ("interaction", None, None)
        ] * 2
        lost = [row for row in here.room.of(Health) if row.state == "lost"]
        assert "no picture of the robot's camera for 0.05 s" in str(lost[-1].detail)
        seen = len(here.room.feed.pictures)
        here.room.clock.advance(0.5)
        here.robot.picture(PICTURE)
        await until(lambda: len(here.room.feed.pictures) > seen)
        assert "on" in here.camera[here.camera.index("lost") :]


async def test_a_camera_that_never_sends_leaves_the_reading_to_the_learner():
    async with watched(manners=QUICK) as here:
        await here.consent()
        assert here.room.page.view["baseline"]["camera"] is True
        await until(lambda: here.camera == ["lost"])
        await until(lambda: here.room.page.view["baseline"]["camera"] is False)


async def test_in_a_pause_no_camera_is_lost():
    async with watched(manners=QUICK) as here:
        await here.begin()
        await here.look()
        await here.room.send("pause", on=True)
        before = len(here.camera)
        clock = asyncio.get_running_loop()
        late_s = clock.time() + 4 * QUICK.picture_s
        await until(lambda: clock.time() > late_s)
        assert len(here.camera) == before


async def test_with_the_robot_its_camera_is_lost_and_it_looks_again_when_it_is_back(here: Watched):
    await here.begin()
    here.robot.lose()
    await here.settled()
    assert here.camera == ["on", "lost"]
    here.robot.come_back()
    await until(lambda: len(here.robot.watches) == 2)
    assert here.robot.watches == [True, True]
    await here.look()
    assert here.camera == ["on", "lost", "on"]


async def test_a_robot_whose_camera_is_refused_is_told_of():
    async with watched(can=ALL - {"see"}, manners=QUICK) as here:
        await here.consent()
        await until(lambda: here.camera == ["lost"])
        details = [str(row.detail) for row in here.room.of(Health) if row.state == "complained"]
        assert len(details) == 1
        assert details[0].startswith("its camera is refused: ")


# --------------------------------------------------------------------------- another process, another choice


async def test_after_a_crash_the_learner_is_watched_by_no_camera_and_told_so(here: Watched):
    await here.begin()
    later = await here.room.crashed()
    robot = FakeRobot()
    seat = await later.sessions.seat(CODE, robot)  # the operator left --camera out
    await later.open()
    await seat.idle()
    await later.seconds(2)
    assert later.page.view["sensing"]["camera_of"] == "robot"
    assert later.page.view["sensing"]["camera"] == "lost"
    assert robot.watches == []
    with pytest.raises(CameraRefused):
        await later.sitting.frame(PICTURE)
    await later.sessions.close()


async def test_whoever_was_asked_about_the_pages_camera_is_not_watched_by_the_robots():
    room = await Room().open()
    with pytest.raises(BadInput, match="asked about another camera"):
        await room.sessions.seat(CODE, FakeRobot(), Watcher.ROBOT)
    await room.begin(camera=True)
    later = await room.crashed()
    robot = FakeRobot()
    with pytest.raises(BadInput, match="asked about another camera"):
        await later.sessions.seat(CODE, robot, Watcher.ROBOT)
    seat = await later.sessions.seat(CODE, robot)
    await seat.idle()
    assert robot.watches == []
    await later.sessions.close()


@pytest.mark.parametrize("watcher", list(Watcher))
async def test_a_session_that_was_taken_up_again_gets_its_robot_and_no_camera(
    here: Watched, watcher: Watcher
):
    await here.begin()
    later = await here.room.crashed()
    assert await later.sessions.take_up_again() == 1
    robot = FakeRobot()
    seat = await later.sessions.seat(CODE, robot, watcher)
    await later.open()
    await later.seconds(1)
    await seat.idle()
    assert (robot.watches, later.page.view["sensing"]["camera"]) == ([], "lost")
    await later.sessions.close()
