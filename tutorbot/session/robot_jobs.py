"""Work on behalf of a session's robot, beside the session's own loop."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from tutorbot.core.events import Row
from tutorbot.errors import LogUnwritable
from tutorbot.session.keeper import Keeper
from tutorbot.session.turns import log_fault


class RobotJobs:
    """Jobs of one robot; a fault in one ends nothing. session: the one the robot sits in now."""

    def __init__(self, session: Callable[[], Keeper]) -> None:
        self._session = session
        self._jobs: set[asyncio.Task[None]] = set()
        self._n, self._start = 0, secrets.token_hex(4)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done beside everything else."""
        job = asyncio.create_task(self.guarded(work))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it; a fault goes into the log file, by its kind alone."""
        try:
            await work
        except LogUnwritable:
            pass  # said on the page
        except Exception as error:  # noqa: BLE001  # the robot must not end the session
            log_fault(self._session().session_id, "something on the robot", error)

    async def put(self, make: Callable[[float], Row]) -> None:
        """Store a row, unless the session is over or the learner did not agree to take part yet.

        Raises: LogUnwritable.
        """

        def unless_over(at_s: float) -> Row | None:
            tutor = self._session().tutor
            return None if tutor.over or tutor.phase == "consent" else make(at_s)

        await self._session().put(unless_over)

    def new_id(self) -> str:
        """An id for what is handed in once; no two are alike, also after the tutor was started again."""
        self._n += 1
        return f"robot-{self._start}-{self._n}"

    async def idle(self) -> None:
        """Return once nothing is under way."""
        while self._jobs:
            await asyncio.gather(*self._jobs, return_exceptions=True)

    async def stop(self) -> None:
        """Break off what is under way."""
        jobs = tuple(self._jobs)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
