"""One connection to a bridge: what was asked over it and not answered yet dies with it.

A bridge takes the tutor's calls for a robot: a rosbridge server, or a robot that is its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tutorbot.adapters.robots.wire import Message, encode
from tutorbot.errors import RobotSilent, RobotUnreachable

FRESH_S = 0.05
"""A bridge that was heard of this lately is taken to be alive; otherwise it is asked before a command. P"""
WAIT = "Wait until it is back: it is called again by itself; `tutorbot robot check` tries every part."


def unreachable(what: str) -> RobotUnreachable:
    """Nothing was sent, and why."""
    return RobotUnreachable(what, remedy=WAIT)


class Link:
    """Sends over one socket and keeps what is expected back. Use from one event loop."""

    def __init__(self, socket: ClientConnection, epoch: int) -> None:
        """epoch: how many connections there were before: ids of one never fit another."""
        self._socket, self._epoch, self._n = socket, epoch, 0
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._heard_s = asyncio.get_running_loop().time()
        self._dropped = False

    @property
    def dropped(self) -> bool:
        """Whether the connection is gone."""
        return self._dropped

    def new_id(self) -> str:
        """An id that no other message of this tutor has."""
        self._n += 1
        return f"tutorbot-{self._epoch}-{self._n}"

    def heard(self) -> None:
        """Something came over the socket: it lives."""
        self._heard_s = asyncio.get_running_loop().time()

    async def send(self, message: Message, *, within_s: float) -> None:
        """Hand a message over while the bridge lives.

        A server that was stopped and goes on works off what lies in its socket, seconds late, so a bridge
        that was silent for a while is asked for a sign of life first: what is sent is at most
        ``FRESH_S`` + ``within_s`` old when a living bridge reads it.
        Raises: RobotUnreachable: the connection is gone, or no sign of life came in time: nothing was sent.
            BadInput: the message cannot be sent at all.
        """
        text = encode(message)
        try:
            async with asyncio.timeout(within_s):
                if asyncio.get_running_loop().time() - self._heard_s > FRESH_S:
                    await (await self._socket.ping())
                    self.heard()
                if self._dropped:
                    raise unreachable("The connection to the robot's bridge is gone.")
                await self._socket.send(text)
        except ConnectionClosed as error:
            raise unreachable("The connection to the robot's bridge is gone.") from error
        except TimeoutError as error:
            raise unreachable(f"The robot's bridge gave no sign of life within {within_s:g} s.") from error

    def expect(self, op_id: str) -> asyncio.Future[Message]:
        """The answer to the message of this id, once it comes. It fails when the connection ends."""
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        if self._dropped:
            _fail(answer)
            return answer
        self._answers[op_id] = answer
        answer.add_done_callback(lambda done: self._answers.pop(op_id, None))
        return answer

    def answered(self, op_id: str, message: Message) -> bool:
        """An answer came. Returns: whether anybody waits for it (one too late is nobody's)."""
        answer = self._answers.get(op_id)
        if answer is None or answer.done():
            return False
        answer.set_result(message)
        return True

    def hang_up(self) -> None:
        """End the connection at once; whoever reads it finds it gone."""
        self._socket.transport.abort()

    def drop(self) -> None:
        """The connection is gone: whoever waits for an answer is told so at once."""
        self._dropped = True
        for answer in tuple(self._answers.values()):
            if not answer.done():
                _fail(answer)


def _fail(answer: asyncio.Future[Message]) -> None:
    answer.set_exception(unreachable("The connection to the robot's bridge broke before the answer came."))
    answer.exception()  # whoever asked may be gone


async def in_time(answer: Awaitable[Message], *, within_s: float, what: str) -> Message:
    """An answer, or RobotSilent when it does not come in time. what: was asked, for the error."""
    try:
        async with asyncio.timeout(within_s):
            return await answer
    except TimeoutError as error:
        raise RobotSilent(
            f"{what} was not answered within {within_s:g} s.",
            remedy="See whether the robot's program for it runs; the bridge itself is there.",
        ) from error
