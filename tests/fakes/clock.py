"""A clock that goes on only when a test says so, and that may jump where real ones do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Port ``Clock``. ``utc`` may be set to any time, also to an earlier one."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.utc = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.now_s += seconds
        self.utc += timedelta(seconds=seconds)

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_iso(self) -> str:
        return self.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")
