"""What a robot tells, on its way to whoever started it; nobody is told before that and after the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from tutorbot.adapters.robots.clean import clean
from tutorbot.adapters.robots.line import BridgeState
from tutorbot.ports import Hearing, RobotEvents

logger = logging.getLogger(__name__)


MOST_CHARACTERS = 300
"""Of a complaint; a robot's program may send megabytes."""
MOST_COMPLAINTS, EVERY_S = 20, 60.0
"""So many different complaints are told in so many seconds, each of them once. P"""


class Grumbling:
    """Tells complaints worth telling from a flood, which would fill the log. now_s: never decreases."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._since_s = now_s()
        self._told: set[str] = set()

    def worth_telling(self, what: str) -> str | None:
        """What to tell of a complaint: the same, that there are more, or nothing (None)."""
        if (now_s := self._now_s()) - self._since_s >= EVERY_S:
            self._since_s, self._told = now_s, set()
        if what in self._told or len(self._told) > MOST_COMPLAINTS:
            return None
        self._told.add(what)
        if len(self._told) > MOST_COMPLAINTS:
            return f"it complains of more than {MOST_COMPLAINTS} things within {EVERY_S:g} s: no more is told"
        return what


class News:
    """name: of the robot, for logs. events: who is told; None: nobody."""

    def __init__(self, name: str, *, now_s: Callable[[], float] = time.monotonic) -> None:
        """now_s: never decreases."""
        self._name = name
        self._complaints, self._notes = Grumbling(now_s), Grumbling(now_s)
        self._ready: bool | None = None
        self.events: RobotEvents | None = None

    def changed(self, state: BridgeState) -> None:
        """Ready and gone are told, each once; a connection alone is no robot."""
        ready = state is BridgeState.READY
        if self.events is None or state is BridgeState.CONNECTED or ready is self._ready:
            return
        self._ready = ready
        self.events.changed(ready=ready, why="it answers" if ready else "it cannot be reached")

    def complain(self, what: str) -> None:
        """what: without anybody's words. The same again, and a flood, is not told."""
        told = self._complaints.worth_telling(clean(what)[:MOST_CHARACTERS])
        if told is None:
            return
        logger.warning("Robot %s: %s", self._name, told)
        if self.events is not None:
            self.events.complained(told)

    def note(self, what: str) -> None:
        """Worth knowing, and no fault. The same again, and a flood, is not told."""
        told = self._notes.worth_telling(clean(what)[:MOST_CHARACTERS])
        if told is None:
            return
        logger.info("Robot %s: %s", self._name, told)
        if self.events is not None:
            self.events.noted(told)

    def heard(self, hearing: Hearing) -> None:
        """See ``RobotEvents``."""
        if self.events is not None:
            self.events.heard(hearing)

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """See ``RobotEvents``."""
        if self.events is not None:
            self.events.pictured(jpeg, age_s)
