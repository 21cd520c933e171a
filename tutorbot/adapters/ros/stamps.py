"""The time stamp of a message's header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def stamped_s(message: Mapping[str, Any]) -> float | None:
    """The stamp by the robot's clock, seconds; None: there is none, or it is zero.

    ROS 2 writes sec, nanosec and ROS 1 secs, nsecs.
    """
    header = message.get("header")
    stamp = header.get("stamp") if isinstance(header, Mapping) else None
    if not isinstance(stamp, Mapping):
        return None
    seconds, nanoseconds = stamp.get("sec", stamp.get("secs")), stamp.get("nanosec", stamp.get("nsecs"))
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int) or seconds <= 0:
        return None
    return seconds + nanoseconds / 1e9
