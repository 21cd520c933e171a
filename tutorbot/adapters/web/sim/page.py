"""One open page of the robot: commands go out with a number, and each is answered or is late."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from tutorbot.adapters.web.connection import TOO_MANY, TOO_SLOW, log_fault
from tutorbot.adapters.web.limits import TokenBucket, WebLimits
from tutorbot.adapters.web.outbox import Outbox
from tutorbot.adapters.web.sim.messages import Beat, Done, PageMessage, parse_robot
from tutorbot.errors import BadInput, RobotSilent, RobotUnreachable

WAITING = 64
"""Messages that may wait for a page that does not read before it is cut off."""
CLOSE_WITHIN_S = 2.0
"""For telling a page why it is cut off. P"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How a page that froze is noticed: within the sum of both, seconds. Pilot values.

    every_s: the server sends a sign of life and wants one back. within_s: for the answer.
    """

    every_s: float = 2.0
    within_s: float = 4.0


class Frozen(Exception):
    """The page did not answer in time: what it was sent may wait in it."""


class Overdone(Exception):
    """The page sends more than a person can."""


class RobotPage:
    """Use from one event loop. why: it was cut off, in a few words, for an operator."""

    def __init__(
        self, socket: WebSocket, limits: WebLimits, pulse: Pulse, now_s: Callable[[], float]
    ) -> None:
        self.developer = False
        self.why = "its page was closed or lost its connection"
        self._socket, self._pulse, self._now_s = socket, pulse, now_s
        self._messages = TokenBucket(limits.messages_per_s, limits.messages_burst)
        self._outbox = Outbox(WAITING)
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[None]] = {}
        self._alive = asyncio.Event()
        self._frozen = asyncio.Event()
        self._gone = False

    async def run(self, take: Callable[[PageMessage], None]) -> None:
        """Until the page leaves or is cut off. take: is handed what the page says."""
        works = (self._read(take), self._write(), self._beat(), self._watch(self._frozen))
        tasks = [asyncio.create_task(work) for work in (*works, self._watch(self._outbox.overrun))]
        try:
            finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._gone = True
            self.give_up(self.why)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for task, result in zip(tasks, results, strict=True):
            if task in finished and isinstance(result, Exception):
                await self._close_for(result)

    def give_up(self, why: str) -> None:
        """Whoever waits for an answer of it is told at once that there will be none."""
        for answer in self._asked.values():
            if not answer.done():
                answer.set_exception(unreachable(why))
                answer.exception()  # nobody may be waiting

    def cut_off(self) -> None:
        """It is frozen: whatever it was sent must not be done when it goes on."""
        self.why = "its page froze"
        self._frozen.set()

    # ------------------------------------------------------------ commands

    def send(self, **message: Any) -> None:
        """Send something that needs no answer."""
        if not self._gone:
            self._outbox.send(message)

    async def command(self, kind: str, *, within_s: float, **fields: Any) -> int:
        """Have something done. Returns: its number.

        Raises: RobotSilent: no answer in time. RobotUnreachable: the page is gone.
        """
        if self._gone:
            raise unreachable(self.why)
        n = next(self._numbers)
        answer = self._asked[n] = asyncio.get_running_loop().create_future()
        self.send(type=kind, n=n, **fields)
        try:
            async with asyncio.timeout(within_s):
                await answer
        except TimeoutError:
            raise RobotSilent(
                f"The robot's page did not answer to `{kind}` within {within_s:g} s.",
                remedy="See that its page is in front and its machine is not too busy.",
            ) from None
        finally:
            del self._asked[n]
        return n

    # ------------------------------------------------------------ the socket

    async def _read(self, take: Callable[[PageMessage], None]) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if not self._messages.take(self._now_s()):
                raise Overdone
            try:
                message = parse_robot(event.get("text") or "")
            except BadInput as error:
                self.send(type="problem", text=error.what, remedy=error.remedy)
                continue
            self._alive.set()
            if isinstance(message, Done):
                answer = self._asked.get(message.n)
                if answer is not None and not answer.done():
                    answer.set_result(None)
            elif not isinstance(message, Beat):
                take(message)

    async def _write(self) -> None:
        while True:
            await self._socket.send_text(await self._outbox.next())

    async def _beat(self) -> None:
        while True:
            self._alive.clear()
            self.send(type="beat")
            try:
                async with asyncio.timeout(self._pulse.within_s):
                    await self._alive.wait()
            except TimeoutError:
                self.cut_off()
            await asyncio.sleep(self._pulse.every_s)

    async def _watch(self, trouble: asyncio.Event) -> None:
        await trouble.wait()
        raise Frozen

    async def _close_for(self, reason: Exception) -> None:
        if isinstance(reason, Frozen):
            code, text = TOO_SLOW, "The page did not answer in time."
        elif isinstance(reason, Overdone):
            code, text = TOO_MANY, "Too many messages in a short time."
        elif isinstance(reason, (WebSocketDisconnect, OSError)):
            return
        else:
            log_fault("the robot's page", reason)
            code, text = 1011, "The server had a fault; trying again helps."
        # A page that does not read would never see the close either.
        with contextlib.suppress(RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._socket.close(code, text)


def unreachable(why: str) -> RobotUnreachable:
    """The error of a robot that is not there."""
    return RobotUnreachable(
        f"The robot in the browser cannot be reached: {why}.",
        remedy="Open the robot's page at the address that was printed, and press Start there.",
    )
