"""The time stamp of a message's header."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_S, NANOSECONDS = 2**32, 10**9
"""Seconds of ROS 1 have 32 bits, those of ROS 2 one less."""


def stamped_s(message: Mapping[str, Any]) -> float | None:
    """The stamp by the robot's clock, seconds; None: there is none, it is zero, or no time of ROS.

    ROS 2 writes sec, nanosec and ROS 1 secs, nsecs.
    """
    header = message.get("header")
    stamp = header.get("stamp") if isinstance(header, Mapping) else None
    if not isinstance(stamp, Mapping):
        return None
    seconds, nanoseconds = stamp.get("sec", stamp.get("secs")), stamp.get("nanosec", stamp.get("nsecs"))
    if not isinstance(seconds, int) or not isinstance(nanoseconds, int):
        return None
    if not 0 < seconds < MOST_S or not 0 <= nanoseconds < NANOSECONDS:
        return None
    return seconds + nanoseconds / NANOSECONDS
