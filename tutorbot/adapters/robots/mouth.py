"""One utterance at a time, each with an end, and silence when it is asked for.

A second utterance while one goes on is refused rather than kept, since nothing is said late. How a robot says
it, tells its end and falls silent is its own affair.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tutorbot.adapters.robots.line import BridgeState, Line
from tutorbot.adapters.robots.link import unreachable
from tutorbot.adapters.robots.utterance import Utterance
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable, TutorbotError
from tutorbot.ports import Spoken

CANCEL_WITHIN_S = 0.5
"""For calling off what nobody waits for any longer. P"""
REMEMBERED = 5
"""Utterances of which a complaint may still come. P"""
MOST_COMPLAINT = 2000
"""Characters of a complaint that are looked at; far fewer are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The longest an utterance may take: its characters at a slow pace, and a while besides. Pilot values."""

    characters_per_s: float = 4.0
    plus_s: float = 10.0

    def longest_s(self, n_characters: int) -> float:
        """Seconds until the end of so many characters must have been told."""
        return self.plus_s + n_characters / self.characters_per_s


SomeUtterance = TypeVar("SomeUtterance", bound=Utterance)


class Mouth(ABC, Generic[SomeUtterance]):
    """The mouth of one robot. complain: is told of what goes wrong beside a command."""

    def __init__(self, line: Line[Any], *, patience: Patience, complain: Callable[[str], None]) -> None:
        self._line, self._patience, self._complain = line, patience, complain
        self._now: SomeUtterance | None = None
        self._last: deque[SomeUtterance] = deque(maxlen=REMEMBERED)
        self._work: set[asyncio.Task[Spoken]] = set()

    @property
    def estimated(self) -> bool:
        """Whether ends are reckoned, since the robot tells none."""
        return False

    @abstractmethod
    async def _ask_for_silence(self, one: SomeUtterance | None, within_s: float) -> bool:
        """Returns: whether the robot confirms it. Raises: RobotSilent, RobotRefused, RobotUnreachable."""

    async def silent(self) -> None:
        """Return once nothing is said."""
        while self._work:
            await asyncio.wait(self._work)

    def lost(self) -> None:
        """The robot can no longer be reached: what it says now has no end that anybody would learn of."""
        if self._now is not None:
            self._now.cut(unreachable("The robot was lost in the middle of an utterance."))

    async def close(self) -> None:
        """Wait for nothing any longer."""
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    def without_words(self, what: str) -> str:
        """A complaint of the bridge, which may repeat what was to be said lately, without these words."""
        what = what[:MOST_COMPLAINT]
        for one in self._last:
            what = one.taken_out_of(what)
        return what

    # ------------------------------------------------------------ speaking

    async def _utter(
        self, utterance: SomeUtterance, until_said: Callable[[SomeUtterance], Awaitable[None]]
    ) -> Spoken:
        """Say one, unless another goes on. until_said: hands it over and returns at its end.

        Raises: RobotRefused: it still says something else. RobotSilent: the robot told no end in time, and
            is asked for silence. What ``until_said`` raises.
        """
        if self._now is not None:
            raise RobotRefused(
                "The robot still says something else, and nothing is kept for later.",
                remedy="Wait for its end, or stop it before.",
            )
        self._now = utterance
        self._last.append(utterance)
        work = asyncio.create_task(self._spoken(utterance, until_said))
        self._work.add(work)
        work.add_done_callback(self._over)
        return await asyncio.shield(work)

    def _over(self, work: asyncio.Task[Spoken]) -> None:
        self._work.discard(work)
        if not work.cancelled() and isinstance(work.exception(), RobotSilent):
            self._line.doubt()

    async def _spoken(
        self, utterance: SomeUtterance, until_said: Callable[[SomeUtterance], Awaitable[None]]
    ) -> Spoken:
        try:
            await until_said(utterance)
        except RobotSilent:
            await self._call_off(utterance)
            raise
        finally:
            if self._now is utterance:
                self._now = None
            utterance.handed_over.set()  # or it never will be: nobody waits on
            utterance.finished.set()
        return Spoken(
            seconds=asyncio.get_running_loop().time() - utterance.began_s,
            estimated=self.estimated,
            stopped=utterance.stopping,
        )

    # ------------------------------------------------------------ silence

    async def _call_off(self, one: SomeUtterance) -> None:
        """What the robot did not say in time it may say when nobody wants it any longer: it is to let be."""
        with suppress(TimeoutError, TutorbotError):  # whoever asked is told of the silence in any case
            async with asyncio.timeout(CANCEL_WITHIN_S):
                await self._ask_for_silence(one, CANCEL_WITHIN_S)

    async def stop(self, *, within_s: float) -> bool:
        """See the port ``Robot``."""
        one = self._now
        if self._line.state is not BridgeState.READY:
            raise unreachable(f"The robot cannot be reached to be silent: {self._line.why_down}.")
        if one is not None:
            one.stopping = True
        try:
            async with asyncio.timeout(within_s):
                confirmed = await self._ask_for_silence(one, within_s)
        except (TimeoutError, RobotSilent):
            confirmed = False
        except RobotRefused:
            self._complain("the robot was asked to be silent and refused")
            confirmed = False
        except RobotUnreachable as error:
            self._cut(one, error)
            raise
        self._cut(one)
        return confirmed

    def _cut(self, one: SomeUtterance | None, error: RobotUnreachable | None = None) -> None:
        if one is not None:
            one.cut(error)
            self._now = None if self._now is one else self._now


def require_words(text: str) -> None:
    """Raises: BadInput: there are none."""
    if not text.strip():
        raise BadInput("There are no words to say.", remedy="Hand over a text that is not empty.")


async def until_told(event: asyncio.Event, within_s: float, what: str, one: Utterance, remedy: str) -> None:
    """Wait for something the robot tells of an utterance. Raises: RobotSilent: not in time."""
    try:
        async with asyncio.timeout(within_s):
            await event.wait()
    except TimeoutError as error:
        raise RobotSilent(
            f"The robot told no {what} of an utterance of {one.n_characters} characters "
            f"within {within_s:g} s.",
            remedy=remedy,
        ) from error
