"""The bench itself: a real robot node behind a real rosbridge, spoken to in plain JSON."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.ros.plain_wire import WITHIN_S, Message, Wire, talking_to
from tests.ros.ros_bench import RosBench

pytestmark = pytest.mark.ros

FIBONACCI = "test_msgs/action/Fibonacci"


@asynccontextmanager
async def robot_at(bench: RosBench) -> AsyncIterator[Wire]:
    """A connection on which the robot's voice is known to be in reach."""
    async with talking_to(bench) as wire:
        await wire.ready()
        for topic, kind in {"speaking": "Bool", "said": "String", "seen": "String"}.items():
            await wire.send("subscribe", topic=f"/robot/{topic}", type=f"std_msgs/{kind}")
        for topic in ("/robot/say", "/robot/gesture"):
            await wire.send("advertise", topic=topic, type="std_msgs/String")
            await echoed(wire, topic, "")
        yield wire


async def echoed(wire: Wire, topic: str, text: str) -> None:
    """Publish until the robot tells that it got this: what is sent before both have met is lost."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        await wire.send("publish", topic=topic, msg={"data": text})
        try:
            return await wire.seen(topic, text, within_s=0.5)
        except TimeoutError:
            assert time.monotonic() < deadline, f"nothing on {topic} reached the robot"


async def test_what_is_published_is_said_and_takes_as_long_as_its_text(ros_bench: RosBench):
    text = "Grüß dich, 你好!"
    async with robot_at(ros_bench) as wire:
        await wire.send("publish", topic="/robot/say", msg={"data": text})
        assert [await wire.heard("/robot/speaking") for _ in range(2)] == [True, False]
        said = json.loads(await wire.heard("/robot/said"))
    assert (said["text"], said["finished"]) == (text, True)
    assert said["end_s"] - said["start_s"] >= 0.02 * len(text)


async def test_a_gesture_is_seen_by_the_robot(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        await echoed(wire, "/robot/gesture", "nod")


async def test_the_latched_word_that_the_robot_is_ready_arrives(ros_bench: RosBench):
    async with talking_to(ros_bench) as wire:
        assert (await wire.ready())["name"] == "robot of the tests"


async def test_a_robot_told_to_stop_falls_silent_and_says_nothing_that_waited(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        for text in ("long " * 200, "waiting"):
            await wire.send("publish", topic="/robot/say", msg={"data": text})
        await wire.seen("/robot/say", "waiting")
        await wire.send("call_service", id="stop", service="/robot/stop", type="std_srvs/srv/Trigger")
        said = json.loads(await wire.heard("/robot/said"))
        assert (said["finished"], said["end_s"] - said["start_s"] < WITHIN_S) == (False, True)
        answer = await wire.until(lambda it: it["op"] == "service_response")
        assert answer["values"] == {"success": True, "message": "a text cut short, 1 more dropped"}
        again = await wire.call("/robot/stop", "std_srvs/srv/Trigger")
        assert again["values"] == {"success": True, "message": "nothing cut short, 0 more dropped"}


async def test_an_act_tells_each_step_and_its_result(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        await wire.send(
            "send_action_goal",
            id="act-1",
            action="/robot/act",
            action_type=FIBONACCI,
            args={"order": 3},
            feedback=True,
        )
        told: list[Message] = []
        while not told or told[-1]["op"] != "action_result":
            told.append(await wire.until(lambda it: it["op"].startswith("action_")))
    *steps, result = told
    assert steps
    # the result comes another way than the feedback and may overtake the last of it
    assert [it["values"]["sequence"][-1] for it in steps] == [1, 2, 3][: len(steps)]
    assert (result["id"], result["status"], result["values"]["sequence"]) == ("act-1", 4, [0, 1, 1, 2, 3])


async def test_an_act_can_be_cancelled(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        await wire.send(
            "send_action_goal",
            id="act-2",
            action="/robot/act",
            action_type=FIBONACCI,
            args={"order": 30},
            feedback=True,
        )
        await wire.until(lambda it: it["op"] == "action_feedback")
        await wire.send("cancel_action_goal", id="act-2", action="/robot/act")
        result = await wire.until(lambda it: it["op"] == "action_result")
    assert (result["id"], result["status"]) == ("act-2", 5)


async def test_the_camera_is_off_until_it_is_switched_on(ros_bench: RosBench):
    topic = "/robot/camera/compressed"
    async with robot_at(ros_bench) as wire:
        await wire.send("subscribe", topic=topic, type="sensor_msgs/CompressedImage")
        assert (await wire.call("/robot/camera/on", "std_srvs/srv/SetBool", data=True))["result"] is True
        frame = (await wire.until(lambda it: it.get("topic") == topic))["msg"]
        await wire.call("/robot/camera/on", "std_srvs/srv/SetBool", data=False)
    taken_s = frame["header"]["stamp"]["sec"] + frame["header"]["stamp"]["nanosec"] / 1e9
    assert frame["format"] == "jpeg"
    assert 0 <= time.time() - taken_s < WITHIN_S


async def test_a_killed_bridge_drops_its_connections_and_is_up_again_after_a_restart(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        ros_bench.kill()
        with pytest.raises(ConnectionClosed):
            await wire.seen("/robot/gesture", "never sent")
    with pytest.raises(OSError):
        await connect(ros_bench.url, open_timeout=1)
    ros_bench.restart()
    async with robot_at(ros_bench) as wire:
        await echoed(wire, "/robot/gesture", "wave")


async def test_a_frozen_bridge_keeps_the_connection_and_answers_when_it_thaws(ros_bench: RosBench):
    async with robot_at(ros_bench) as wire:
        ros_bench.freeze()
        await wire.send("publish", topic="/robot/gesture", msg={"data": "nod"})
        with pytest.raises(TimeoutError):
            await wire.seen("/robot/gesture", "nod", within_s=0.5)
        ros_bench.thaw()
        await wire.seen("/robot/gesture", "nod")


async def test_a_robot_that_was_killed_is_found_again(ros_bench: RosBench):
    ros_bench.robot.kill()
    ros_bench.robot.start()
    async with robot_at(ros_bench) as wire:
        await echoed(wire, "/robot/gesture", "bow")


@pytest.mark.parametrize("what", ["kill", "freeze"])
async def test_what_a_test_breaks_is_mended_for_the_next(ros_bench: RosBench, what: str):
    getattr(ros_bench, what)()
    ros_bench.mend()
    async with talking_to(ros_bench) as wire:
        await wire.ready()
        assert (await wire.call("/robot/stop", "std_srvs/srv/Trigger"))["result"] is True
