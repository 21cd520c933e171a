"""Which robot an operator means: a profile's name or file, and where its bridge is."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.adapters.ros import BridgeSettings, RosRobot, load_profile
from tutorbot.ports import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotPlace:
    """profile: name or path. bridge: ``ws://HOST:9090``. prefix: of its topics; None: the profile's own."""

    profile: str
    bridge: str
    prefix: str | None = None

    def __str__(self) -> str:
        return f"{self.profile} at {self.bridge}"


def robot_at(place: RobotPlace) -> Robot:
    """The robot, not started yet. Raises: BadInput: no such profile or no prefix; BadFile: of one's own."""
    return RosRobot(load_profile(place.profile, prefix=place.prefix), BridgeSettings(url=place.bridge))
