"""Hearing by a robot whose speech recognition is a service that listens once: it is called again and again.

Not while the robot speaks, so nobody can talk over such a robot; half a sentence is never told.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from tutorbot.adapters.robots.speech import NotHeard
from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.hearing import understood
from tutorbot.adapters.ros.placeholders import filled, found
from tutorbot.adapters.ros.profile import RobotProfile
from tutorbot.adapters.ros.profile_file import Hear
from tutorbot.adapters.ros.speaking import Speaking
from tutorbot.errors import RobotRefused, RobotSilent, RobotUnreachable
from tutorbot.ports import Hearing

READY_S = 3600.0
"""How long the robot is waited for at a time; then it is waited for again."""
LEAST_S = 0.25
"""Least time between two calls: a service that answers at once is not called without end. P"""
AFTER_FAULT_S = 3.0
"""Until a service that refused or did not answer is called again. P"""


class Asking:
    """The hearing of one robot."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        mouth: Speaking,
        *,
        heard: Callable[[Hearing], None],
        complain: Callable[[str], None],
    ) -> None:
        self._client, self._profile, self._mouth = client, profile, mouth
        self._heard, self._complain = heard, complain
        self._language = next(iter(profile.file.locales), "en")
        self._told: set[str] = set()
        self._work: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen, if the profile hears by a service."""
        hear = self._profile.file.hear
        if hear is not None and hear.kind == "service":
            self._work = asyncio.create_task(self._listen(hear))

    async def close(self) -> None:
        """Listen no more; what was asked may still be answered, and nobody takes it."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    def understand(self, language: str) -> None:
        """Have speech recognised in this language, from the next call on."""
        self._language = language

    async def _listen(self, hear: Hear) -> None:
        while True:
            wait_s = LEAST_S
            try:
                await self._client.ready(within_s=READY_S)
                await self._mouth.silent()
                await self._ask(hear)
            except RobotUnreachable:
                pass  # it is told by the client, and waited for
            except (RobotRefused, RobotSilent) as error:
                self._tell_once(f"it does not listen: {error.what}")
                wait_s = AFTER_FAULT_S
            except NotHeard as error:
                self._tell_once(str(error))
            await asyncio.sleep(wait_s)

    async def _ask(self, hear: Hear) -> None:
        values = {
            "language": re.split("[-_]", self._language)[0],
            "locale": self._profile.locale(self._language),
        }
        answer = await self._client.call(
            self._profile.place(hear.name),
            hear.type,
            filled(hear.fields, values),
            within_s=hear.lasts_s,
        )
        if hear.format == "text" and not found(answer, hear.field):
            return  # nobody said anything
        self._heard(understood(answer, hear))

    def _tell_once(self, what: str) -> None:
        if what not in self._told:
            self._told.add(what)
            self._complain(what)
