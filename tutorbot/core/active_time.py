"""Seconds the learner could really work: the session clock without the gaps."""

from __future__ import annotations


class ActiveTime:
    """Session seconds minus stretches in which the page was away (closed, crashed, disconnected)."""

    def __init__(self) -> None:
        self._gone_s = 0.0
        self._since: float | None = None

    @property
    def running(self) -> bool:
        """True while time counts."""
        return self._since is None

    def stop(self, at_s: float) -> None:
        """Time stops counting at ``at_s``; a second stop changes nothing."""
        if self._since is None:
            self._since = at_s

    def go(self, at_s: float) -> None:
        """Time counts again from ``at_s``."""
        if self._since is not None:
            self._gone_s += at_s - self._since
            self._since = None

    def at(self, at_s: float) -> float:
        """Active seconds at session time ``at_s``."""
        upto = at_s if self._since is None else self._since
        return upto - self._gone_s
