"""Seconds the learner could really work: the session clock without the gaps."""

from __future__ import annotations


class ActiveTime:
    """Session seconds minus stretches in which the page was away or the learner took a break.

    ``why`` names what stops the time (``page``, ``pause``); it counts again once none of them holds.
    """

    def __init__(self) -> None:
        self._gone_s = 0.0
        self._since = 0.0
        self._stopped_by: set[str] = set()

    @property
    def running(self) -> bool:
        """True while time counts."""
        return not self._stopped_by

    def stop(self, at_s: float, why: str) -> None:
        """Time stops counting at ``at_s``; a second stop changes nothing."""
        if self.running:
            self._since = at_s
        self._stopped_by.add(why)

    def go(self, at_s: float, why: str) -> None:
        """``why`` no longer stops the time."""
        if why not in self._stopped_by:
            return
        self._stopped_by.discard(why)
        if self.running:
            self._gone_s += at_s - self._since

    def at(self, at_s: float) -> float:
        """Active seconds at session time ``at_s``."""
        upto = at_s if self.running else self._since
        return upto - self._gone_s
