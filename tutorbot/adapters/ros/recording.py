"""A robot whose every command and word goes into a bag as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tutorbot.adapters.ros.bag import Bag
from tutorbot.errors import TutorbotError
from tutorbot.ports import Hearing, Robot, RobotEvents, Spoken


class RecordedRobot:
    """Port ``Robot`` around another; also its ``RobotEvents``. Pictures pass by and are not kept."""

    def __init__(self, robot: Robot, bag: Bag, *, listens: Callable[[], bool]) -> None:
        """listens: whether the tutor does now; what is said outside the lesson or in a pause is not kept."""
        self._robot, self._bag, self._listens = robot, bag, listens
        self._events: RobotEvents

    @property
    def name(self) -> str:
        """Of the robot."""
        return self._robot.name

    @property
    def can(self) -> frozenset[str]:
        """Of the robot; what is told goes into the bag even where the robot takes no news."""
        return self._robot.can | {"tell"}

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """Of the robot."""
        return self._robot.motions

    async def start(self, events: RobotEvents) -> None:
        """See ``Robot``; a bag that cannot be written any more is a complaint."""
        self._events, self._bag.on_fault = events, events.complained
        await self._robot.start(self)

    async def ready(self, *, within_s: float) -> None:
        """See ``Robot``."""
        await self._robot.ready(within_s=within_s)

    async def close(self) -> None:
        """See ``Robot``; the bag is finished, too."""
        try:
            await self._robot.close()
        finally:
            self._bag.close()

    # ------------------------------------------------------------ commands

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See ``Robot``."""
        self._bag.write("/tutor/say", {"text": text, "language": language})
        try:
            spoken = await self._robot.say(text, language=language, within_s=within_s)
        except TutorbotError as error:
            self._bag.write("/tutor/say_end", {"failed": type(error).__name__})
            raise
        self._bag.write("/tutor/say_end", asdict(spoken))
        return spoken

    async def stop_speaking(self, *, within_s: float) -> bool:
        """See ``Robot``."""
        self._bag.write("/tutor/stop", {})
        return await self._robot.stop_speaking(within_s=within_s)

    async def gesture(self, name: str, *, within_s: float) -> None:
        """See ``Robot``."""
        self._bag.write("/tutor/gesture", {"name": name})
        await self._robot.gesture(name, within_s=within_s)

    async def express(self, name: str, *, within_s: float) -> None:
        """See ``Robot``."""
        self._bag.write("/tutor/expression", {"name": name})
        await self._robot.express(name, within_s=within_s)

    async def look(self, at: str, *, within_s: float) -> None:
        """See ``Robot``."""
        self._bag.write("/tutor/look", {"at": at})
        await self._robot.look(at, within_s=within_s)

    async def watch(self, on: bool) -> None:
        """See ``Robot``."""
        await self._robot.watch(on)

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """See ``Robot``."""
        self._bag.write(f"/tutor/{what}", values)
        if "tell" in self._robot.can:
            await self._robot.tell(what, values, within_s=within_s)

    # ------------------------------------------------------------ what the robot tells

    def heard(self, hearing: Hearing) -> None:
        """See ``RobotEvents``; half a sentence is not kept, nor what nobody said to the tutor."""
        if hearing.final and self._listens():
            self._bag.write("/robot/heard", asdict(hearing))
        self._events.heard(hearing)

    def touched(self, where: str) -> None:
        """See ``RobotEvents``."""
        self._bag.write("/robot/touched", {"where": where})
        self._events.touched(where)

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """See ``RobotEvents``."""
        self._events.pictured(jpeg, age_s)

    def changed(self, *, ready: bool, why: str) -> None:
        """See ``RobotEvents``."""
        self._bag.write("/robot/state", {"ready": ready, "why": why})
        self._events.changed(ready=ready, why=why)

    def complained(self, what: str) -> None:
        """See ``RobotEvents``."""
        self._bag.write("/robot/complained", {"what": what})
        self._events.complained(what)

    def noted(self, what: str) -> None:
        """See ``RobotEvents``."""
        self._bag.write("/robot/noted", {"what": what})
        self._events.noted(what)

    async def asked(self, what: str, on: bool) -> str | None:
        """See ``RobotEvents``."""
        self._bag.write("/robot/asked", {"what": what, "on": on})
        return await self._events.asked(what, on)
