"""A robot that is only tried: one in the browser needs its page served for that."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tutorbot.adapters.web import SERVER_SETTINGS
from tutorbot.adapters.web.sim import SimRobot, robot_app
from tutorbot.bootstrap.parts import listen_on, serving
from tutorbot.bootstrap.robots import RobotPlace, robot_at
from tutorbot.config import Settings
from tutorbot.ports import Robot

OPENED_WITHIN_S = 120.0
"""For opening the page of a robot that is tried, and pressing Start. P"""


@asynccontextmanager
async def reachable(
    place: RobotPlace, settings: Settings, *, say: Callable[[str], None]
) -> AsyncIterator[Robot]:
    """A robot to be tried, not started yet; that in the browser is given a server for its page, and Start
    is waited for on it.

    Raises: BadInput, BadFile: as ``robot_at``. PortTaken. RobotUnreachable: nobody pressed Start in time.
    """
    robot = robot_at(place)
    if not isinstance(robot, SimRobot):
        yield robot
        return
    with listen_on(settings.host, settings.port) as pages:
        async with serving(robot_app(robot), pages, **SERVER_SETTINGS):
            host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
            say(f"Open http://{host}:{pages.getsockname()[1]}{robot.path} and press Start there.")
            await robot.ready(within_s=OPENED_WITHIN_S)
            yield robot
