"""What a robot tells, on its way to whoever started it; nobody is told before that and after the end."""

from __future__ import annotations

import logging

from tutorbot.adapters.robots.line import BridgeState
from tutorbot.ports import Hearing, RobotEvents

logger = logging.getLogger(__name__)


class News:
    """name: of the robot, for logs. events: who is told; None: nobody."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.events: RobotEvents | None = None

    def changed(self, state: BridgeState) -> None:
        """Ready and gone are told; a connection alone is no robot."""
        if self.events is None:
            return
        if state is BridgeState.READY:
            self.events.changed(ready=True, why="it answers")
        elif state is BridgeState.DOWN:
            self.events.changed(ready=False, why="the connection to its bridge is gone")

    def complain(self, what: str) -> None:
        """what: without anybody's words."""
        logger.warning("Robot %s: %s", self._name, what)
        if self.events is not None:
            self.events.complained(what)

    def note(self, what: str) -> None:
        """Worth knowing, and no fault."""
        logger.info("Robot %s: %s", self._name, what)
        if self.events is not None:
            self.events.noted(what)

    def heard(self, hearing: Hearing) -> None:
        """See ``RobotEvents``."""
        if self.events is not None:
            self.events.heard(hearing)

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """See ``RobotEvents``."""
        if self.events is not None:
            self.events.pictured(jpeg, age_s)
