"""A robot's own interfaces behind the real bridge (`make ros-bench`; not part of `make test`).

What is shown: that the ROS4HRI messages and skills of tests/ros/interfaces pass the bridge by their fields.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest

from tests.fakes.robot import RobotDiary
from tests.ros.plain_wire import Wire, talking_to
from tests.ros.ros_bench import RosBench, hri_bench, running
from tutorbot.adapters.ros import BridgeSettings, RosRobot, load_profile

SAY = {"action": "/skill/say", "action_type": "communication_skills/action/Say", "feedback": True}
MESSAGES = {
    "Expression": {"expression": "confused", "valence": -0.5, "arousal": 0.25, "confidence": 1.0},
    "EngagementLevel": {"level": 3},
    "LiveSpeech": {"incremental": "", "final": "Weiß nicht", "confidence": 0.5, "locale": "de_DE"},
    "IdsList": {"ids": ["f1", "f2"]},
}


@pytest.fixture(scope="module")
def ros_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosBench]:
    """A bridge and a robot that know these interfaces."""
    with running(hri_bench(tmp_path_factory.mktemp("hri"))) as bench:
        yield bench


async def in_reach(wire: Wire) -> None:
    tracked = await wire.latched("/humans/faces/tracked", "hri_msgs/IdsList")
    assert tracked["ids"] == ["f1"]


@pytest.mark.parametrize("kind", MESSAGES)
async def test_a_message_about_people_passes_with_all_its_fields(ros_bench: RosBench, kind: str):
    topic, of_type = f"/try/{kind}", f"hri_msgs/msg/{kind}"
    async with talking_to(ros_bench) as wire:
        await wire.send("advertise", topic=topic, type=of_type, latch=True)
        await wire.send("publish", topic=topic, msg=MESSAGES[kind])
        heard = await wire.latched(topic, of_type)
    assert {name: heard[name] for name in MESSAGES[kind]} == MESSAGES[kind]
    assert heard["header"]["stamp"]["sec"] > 0, "a stamp that was left out is the bridge's time"


async def test_a_field_that_the_robot_does_not_know_is_refused_with_its_name(ros_bench: RosBench):
    async with talking_to(ros_bench) as wire:
        await wire.send("advertise", topic="/try/speech", type="hri_msgs/msg/LiveSpeech")
        await wire.send("publish", topic="/try/speech", msg={"language": "de-DE"})
        status = await wire.until(lambda it: it["op"] == "status")
    assert status["level"] == "error"
    assert "language" in status["msg"]


async def test_an_expression_reaches_the_robot(ros_bench: RosBench):
    topic = "/humans/faces/f1/expression"
    async with talking_to(ros_bench) as wire:
        await in_reach(wire)
        await wire.send("subscribe", topic="/robot/expressions", type="std_msgs/String")
        await wire.send("advertise", topic=topic, type="hri_msgs/msg/Expression")
        for _ in range(10):  # what is sent before the two have met is lost
            await wire.send("publish", topic=topic, msg={"expression": "bored", "valence": -0.5})
            try:
                shown = await wire.heard("/robot/expressions", within_s=0.5)
                break
            except TimeoutError:
                continue
    assert json.loads(shown) == {"expression": "bored", "valence": -0.5}


async def test_the_say_skill_tells_that_it_began_and_how_it_ended(ros_bench: RosBench):
    async with talking_to(ros_bench) as wire:
        await in_reach(wire)
        await wire.send("send_action_goal", id="say-1", args={"input": "Hello there"}, **SAY)
        began = await wire.until(lambda it: it["op"] == "action_feedback")
        ended = await wire.until(lambda it: it["op"] == "action_result")
    assert began["values"]["feedback"]["data_str"] == "started"
    assert (ended["status"], ended["values"]["result"]["error_code"]) == (4, 0)


async def test_the_say_skill_can_be_cut_short(ros_bench: RosBench):
    async with talking_to(ros_bench) as wire:
        await in_reach(wire)
        await wire.send("send_action_goal", id="say-2", args={"input": "long " * 200}, **SAY)
        await wire.until(lambda it: it["op"] == "action_feedback")
        await wire.send("cancel_action_goal", id="say-2", action="/skill/say")
        ended = await wire.until(lambda it: it["op"] == "action_result")
    assert (ended["status"], ended["values"]["result"]["error_code"]) == (5, 125)


async def test_the_tutor_s_robot_of_profile_ros4hri_speaks_and_falls_silent(ros_bench: RosBench):
    diary = RobotDiary()
    robot = RosRobot(load_profile("ros4hri"), BridgeSettings(url=ros_bench.url))
    await robot.start(diary)
    await robot.ready(within_s=20)
    try:
        spoken = await robot.say("Grüß dich, 你好!", language="de", within_s=2)
        assert (spoken.stopped, spoken.estimated) == (False, False)
        assert 0.2 < spoken.seconds < 3
        saying = asyncio.create_task(robot.say("on and on " * 50, language="en", within_s=2))
        await asyncio.wait({saying}, timeout=0.5)
        assert await robot.stop_speaking(within_s=2)
        assert (await saying).stopped
    finally:
        await robot.close()
    assert diary.complaints == []
