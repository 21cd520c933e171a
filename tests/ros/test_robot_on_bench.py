"""The tutor's robot of profile ``generic`` on the real bench: a real rosbridge, a real ROS 2."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable

import pytest

from tests.fakes.robot import RobotDiary
from tests.ros.plain_wire import talking_to
from tests.ros.ros_bench import RosBench
from tutorbot.adapters.ros import BridgeSettings, RobotProfile, RosRobot, load_profile
from tutorbot.adapters.ros.profile_file import NewsTopic
from tutorbot.errors import RobotSilent, RobotUnreachable
from tutorbot.ports import Spoken

pytestmark = pytest.mark.ros

WITHIN_S = 2.0
LONG = "This sentence goes on for quite a while. " * 10
"""8 s at 20 ms a character."""


@pytest.fixture
def diary() -> RobotDiary:
    return RobotDiary()


@pytest.fixture
async def robot(ros_bench: RosBench, diary: RobotDiary) -> AsyncIterator[RosRobot]:
    one = RosRobot(load_profile("generic"), BridgeSettings(url=ros_bench.url))
    await one.start(diary)
    await one.ready(within_s=20)
    await said(one)
    yield one
    await one.close()


async def said(robot: RosRobot) -> Spoken:
    """A word, as soon as bridge and robot have met on its topic: what is published before is lost."""
    for _ in range(5):
        try:
            return await robot.say("Hm.", language="en", within_s=WITHIN_S)
        except RobotSilent:
            await robot.ready(within_s=20)
    raise AssertionError("it never spoke")


async def speaking(robot: RosRobot, bench: RosBench) -> asyncio.Task[Spoken]:
    """A long utterance that was begun."""
    async with talking_to(bench) as wire:
        await wire.send("subscribe", topic="/robot/speaking", type="std_msgs/Bool")
        while True:
            saying = asyncio.create_task(robot.say(LONG, language="en", within_s=WITHIN_S))
            try:
                assert await wire.heard("/robot/speaking", within_s=3.0)
            except TimeoutError:  # this connection had not met the robot yet
                await robot.stop_speaking(within_s=WITHIN_S)
                await saying
                continue
            return saying


async def until(wanted: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.02)


async def test_an_utterance_takes_as_long_as_the_robot_speaks(robot: RosRobot):
    spoken = await robot.say("Grüß dich, 你好! " * 3, language="de", within_s=WITHIN_S)
    assert not spoken.stopped
    assert not spoken.estimated
    assert 0.9 <= spoken.seconds < 5


async def test_it_falls_silent_when_asked_and_speaks_again(robot: RosRobot, ros_bench: RosBench):
    saying = await speaking(robot, ros_bench)
    began_s = time.monotonic()
    assert await robot.stop_speaking(within_s=WITHIN_S)
    assert (await saying).stopped
    assert time.monotonic() - began_s < 1.0
    assert not (await robot.say("Go on.", language="en", within_s=WITHIN_S)).stopped


async def test_a_killed_bridge_ends_the_utterance_at_once_and_nothing_is_said_late(
    robot: RosRobot, ros_bench: RosBench, diary: RobotDiary
):
    saying = await speaking(robot, ros_bench)
    ros_bench.kill()
    async with asyncio.timeout(2):
        with pytest.raises(RobotUnreachable):
            await saying
    with pytest.raises(RobotUnreachable):
        await robot.say("Stale.", language="en", within_s=WITHIN_S)
    ros_bench.restart()
    await robot.ready(within_s=20)
    await said(robot)
    assert diary.changes[:3] == [True, False, True]
    assert diary.changes[-1], "its first word may have met silence, and it was asked whether it is there"


async def test_two_that_call_the_same_bridge_at_once_both_get_ready(robot: RosRobot, ros_bench: RosBench):
    other = RosRobot(load_profile("generic"), BridgeSettings(url=ros_bench.url))
    ros_bench.kill()
    await other.start(RobotDiary())
    try:
        ros_bench.restart()
        await asyncio.gather(robot.ready(within_s=40), other.ready(within_s=40))
    finally:
        await other.close()


async def test_a_message_whose_package_is_not_on_the_robot_is_complained_of_and_the_rest_goes_on(
    ros_bench: RosBench, diary: RobotDiary
):
    profile = load_profile("generic")
    news = NewsTopic(name="/tutor/affect", type="tutor_msgs/msg/Affect", fields={"confusion": "{confusion}"})
    tell = profile.file.tell.model_copy(update={"affect": news})
    file = profile.file.model_copy(update={"tell": tell})
    robot = RosRobot(RobotProfile(name="typed", file=file), BridgeSettings(url=ros_bench.url))
    await robot.start(diary)
    try:
        await robot.ready(within_s=20)
        assert any("tutor_msgs" in one for one in diary.complaints)
        assert not (await said(robot)).stopped
    finally:
        await robot.close()


async def test_it_hears_what_the_robot_publishes_and_answers_a_call(
    robot: RosRobot, ros_bench: RosBench, diary: RobotDiary
):
    async with talking_to(ros_bench) as wire:
        await wire.send("advertise", topic="/robot/speech_in", type="std_msgs/String")
        heard = json.dumps({"final": "left", "confidence": 0.8, "locale": "en_GB"})
        async with asyncio.timeout(10):
            while not diary.hearings:
                await wire.send("publish", topic="/robot/speech_in", msg={"data": heard})
                await asyncio.sleep(0.1)
    assert (diary.hearings[0].text, diary.hearings[0].final) == ("left", True)


async def test_a_camera_that_sends_no_jpeg_is_complained_of_once(
    robot: RosRobot, ros_bench: RosBench, diary: RobotDiary
):
    async with talking_to(ros_bench) as wire:
        await wire.call("/robot/camera/on", "std_srvs/SetBool", data=True)
        await robot.watch(True)
        await until(lambda: bool(diary.complaints))
        await wire.call("/robot/camera/on", "std_srvs/SetBool", data=False)
    await robot.watch(False)
    assert diary.pictures == []
    assert [one for one in diary.complaints if "no JPEG" in one] == diary.complaints


async def test_a_robot_whose_program_ends_while_the_bridge_lives_is_known_to_be_gone_and_found_again(
    robot: RosRobot, ros_bench: RosBench, diary: RobotDiary
):
    ros_bench.robot.kill()
    with pytest.raises((RobotSilent, RobotUnreachable)):
        await robot.say("Are you there?", language="en", within_s=WITHIN_S)
    await until(lambda: diary.changes == [True, False])
    with pytest.raises(RobotUnreachable):
        await robot.say("Hello?", language="en", within_s=WITHIN_S)
    ros_bench.robot.restart()
    await robot.ready(within_s=20)
    assert diary.changes == [True, False, True]
    assert not (await said(robot)).stopped
