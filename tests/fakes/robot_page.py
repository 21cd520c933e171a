"""A robot's page without a page, on a real server: it does what it is told, or freezes when a test wants."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tutorbot.adapters.web import SERVER_SETTINGS
from tutorbot.adapters.web.sim import SimRobot, robot_app
from tutorbot.bootstrap.parts import SignalFreeServer


class PageServer:
    """Serves a robot's page in this event loop, on a free port of the loopback."""

    def __init__(self, robot: SimRobot) -> None:
        self._robot = robot
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(robot_app(robot), log_level="warning", lifespan="off", **SERVER_SETTINGS)
        self._server = SignalFreeServer(config)

    async def start(self) -> None:
        self._task = asyncio.create_task(self._server.serve([self._listener]))

    async def stop(self) -> None:
        self._server.should_exit = True
        await self._task
        self._listener.close()

    def connect(self, *, path: str | None = None, origin: str | None = "same") -> Any:
        """A page's line. origin: None sends none."""
        address = self.url.replace("http", "ws") + (path or self._robot.path) + "/ws"
        headers = {} if origin is None else {"Origin": self.url if origin == "same" else origin}
        return connect(address, additional_headers=headers)


class PageBench:
    """A robot, and the page that is it. said, moved, told: what it did, in order.

    slow: an utterance goes on until ``finish`` or a stop. voice: whether it has one. frozen: it reads on and
    answers nothing, not even a sign of life. whose: what it was last told of which page is the robot.
    """

    def __init__(self, robot: SimRobot | None = None, *, server: Any = None) -> None:
        self.robot = robot or SimRobot()
        self.server = server or PageServer(self.robot)
        self.said: list[str] = []
        self.moved: list[tuple[str, str]] = []
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.heard_of: list[dict[str, Any]] = []
        self.slow, self.voice, self.frozen = False, True, False
        self.whose: str | None = None
        self.closed: int | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._next: tuple[int, str] | None = None
        self._speaks: int | None = None
        self._asks: dict[int, asyncio.Future[str | None]] = {}
        self._news = asyncio.Event()

    async def start(self) -> None:
        """Serve the page, open it, and press Start."""
        await self.server.start()
        await self.come_back()

    async def stop(self) -> None:
        await self.lose()
        await self.server.stop()

    # ------------------------------------------------------------ its world

    async def open(self) -> None:
        """Open the page; it sleeps."""
        self._socket = await self.server.connect()
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.until(lambda: self.whose is not None)

    async def press_start(self, *, take: bool = True, developer: bool = True) -> None:
        """Somebody presses Start."""
        await self.send(type="start", take=take, developer=developer)

    async def come_back(self) -> None:
        await self.open()
        await self.press_start()
        await self.until(lambda: self.whose == "here")

    async def lose(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader
        self._socket, self._reader, self.whose, self._speaks = None, None, None, None

    async def hear(self, text: str, *, final: bool = True) -> None:
        await self.send(type="heard", text=text, final=final, language="en-GB")

    async def touch(self, where: str) -> None:
        await self.send(type="touched", where=where)

    async def picture(self, jpeg: bytes) -> None:
        """It has no camera."""

    async def ask(self, what: str, on: bool) -> str | None:
        """Somebody on the robot's side asks for ``pause`` or ``end``."""
        n = len(self._asks) + 1
        answer = self._asks[n] = asyncio.get_running_loop().create_future()
        await self.send(type="ask", n=n, what=what, on=on)
        async with asyncio.timeout(5):
            return await answer

    def finish(self) -> None:
        """The utterance comes to its end."""
        if self._speaks is not None:
            asyncio.get_running_loop().create_task(self._end())

    async def send(self, **message: Any) -> None:
        assert self._socket is not None, "the page is not open"
        await self._socket.send(json.dumps(message))

    async def until(self, wanted: Any) -> None:
        """Return once what came makes something so."""
        async with asyncio.timeout(5):
            while not wanted():
                self._news.clear()
                await self._news.wait()

    # ------------------------------------------------------------ what it is told

    async def _read(self, line: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in line:
                message = json.loads(text)
                self.heard_of.append(message)
                if message["type"] == "robot":
                    self.whose = message["where"]
                elif not self.frozen:
                    await self._do(message)
                self._news.set()
        self.closed = line.close_code
        self._news.set()

    async def _do(self, message: dict[str, Any]) -> None:
        kind, n = message["type"], message.get("n", 0)
        if kind == "beat":
            await self.send(type="beat")
        elif kind == "say":
            self._next = (n, message["text"])
            await self.send(type="done", n=n)
        elif kind == "go" and self._next is not None and self._next[0] == n:
            self.said.append(self._next[1])
            self._speaks = n
            if not self.slow:
                await self._end()
        elif kind == "stop":
            self._speaks = None
            await self.send(type="done", n=n)
        elif kind == "tell":
            self.told.append((message["what"], message["values"]))
        elif kind == "asked":
            self._asks[n].set_result(message["refusal"])
        elif kind in ("gesture", "express", "look"):
            self.moved.append((kind, message["name"]))
            await self.send(type="done", n=n)

    async def _end(self) -> None:
        n, self._speaks = self._speaks, None
        with suppress(ConnectionClosed):
            await self.send(type="ended", n=n, voiced=self.voice)
