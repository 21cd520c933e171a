"""Which robot an operator means: a profile's name or file, or one with an interface of its own."""

from __future__ import annotations

from dataclasses import dataclass, field

from tutorbot.adapters.furhat import FurhatRobot
from tutorbot.adapters.ros import BridgeSettings, RosRobot, load_profile
from tutorbot.adapters.web.sim import SIM, SimRobot
from tutorbot.errors import BadInput
from tutorbot.ports import Robot

FURHAT = "furhat"
"""Named like a profile; its interface is not a bridge's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotPlace:
    """profile: name or path; ``sim`` is the robot in the browser, which has no bridge.

    bridge: ``ws://HOST:9090``. prefix: of its topics; None: the profile's own.
    key: of a Furhat's Realtime API; empty: none.
    """

    profile: str
    bridge: str | None = None
    prefix: str | None = None
    key: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "sim in the browser" if self.profile == SIM else f"{self.profile} at {self.bridge}"


def robot_at(place: RobotPlace) -> Robot:
    """The robot, not started yet.

    Raises: BadInput: no such profile, prefix or address; BadFile: of a profile of one's own.
    """
    if place.profile == SIM:
        return _in_the_browser(place)
    if place.bridge is None:
        raise BadInput(
            f"The robot of profile {place.profile!r} is behind a bridge, and its address is missing.",
            remedy="Give --bridge ws://HOST:9090; only --profile sim, a robot in the browser, needs none.",
        )
    settings = BridgeSettings(url=place.bridge)
    if place.profile != FURHAT:
        return RosRobot(load_profile(place.profile, prefix=place.prefix, besides=(FURHAT, SIM)), settings)
    if place.prefix is not None:
        raise BadInput(
            f"A Furhat robot has no topics for the prefix {place.prefix!r}.", remedy="Leave --prefix out."
        )
    return FurhatRobot(settings, key=place.key)


def _in_the_browser(place: RobotPlace) -> SimRobot:
    if place.bridge is not None or place.prefix is not None:
        raise BadInput(
            "The robot in the browser (profile 'sim') has no bridge and no prefix.",
            remedy="Leave --bridge and --prefix out, or name another profile.",
        )
    return SimRobot()
