"""The robot's page over the wire: who may be it, what a bad or a frozen page can do, what it is not told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.fakes.robot import RobotDiary
from tests.fakes.robot_page import PageBench
from tutorbot.adapters.web.limits import WebLimits
from tutorbot.adapters.web.security import HEADERS
from tutorbot.adapters.web.sim import SimRobot
from tutorbot.adapters.web.sim.page import Pulse
from tutorbot.adapters.web.sim.robot import MOST_PAGES, PagePatience
from tutorbot.errors import RobotRefused, RobotSilent, RobotUnreachable

SECRET = "My name is Ada."


@pytest.fixture
async def bench() -> AsyncIterator[PageBench]:
    """A robot whose page is served and not open yet."""
    made = PageBench()
    await made.server.start()
    yield made
    await made.robot.close()
    await made.stop()


@pytest.fixture
async def diary(bench: PageBench) -> RobotDiary:
    """What it tells."""
    kept = RobotDiary()
    await bench.robot.start(kept)
    return kept


def another(bench: PageBench) -> PageBench:
    """One more page of the same robot."""
    return PageBench(bench.robot, server=bench.server)


async def say(bench: PageBench, text: str = "Hello.", **named: Any) -> Any:
    return await bench.robot.say(text, language="en", **{"within_s": 2.0, **named})


# ---------------------------------------------------------------- who may be the robot


async def test_the_page_is_dressed_like_all_others_and_only_at_its_own_address(bench: PageBench) -> None:
    async with httpx.AsyncClient() as client:
        page = await client.get(bench.server.url + bench.robot.path)
        wrong = await client.get(bench.server.url + "/robot/guess")
    assert page.status_code == 200
    assert {name: page.headers[name] for name in HEADERS} == dict(HEADERS)
    assert wrong.status_code == 404


def test_every_start_has_an_address_of_its_own_that_nobody_guesses() -> None:
    paths = {SimRobot().path for _ in range(50)}
    assert len(paths) == 50
    assert all(len(path.removeprefix("/robot/")) >= 32 for path in paths)
    assert not SimRobot().knows("\udce9")


@pytest.mark.parametrize("origin", ["https://evil.example", None])
async def test_no_page_of_another_server_gets_a_line(bench: PageBench, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await bench.server.connect(origin=origin)
    assert caught.value.response.status_code == 403


async def test_an_old_address_is_told_so(bench: PageBench) -> None:
    line = await bench.server.connect(path="/robot/of-yesterday")
    with pytest.raises(ConnectionClosed):
        await line.recv()
    assert line.close_code == 4404


async def test_no_more_pages_than_anybody_needs(bench: PageBench) -> None:
    lines = [await bench.server.connect() for _ in range(MOST_PAGES)]
    for line in lines:
        await line.recv()
    one_more = await bench.server.connect()
    with pytest.raises(ConnectionClosed):
        await one_more.recv()
    assert one_more.close_code == 1013
    for line in lines:
        await line.close()


async def test_a_page_that_is_only_open_is_not_the_robot(bench: PageBench, diary: RobotDiary) -> None:
    with pytest.raises(RobotUnreachable, match="its page is not open"):
        await say(bench)
    await bench.open()
    with pytest.raises(RobotUnreachable, match="Start was not pressed"):
        await say(bench)
    await bench.hear("I am early.")
    await bench.touch("head")
    await bench.press_start()
    await bench.until(lambda: bench.whose == "here")
    await say(bench)
    assert bench.said == ["Hello."]
    assert (diary.hearings, diary.touches, diary.changes) == ([], [], [False, True])


async def test_the_page_where_start_was_pressed_last_is_the_robot(
    bench: PageBench, diary: RobotDiary
) -> None:
    await bench.come_back()
    other = another(bench)
    await other.open()
    assert other.whose == "elsewhere"
    await other.press_start(take=False)  # a page that comes back takes it from nobody
    await say(bench)
    assert (bench.said, other.said) == (["Hello."], [])
    bench.slow = True
    saying = asyncio.create_task(say(bench, "A long story."))
    await bench.until(lambda: bench.said[-1:] == ["A long story."])
    await other.press_start()
    with pytest.raises(RobotUnreachable, match="another page"):
        await saying
    await bench.until(lambda: bench.whose == "elsewhere")
    await say(other, "Here I am.")
    await bench.hear("Do you hear me there?")
    await other.hear("And here?")
    await other.until(lambda: bool(diary.hearings))
    assert other.said == ["Here I am."]
    assert [one.text for one in diary.hearings] == ["And here?"]
    assert diary.changes == [False, True, False, True]
    await other.lose()
    await bench.until(lambda: bench.whose == "nowhere")


# ---------------------------------------------------------------- bad pages


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '{"type": "say"}',
        '{"type": "heard", "text": "", "final": true}',
        '{"type": "heard", "text": "x", "final": "yes"}',
        '{"type": "touched", "where": "heart"}',
        '{"type": "ask", "n": 1, "what": "dance"}',
        '{"type": "beat", "secret": "Ada"}',
        '{"type": "heard", "final": true, "text": "' + "x" * 100_000 + '"}',
        '{"type": "done", "n": -1}',
    ],
)
async def test_what_it_does_not_understand_is_told_without_repeating_it_and_the_line_stays(
    bench: PageBench, diary: RobotDiary, text: str
) -> None:
    await bench.come_back()
    assert bench._socket is not None
    await bench._socket.send(text)
    await bench.until(lambda: any(one["type"] == "problem" for one in bench.heard_of))
    (problem,) = [one for one in bench.heard_of if one["type"] == "problem"]
    assert "Ada" not in str(problem)
    await say(bench)
    assert bench.said == ["Hello."]
    assert diary.hearings == []


async def test_pictures_and_answers_that_nobody_asked_for_change_nothing(bench: PageBench) -> None:
    await bench.come_back()
    assert bench._socket is not None
    await bench._socket.send(b"\xff\xd8\xff")
    await bench.send(type="done", n=99)
    await bench.send(type="ended", n=99, voiced=True)
    assert not (await say(bench)).stopped


async def test_a_page_that_sends_more_than_a_person_can_is_cut_off(diary: RobotDiary) -> None:
    robot = SimRobot(limits=WebLimits(messages_per_s=1, messages_burst=5))
    bench = PageBench(robot)
    await bench.server.start()
    await bench.open()
    for _ in range(20):
        await bench.send(type="beat")
    await bench.until(lambda: bench.closed is not None)
    assert bench.closed == 4429
    await bench.stop()


async def test_a_null_character_is_taken_out_of_what_is_heard(bench: PageBench, diary: RobotDiary) -> None:
    await bench.come_back()
    await bench.hear("a\x00b")
    await bench.until(lambda: bool(diary.hearings))
    assert diary.hearings[0].text == "a b"


# ---------------------------------------------------------------- frozen and silent pages


async def frozen_robot(**named: Any) -> tuple[PageBench, RobotDiary]:
    bench, diary = PageBench(SimRobot(**named)), RobotDiary()
    await bench.start()
    await bench.robot.start(diary)
    bench.frozen = True
    return bench, diary


async def test_a_page_that_froze_is_noticed_without_any_command() -> None:
    bench, diary = await frozen_robot(pulse=Pulse(every_s=0.05, within_s=0.3))
    await bench.until(lambda: bench.closed is not None)
    assert bench.closed == 4408
    assert diary.changes == [True, False]
    with pytest.raises(RobotUnreachable, match="froze"):
        await say(bench)
    await bench.stop()


async def test_words_that_a_page_did_not_take_in_time_are_never_said() -> None:
    bench, diary = await frozen_robot()
    with pytest.raises(RobotUnreachable, match="did not take the words"):
        await say(bench, within_s=0.1)
    await bench.until(lambda: bench.closed is not None)
    assert bench.closed == 4408
    assert "go" not in {one["type"] for one in bench.heard_of}
    assert diary.changes == [True, False]
    await bench.stop()


async def test_a_motion_that_is_not_answered_is_told_and_so_is_silence() -> None:
    bench, _ = await frozen_robot()
    with pytest.raises(RobotSilent, match="did not answer to `gesture`"):
        await bench.robot.gesture("nod", within_s=0.1)
    assert await bench.robot.stop_speaking(within_s=0.1) is False
    await bench.stop()


async def test_an_utterance_whose_end_is_never_told_ends_all_the_same() -> None:
    bench, _ = await frozen_robot(patience=PagePatience(characters_per_s=1000, plus_s=0.1))
    bench.frozen, bench.slow = False, True
    with pytest.raises(RobotSilent, match="told no end of an utterance of 6 characters"):
        await say(bench)
    await bench.until(lambda: bench.heard_of[-1]["type"] == "hush")
    bench.slow = False
    assert not (await say(bench)).stopped
    await bench.stop()


async def test_silence_before_the_words_were_taken_keeps_them_from_being_said() -> None:
    bench, _ = await frozen_robot()
    saying = asyncio.create_task(say(bench))
    await bench.until(lambda: bench.heard_of[-1]["type"] == "say")
    stopping = asyncio.create_task(bench.robot.stop_speaking(within_s=2.0))
    await bench.until(lambda: bench.heard_of[-1]["type"] == "stop")
    bench.frozen = False
    for message in [one for one in bench.heard_of if one["type"] in ("say", "stop")][::-1]:
        await bench._do(message)
    assert await stopping
    assert (await saying).stopped
    assert bench.said == []
    await bench.stop()


async def test_a_line_without_a_voice_has_an_estimated_end(bench: PageBench) -> None:
    await bench.come_back()
    assert not (await say(bench)).estimated
    bench.voice = False
    assert (await say(bench)).estimated


# ---------------------------------------------------------------- what it is never told, and never tells


async def test_only_a_page_for_developers_is_told_what_the_tutor_makes_of_the_learner(
    bench: PageBench, diary: RobotDiary
) -> None:
    await bench.open()
    await bench.press_start(developer=False)
    await bench.until(lambda: bench.whose == "here")
    await bench.robot.tell("affect", {"confusion": 0.7}, within_s=1.0)
    await say(bench)
    assert "tell" not in {one["type"] for one in bench.heard_of}


async def test_it_has_no_camera(bench: PageBench) -> None:
    with pytest.raises(RobotRefused, match="no camera"):
        await bench.robot.watch(True)
    await bench.robot.watch(False)


async def test_a_fault_while_it_tells_is_logged_without_anybody_s_words(
    bench: PageBench, caplog: pytest.LogCaptureFixture
) -> None:
    class Faulty(RobotDiary):
        def heard(self, hearing: Any) -> None:
            raise ValueError(hearing.text)

        async def asked(self, what: str, on: bool) -> str | None:
            raise ValueError(SECRET)

    await bench.robot.start(Faulty())
    await bench.come_back()
    with caplog.at_level(logging.DEBUG, logger="tutorbot"):
        assert await bench.ask("pause", True) == "the server had a fault"
        await say(bench, SECRET)
        await bench.hear(SECRET)
        await bench.until(lambda: bench.closed is not None)
    assert bench.closed == 1011
    assert caplog.text.count(": ValueError\n") == 2
    assert "Ada" not in caplog.text
    assert "Ada" not in str([record.args for record in caplog.records])


async def test_a_robot_that_was_let_go_of_says_and_tells_nothing(bench: PageBench, diary: RobotDiary) -> None:
    await bench.come_back()
    bench.slow = True
    saying = asyncio.create_task(say(bench))
    await bench.until(lambda: bench.said == ["Hello."])
    await bench.robot.close()
    assert saying.cancelled() or isinstance(saying.exception(), RobotUnreachable)
    await bench.until(lambda: bench.whose == "nowhere")
    assert diary.changes == [False, True]
