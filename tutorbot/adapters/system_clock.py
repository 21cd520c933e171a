"""The machine's own clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """Monotonic seconds and the calendar of this machine (port ``Clock``)."""

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary origin; never decreases, whatever happens to the calendar."""
        return time.monotonic()

    def utc_iso(self) -> str:
        """Now in UTC with milliseconds."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
