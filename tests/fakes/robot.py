"""A robot that keeps what it was told, and hears what a test has it hear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tutorbot.errors import BadInput, RobotRefused, RobotUnreachable
from tutorbot.ports import Hearing, RobotEvents, Spoken

ALL = frozenset({"say", "stop", "gesture", "express", "look", "hear", "see", "touch", "tell"})


class FakeRobot:
    """Port ``Robot``.

    slow: utterances end only when ``finish`` or ``stop_speaking`` is called. did: commands in order.
    """

    def __init__(self, can: frozenset[str] = ALL, *, slow: bool = False) -> None:
        self.can = can
        self.slow = slow
        self.up = False
        self.did: list[tuple[str, str]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.watching = False
        self.events: RobotEvents
        self._utterance: asyncio.Future[Spoken] | None = None

    @property
    def name(self) -> str:
        return "fake"

    @property
    def said(self) -> list[str]:
        """What it was told to say, in order."""
        return [text for what, text in self.did if what == "say"]

    @property
    def speaking(self) -> bool:
        return self._utterance is not None

    async def start(self, events: RobotEvents) -> None:
        self.events = events
        self.come()

    async def ready(self, *, within_s: float) -> None:
        self._reach()

    async def close(self) -> None:
        self.up = False

    # ------------------------------------------------------------ what a test does

    def come(self) -> None:
        """It can be commanded from now on."""
        self.up = True
        self.events.changed(ready=True, why="it answered")

    def lose(self) -> None:
        """The connection breaks, in the middle of an utterance, too."""
        self.up = False
        if self._utterance is not None and not self._utterance.done():
            self._utterance.set_exception(_gone())
        self.events.changed(ready=False, why="the connection broke")

    def hear(self, text: str, *, final: bool = True, confidence: float | None = None) -> None:
        """Somebody speaks to it."""
        self.events.heard(Hearing(text=text, final=final, confidence=confidence, language="en-GB"))

    def finish(self) -> None:
        """It has said what it was saying."""
        assert self._utterance is not None
        self._utterance.set_result(Spoken(seconds=1.0))

    # ------------------------------------------------------------ the port

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        if not text.strip():
            raise BadInput("There is nothing to say.", remedy="Give some words.")
        self._do("say", text)
        if not self.slow:
            return Spoken(seconds=0.0)
        self._utterance = asyncio.get_running_loop().create_future()
        try:
            return await self._utterance
        finally:
            self._utterance = None

    async def stop_speaking(self, *, within_s: float) -> bool:
        self._do("stop", "")
        if self._utterance is not None and not self._utterance.done():
            self._utterance.set_result(Spoken(seconds=0.5, stopped=True))
        return True

    async def gesture(self, name: str, *, within_s: float) -> None:
        self._do("gesture", name)

    async def express(self, name: str, *, within_s: float) -> None:
        self._do("express", name)

    async def look(self, at: str, *, within_s: float) -> None:
        self._do("look", at)

    async def watch(self, on: bool) -> None:
        self.watching = on

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        self._reach()
        self.told.append((what, values))

    def _do(self, what: str, detail: str) -> None:
        if what not in self.can:
            raise RobotRefused(f"This robot cannot {what}.", remedy="Choose another profile.")
        self._reach()
        self.did.append((what, detail))

    def _reach(self) -> None:
        if not self.up:
            raise _gone()


def _gone() -> RobotUnreachable:
    return RobotUnreachable("The fake robot is away.", remedy="Call come().")
