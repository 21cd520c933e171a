"""A goal that a robot's action works on: how it ends, and how it is called off."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from tutorbot.adapters.robots.link import Link, in_time
from tutorbot.adapters.robots.wire import Message
from tutorbot.errors import RobotRefused, RobotSilent, RobotUnreachable

SUCCEEDED, CANCELED, ABORTED = 4, 5, 6
"""Status of a goal that is over. Source: action_msgs/msg/GoalStatus."""


class Canceled(Exception):  # the action's own word; an end, not a fault
    """The goal was called off before it was reached."""


class Goal:
    """One goal under way."""

    def __init__(self, link: Link, action: str, op_id: str, answer: asyncio.Future[Message]) -> None:
        self.action = action
        self._link, self._op_id, self._answer = link, op_id, answer

    @property
    def over(self) -> bool:
        """Whether its end is known."""
        return self._answer.done()

    async def result(self, *, within_s: float) -> Mapping[str, Any]:
        """The fields of its result once it is reached.

        Raises: Canceled; RobotRefused: it was aborted, or there is no such action; RobotSilent: it is not
            over in time, and goes on; RobotUnreachable: the connection broke, and nobody knows.
        """
        found = await in_time(
            asyncio.shield(self._answer), within_s=within_s, what=f"A goal of {self.action}"
        )
        status, values = found.get("status"), found.get("values")
        if status == CANCELED:
            raise Canceled(self.action)
        if status != SUCCEEDED or found.get("result") is False:
            words = values if isinstance(values, str) and values else f"it ended with status {status}"
            raise RobotRefused(
                f"A goal of {self.action} was not reached: {words}.",
                remedy="See that the robot offers this action and that the profile names it right.",
            )
        return values if isinstance(values, dict) else {}

    async def cancel(self, *, within_s: float) -> bool:
        """Call it off. Returns: whether its end was confirmed in time; without, it may still go on."""
        if self.over:
            return True
        message = {"op": "cancel_action_goal", "id": self._op_id, "action": self.action}
        deadline_s = asyncio.get_running_loop().time() + within_s
        try:
            await self._link.send(message, within_s=within_s)
            left_s = max(0.0, deadline_s - asyncio.get_running_loop().time())
            await in_time(asyncio.shield(self._answer), within_s=left_s, what="The cancel")
        except (RobotSilent, RobotUnreachable):
            return self.over
        return True
