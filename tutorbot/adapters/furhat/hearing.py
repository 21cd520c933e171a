"""Hearing by a Furhat robot: it listens all the time, also while it speaks, so that it can be interrupted.

What ends its listening begins it anew. It tells no confidence and no language. Its own voice, where it hears
that, is told from the learner's by the session. Source: furhat-realtime-api 0.1.3.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from tutorbot.adapters.furhat.client import TELL_WITHIN_S, FurhatClient
from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.speech import NotHeard, words_in
from tutorbot.adapters.robots.wire import Message
from tutorbot.errors import RobotUnreachable
from tutorbot.ports import Hearing

LISTEN = {
    "type": "request.listen.start",
    "partial": True,
    "concat": True,
    "stop_no_speech": False,
    "stop_robot_start": False,
    "stop_user_end": False,
    "resume_robot_end": False,
}
NO_LONGER = {"type": "request.listen.stop"}
LEAST_S = 1.0
"""Least time between two beginnings: a robot that cannot listen now is not asked without end. P"""
LOCALES = {"en": "en-US", "de": "de-DE"}
"""The language of a lesson as the robot's recognition has it; one with a country stays as it is."""


class Ears:
    """The hearing of one robot."""

    def __init__(
        self,
        client: FurhatClient,
        *,
        heard: Callable[[Hearing], None],
        complain: Callable[[str], None],
        least_s: float = LEAST_S,
    ) -> None:
        self._heard, self._complain, self._least_s = heard, complain, least_s
        self._link: Link | None = None
        self._waiting: Link | None = None
        """Over this connection listening is about to begin again."""
        self._language: str | None = None
        self._began_s = -least_s
        self._jobs: set[asyncio.Task[None]] = set()
        client.on_open(self._open)
        client.listen("response.hear.partial", lambda message: self._take(message, final=False))
        client.listen("response.hear.end", lambda message: self._take(message, final=True))
        client.listen("response.listen.end", self._listened)

    async def close(self) -> None:
        """Begin to listen no more, whatever ends."""
        self._link = None
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def understand(self, language: str) -> None:
        """Have speech recognised in this language from now on; listening begins anew for it."""
        locale = LOCALES.get(language, language)
        if locale == self._language:
            return
        self._language = locale
        if self._link is not None and not self._link.dropped:  # if not, it is told when it is there
            self._job(self._change_language(self._link))

    async def _open(self, link: Link) -> None:
        self._link = link
        await self._configure(link)
        await self._begin(link)

    async def _configure(self, link: Link) -> None:
        if self._language is not None:
            config = {"type": "request.listen.config", "languages": [self._language]}
            await link.send(config, within_s=TELL_WITHIN_S)

    async def _begin(self, link: Link) -> None:
        self._began_s = asyncio.get_running_loop().time()
        await link.send(LISTEN, within_s=TELL_WITHIN_S)

    async def _change_language(self, link: Link) -> None:
        try:
            await self._configure(link)
            await link.send(NO_LONGER, within_s=TELL_WITHIN_S)
        except RobotUnreachable:
            if not link.dropped:  # a new one is told by itself
                self._language = None  # so that the next utterance tells it

    def _listened(self, message: Message) -> None:
        link = self._link
        if link is None or link is self._waiting:
            return  # it is begun already; ends told without end lead to no more
        self._waiting = link
        self._job(self._begin_again(link))

    async def _begin_again(self, link: Link) -> None:
        while not link.dropped:
            await asyncio.sleep(self._began_s + self._least_s - asyncio.get_running_loop().time())
            self._waiting = None
            with suppress(RobotUnreachable):  # it may answer again before the line is given up
                await self._begin(link)
                return

    def _job(self, work: Coroutine[Any, Any, None]) -> None:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _take(self, message: Message, *, final: bool) -> None:
        text = message.get("text")
        if text == "":
            return  # it heard a voice and understood nothing
        try:
            words = words_in(text)
        except NotHeard as error:
            self._complain(str(error))
            return
        self._heard(Hearing(text=words, final=final))
