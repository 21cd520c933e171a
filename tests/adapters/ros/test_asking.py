"""Hearing by a service that listens once: called again and again, never while the robot speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.robot import RobotDiary
from tests.fakes.robot_bench import BridgeBench
from tutorbot.adapters.ros import RosRobot, asking

RECOGNIZE = "/qt_robot/speech/recognize"


class Here:
    """A robot that listens, and what its service was asked."""

    def __init__(self, bench: BridgeBench, robot: RosRobot, diary: RobotDiary) -> None:
        self.bench, self.robot, self.diary = bench, robot, diary

    @property
    def calls(self) -> list[dict[str, Any]]:
        sent = self.bench.bridge.sent("call_service")
        return [one["args"] for one in sent if one["service"] == RECOGNIZE]


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@pytest.fixture
async def here(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Here]:
    monkeypatch.setattr(asking, "LEAST_S", 0.01)
    monkeypatch.setattr(asking, "AFTER_FAULT_S", 0.05)
    bench, diary = BridgeBench("qtrobot"), RobotDiary()
    await bench.start()
    robot = bench.robot()
    await robot.start(diary)
    await robot.ready(within_s=5)
    yield Here(bench, robot, diary)
    await robot.close()
    await bench.stop()


async def test_one_call_waits_at_a_time_and_each_answer_brings_the_next(here: Here):
    await until(lambda: len(here.calls) == 1)
    await here.bench.hear("it is left")
    await until(lambda: len(here.calls) == 2)
    await here.bench.hear("no, right")
    await until(lambda: len(here.calls) == 3)
    assert [one.text for one in here.diary.hearings] == ["it is left", "no, right"]
    assert all(one.final for one in here.diary.hearings)


async def test_silence_is_nothing_heard_and_nothing_to_complain_of(here: Here):
    for _ in range(3):
        here.bench._speech.put_nowait("")
    await until(lambda: len(here.calls) == 4)
    assert (here.diary.hearings, here.diary.complaints) == ([], [])


async def test_it_is_not_asked_while_the_robot_speaks(here: Here):
    await until(lambda: len(here.calls) == 1)
    here.bench.slow = True
    saying = asyncio.create_task(here.robot.say("Look at the shapes.", language="en", within_s=2))
    await until(lambda: here.bench.said == ["Look at the shapes."])
    await here.bench.hear("look at the shapes")
    await until(lambda: len(here.diary.hearings) == 1)
    await asyncio.wait({saying}, timeout=0.1)
    assert len(here.calls) == 1
    here.bench.finish()
    await saying
    await until(lambda: len(here.calls) == 2)


async def test_speech_is_recognised_in_the_language_that_was_spoken_last(here: Here):
    await until(lambda: len(here.calls) == 1)
    await here.robot.say("Schau auf die Form.", language="de", within_s=2)
    await here.bench.hear("ja")
    await until(lambda: len(here.calls) == 2)
    assert [one["language"] for one in here.calls] == ["en-GB", "de-DE"]


async def test_a_service_that_refuses_is_told_once_and_asked_again(here: Here):
    await until(lambda: len(here.calls) == 1)

    working = here.bench.bridge.services.pop(RECOGNIZE)
    await here.bench.hear("one")
    await until(lambda: len(here.calls) == 4)
    assert len(here.diary.complaints) == 1
    assert here.diary.complaints[0].startswith("it does not listen: ")
    here.bench.bridge.services[RECOGNIZE] = working
    await here.bench.hear("two")
    await until(lambda: [one.text for one in here.diary.hearings] == ["one", "two"])


async def test_a_bridge_that_comes_back_is_asked_again(here: Here):
    await until(lambda: len(here.calls) == 1)
    await here.bench.lose()
    await here.bench.come_back()
    await until(lambda: len(here.calls) == 2)
    assert here.diary.complaints == []
