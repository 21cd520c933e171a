"""A Furhat robot that floods and repeats what it must not: it is listened to, and no key is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.fakes.furhat import FakeFurhat
from tests.fakes.robot import RobotDiary
from tutorbot.adapters.furhat import FurhatRobot
from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.news import MOST_COMPLAINTS
from tutorbot.errors import RobotUnreachable

KEY = "a-key-of-the-lab"


class Here:
    def __init__(self, furhat: FakeFurhat, robot: FurhatRobot, diary: RobotDiary) -> None:
        self.furhat, self.robot, self.diary = furhat, robot, diary

    async def heard(self, text: str) -> None:
        """The learner says this, and it arrives: all that was sent before has, too."""
        await self.furhat.hear(text)
        await until(lambda: [one.text for one in self.diary.hearings][-1:] == [text])


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    furhat, diary = FakeFurhat(key=KEY), RobotDiary()
    await furhat.start()
    robot = furhat.robot(key=KEY, listen_again_s=0.2)
    await robot.start(diary)
    await robot.ready(within_s=5)
    yield Here(furhat, robot, diary)
    await robot.close()
    await furhat.stop()


async def test_ends_of_listening_without_end_begin_it_once(here: Here):
    before = len(here.furhat.sent("request.listen.start"))
    for _ in range(300):
        await here.furhat.tell("response.listen.end", cause="stopped")
    await until(lambda: len(here.furhat.sent("request.listen.start")) > before)
    await here.heard("are you there")
    assert len(here.furhat.sent("request.listen.start")) <= before + 2
    await here.furhat.listened()
    await here.heard("and again")


async def test_the_key_stands_in_no_complaint(here: Here, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        await here.furhat.tell(
            "response.error", message=f"cannot read {{'type': 'request.auth', 'key': '{KEY}'}}"
        )
        await here.furhat.tell("response.error", error={"asked": {"key": KEY}})
        await until(lambda: len(here.diary.complaints) == 2)
    for text in (
        *here.diary.complaints,
        *(one.getMessage() for one in caplog.records if "websockets" not in one.name),
    ):
        assert KEY not in text


async def test_errors_and_garbled_speech_without_end_are_few_complaints(here: Here):
    for n in range(500):
        await here.furhat.tell("response.error", message=f"fault {n}")
        await here.furhat.tell("response.hear.end", text=[n])
    await here.heard("are you there")
    assert 0 < len(here.diary.complaints) <= MOST_COMPLAINTS + 1


async def test_a_camera_that_could_not_be_told_to_stop_is_hung_up_on(
    here: Here, monkeypatch: pytest.MonkeyPatch
):
    send, lost = Link.send, []

    async def sent(link: Link, message: Any, *, within_s: float) -> None:
        if message["type"] == "request.camera.stop" and not lost:
            lost.append(message)
            raise RobotUnreachable("No sign of life.", remedy="Wait.")
        await send(link, message, within_s=within_s)

    await here.robot.watch(True)
    await until(lambda: here.furhat.watching)
    monkeypatch.setattr(Link, "send", sent)
    with pytest.raises(RobotUnreachable):
        await here.robot.watch(False)
    await until(lambda: here.diary.changes == [True, False, True])
    assert len(here.furhat.sent("request.camera.start")) == 1, "it is not watched again"
