"""`tutorbot robot check`: every part of a robot is tried, and what fails is told with its reason."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner
from websockets.asyncio.client import connect

from tests.fakes.furhat import FakeFurhat
from tests.fakes.robot import ALL, FakeRobot
from tests.fakes.robot_bench import BridgeBench
from tests.fakes.robot_page import PageBench
from tutorbot.adapters.web.sim import SimRobot
from tutorbot.bootstrap import robot_check, robot_tried
from tutorbot.bootstrap.robot_check import Notes, Tried, Wish, check_robot
from tutorbot.bootstrap.robot_tried import reachable
from tutorbot.bootstrap.robots import RobotPlace, robot_at
from tutorbot.cli import app
from tutorbot.config import Settings
from tutorbot.errors import BadInput, RobotSilent, RobotUnreachable
from tutorbot.ports import Robot

QUICK: dict[str, Any] = {"pause_s": 0.0, "speak_s": 0.05}


class Shy(FakeRobot):
    """Speaks at length only when the text is long, as robots do; what it hears and films comes by itself."""

    async def say(self, text: str, **named: Any) -> Any:
        self.slow = len(text) > 100
        return await super().say(text, **named)

    async def watch(self, on: bool) -> None:
        await super().watch(on)
        self.picture(b"\xff\xd8\xff")


class HearsItself(Shy):
    """Its ear takes the test sentence for somebody's speech."""

    async def say(self, text: str, **named: Any) -> Any:
        spoken = await super().say(text, **named)
        self.hear(text)
        self.touch("head")
        return spoken


async def tried(robot: Robot, **wish: Any) -> dict[str, Tried]:
    rows = [row async for row in check_robot(robot, Wish(**QUICK, **wish), Notes())]
    return {row.part: row for row in rows}


async def test_every_part_is_tried_and_those_that_need_somebody_only_when_asked():
    robot = Shy()
    rows = await tried(robot)
    outcomes = {part: row.outcome for part, row in rows.items()}
    assert outcomes == {
        "bridge": "ok",
        **dict.fromkeys(("say", "stop", "gesture", "express", "look", "tell"), "ok"),
        **dict.fromkeys(("hear", "see", "touch"), "not tried"),
    }
    assert robot.moved == [(part, name) for part, names in robot.motions.items() for name in names]
    assert not robot.watching
    assert "--listen" in rows["hear"].detail


async def test_whoever_is_at_the_robot_is_told_when_to_speak_and_to_touch_it():
    robot, prompts = Shy(), list[str]()

    def prompted(what: str) -> None:
        prompts.append(what)
        robot.touch("head") if "touch" in what else robot.hear("hello")

    wish = Wish(**QUICK, listen_s=10.0)
    rows = [row async for row in check_robot(robot, wish, Notes(), prompt=prompted)]
    assert prompts == [
        "Now speak to the robot: it is waited for 10 s.",
        "Now touch the robot: it is waited for 10 s.",
    ]
    outcomes = {row.part: row.outcome for row in rows}
    assert (outcomes["hear"], outcomes["touch"]) == ("ok", "ok")


async def test_a_robot_that_hears_its_own_test_sentence_was_not_spoken_to():
    rows = await tried(HearsItself(), listen_s=0.1)
    assert (rows["hear"].outcome, rows["touch"].outcome) == ("failed", "failed")


async def test_a_part_that_the_profile_lacks_is_no_failure():
    rows = await tried(Shy(ALL - {"stop", "touch"}))
    assert rows["stop"].outcome == rows["touch"].outcome == "not in profile"


async def test_a_picture_is_looked_at_when_asked_and_silence_is_told():
    rows = await tried(Shy(), camera=True, listen_s=0.1)
    assert (rows["see"].outcome, rows["see"].detail) == (
        "ok",
        "a picture came, 0.02 s old; robot clock 0.410 s behind, ±2 ms",
    )
    assert (rows["hear"].outcome, rows["touch"].outcome) == ("failed", "failed")
    assert "No speech came within 0.1 s" in rows["hear"].detail


async def test_what_fails_is_told_with_its_reason_and_the_rest_is_tried():
    class Mute(Shy):
        async def say(self, text: str, **named: Any) -> Any:
            raise RobotSilent("It told no end.", remedy="Look at its topics.")

    rows = await tried(Mute())
    assert (rows["say"].outcome, rows["say"].detail) == ("failed", "It told no end. Look at its topics.")
    assert (rows["stop"].outcome, rows["stop"].detail) == ("not tried", "it did not speak: mend that first")
    assert rows["tell"].outcome == "ok"


async def test_a_silence_that_is_not_confirmed_is_a_failure():
    robot = Shy()
    robot.confirms = False
    assert "did not confirm" in (await tried(robot))["stop"].detail


async def test_a_language_without_sentences_is_refused():
    with pytest.raises(BadInput, match="'fi'"):
        await tried(Shy(), language="fi")


async def test_every_part_of_a_furhat_is_tried():
    furhat = FakeFurhat(key="secret")
    furhat.slow_above, furhat.learner, furhat.scene = 100, "hello", b"\xff\xd8\xff"
    await furhat.start()
    try:
        robot = robot_at(RobotPlace(profile="furhat", bridge=furhat.url, key="secret"))
        rows = await tried(robot, camera=True, listen_s=5.0)
    finally:
        await furhat.stop()
    assert {part: row.outcome for part, row in rows.items()} == {
        **dict.fromkeys(("bridge", *robot.can), "ok"),
        **dict.fromkeys(("touch", "tell"), "not in profile"),
    }
    assert "silent after" in rows["stop"].detail
    assert not furhat.watching


@contextmanager
def running(bench: BridgeBench | FakeFurhat) -> Iterator[None]:
    """In a loop of its own, beside that of the command."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(bench.start(), loop).result(5)
    yield
    asyncio.run_coroutine_threadsafe(bench.stop(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def nao() -> Iterator[BridgeBench]:
    """A robot that speaks and does no more."""
    bench = BridgeBench("nao_naoqi2")
    with running(bench):
        yield bench


def check(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["robot", "check", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_the_command_prints_a_row_for_each_part(nao: BridgeBench):
    result = check("--bridge", nao.bridge.url, "--profile", "nao_naoqi2", "--language", "de")
    assert result.exit_code == 0, result.output
    assert nao.said == ["Das ist ein Test meiner Stimme."]
    assert "see for yourself whether it spoke" in " ".join(result.stdout.replace("│", " ").split())
    assert result.stdout.count("not in profile") == 6


def test_a_furhat_is_chosen_by_its_name_with_the_key_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(robot_check, "Wish", partial(Wish, **QUICK))
    monkeypatch.setenv("TUTORBOT_FURHAT_KEY", "secret")
    furhat = FakeFurhat(key="secret")
    furhat.slow_above = 100
    with running(furhat):
        result = check("--bridge", f"{furhat.url}/v1/events", "--profile", "furhat")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("failed") == 0
    assert "secret" not in result.output


def test_a_robot_that_is_not_there_ends_with_1(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(robot_check, "Wish", partial(Wish, ready_s=0.1))
    result = check("--bridge", "ws://127.0.0.1:9", "--profile", "generic")
    assert result.exit_code == 1
    assert "failed" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--bridge", "ws://127.0.0.1:9", "--profile", "qt-robot"), "Did you mean `qtrobot`?"),
        (("--bridge", "http://robot", "--profile", "generic"), "no address of a bridge"),
        (("--bridge", "ws://", "--profile", "generic"), "no address of a bridge"),
        (("--bridge", "ws://robot:70000", "--profile", "generic"), "no address of a bridge"),
        (("--bridge", "ws://my robot:9090", "--profile", "generic"), "no address of a bridge"),
        (("--bridge", "ws://robot:70000", "--profile", "furhat"), "no address of a bridge"),
        (("--bridge", "http://robot", "--profile", "furhat"), "no address of a Furhat"),
        (("--profile", "sim", "--language", "fr"), "no sentences to try a robot in 'fr'"),
        (("--bridge", "ws://127.0.0.1:9", "--profile", "furhat", "--prefix", "/x"), "Leave --prefix out"),
        (("--bridge", "ws://127.0.0.1:9", "--profile", "fur-hat"), "Did you mean `furhat`?"),
        (("--bridge", "ws://127.0.0.1:9", "--profile", "no.yml"), "there is no such file"),
        (("--profile", "generic"), "behind a bridge, and its address is missing"),
        (("--bridge", "ws://127.0.0.1:9", "--profile", "sim"), "has no bridge and no prefix"),
        (("--profile", "sim", "--prefix", "/robot"), "has no bridge and no prefix"),
    ],
)
def test_a_wrong_call_ends_with_2(arguments: tuple[str, ...], told: str):
    result = check(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


class Visitor:
    """Somebody who opens the address that was printed."""

    def __init__(self, said: str) -> None:
        self.url = said.split()[1]

    def connect(self) -> Any:
        origin = self.url.partition("/robot/")[0]
        return connect(self.url.replace("http", "ws") + "/ws", additional_headers={"Origin": origin})


class Reader(PageBench):
    """A page that speaks at length only when the text is long, as pages do."""

    async def _do(self, message: dict[str, Any]) -> None:
        if message["type"] == "say":
            self.slow = len(message["text"]) > 100
        await super()._do(message)


async def test_a_robot_in_the_browser_is_tried_once_start_was_pressed_on_its_page():
    said: list[str] = []
    opened: list[asyncio.Task[Reader]] = []

    async def open_it(what: str) -> Reader:
        page = Reader(SimRobot(), server=Visitor(what))
        await page.come_back()
        return page

    def tell(what: str) -> None:
        said.append(what)
        opened.append(asyncio.create_task(open_it(what)))

    async with reachable(RobotPlace(profile="sim"), Settings(port=0), say=tell) as robot:
        rows = [row async for row in check_robot(robot, Wish(**QUICK), Notes())]
        page = await opened[0]
    await page.lose()
    assert "press Start" in said[0]
    assert {row.part: row.outcome for row in rows} == {
        "bridge": "ok",
        **dict.fromkeys(("say", "stop", "gesture", "express", "look", "tell"), "ok"),
        **dict.fromkeys(("hear", "touch"), "not tried"),
        "see": "not in profile",
    }
    assert page.moved == [(part, name) for part, names in robot.motions.items() for name in names]


async def test_a_page_that_nobody_opens_is_waited_for_and_no_longer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(robot_tried, "OPENED_WITHIN_S", 0.05)
    with pytest.raises(RobotUnreachable, match="its page is not open"):
        async with reachable(RobotPlace(profile="sim"), Settings(port=0), say=lambda what: None):
            pass


def test_a_place_says_which_robot_it_is():
    assert str(RobotPlace(profile="sim")) == "sim in the browser"
    assert str(RobotPlace(profile="pal", bridge="ws://robot:9090")) == "pal at ws://robot:9090"
    assert isinstance(robot_at(RobotPlace(profile="sim")), SimRobot)
