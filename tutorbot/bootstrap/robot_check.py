"""Tries what a robot can do, part by part, before anybody sits in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from tutorbot.adapters.ros import RosRobot
from tutorbot.errors import BadInput, RobotSilent, TutorbotError
from tutorbot.ports import Hearing, Robot

SHORT = {"en": "This is a test of my voice.", "de": "Das ist ein Test meiner Stimme."}
LONG = {
    "en": "Now I am going to count, until you tell me to be silent: " + "one, two, three, four, " * 20,
    "de": "Jetzt zähle ich, bis ihr mich schweigen lasst: " + "eins, zwei, drei, vier, " * 20,
}
COMMAND_S = 3.0
"""For handing over anything. P"""
SILENT_S = 2.0
"""For falling silent; a session waits less long, the check wants to know how long it takes. P"""
MOTION_S = 10.0
"""For the end of one motion where the robot tells it; longer ones are called off. P"""
BACK_S = 10.0
"""For a robot that was silent in one part to answer again before the next. P"""
PICTURE_S = 5.0
"""For the first picture. P"""
CLOCK_S = 6.0
"""For comparing its clock with ours, once a picture came. P"""

Outcome = Literal["ok", "failed", "not in profile", "not tried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One part of a robot, what became of it, and what an operator should know."""

    part: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is tried and for how long, seconds. listen_s: for speech and touch; 0: neither is tried.

    camera: look at one picture, which is not kept. pause_s: between motions, so that they can be seen.
    speak_s: how long it speaks before it is told to be silent.

    Raises: BadInput: there are no sentences in the language.
    """

    language: str = "en"
    ready_s: float = 10.0
    listen_s: float = 0.0
    camera: bool = False
    pause_s: float = 1.5
    speak_s: float = 1.5

    def __post_init__(self) -> None:
        if self.language not in SHORT:
            raise BadInput(
                f"There are no sentences to try a robot in {self.language!r}.",
                remedy=f"Choose one of {', '.join(SHORT)}.",
            )


class Notes:
    """Port ``RobotEvents``: what came, without anybody's words."""

    def __init__(self) -> None:
        self.n_heard, self.complaints, self.notes = 0, list[str](), list[str]()
        self.touches: list[str] = []
        self.ages_s: list[float | None] = []
        self.at_the_start: tuple[str, ...] = ()
        """What was complained of before anything was tried."""
        self.news = asyncio.Event()

    def heard(self, hearing: Hearing) -> None:
        self.n_heard += 1
        self.news.set()

    def touched(self, where: str) -> None:
        self.touches.append(where)
        self.news.set()

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        self.ages_s.append(age_s)
        self.news.set()

    def changed(self, *, ready: bool, why: str) -> None:
        pass

    def complained(self, what: str) -> None:
        self.complaints.append(what)

    def noted(self, what: str) -> None:
        self.notes.append(what)
        self.news.set()

    async def asked(self, what: str, on: bool) -> str | None:
        return "this is only a check of the robot"


async def check_robot(
    robot: Robot, wish: Wish, notes: Notes, *, prompt: Callable[[str], None] = lambda what: None
) -> AsyncIterator[Tried]:
    """Try every part in turn; a robot that is not there ends it.

    prompt: told what somebody is to do at the robot, when it is time.
    Raises: BadInput: the address is none.
    """
    await robot.start(notes)
    try:
        try:
            await robot.ready(within_s=wish.ready_s)
        except TutorbotError as error:
            yield Tried(part="bridge", outcome="failed", detail=str(error))
            return
        yield Tried(part="bridge", outcome="ok", detail=_who_answered(robot))
        notes.at_the_start = tuple(notes.complaints)
        speaks = False
        for part, attempt in _attempts(robot, wish, notes, prompt).items():
            if part == "stop" and part in robot.can and not speaks:
                yield Tried(part=part, outcome="not tried", detail="it did not speak: mend that first")
                continue
            row = await _try(robot, part, attempt, notes)
            speaks = speaks or (part == "say" and row.outcome == "ok")
            yield row
    finally:
        await robot.close()


Attempt = Callable[[], Awaitable[str]]
"""Tries one part. Returns: what to know of it. Raises: TutorbotError: it failed; NotTried."""


class NotTried(Exception):
    """It was left out; the text says how to have it tried."""


def _who_answered(robot: Robot) -> str:
    if isinstance(robot, RosRobot) and not robot.shows_itself:
        return "the bridge answers; the profile has no `probe`, so the robot shows itself below"
    return "the robot answers"


async def _try(robot: Robot, part: str, attempt: Attempt, notes: Notes) -> Tried:
    if part not in robot.can:
        return Tried(part=part, outcome="not in profile")
    n_before = len(notes.complaints)
    if (unknown := _unknown(robot, part, notes.at_the_start)) is not None:
        return Tried(part=part, outcome="failed", detail=unknown)
    try:
        await robot.ready(within_s=BACK_S)  # silence in the part before has its connection begun anew
        return Tried(part=part, outcome="ok", detail=await attempt())
    except NotTried as error:
        return Tried(part=part, outcome="not tried", detail=str(error))
    except TutorbotError as error:
        told = [str(error), *_by(robot, part), *notes.complaints[n_before:]]
        return Tried(part=part, outcome="failed", detail=" ".join(told))


def _by(robot: Robot, part: str) -> list[str]:
    """What its profile has for a part, as a sentence, if anything."""
    by = robot.by(part) if isinstance(robot, RosRobot) else None
    return [] if by is None else [f"In the profile: {by}."]


def _unknown(robot: Robot, part: str, at_the_start: tuple[str, ...]) -> str | None:
    """Why a part cannot work whose type the bridge complained of when it was told of it."""
    types = robot.types(part) if isinstance(robot, RosRobot) else frozenset[str]()
    for complaint in at_the_start:
        if any(kind in complaint for kind in types):
            remedy = "Start the bridge where that package is installed and sourced."
            return " ".join([f"The bridge refused it: {complaint}.", remedy, *_by(robot, part)])
    return None


def _attempts(robot: Robot, wish: Wish, notes: Notes, prompt: Callable[[str], None]) -> dict[str, Attempt]:
    async def at_the_robot(wanted: Callable[[], bool], what: str, do: str) -> None:
        if wish.listen_s <= 0:
            raise NotTried(f"give --listen 10 and {do}")
        prompt(f"Now {do}: it is waited for {wish.listen_s:g} s.")
        await _wait(notes, wanted, wish.listen_s, what)

    async def say() -> str:
        text = SHORT[wish.language]
        spoken = await robot.say(text, language=wish.language, within_s=COMMAND_S)
        if spoken.estimated:  # sent is all that is known
            return f"sent; {spoken.seconds:.1f} s reckoned: see for yourself whether it spoke"
        return f"spoke for {spoken.seconds:.1f} s"

    async def stop() -> str:
        return await _stopped(robot, wish)

    def moving(part: str) -> Attempt:
        async def move() -> str:
            names, told = robot.motions.get(part, ()), False
            for name in names:
                told = await _moved(robot, part, name)
                await asyncio.sleep(wish.pause_s)
            if told:
                return f"the robot took them: {', '.join(names)}"
            return f"sent: {', '.join(names)}; see for yourself whether it moved"

        return move

    async def hear() -> str:
        before = notes.n_heard  # its own test sentence, or talk in the room
        await at_the_robot(lambda: notes.n_heard > before, "speech", "speak to the robot")
        return "speech came"

    async def touch() -> str:
        before = len(notes.touches)
        await at_the_robot(lambda: len(notes.touches) > before, "touch", "touch the robot")
        return f"touched: {notes.touches[-1]}"

    async def see() -> str:
        if not wish.camera:
            raise NotTried("give --camera to look at one picture, which is not kept")
        await robot.watch(True)
        try:
            await _wait(notes, lambda: bool(notes.ages_s), PICTURE_S, "picture")
            if notes.ages_s[0] is not None:  # without a stamp its clock does not matter
                with suppress(RobotSilent):  # whether it can be measured is no fault of the camera
                    await _wait(notes, lambda: bool(notes.notes), CLOCK_S, "word of its clock")
        finally:
            await robot.watch(False)
        age_s = notes.ages_s[-1]
        picture = "a picture came, " + ("without a stamp" if age_s is None else f"{age_s:.2f} s old")
        return "; ".join((picture, *notes.notes[-1:]))

    async def tell() -> str:
        await robot.tell("dialogue_state", {"phase": "check"}, within_s=COMMAND_S)
        return "sent: dialogue_state"

    moves = {part: moving(part) for part in ("gesture", "express", "look")}
    return {"say": say, "stop": stop, **moves, "hear": hear, "see": see, "touch": touch, "tell": tell}


async def _moved(robot: Robot, part: str, name: str) -> bool:
    """Make one motion. Returns: whether the robot told that it took it."""
    if isinstance(robot, RosRobot):
        return await robot.move(part, name, within_s=COMMAND_S, ends_within_s=MOTION_S)
    await getattr(robot, part)(name, within_s=COMMAND_S)
    return False


async def _stopped(robot: Robot, wish: Wish) -> str:
    """Begin to speak at length, and be silenced."""
    text = LONG[wish.language]
    saying = asyncio.create_task(robot.say(text, language=wish.language, within_s=COMMAND_S))
    await asyncio.wait({saying}, timeout=wish.speak_s)
    if saying.done():
        saying.result()
        raise RobotSilent(
            "It told the end of a long text before it could be stopped.",
            remedy="See whether the profile's `ends` is that of the robot.",
        )
    began_s = asyncio.get_running_loop().time()
    confirmed = await robot.stop_speaking(within_s=SILENT_S)
    took_s = asyncio.get_running_loop().time() - began_s
    await saying
    if not confirmed:
        raise RobotSilent(
            f"It did not confirm within {SILENT_S:g} s that it is silent.",
            remedy="If it spoke on, see that what the profile names runs on the robot; "
            "sessions take it to be silent all the same.",
        )
    return f"silent after {took_s:.2f} s"


async def _wait(notes: Notes, wanted: Callable[[], bool], within_s: float, what: str) -> None:
    try:
        async with asyncio.timeout(within_s):
            while not wanted():
                notes.news.clear()
                await notes.news.wait()
    except TimeoutError:
        raise RobotSilent(
            f"No {what} came within {within_s:g} s.", remedy="See that the robot's program for it runs."
        ) from None
