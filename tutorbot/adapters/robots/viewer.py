"""From a camera's messages to whoever looks: the newest one, checked, and only while somebody watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tutorbot.adapters.robots.latest import Latest
from tutorbot.adapters.robots.pictures import Refused
from tutorbot.adapters.robots.wire import Message


class Viewer:
    """Use from one event loop."""

    def __init__(
        self,
        read: Callable[[Message], tuple[bytes, float | None]],
        *,
        pictured: Callable[[bytes, float | None], None],
        complain: Callable[[str], None],
    ) -> None:
        """read: the picture and its age in seconds, None where it is not stamped; may raise Refused."""
        self._read, self._pictured, self._complain = read, pictured, complain
        self._slot: Latest[Message] = Latest()
        self._worker: asyncio.Task[None] | None = None
        self._told: set[str] = set()

    @property
    def on(self) -> bool:
        """Whether somebody watches."""
        return self._worker is not None

    def begin(self) -> None:
        """Look from now on, at nothing older."""
        self._slot, self._told = Latest(), set()
        self._worker = asyncio.create_task(self._work())

    async def end(self) -> None:
        """See nothing any longer."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    def put(self, message: Message) -> None:
        """A message of the camera; what waits is replaced."""
        if self.on:
            self._slot.put(message)

    async def _work(self) -> None:
        while True:
            message = await self._slot.take()
            try:
                jpeg, age_s = self._read(message)
                self._pictured(jpeg, age_s)
            except Refused as error:
                self._tell_once(str(error))
            except Exception as error:  # noqa: BLE001  # one bad picture must not end the watching
                self._tell_once(f"a picture could not be used ({type(error).__name__})")

    def _tell_once(self, what: str) -> None:
        """A camera sends ten a second: each complaint once a watch."""
        if what not in self._told:
            self._told.add(what)
            self._complain(what)
