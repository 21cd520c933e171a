"""A robot's topics, services and actions by way of a rosbridge server."""

from tutorbot.adapters.ros.client import BridgeSettings, BridgeState, RosbridgeClient
from tutorbot.adapters.ros.goal import Canceled, Goal
from tutorbot.adapters.ros.latest import Latest
from tutorbot.adapters.ros.probe import ECHO, Probe

__all__ = [
    "ECHO",
    "BridgeSettings",
    "BridgeState",
    "Canceled",
    "Goal",
    "Latest",
    "Probe",
    "RosbridgeClient",
]
