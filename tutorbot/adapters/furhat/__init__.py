"""A Furhat robot by its own Realtime API: the port ``Robot`` over one WebSocket.

Names of messages and fields: source furhat-realtime-api 0.1.3, and where a module says so, public programs
that use the API. Nothing of it was tried on a robot.
"""

from tutorbot.adapters.furhat.robot import FurhatRobot

__all__ = ["FurhatRobot"]
