"""A robot in the browser: a page that speaks, looks and gestures, behind the port ``Robot``."""

from tutorbot.adapters.web.sim.robot import SIM, SimRobot
from tutorbot.adapters.web.sim.routes import robot_app, robot_router

__all__ = ["SIM", "SimRobot", "robot_app", "robot_router"]
