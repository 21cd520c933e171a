"""A clock that goes on only when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
"""Where a simulated calendar begins; the real date of a demo does not matter to it."""


class SimulatedClock:
    """Port ``Clock`` for headless sessions: as fast as the work allows, and the same every time."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now_s += seconds

    def monotonic_s(self) -> float:
        """Seconds since the clock was made."""
        return self._now_s

    def utc_iso(self) -> str:
        """The simulated calendar, UTC."""
        now = START + timedelta(seconds=self._now_s)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
