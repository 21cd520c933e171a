"""A WebSocket server on a free loopback port that can be lost, frozen and brought back."""

from __future__ import annotations

from contextlib import suppress

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class FakeServer:
    """Keeps its port, as a bridge or a robot that comes back. ``_connection`` is what it does with each."""

    port: int = 0
    _server: Server | None = None

    async def _connection(self, socket: ServerConnection) -> None:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await serve(
            self._connection,
            "127.0.0.1",
            self.port,
            max_size=16 * 2**20,
            compression=None,
            ping_interval=None,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Killed: every connection ends without a word."""
        assert self._server is not None
        for socket in tuple(self._server.connections):
            socket.transport.abort()
        self._server.close()
        await self._server.wait_closed()

    def freeze(self) -> None:
        """Stopped by a signal: the sockets stay open, nothing is read and nothing answered."""
        assert self._server is not None
        for socket in self._server.connections:
            socket.transport.pause_reading()

    def thaw(self) -> None:
        assert self._server is not None
        for socket in self._server.connections:
            with suppress(RuntimeError):
                socket.transport.resume_reading()

    async def send_raw(self, frame: str | bytes) -> None:
        """Anything at all, to everybody."""
        assert self._server is not None
        for socket in tuple(self._server.connections):
            with suppress(ConnectionClosed):
                await socket.send(frame)
