"""Which robot an operator means: a profile's name or file, or one with an interface of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutorbot.adapters.furhat import FurhatRobot
from tutorbot.adapters.ros import BridgeSettings, RosRobot, load_profile
from tutorbot.errors import BadInput
from tutorbot.ports import Robot

FURHAT = "furhat"
"""Named like a profile; its interface is not a bridge's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotPlace:
    """profile: name or path. bridge: ``ws://HOST:9090``. prefix: of its topics; None: the profile's own.

    key: of a Furhat's Realtime API; empty: none.
    """

    profile: str
    bridge: str
    prefix: str | None = None
    key: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.profile} at {self.bridge}"


def robot_at(place: RobotPlace) -> Robot:
    """The robot, not started yet.

    Raises: BadInput: no such profile, prefix or address; BadFile: of a profile of one's own.
    """
    settings = BridgeSettings(url=place.bridge)
    if place.profile != FURHAT:
        return RosRobot(load_profile(place.profile, prefix=place.prefix, besides=(FURHAT,)), settings)
    if place.prefix is not None:
        raise BadInput(
            f"A Furhat robot has no topics for the prefix {place.prefix!r}.", remedy="Leave --prefix out."
        )
    return FurhatRobot(settings, key=place.key)
