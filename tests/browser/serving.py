"""A real server in a thread of its own, on a port that stays the same over a restart."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvicorn
from fastapi import FastAPI

from tutorbot.adapters.web import SERVER_SETTINGS

T = TypeVar("T")


class Serving:
    """Runs an application made by ``make``; ``stop`` and ``start`` are a restart as a page sees it."""

    def __init__(self, make: Callable[[], FastAPI], **settings: Any) -> None:
        self._make = make
        self._settings = {**SERVER_SETTINGS, **settings}
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ws_url(self, code: str) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/{code}"

    def start(self) -> None:
        """Listen; returns once the server answers."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._started = threading.Event()
        self._server = uvicorn.Server(uvicorn.Config(self._make(), log_level="warning", **self._settings))
        self._thread = threading.Thread(target=self._run, args=(listener,), daemon=True)
        self._thread.start()
        assert self._started.wait(15), "the server did not start"

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The server's own."""
        return self._loop

    def _run(self, listener: socket.socket) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            self._loop.call_soon(self._watch)
            await self._server.serve([listener])

        asyncio.run(serve())
        listener.close()

    def _watch(self) -> None:
        if self._server.started:
            self._started.set()
        else:
            self._loop.call_later(0.01, self._watch)

    def stop(self) -> None:
        """Stop as an operator would."""
        self._server.should_exit = True
        self._thread.join(15)
        assert not self._thread.is_alive(), "the server did not stop"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something in the server's own loop, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)
