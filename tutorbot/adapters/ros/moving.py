"""Gestures, expressions and looks: begun, not waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tutorbot.adapters.robots.motions import KNOWN, require_known
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.goal import Canceled, Goal
from tutorbot.adapters.ros.profile import RobotProfile, succeeded
from tutorbot.adapters.ros.profile_file import Command
from tutorbot.errors import RobotRefused, RobotSilent, TutorbotError

MOTION_WITHIN_S = 30.0
"""Longest that the end of a motion is listened for; nobody waits for it. P"""


class Moving:
    """The body of one robot."""

    def __init__(
        self, client: RosbridgeClient, profile: RobotProfile, *, complain: Callable[[str], None]
    ) -> None:
        self._client, self._profile, self._complain = client, profile, complain
        self._jobs: set[asyncio.Task[None]] = set()

    async def declare(self) -> None:
        """Tell the client which topics this needs."""
        for part in KNOWN:
            motion: Command | None = getattr(self._profile.file, part)
            if motion is not None and motion.kind == "topic":
                await self._client.advertise(self._profile.place(motion.name), motion.type)

    async def close(self) -> None:
        """Listen for no end any longer."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def begin(self, part: str, name: str, *, within_s: float) -> None:
        """Do one of ``KNOWN[part]``; returns when it was handed over or, by a service, answered.

        Raises: RobotUnreachable; RobotSilent; RobotRefused; BadInput: nobody knows such a motion.
        """
        require_known(part, name)
        motion, goal = await self._send(part, name, within_s)
        if goal is not None:
            job = asyncio.create_task(self._follow(goal, motion))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    async def do(self, part: str, name: str, *, within_s: float, ends_within_s: float) -> bool:
        """As ``begin``, and wait for the end. One that does not end in time is called off.

        Returns: whether the robot told that it took it, which by a topic none does.
        Raises: as ``begin``; RobotSilent as well when it neither ended nor could be called off.
        """
        require_known(part, name)
        motion, goal = await self._send(part, name, within_s)
        if goal is None:
            return motion.kind == "service"
        try:
            self._check(motion, await goal.result(within_s=ends_within_s))
        except RobotSilent as error:
            if not await goal.cancel(within_s=within_s):
                raise RobotSilent(
                    f"A goal of {goal.action} neither ended within {ends_within_s:g} s "
                    "nor could be called off.",
                    remedy="See that the robot's program for it runs: nobody seems to take its goals.",
                ) from error
        except Canceled:
            pass  # by the robot itself: it took it
        return True

    async def _send(self, part: str, name: str, within_s: float) -> tuple[Command, Goal | None]:
        """Hand it over. Returns: what the profile has for it, and the goal of an action."""
        motion, fields = self._profile.motion(part, name)
        place = self._profile.place(motion.name)
        if motion.kind == "topic":
            await self._client.publish(place, fields, within_s=within_s)
        elif motion.kind == "service":
            self._check(motion, await self._client.call(place, motion.type, fields, within_s=within_s))
        else:
            return motion, await self._client.goal(place, motion.type, fields, within_s=within_s)
        return motion, None

    async def _follow(self, goal: Goal, motion: Command) -> None:
        """A goal that was begun and fails later is told to the operator."""
        try:
            self._check(motion, await goal.result(within_s=MOTION_WITHIN_S))
        except Canceled:
            return
        except TutorbotError as error:
            self._complain(error.what)

    def _check(self, motion: Command, values: Any) -> None:
        if not succeeded(motion, values):
            raise RobotRefused(
                f"{motion.name} answered that it was not done.",
                remedy="See that the robot has this motion and is free to move.",
            )
