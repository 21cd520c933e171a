"""The console's line: what changed goes out, once a second at most; a slow page hurts nobody but itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from tutorbot.adapters.web.console_feed import EVERY_S, ConsoleFeed, Rows, changes
from tutorbot.adapters.web.limits import TokenBucket
from tutorbot.adapters.web.outbox import encode
from tutorbot.adapters.web.security import same_origin
from tutorbot.adapters.web.sign_in import COOKIE
from tutorbot.adapters.web.tokens import EXPERIMENTER, ConsoleKeys, Visitor

SIGNED_OUT, TOO_SLOW, TOO_MANY = 4403, 4408, 4429
"""Close codes the page knows; see docs/wire.md."""
SLOW_S = 10.0
"""A page that has not taken one message in so long is cut off; it comes back and is sent everything."""
GONE = (WebSocketDisconnect, OSError, RuntimeError)
"""How a page that left half way shows."""
BEAT_S = 5.0
"""The longest the server is silent, so that a page can tell a dead line."""
MOST_LINES = 100
"""Console pages connected at the same time."""


def socket_router(
    feed: ConsoleFeed, keys: ConsoleKeys, *, now_s: Callable[[], float], allowed_origins: Collection[str]
) -> APIRouter:
    """The address /console/ws; ``?observe=1`` is the observer's sight."""
    router = APIRouter()
    lines: set[WebSocket] = set()

    @router.websocket("/console/ws")
    async def line(socket: WebSocket) -> None:
        headers, cookie = socket.headers, socket.cookies.get(COOKIE)
        visitor = keys.visitor(cookie)
        own = same_origin(headers.get("origin"), headers.get("host"), allowed_origins)
        if not own or visitor is None or len(lines) >= MOST_LINES:
            await socket.close(1008)  # before accepting: a plain 403
            return
        await socket.accept()
        observing = "observe" in socket.query_params or visitor.role != EXPERIMENTER
        lines.add(socket)
        try:
            await _serve(socket, _Line(socket, feed, keys, cookie, now_s, observing=observing), now_s)
        finally:
            lines.discard(socket)

    return router


async def _serve(socket: WebSocket, line: _Line, now_s: Callable[[], float]) -> None:
    tasks = [asyncio.create_task(line.run()), asyncio.create_task(_listen(socket, now_s))]
    try:
        finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for task, result in zip(tasks, results, strict=True):
        if task in finished and isinstance(result, int):
            with contextlib.suppress(RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
                async with asyncio.timeout(5.0):
                    await socket.close(result)
        elif task in finished and isinstance(result, Exception) and not isinstance(result, GONE):
            raise result


async def _listen(socket: WebSocket, now_s: Callable[[], float]) -> int | None:
    """A console's page has nothing to say here; returns a close code, or None when it left."""
    patience = TokenBucket(1.0, 20)
    while True:
        event = await socket.receive()
        if event["type"] == "websocket.disconnect":
            return None
        if not patience.take(now_s()):
            return TOO_MANY


class _Line:
    """One page: what it has been sent, and what is to come."""

    def __init__(
        self,
        socket: WebSocket,
        feed: ConsoleFeed,
        keys: ConsoleKeys,
        cookie: str | None,
        now_s: Callable[[], float],
        *,
        observing: bool,
    ) -> None:
        self._socket, self._feed, self._keys, self._cookie = socket, feed, keys, cookie
        self._now_s, self._observing = now_s, observing
        self._hello: dict[str, Any] = {}
        self._system: dict[str, Any] = {}
        self._rows: Rows = {}
        self._said_s = now_s()

    async def run(self) -> int:
        """Until the visitor is signed out or too slow. Returns: the close code."""
        while True:
            visitor = self._keys.visitor(self._cookie)
            if visitor is None:
                return SIGNED_OUT
            if not self._observing:
                await self._feed.look()
            try:
                for message in self._news(visitor):
                    async with asyncio.timeout(SLOW_S):
                        await self._socket.send_text(encode(message))
                    self._said_s = self._now_s()
            except TimeoutError:
                return TOO_SLOW
            await asyncio.sleep(EVERY_S)

    def _news(self, visitor: Visitor) -> list[dict[str, Any]]:
        """What this page does not know yet; who is blinded or no longer so is told everything anew."""
        news = []
        hello = self._feed.hello(visitor, observing=self._observing)
        anew = hello != self._hello
        if anew:
            self._hello, self._system, self._rows = hello, {}, {}
            news.append(hello)
        system = self._feed.system(visitor, observing=self._observing)
        if system != self._system:
            self._system = system
            news.append(system)
        rows = self._feed.rows(visitor, observing=self._observing)
        found = changes(self._rows, rows)
        if found is None and anew:
            found = {"type": "rows", "changed": {}, "gone": []}
        if found is not None:
            self._rows = rows
            news.append(found)
        if not news and self._now_s() - self._said_s >= BEAT_S:
            news.append({"type": "beat"})
        return news
