"""The bridge client on a real bridge with a real robot behind it: lost, frozen, back, and nothing late."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.ros.ros_bench import RosBench
from tutorbot.adapters.robots.link import FRESH_S
from tutorbot.adapters.ros import BridgeSettings, BridgeState, Canceled, Latest, Probe, RosbridgeClient
from tutorbot.errors import RobotSilent, RobotUnreachable

pytestmark = pytest.mark.ros

STRING = "std_msgs/msg/String"
FIBONACCI = "test_msgs/action/Fibonacci"
READY = Probe(kind="latched", name="/robot/ready")
NOTICED_S = 8.0
"""A bridge that hangs is noticed within this."""
STALE_S = 1.0
"""Nothing older than this may reach the robot."""


class Heard:
    """What the robot saw, said and complained of, as the bridge told it."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []
        self.faults: list[str] = []


@asynccontextmanager
async def robot_at(bench: RosBench, heard: Heard) -> AsyncIterator[RosbridgeClient]:
    """A client that has found the robot."""
    client = RosbridgeClient(BridgeSettings(url=bench.url), probe=READY, on_fault=heard.faults.append)
    await client.advertise("/robot/gesture", STRING)
    await client.advertise("/robot/say", STRING)
    await client.subscribe("/robot/seen", STRING, lambda one: heard.seen.append(json.loads(one["data"])))
    await client.subscribe("/robot/said", STRING, lambda one: heard.said.append(json.loads(one["data"])))
    await client.start()
    try:
        await client.ready(within_s=10)
        yield client
    finally:
        await client.close()


async def until(wanted: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def reaches(client: RosbridgeClient, heard: Heard, within_s: float = 10.0) -> None:
    """Return once a gesture has reached the robot; each is sent as it is wanted, and none twice."""
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        word = f"{time.time():.3f}"
        try:
            await client.publish("/robot/gesture", {"data": word})
            await until(lambda word=word: any(word in str(one) for one in heard.seen), 0.5)
        except (RobotUnreachable, TimeoutError):
            await asyncio.sleep(0.02)
            continue
        return
    raise AssertionError("nothing reached the robot")


def ages(heard: Heard) -> list[float]:
    """How old each gesture was when the robot saw it: its text is when it was sent."""
    gestures = [one for one in heard.seen if one["topic"] == "/robot/gesture" and one["data"]]
    return [one["at_s"] - float(one["data"]) for one in gestures]


async def test_a_bridge_killed_with_words_under_way_is_back_and_says_nothing_late(ros_bench: RosBench):
    heard = Heard()
    async with robot_at(ros_bench, heard) as client:
        await reaches(client, heard)
        call = asyncio.create_task(client.call("/robot/nobody", "std_srvs/srv/Trigger", {}, within_s=30))
        await asyncio.sleep(0.05)
        ros_bench.kill()
        with pytest.raises(RobotUnreachable):
            await call
        await until(lambda: client.state is BridgeState.DOWN)
        for _ in range(20):
            with pytest.raises(RobotUnreachable):
                await client.publish("/robot/gesture", {"data": f"{time.time():.3f}"})
        ros_bench.restart()
        begun_s = time.monotonic()
        await client.ready(within_s=NOTICED_S)
        await reaches(client, heard)
        assert time.monotonic() - begun_s <= NOTICED_S
    assert max(ages(heard)) <= STALE_S


async def test_a_frozen_bridge_is_noticed_and_has_nothing_stale_to_wake_up_to(ros_bench: RosBench):
    heard = Heard()
    async with robot_at(ros_bench, heard) as client:
        await reaches(client, heard)
        await asyncio.sleep(2 * FRESH_S)  # by then a sign of life is asked for
        ros_bench.freeze()
        begun_s = time.monotonic()
        while client.state is not BridgeState.DOWN and time.monotonic() - begun_s < NOTICED_S:
            with pytest.raises(RobotUnreachable):
                await client.publish("/robot/gesture", {"data": f"{time.time():.3f}"}, within_s=0.3)
            await asyncio.sleep(0.1)
        assert client.state is BridgeState.DOWN
        ros_bench.thaw()
        await client.ready(within_s=NOTICED_S)
        await reaches(client, heard)
    assert max(ages(heard)) <= STALE_S


async def test_an_act_is_cancelled_within_the_time_of_a_barge_in(ros_bench: RosBench):
    heard = Heard()
    async with robot_at(ros_bench, heard) as client:
        told: list[Any] = []
        goal = await client.goal("/robot/act", FIBONACCI, {"order": 60}, within_s=1, on_feedback=told.append)
        await until(lambda: bool(told))
        assert await goal.cancel(within_s=0.3)
        with pytest.raises(Canceled):
            await goal.result(within_s=1)
        again = await client.goal("/robot/act", FIBONACCI, {"order": 3}, within_s=1)
        assert (await again.result(within_s=5))["sequence"] == [0, 1, 1, 2, 3]


async def test_a_service_is_answered_and_a_missing_one_told_in_the_callers_time(ros_bench: RosBench):
    heard = Heard()
    async with robot_at(ros_bench, heard) as client:
        assert "success" in await client.call("/robot/stop", "std_srvs/srv/Trigger", {}, within_s=5)
        with pytest.raises(RobotSilent, match=r"/robot/nobody was not answered within 0.5 s"):
            await client.call("/robot/nobody", "std_srvs/srv/Trigger", {}, within_s=0.5)


async def test_a_type_that_is_not_installed_is_told(ros_bench: RosBench):
    heard = Heard()
    async with robot_at(ros_bench, heard) as client:
        await client.subscribe("/speech", "no_such_pkg/msg/Nope", print)
        await until(lambda: bool(heard.faults))
    assert "no_such_pkg" in heard.faults[0]


async def test_a_consumer_of_100_ms_a_frame_gets_fresh_pictures(ros_bench: RosBench):
    heard, slot = Heard(), Latest[Any]()
    async with robot_at(ros_bench, heard) as client:
        await client.subscribe(
            "/robot/camera/compressed", "sensor_msgs/msg/CompressedImage", slot.put, compression="cbor"
        )
        await client.call("/robot/camera/on", "std_srvs/srv/SetBool", {"data": True}, within_s=5)
        ages_s = []
        for _ in range(20):
            frame = await slot.take()
            stamp = frame["header"]["stamp"]
            ages_s.append(time.time() - stamp["sec"] - stamp["nanosec"] / 1e9)
            assert isinstance(frame["data"], bytes)
            await asyncio.sleep(0.1)  # the work on it
        await client.call("/robot/camera/on", "std_srvs/srv/SetBool", {"data": False}, within_s=5)
    assert sorted(ages_s)[int(0.95 * len(ages_s))] <= 0.2
