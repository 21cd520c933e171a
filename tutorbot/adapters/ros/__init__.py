"""A robot by way of a rosbridge server: topics, services and actions, and the port ``Robot`` over them."""

from tutorbot.adapters.robots.latest import Latest
from tutorbot.adapters.robots.line import BridgeSettings, BridgeState
from tutorbot.adapters.robots.mouth import Patience
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.goal import Canceled, Goal
from tutorbot.adapters.ros.probe import ECHO, Probe
from tutorbot.adapters.ros.profile import RobotProfile, load_profile, shipped
from tutorbot.adapters.ros.robot import RosRobot

__all__ = [
    "ECHO",
    "BridgeSettings",
    "BridgeState",
    "Canceled",
    "Goal",
    "Latest",
    "Patience",
    "Probe",
    "RobotProfile",
    "RosRobot",
    "RosbridgeClient",
    "load_profile",
    "shipped",
]
