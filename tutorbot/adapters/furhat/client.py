"""A client of the Realtime API: signs in, sees that the robot answers, and hands on what it tells.

Source: furhat-realtime-api 0.1.3 for the messages; the package has no word for an error, so every message
with ``error`` in its type is taken for one.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from tutorbot.adapters.robots.line import BridgeSettings, BridgeState, Line, nobody
from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.wire import Garbled, Message, decode_json
from tutorbot.errors import BadInput

TELL_WITHIN_S = 3.0
"""Longest that handing over anything but a command may take. P"""
PATH = "/v1/events"
ERROR = "error"
"""Under this name errors of every type are handed on."""

Heard = Callable[[Message], None]
"""Called with each message of a type, in the reader's own time: it must return at once."""


def events_url(address: str) -> str:
    """The API's own address: that of the robot, with or without its path.

    Raises: BadInput: it is no address of a WebSocket.
    """
    bare = address.rstrip("/").removesuffix(PATH)
    if not bare.startswith(("ws://", "wss://")) or "/" in bare.partition("://")[2]:
        raise BadInput(
            f"{address!r} is no address of a Furhat robot.", remedy="Write it like ws://192.168.1.20:9000."
        )
    return bare + PATH


class FurhatClient(Line[Link]):
    """One robot's API. Use from one event loop."""

    bridge = "Realtime API of a Furhat robot"

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        key: str = "",
        on_state: Callable[[BridgeState], None] = nobody,
        on_fault: Callable[[str], None] = nobody,
    ) -> None:
        """key: of the API, where one is asked for; never logged. on_fault: told of what goes wrong beside."""
        super().__init__(settings, link=Link, on_state=on_state)
        self._key, self._on_fault = key, on_fault
        self._listeners: dict[str, list[Heard]] = defaultdict(list)
        self._openers: list[Callable[[Link], Awaitable[None]]] = []
        self._told: set[str] = set()

    # ------------------------------------------------------------ what is wanted

    def listen(self, kind: str, heard: Heard) -> None:
        """Have a function called with every message of this type."""
        self._listeners[kind].append(heard)

    def on_open(self, tell: Callable[[Link], Awaitable[None]]) -> None:
        """Have a function called with each new connection, before commands are taken."""
        self._openers.append(tell)

    async def send(self, message: Message, *, within_s: float) -> None:
        """A command. Raises: RobotUnreachable: it was not sent, and will not be. BadInput."""
        await self.living().send(message, within_s=within_s)

    async def tell(self, message: Message) -> None:
        """Tell the robot what holds until it is told otherwise; a new connection is told anew.

        Raises: RobotUnreachable: it was not told, and the connection is given up.
        """
        await self._must_know(self.living(), message, within_s=TELL_WITHIN_S)

    # ------------------------------------------------------------ one connection

    async def _get_ready(self, link: Link) -> None:
        self._told.clear()
        await self._sign_in(link)
        while await self._asked(link, {"type": "request.users.once"}, "response.users.data") is None:
            pass
        for tell in self._openers:
            await tell(link)

    async def _sign_in(self, link: Link) -> None:
        """Again and again: the API may be opened for us on the robot meanwhile."""
        asking = {"type": "request.auth", **({"key": self._key} if self._key else {})}
        while True:
            answer = await self._asked(link, asking, "response.auth")
            if answer is not None and answer.get("access") is True:
                return
            if answer is not None:
                self.why_down = (
                    "it refuses its key (TUTORBOT_FURHAT_KEY)"
                    if self._key
                    else "it asks for a key (set TUTORBOT_FURHAT_KEY), or its Realtime API is not enabled"
                )
                await asyncio.sleep(self.settings.probe_every_s)

    async def _asked(self, link: Link, message: Message, answer_kind: str) -> Message | None:
        """Ask once. Returns: the answer; None: none came in ``probe_every_s`` seconds."""
        answer = link.expect(answer_kind)
        try:
            await link.send(message, within_s=TELL_WITHIN_S)
            async with asyncio.timeout(self.settings.probe_every_s):
                return await answer
        except TimeoutError:
            return None
        finally:
            answer.cancel()

    def _take(self, link: Link, frame: str | bytes) -> None:
        try:
            message = decoded(frame)
        except Garbled as error:
            if str(error) not in self._told:
                self._told.add(str(error))
                self._on_fault(str(error))
            return
        kind = message["type"]
        link.answered(kind, message)
        if ERROR in kind:
            kind = ERROR
            self._on_fault(f"the robot told of an error: {self._without_key(reason_in(message))}")
        for heard in self._listeners.get(kind, ()):
            try:
                heard(message)
            except Exception as error:  # noqa: BLE001  # one bad message must not end the connection
                self._on_fault(f"a message {kind} could not be used ({type(error).__name__})")

    def _without_key(self, what: str) -> str:
        """A robot may repeat what it was asked, the key included."""
        return what.replace(self._key, "(key)") if self._key else what


def decoded(frame: str | bytes) -> Message:
    """A received frame as a message.

    Raises: Garbled: it is no JSON object with a ``type``.
    """
    try:
        message: Any = decode_json(frame if isinstance(frame, str) else frame.decode())
    except (ValueError, RecursionError) as error:
        raise Garbled(f"the robot sent what is no message ({type(error).__name__})") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Garbled("the robot sent an object without a type")
    return message


def reason_in(message: Message) -> str:
    """Why, in the robot's own words, which may repeat what it was to say."""
    said = next((message[name] for name in ("message", "error", "reason") if message.get(name)), None)
    return str(said) if said is not None else "no reason was given"
