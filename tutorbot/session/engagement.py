"""How engaged the learner is with the task, in the words of ROS4HRI (REP-155, hri_msgs/EngagementLevel)."""

from __future__ import annotations

from collections.abc import Iterable

from tutorbot.core.events import Attention, ConcentrationState, Health, Row

ENGAGED_FROM, DISENGAGED_BELOW = 0.65, 0.35
"""Concentration index, 0..1, from which the learner counts as engaged, and below which as not. P"""


class Engagement:
    """Follows the concentration index and whether the learner left the page.

    level: unknown, disengaged, engaging, engaged or disengaging. Between the two limits it is told by where
    the learner comes from: on the way in (engaging) or out (disengaging).
    """

    def __init__(self) -> None:
        self.level = "unknown"
        self._index: float | None = None
        self._away = False

    def see(self, rows: Iterable[Row]) -> None:
        """Take what was stored, in order."""
        for row in rows:
            if isinstance(row, ConcentrationState):
                self._index = row.concentration
            elif isinstance(row, Attention):
                self._away = row.state == "left"
            elif isinstance(row, Health) and row.component == "page":
                self._away = row.state == "disconnected"
            else:
                continue
            self.level = self._now()

    def _now(self) -> str:
        if self._away:
            return "disengaged"
        if self._index is None:
            return "unknown"
        if self._index >= ENGAGED_FROM:
            return "engaged"
        if self._index < DISENGAGED_BELOW:
            return "disengaged"
        return "disengaging" if self.level in {"engaged", "disengaging"} else "engaging"
