"""One utterance under way: what is known of it, and how it can end before its time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tutorbot.adapters.robots.wordless import without
from tutorbot.errors import RobotUnreachable


class Utterance:
    """Use from one event loop. n_characters: its length."""

    def __init__(self, text: str) -> None:
        """text: kept to take it out of complaints, and for nothing else."""
        loop = asyncio.get_running_loop()
        self._text = text
        self.n_characters = len(text)
        self.began_s = loop.time()
        self.handed_over = asyncio.Event()
        """The robot was told to say it."""
        self.begun = asyncio.Event()
        """The robot said that it speaks, where it tells so."""
        self.finished = asyncio.Event()
        """The robot said that it no longer speaks, where it tells so."""
        self.stopping = False
        """Somebody asked for silence."""
        self._cut: asyncio.Future[None] = loop.create_future()

    def taken_out_of(self, what: str) -> str:
        """The same complaint without these words, see ``without``."""
        return without(self._text, what)

    def told(self, speaking: bool) -> None:
        """The robot tells whether it speaks. Silence before the first word is not its end."""
        if speaking:
            self.begun.set()
        elif self.begun.is_set():
            self.finished.set()

    def cut(self, error: RobotUnreachable | None = None) -> None:
        """Over for us, whatever the robot does. error: the robot was lost."""
        if self._cut.done():
            return
        if error is None:
            self._cut.set_result(None)
        else:
            self._cut.set_exception(error)
            self._cut.exception()  # nobody may be waiting

    @property
    def is_cut(self) -> bool:
        """Whether it ended before its time."""
        return self._cut.done()

    async def until(self, end: Coroutine[Any, Any, object]) -> None:
        """Return when it ends, by itself or cut short.

        Raises: what ``end`` raises; RobotUnreachable: the robot was lost.
        """
        task = asyncio.create_task(end)
        both: set[asyncio.Future[Any]] = {task, self._cut}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._cut.done():
                self._cut.result()
            else:
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
