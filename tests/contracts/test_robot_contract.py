"""What every robot promises the tutor, asked of the fake and of robots behind a bridge, one a profile.

``bench`` is a real node behind a real bridge (tests/ros), of profile ``generic``; other bridges are fakes.
Another kind of robot joins by a ``Under`` of its own in ``under``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

import pytest

from tests.fakes.furhat import FakeFurhat
from tests.fakes.robot import ALL, FakeRobot, RobotDiary
from tests.fakes.robot_bench import BridgeBench
from tests.fakes.robot_page import PageBench
from tests.ros.node_world import NodeWorld
from tests.ros.ros_bench import RosBench
from tutorbot.adapters.furhat.robot import CAN as FURHAT_CAN
from tutorbot.adapters.ros import BridgeSettings, RosRobot, load_profile
from tutorbot.adapters.web.sim import SimRobot
from tutorbot.errors import BadInput, RobotRefused, RobotUnreachable
from tutorbot.ports import Robot, Spoken

LONG = "This sentence goes on for quite a while. " * 10
"""Some seconds even for a robot whose utterances are reckoned."""
WITHIN_S = 2.0
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Under:
    """A robot under test, what it told, and the world around it.

    world: FakeRobot or a bench with the same names. moves: of each part, a name the tutor may ask for and
    what the robot then does; None where it can none. estimated: it never tells the end of an utterance.
    bare: it tells neither how sure it is of what it hears, nor its language. ageless: nor a picture's age.
    whole: it tells speech when it is over and not before. sure: it tells how sure it is of what it hears.
    """

    robot: Robot
    diary: RobotDiary
    world: Any
    moves: dict[str, tuple[str, str] | None]
    estimated: bool = False
    bare: bool = False
    ageless: bool = False
    whole: bool = False
    sure: bool = True

    async def do(self, what: str, *args: Any, **named: Any) -> Any:
        """Something happens in the world; benches wait for it, the fake does not."""
        done = getattr(self.world, what)(*args, **named)
        return await done if isawaitable(done) else done


MOVES: dict[str, dict[str, tuple[str, str] | None]] = {
    "fake": {"gesture": ("nod", "nod"), "express": ("glad", "glad"), "look": ("task", "task")},
    "furhat": {"gesture": ("nod", "Nod"), "express": ("neutral", "reset"), "look": ("learner", "closest")},
    "generic": {"gesture": ("nod", "nod"), "express": ("glad", "glad"), "look": ("task", "task")},
    "bench": {"gesture": ("nod", "nod"), "express": ("glad", "glad"), "look": ("task", "task")},
    "nao_naoqi2": {"gesture": None, "express": None, "look": None},
    "ros4hri": {"gesture": None, "express": ("glad", "happy"), "look": ("learner", "social")},
    "qtrobot": {"gesture": ("greet", "QT/hi"), "express": ("glad", "QT/happy"), "look": None},
    "sim": {"gesture": ("nod", "nod"), "express": ("glad", "glad"), "look": ("task", "task")},
}


def those_that(part: str, *, can: bool = True) -> pytest.MarkDecorator:
    """The robots that can, or cannot, do this."""
    kinds = [kind for kind in sorted(MOVES) if (part in able(kind)) is can]
    return pytest.mark.parametrize("under", marked(kinds), indirect=True)


def able(kind: str) -> frozenset[str]:
    """What a robot of this kind can do."""
    if kind in (own := {"fake": ALL, "furhat": FURHAT_CAN, "sim": SimRobot().can}):
        return own[kind]
    return load_profile("generic" if kind == "bench" else kind).can


def marked(kinds: Iterable[str]) -> list[Any]:
    """The same, with the real bench marked as one that needs a real ROS."""
    return [pytest.param(kind, marks=pytest.mark.ros) if kind == "bench" else kind for kind in kinds]


@pytest.fixture(params=marked(sorted(MOVES)))
async def under(request: pytest.FixtureRequest) -> AsyncIterator[Under]:
    diary, kind = RobotDiary(), request.param
    if kind == "fake":
        fake = FakeRobot()
        await fake.start(diary)
        yield Under(robot=fake, diary=diary, world=fake, moves=MOVES[kind])
        await fake.close()
        return
    if kind == "sim":
        page = PageBench()
        await page.start()
        await page.robot.start(diary)
        yield Under(robot=page.robot, diary=diary, world=page, moves=MOVES[kind], sure=False)
        await page.robot.close()
        await page.stop()
        return
    if kind == "bench":
        async with on_the_bench(request.getfixturevalue("ros_bench"), diary) as one:
            yield one
        return
    bench = FakeFurhat() if kind == "furhat" else BridgeBench(kind)
    await bench.start()
    robot = bench.robot()
    await robot.start(diary)
    await robot.ready(within_s=5)
    yield Under(
        robot=robot,
        diary=diary,
        world=bench,
        moves=MOVES[kind],
        estimated=getattr(bench, "estimated", False),
        bare=kind in {"furhat", "qtrobot"},
        ageless=kind == "furhat",
        whole=kind == "qtrobot",
    )
    await robot.close()
    await bench.stop()


@asynccontextmanager
async def on_the_bench(ros_bench: RosBench, diary: RobotDiary) -> AsyncIterator[Under]:
    robot = RosRobot(load_profile("generic"), BridgeSettings(url=ros_bench.url))
    world = NodeWorld(ros_bench, robot)
    await robot.start(diary)
    await robot.ready(within_s=20)
    yield Under(robot=robot, diary=diary, world=world, moves=MOVES["bench"])
    await robot.close()
    await world.close()


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


async def speaking(under: Under) -> asyncio.Task[Spoken]:
    """A long utterance under way."""
    under.world.slow = True
    saying = asyncio.create_task(under.robot.say(LONG, language="en", within_s=WITHIN_S))
    await until(lambda: under.world.said[-1:] == [LONG])
    await asyncio.sleep(0)
    return saying


async def test_it_says_what_it_can_do_and_that_it_is_ready(under: Under):
    assert under.robot.can <= ALL
    assert "say" in under.robot.can
    assert under.robot.name
    await under.robot.ready(within_s=WITHIN_S)
    assert under.diary.changes == [True]


async def test_an_utterance_is_over_when_the_call_returns(under: Under):
    spoken = await under.robot.say("Schön, “weiter” {so}!", language="en", within_s=WITHIN_S)
    assert under.world.said == ["Schön, “weiter” {so}!"]
    assert (spoken.stopped, spoken.estimated) == (False, under.estimated)
    assert 0 <= spoken.seconds < 5


async def test_the_call_does_not_return_while_the_robot_speaks(under: Under):
    saying = await speaking(under)
    await asyncio.wait({saying}, timeout=0.2)
    assert not saying.done()
    under.world.finish()
    assert not (await saying).stopped


@pytest.mark.parametrize("text", ["", "  \n"])
async def test_no_words_are_refused(under: Under, text: str):
    with pytest.raises(BadInput):
        await under.robot.say(text, language="en", within_s=WITHIN_S)
    assert under.world.said == []


async def test_one_utterance_at_a_time_and_none_is_kept_for_later(under: Under):
    saying = await speaking(under)
    with pytest.raises(RobotRefused, match="still says something else"):
        await under.robot.say("And another thing.", language="en", within_s=WITHIN_S)
    under.world.finish()
    await saying
    assert under.world.said == [LONG]


@those_that("stop")
async def test_silence_ends_the_utterance_as_stopped_and_the_next_one_is_said(under: Under):
    saying = await speaking(under)
    assert await under.robot.stop_speaking(within_s=WITHIN_S)
    assert (await saying).stopped
    under.world.slow = False
    again = await under.robot.say("Go on.", language="en", within_s=WITHIN_S)
    assert not again.stopped
    assert under.world.said == [LONG, "Go on."]


@those_that("stop", can=False)
async def test_a_robot_that_cannot_be_stopped_says_so_and_speaks_on(under: Under):
    saying = await speaking(under)
    with pytest.raises(RobotRefused):
        await under.robot.stop_speaking(within_s=WITHIN_S)
    assert not saying.done()
    assert not (await saying).stopped


async def test_a_silent_robot_may_be_asked_for_silence(under: Under):
    if "stop" in under.robot.can:
        assert await under.robot.stop_speaking(within_s=WITHIN_S)


async def test_whoever_gives_up_waiting_leaves_the_robot_speaking(under: Under):
    saying = await speaking(under)
    saying.cancel()
    await asyncio.wait({saying})
    with pytest.raises(RobotRefused):
        await under.robot.say("And another thing.", language="en", within_s=WITHIN_S)
    under.world.slow = False
    if "stop" in under.robot.can:
        await under.robot.stop_speaking(within_s=WITHIN_S)
        await under.robot.say("Go on.", language="en", within_s=WITHIN_S)


async def test_a_robot_lost_in_mid_utterance_is_told_at_once(under: Under):
    saying = await speaking(under)
    began_s = time.monotonic()
    await under.do("lose")
    with pytest.raises(RobotUnreachable):
        await saying
    assert time.monotonic() - began_s < 1.0
    await until(lambda: under.diary.changes == [True, False])


async def test_what_is_asked_of_a_lost_robot_fails_at_once_and_is_not_done_later(under: Under):
    await under.do("lose")
    await until(lambda: under.diary.changes == [True, False])
    began_s = time.monotonic()
    with pytest.raises(RobotUnreachable):
        await under.robot.say("Stale.", language="en", within_s=WITHIN_S)
    for part, move in under.moves.items():
        if move is not None:
            with pytest.raises(RobotUnreachable):
                await getattr(under.robot, part)(move[0], within_s=WITHIN_S)
    if "tell" in under.robot.can:
        with pytest.raises(RobotUnreachable):
            await under.robot.tell("affect", {"confusion": 0.5}, within_s=WITHIN_S)
    if "stop" in under.robot.can:
        with pytest.raises(RobotUnreachable):
            await under.robot.stop_speaking(within_s=WITHIN_S)
    with pytest.raises(RobotUnreachable):
        await under.robot.ready(within_s=0.05)
    assert time.monotonic() - began_s < 1.0
    await under.do("come_back")
    await under.robot.ready(within_s=5)
    await under.robot.say("Fresh.", language="en", within_s=WITHIN_S)
    assert (under.world.said, under.world.moved, under.world.told) == (["Fresh."], [], [])
    assert under.diary.changes == [True, False, True]


@pytest.mark.parametrize("part", ["gesture", "express", "look"])
async def test_it_moves_as_its_profile_says_or_refuses(under: Under, part: str):
    move = under.moves[part]
    assert (move is not None) == (part in under.robot.can)
    if move is None:
        with pytest.raises(RobotRefused):
            await getattr(under.robot, part)(
                {"gesture": "nod", "express": "glad", "look": "task"}[part], within_s=WITHIN_S
            )
        return
    await getattr(under.robot, part)(move[0], within_s=WITHIN_S)
    await until(lambda: under.world.moved == [(part, move[1])])


@pytest.mark.parametrize("part", ["gesture", "express", "look"])
async def test_what_nobody_knows_is_no_motion(under: Under, part: str):
    with pytest.raises(BadInput, match="'somersault'"):
        await getattr(under.robot, part)("somersault", within_s=WITHIN_S)


@those_that("hear")
async def test_it_tells_speech_while_it_goes_on_and_when_it_is_over(under: Under):
    await under.do("hear", "I think", final=False)
    await under.do("hear", "I think it is left")
    expected = [("I think", False), ("I think it is left", True)][1 if under.whole else 0 :]
    await until(lambda: len(under.diary.hearings) == len(expected))
    assert [(one.text, one.final) for one in under.diary.hearings] == expected
    last = under.diary.hearings[-1]
    assert (last.confidence is None, last.language is None) == (under.bare or not under.sure, under.bare)
    if under.bare:
        return
    assert last.confidence is None or 0 <= last.confidence <= 1
    assert last.language in ("en-GB", "en_GB")


@those_that("touch")
async def test_it_tells_a_touch(under: Under):
    await under.do("touch", "head")
    await until(lambda: under.diary.touches == ["head"])


async def test_pictures_come_only_while_somebody_watches(under: Under):
    if "see" not in under.robot.can:
        with pytest.raises(RobotRefused):
            await under.robot.watch(True)
        return
    await under.do("picture", JPEG)
    await under.robot.watch(True)
    await under.robot.watch(True)
    await until(lambda: getattr(under.world, "watching", True))
    await _pictures_until_seen(under)
    seen = len(under.diary.pictures)
    await under.robot.watch(False)
    await under.do("picture", JPEG)
    await under.robot.say("Done.", language="en", within_s=WITHIN_S)
    assert len(under.diary.pictures) == seen
    jpeg, age_s = under.diary.pictures[0]
    assert jpeg == JPEG
    assert (age_s is None) == under.ageless
    assert 0 <= (age_s or 0.0) < 0.5


async def _pictures_until_seen(under: Under) -> None:
    async with asyncio.timeout(5):
        while not under.diary.pictures:
            await under.do("picture", JPEG)
            await asyncio.sleep(0.02)


@those_that("tell")
async def test_it_tells_others_what_the_tutor_makes_of_the_learner(under: Under):
    await under.robot.tell("affect", {"confusion": 0.7, "frustration": None}, within_s=WITHIN_S)
    await under.robot.tell("proactivity", {"level": "suggestion"}, within_s=WITHIN_S)
    await until(lambda: len(under.world.told) == 2)
    (what, affect), (also, proactivity) = under.world.told
    assert (what, affect["confusion"], affect["frustration"]) == ("affect", 0.7, None)
    assert (also, proactivity["level"]) == ("proactivity", "suggestion")


@those_that("tell")
async def test_the_robot_s_side_may_ask_for_a_pause_and_for_the_end(under: Under):
    assert await under.do("ask", "pause", True) is None
    assert await under.do("ask", "pause", False) is None
    under.diary.refusal = "there is no session"
    assert await under.do("ask", "end", True) == "there is no session"
    assert under.diary.asks == [("pause", True), ("pause", False), ("end", True)]


@those_that("tell", can=False)
async def test_a_robot_with_nobody_to_tell_says_so(under: Under):
    with pytest.raises(RobotRefused):
        await under.robot.tell("affect", {"confusion": 0.7}, within_s=WITHIN_S)


async def test_nobody_s_words_are_in_what_it_complains_of(under: Under, caplog: pytest.LogCaptureFixture):
    saying = await speaking(under)
    if "hear" in under.robot.can:
        await under.do("hear", "my name is Ada")
    await under.do("lose")
    with pytest.raises(RobotUnreachable) as told:
        await saying
    for text in (caplog.text, *under.diary.complaints, str(told.value)):
        assert "This sentence" not in text
        assert "Ada" not in text
