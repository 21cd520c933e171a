"""A place for one picture: a slow reader gets the newest, never a queue of old ones."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Latest(Generic[Item]):
    """Holds the last thing put into it until it is taken. Use from one event loop.

    A consumer that needs 100 ms for each picture of a camera with 30 a second falls seconds behind when
    pictures queue anywhere, the socket's own buffers included, so that the reader of the socket must never
    wait for it: it puts the picture here and reads on.
    """

    def __init__(self) -> None:
        self._item: Item | None = None
        self._there = asyncio.Event()
        self.n_dropped = 0
        """How many were replaced before anybody took them."""

    def put(self, item: Item) -> None:
        """Replace what waits."""
        if self._there.is_set():
            self.n_dropped += 1
        self._item = item
        self._there.set()

    async def take(self) -> Item:
        """The newest, as soon as there is one."""
        await self._there.wait()
        self._there.clear()
        item, self._item = self._item, None
        assert item is not None  # put() set both
        return item
