"""A robot that keeps lists, with a scripted learner before it; and a diary of what a robot told."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tutorbot.errors import BadInput, RobotRefused, RobotUnreachable
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS, Hearing, RobotEvents, Spoken

ALL = frozenset({"say", "stop", "gesture", "express", "look", "hear", "see", "touch", "tell"})
KNOWN = {"gesture": GESTURES, "express": EXPRESSIONS, "look": LOOKS}


class RobotDiary:
    """Port ``RobotEvents``. refusal: why a pause or an end is not granted; None: it is."""

    def __init__(self) -> None:
        self.hearings: list[Hearing] = []
        self.touches: list[str] = []
        self.pictures: list[tuple[bytes, float | None]] = []
        self.changes: list[bool] = []
        self.complaints: list[str] = []
        self.notes: list[str] = []
        self.asks: list[tuple[str, bool]] = []
        self.refusal: str | None = None

    def heard(self, hearing: Hearing) -> None:
        self.hearings.append(hearing)

    def touched(self, where: str) -> None:
        self.touches.append(where)

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        self.pictures.append((jpeg, age_s))

    def changed(self, *, ready: bool, why: str) -> None:
        assert why
        self.changes.append(ready)

    def complained(self, what: str) -> None:
        self.complaints.append(what)

    def noted(self, what: str) -> None:
        self.notes.append(what)

    async def asked(self, what: str, on: bool) -> str | None:
        self.asks.append((what, on))
        return self.refusal


class FakeRobot:
    """Port ``Robot``.

    did: commands in order, ``say`` with its text. told: (what, values). slow: an utterance goes on until
    ``finish``, a stop or a loss. confirms: whether it says that it fell silent. watches: what it was told of
    its camera, in order. clock: what is known of its clock, told when it is watched.
    """

    def __init__(self, can: frozenset[str] = ALL, *, slow: bool = False, name: str = "fake") -> None:
        self._can, self._name = can, name
        self._events: RobotEvents | None = None
        self._there, self._ready = True, asyncio.Event()
        self._end: asyncio.Future[bool] | None = None
        self.did: list[tuple[str, str]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.slow, self.confirms, self.watching = slow, True, False
        self.watches: list[bool] = []
        self.clock: str | None = "robot clock 0.410 s behind, ±2 ms"

    @property
    def said(self) -> list[str]:
        """What it was told to say, in order."""
        return [text for what, text in self.did if what == "say"]

    @property
    def moved(self) -> list[tuple[str, str]]:
        """(gesture, express or look; name), in order."""
        return [one for one in self.did if one[0] in KNOWN]

    @property
    def speaking(self) -> bool:
        return self._end is not None and not self._end.done()

    # ------------------------------------------------------------ the world around it

    def hear(
        self, text: str, *, final: bool = True, confidence: float | None = 0.9, language: str | None = "en-GB"
    ) -> None:
        """The learner says something."""
        self._tell().heard(Hearing(text=text, final=final, confidence=confidence, language=language))

    def touch(self, where: str) -> None:
        """The learner presses something."""
        self._tell().touched(where)

    def picture(self, jpeg: bytes, age_s: float | None = 0.02) -> None:
        """The camera takes a picture, which goes nowhere unless somebody watches."""
        if self.watching:
            self._tell().pictured(jpeg, age_s)

    async def ask(self, what: str, on: bool) -> str | None:
        """Somebody on the robot's side asks for ``pause`` or ``end``."""
        return await self._tell().asked(what, on)

    def finish(self) -> None:
        """The utterance comes to its end."""
        if self._end is not None and self.speaking:
            self._end.set_result(False)

    def lose(self) -> None:
        """The robot can no longer be reached."""
        self._there = False
        self._ready.clear()
        if self._end is not None and self.speaking:
            self._end.set_exception(_gone())
            self._end.exception()  # nobody may be waiting
        if self._events is not None:
            self._events.changed(ready=False, why="the connection is gone")

    def come_back(self) -> None:
        """It can be reached again."""
        self._there = True
        self._ready.set()
        if self._events is not None:
            self._events.changed(ready=True, why="it answers")

    come = come_back

    def _tell(self) -> RobotEvents:
        assert self._events is not None, "nobody started it"
        return self._events

    # ------------------------------------------------------------ the port

    @property
    def name(self) -> str:
        return self._name

    @property
    def can(self) -> frozenset[str]:
        return self._can

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        return {part: names for part, names in KNOWN.items() if part in self._can}

    async def start(self, events: RobotEvents) -> None:
        self._events = events
        if self._there:
            self.come_back()

    async def ready(self, *, within_s: float) -> None:
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError:
            raise _gone() from None

    async def close(self) -> None:
        self._events = None
        self._ready.clear()
        self.finish()

    def _command(self, part: str) -> None:
        if part not in self._can:
            raise RobotRefused(f"This robot cannot {part}.", remedy="Ask `can` before.")
        if not self._ready.is_set():
            raise _gone()

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        if not text.strip():
            raise BadInput("There are no words to say.", remedy="Hand over a text that is not empty.")
        if self.speaking:
            raise RobotRefused("The robot still says something else.", remedy="Stop it before.")
        self._command("say")
        loop = asyncio.get_running_loop()
        self.did.append(("say", text))
        began_s, self._end = loop.time(), loop.create_future()
        if not self.slow:
            self._end.set_result(False)
        stopped = await asyncio.shield(self._end)
        return Spoken(seconds=loop.time() - began_s, stopped=stopped)

    async def stop_speaking(self, *, within_s: float) -> bool:
        self._command("stop")
        self.did.append(("stop", ""))
        if self._end is not None and self.speaking:
            self._end.set_result(True)
        return self.confirms

    async def gesture(self, name: str, *, within_s: float) -> None:
        self._move("gesture", name)

    async def express(self, name: str, *, within_s: float) -> None:
        self._move("express", name)

    async def look(self, at: str, *, within_s: float) -> None:
        self._move("look", at)

    def _move(self, part: str, name: str) -> None:
        if name not in KNOWN[part]:
            raise BadInput(
                f"{name!r} is nothing a robot is asked to {part}.", remedy="Ask for what it knows."
            )
        self._command(part)
        self.did.append((part, name))

    async def watch(self, on: bool) -> None:
        if on and "see" not in self._can:
            raise RobotRefused("This robot cannot see.", remedy="Ask `can` before.")
        self.watching = on
        self.watches.append(on)
        if on and self.clock is not None:
            self._tell().noted(self.clock)

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        self._command("tell")
        self.told.append((what, dict(values)))


def _gone() -> RobotUnreachable:
    return RobotUnreachable("The robot cannot be reached: it is gone.", remedy="Wait until it is back.")
