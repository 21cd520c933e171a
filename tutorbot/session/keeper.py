"""A session as its helpers know it: the dialogue manager's turns and the page's messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tutorbot.core.effects import Outcome
from tutorbot.core.events import Row
from tutorbot.core.lines import TutorLine
from tutorbot.core.tutor import Tutor
from tutorbot.session.eyes import Eyes
from tutorbot.session.plan import Plan


class Keeper(Protocol):
    """Keeps one tutor and stores what happens to it.

    trouble: why nothing can be stored just now; None when all is well.
    """

    tutor: Tutor
    plan: Plan
    eyes: Eyes
    trouble: str | None

    @property
    def session_id(self) -> str:
        """Opaque id of the session."""

    def now_s(self) -> float:
        """Session time; never decreases."""

    async def put(self, make: Callable[[float], Row | None]) -> Outcome:
        """Hand in one input row, made when its turn comes; return once it is stored."""


class Listener(Protocol):
    """Somebody beside the page who follows a session; every call returns at once."""

    def line(self, line: TutorLine) -> None:
        """The tutor said this."""

    def stored(self, rows: Sequence[Row]) -> None:
        """These rows are in the log now."""

    def unwatched(self) -> None:
        """The learner's camera is off from this moment, whether or not that can be stored."""
