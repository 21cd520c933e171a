"""The line to a robot's bridge: called again by itself, and open for commands only when the robot answers.

Nothing is queued while the bridge is away: a command that finds no living bridge raises at once, and what
was asked over a connection that broke is answered with an error at once.
Source: the measurements behind docs/decisions/0100-a-bridge-client-of-our-own.md.
"""

from __future__ import annotations

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI
from websockets.uri import parse_uri

from tutorbot.adapters.robots.link import Link, unreachable
from tutorbot.adapters.robots.wire import Message
from tutorbot.errors import BadInput, RobotUnreachable

logger = logging.getLogger(__name__)

socket_logger = logging.getLogger("tutorbot.adapters.robots.socket")
"""Of the WebSocket. At DEBUG it would write down every word that is said and heard, and keys."""
socket_logger.setLevel(logging.INFO)


class BridgeState(Enum):
    """DOWN: no connection. CONNECTED: the bridge is there, the robot not yet. READY: commands are taken."""

    DOWN = "down"
    CONNECTED = "connected"
    READY = "ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeSettings:
    """url: ``ws://HOST:9090``. Times in seconds.

    A bridge that hangs is noticed within ``ping_every_s + ping_timeout_s + close_timeout_s``.
    """

    url: str
    open_timeout_s: float = 3.0
    ping_every_s: float = 2.0
    ping_timeout_s: float = 3.0
    close_timeout_s: float = 1.0
    retry_min_s: float = 0.25
    retry_max_s: float = 2.0
    probe_every_s: float = 1.0
    max_message_bytes: int = 8 * 2**20


def nobody(*_: object) -> None:
    """Nobody listens."""


SomeLink = TypeVar("SomeLink", bound=Link)


class Line(ABC, Generic[SomeLink]):
    """One robot's line. Use from one event loop."""

    bridge: ClassVar[str]
    """What should answer at the address, for an operator."""

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        link: type[SomeLink],
        on_state: Callable[[BridgeState], None] = nobody,
    ) -> None:
        """on_state: told when the state changes."""
        self.settings = settings
        self.state = BridgeState.DOWN
        self._state_told: BridgeState | None = None
        self.why_down = "it was not called yet"
        """What went wrong last, in a few words; for an operator."""
        self._on_state, self._new_link = on_state, link
        self._link: SomeLink | None = None
        self._epoch = 0
        self._ready, self._n_ready = asyncio.Event(), 0
        self._running: asyncio.Task[None] | None = None
        self._jobs: set[asyncio.Task[None]] = set()

    @abstractmethod
    def _take(self, link: SomeLink, frame: str | bytes) -> None:
        """Something came; must return at once."""

    @abstractmethod
    async def _get_ready(self, link: SomeLink) -> None:
        """Tell a new connection what it must know, and return once the robot answers.

        Raises: RobotUnreachable: the connection broke meanwhile.
        """

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Begin to call the bridge; returns at once. Raises: BadInput: the address is none."""
        if not _is_address(self.settings.url):
            raise BadInput(
                f"{self.settings.url!r} is no address of a bridge.",
                remedy="Write it like ws://192.168.1.20:9090.",
            )
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Hang up for good."""
        jobs = [job for job in (self._running, *self._jobs) if job is not None]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    async def ready(self, *, within_s: float) -> None:
        """Return once commands are taken. Raises: RobotUnreachable: not in time, and why."""
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError as error:
            raise RobotUnreachable(
                f"The robot behind {self.settings.url} was not ready within {within_s:g} s: {self.why_down}.",
                remedy="See that its bridge and its programs run and that the address is right.",
            ) from error

    def living(self) -> SomeLink:
        """The connection to send a command over. Raises: RobotUnreachable: there is none, and why."""
        if self._link is None or self.state is not BridgeState.READY:
            raise unreachable(f"The robot behind {self.settings.url} cannot be reached: {self.why_down}.")
        return self._link

    def doubt(self) -> None:
        """The robot met a command with silence, and may be gone though its bridge is there.

        The connection begins anew, and is ready again once the robot answers.
        """
        if self._link is not None:
            self.why_down = "it did not answer and is asked whether it is there"
            self._link.hang_up()
            self._change(BridgeState.DOWN)

    async def _run(self) -> None:
        wait_s = self.settings.retry_min_s
        while True:
            n_ready = self._n_ready
            try:
                async with self._connected() as (socket, link):
                    await self._read(socket, link)
            except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
                self.why_down = self._why(error)
            except RobotUnreachable as error:
                self.why_down = error.what
            except Exception as error:  # noqa: BLE001  # whatever it is, the robot is called again
                self.why_down = f"calling it failed ({type(error).__name__})"
                logger.error("The line to the robot failed (%s).", type(error).__name__)
            if self._n_ready > n_ready:
                wait_s = self.settings.retry_min_s
            self._change(BridgeState.DOWN)  # told even if it was never there
            logger.info("The robot's bridge is not there: %s.", self.why_down)
            await asyncio.sleep(wait_s * random.uniform(0.75, 1.0))  # so that two tutors spread
            wait_s = min(2 * wait_s, self.settings.retry_max_s)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[ClientConnection, SomeLink]]:
        one = self.settings
        async with connect(
            one.url,
            max_size=one.max_message_bytes,
            compression=None,
            open_timeout=one.open_timeout_s,
            ping_interval=one.ping_every_s,
            ping_timeout=one.ping_timeout_s,
            close_timeout=one.close_timeout_s,
            proxy=None,
            logger=socket_logger,
        ) as socket:
            self._epoch += 1
            self._link = link = self._new_link(socket, self._epoch)
            self._change(BridgeState.CONNECTED)
            try:
                yield socket, link
            finally:
                self._link = None
                self._change(BridgeState.DOWN)
                link.drop()

    async def _read(self, socket: ClientConnection, link: SomeLink) -> None:
        """Until the connection ends."""
        getting_ready = asyncio.create_task(self._become_ready(link))
        try:
            async for frame in socket:
                link.heard()
                self._take(link, frame)
            raise unreachable("the bridge closed the connection")
        finally:
            getting_ready.cancel()
            await asyncio.gather(getting_ready, return_exceptions=True)

    async def _become_ready(self, link: SomeLink) -> None:
        """A connection that cannot get ready is given up: another one may."""
        self.why_down = "the bridge is there, the robot does not answer yet"
        try:
            await self._get_ready(link)
        except Exception as error:  # noqa: BLE001  # nobody waits for this task
            if not isinstance(error, RobotUnreachable):
                logger.error("Telling the bridge failed (%s).", type(error).__name__)
            link.hang_up()
        else:
            self._change(BridgeState.READY)

    async def _must_know(self, link: SomeLink, message: Message, *, within_s: float) -> None:
        """Tell the bridge what holds for the whole connection.

        One that was not told is hung up on, and told everything anew by the next connection: else a camera
        might be watched that nobody watches, or a topic never be heard. Raises: RobotUnreachable; BadInput.
        """
        try:
            await link.send(message, within_s=within_s)
        except RobotUnreachable:
            link.hang_up()
            raise

    def _change(self, state: BridgeState) -> None:
        self.state = state
        if state is BridgeState.READY:
            self._ready.set()
        else:
            self._ready.clear()
        if state is self._state_told:
            return
        self._state_told = state
        self._n_ready += state is BridgeState.READY
        try:
            self._on_state(state)
        except Exception as error:  # noqa: BLE001  # whoever is told must not end the calling
            logger.error("Telling that the robot is %s failed (%s).", state.value, type(error).__name__)

    def _job(self, work: Any) -> None:
        """Beside everything else, until the line is closed."""
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    def _why(self, error: BaseException) -> str:
        if isinstance(error, ConnectionClosed):
            if error.sent is not None and error.sent.code == 1009:
                most_kb = self.settings.max_message_bytes // 1000
                return f"a message was larger than {most_kb} kB, and the connection was given up"
            if error.sent is not None and error.sent.code == 1011:
                return "it no longer answered pings"
            return "the connection broke"
        if isinstance(error, ConnectionRefusedError):
            return "nothing listens at that address"
        if isinstance(error, TimeoutError):
            return "it took no connection in time"
        if isinstance(error, InvalidHandshake | InvalidURI):
            return f"what answers there is no {self.bridge} ({error})"
        return f"{getattr(error, 'strerror', None) or error}"


def _is_address(url: str) -> bool:
    """Whether a WebSocket can be opened there, as far as its form tells."""
    try:
        parse_uri(url)
    except (InvalidURI, ValueError):  # the latter: a port that is no number, or above 65535
        return False
    return not any(character.isspace() for character in url)
