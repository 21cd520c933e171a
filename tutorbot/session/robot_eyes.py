"""The robot's camera in a session: watched with consent alone, while the page's camera would be on.

Only the newest picture waits, in memory; while nobody may watch, none is taken and none is kept.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from tutorbot.core.events import Health, Row
from tutorbot.core.evidence import Watcher
from tutorbot.errors import (
    BadFrame,
    CameraRefused,
    LogUnwritable,
    RobotRefused,
    RobotUnreachable,
    TutorbotError,
)
from tutorbot.ports import Robot
from tutorbot.session.keeper import Keeper
from tutorbot.session.turns import log_fault


class Onlooker(Keeper, Protocol):
    """A session that takes pictures."""

    async def picture(self, jpeg: bytes, at_s: float) -> None:
        """Take one. at_s: session time. Raises: BadFrame; CameraRefused; LogUnwritable."""


class RobotEyes:
    """The camera of the robot in one session. Use from the session's event loop.

    silent_s: after so long without a picture the camera counts as lost.
    """

    def __init__(
        self,
        session: Callable[[], Onlooker],
        robot: Robot,
        *,
        silent_s: float,
        complain: Callable[[str], None],
    ) -> None:
        """session: the one the robot sits in now. complain: told of a first picture that is none."""
        self._session, self._robot = session, robot
        self._silent_s, self._complain = silent_s, complain
        self._asked = False
        """What the robot was told last."""
        self._changed, self._may, self._there = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._newest: tuple[bytes, float] | None = None
        self._newest_s = -1.0
        self._since_s = 0.0
        """Since when pictures are waited for, on the event loop's clock."""
        self._bad = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def wanted(self) -> bool:
        """The learner agreed, and it is a time to watch: the reading, and the lesson outside its pauses."""
        session = self._session()
        tutor = session.tutor
        may = session.plan.watcher is Watcher.ROBOT and tutor.camera_consent and session.eyes.open
        return may and not tutor.paused and (tutor.phase == "baseline" or tutor.running)

    # ------------------------------------------------------------ life

    def start(self) -> None:
        """From now on the robot is told when to send pictures."""
        self._tasks = [asyncio.create_task(self._switch()), asyncio.create_task(self._look())]
        self.settle()

    async def stop(self, *, within_s: float) -> None:
        """Look away for good; the robot is told within so many seconds, or when its connection ends."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._forget()
        if self._asked:
            self._asked = False
            with suppress(TutorbotError, TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._robot.watch(False)

    def settle(self) -> None:
        """Something was stored, or the camera was shut: look or look away, as it is now."""
        if self.wanted == self._may.is_set():
            return
        if self._may.is_set():
            self._may.clear()
            self._forget()
        else:
            self._since_s = asyncio.get_running_loop().time()
            self._may.set()
        self._changed.set()

    def robot_is_back(self) -> None:
        """It may have forgotten that it is to send pictures."""
        self._since_s = asyncio.get_running_loop().time()
        self._asked = False
        self._changed.set()

    async def robot_is_lost(self, why: str) -> None:
        """Nothing is seen until it is back. Raises: LogUnwritable."""
        await self._lost(why)

    def _forget(self) -> None:
        self._newest = None
        self._there.clear()

    async def _switch(self) -> None:
        """Tells the robot; apart from the looking, so that a slow detector delays no end."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            on = self._may.is_set()
            if on == self._asked:
                continue
            self._asked = on
            try:
                await self._robot.watch(on)
            except RobotUnreachable:
                pass  # nothing is seen meanwhile; it is told anew when it is back
            except RobotRefused as error:
                self._complain(f"its camera is refused: {error.what}")
            except Exception as error:  # noqa: BLE001  # the robot must not end the session
                log_fault(self._session().session_id, "watching by the robot", error)

    # ------------------------------------------------------------ pictures

    def take(self, jpeg: bytes, age_s: float | None) -> None:
        """A picture came. age_s: since it was taken; None: as old as its arrival. Older ones are dropped."""
        at_s = self.taken_at_s(age_s)
        if not self.wanted or at_s <= self._newest_s:
            return
        self._newest, self._newest_s = (jpeg, at_s), at_s
        self._there.set()

    def taken_at_s(self, age_s: float | None) -> float:
        """Session time of a picture of this age: never before the session, and never later than now."""
        age_s = 0.0 if age_s is None or math.isnan(age_s) else age_s
        return max(0.0, self._session().now_s() - max(0.0, age_s))

    async def _look(self) -> None:
        while True:
            await self._may.wait()
            try:
                async with asyncio.timeout_at(self._since_s + self._silent_s):
                    await self._there.wait()
            except TimeoutError:
                await self._say_when_silent()
                continue
            self._there.clear()
            newest, self._newest = self._newest, None
            if newest is not None:
                await self._see(*newest)
            self._since_s = asyncio.get_running_loop().time()

    async def _say_when_silent(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if now_s < self._since_s + self._silent_s:
            return  # it was begun anew meanwhile
        self._since_s = now_s
        if self._may.is_set():
            with suppress(LogUnwritable):  # said on the page
                await self._lost(f"no picture of the robot's camera for {self._silent_s:g} s")

    async def _see(self, jpeg: bytes, at_s: float) -> None:
        session = self._session()
        try:
            await session.picture(jpeg, at_s)
        except BadFrame as error:
            if not self._bad:
                self._bad = True
                self._complain(f"a picture of its camera cannot be used: {error.what}")
        except (CameraRefused, LogUnwritable):
            pass  # looked away meanwhile, or said on the page
        except Exception as error:  # noqa: BLE001  # one bad picture must not end the watching
            log_fault(session.session_id, "a picture", error)

    async def _lost(self, why: str) -> None:
        def make(at_s: float) -> Row | None:
            if not self.wanted or self._session().tutor.camera_state == "lost":
                return None
            return Health(at_s=at_s, component="camera", state="lost", detail=why)

        await self._session().put(make)
