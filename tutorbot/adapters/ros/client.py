"""A client of a rosbridge server that never says anything late.

What goes out goes now or fails: nothing is queued while the bridge is away, a command that finds no living
bridge raises at once, and what was asked over a connection that broke is answered with an error at once.
The client calls the bridge again by itself, tells it everything anew, and is ready only when the robot
behind it answers. Use from one event loop.
Source: the measurements behind docs/decisions/0100-a-bridge-client-of-our-own.md.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from tutorbot.adapters.ros.declared import (
    Declared,
    Heard,
    Served,
    Subscription,
    advertise,
    advertise_service,
)
from tutorbot.adapters.ros.goal import Goal
from tutorbot.adapters.ros.link import Link, in_time, unreachable
from tutorbot.adapters.ros.probe import ECHO, Probe, until_answered
from tutorbot.adapters.ros.wire import Garbled, Message, decode
from tutorbot.errors import BadInput, RobotRefused, RobotUnreachable

logger = logging.getLogger(__name__)

TELL_WITHIN_S = 3.0
"""Longest that telling the bridge of one topic may take. P"""


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


class RosbridgeClient:
    """Topics, services and actions of a robot by way of its bridge."""

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        probe: Probe = ECHO,
        on_state: Callable[[BridgeState], None] = nobody,
        on_fault: Callable[[str], None] = nobody,
    ) -> None:
        """on_state: told when the state changes. on_fault: told of what goes wrong beside it, in words."""
        self.settings = settings
        self.state = BridgeState.DOWN
        self.why_down = "it was not called yet"
        """What went wrong last, in a few words; for an operator."""
        self._probe, self._on_state, self._on_fault = probe, on_state, on_fault
        self._declared = Declared()
        self._link: Link | None = None
        self._epoch = 0
        self._ready = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._jobs: set[asyncio.Task[None]] = set()

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Begin to call the bridge; returns at once. Raises: BadInput: the address is none."""
        if not self.settings.url.startswith(("ws://", "wss://")):
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

    async def _run(self) -> None:
        wait_s = self.settings.retry_min_s
        while True:
            try:
                async with self._connected() as (socket, link):
                    wait_s = self.settings.retry_min_s
                    await self._serve(socket, link)
            except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
                self.why_down = _why(error, self.settings.max_message_bytes)
            except RobotUnreachable as error:
                self.why_down = error.what
            logger.info("The robot's bridge is not there: %s.", self.why_down)
            await asyncio.sleep(wait_s * random.uniform(0.75, 1.0))  # so that two tutors spread
            wait_s = min(2 * wait_s, self.settings.retry_max_s)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[ClientConnection, Link]]:
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
        ) as socket:
            self._epoch += 1
            self._link = link = Link(socket, self._epoch)
            self._change(BridgeState.CONNECTED)
            try:
                yield socket, link
            finally:
                self._link = None
                self._change(BridgeState.DOWN)
                link.drop()

    async def _serve(self, socket: ClientConnection, link: Link) -> None:
        """Until the connection ends."""
        getting_ready = asyncio.create_task(self._get_ready(link))
        try:
            async for frame in socket:
                link.heard()
                self._take(link, frame)
            raise unreachable("the bridge closed the connection")
        finally:
            getting_ready.cancel()
            await asyncio.gather(getting_ready, return_exceptions=True)

    async def _get_ready(self, link: Link) -> None:
        self.why_down = "the bridge is there, the robot does not answer yet"
        for topic, (kind, latch) in tuple(self._declared.advertised.items()):
            await self._tell(link, advertise(link.new_id(), topic, kind, latch=latch))
        for one in tuple(self._declared.subscriptions):
            if one in self._declared.subscriptions:  # it may have been left meanwhile
                await self._subscribe(link, one)
        for service, (kind, _) in tuple(self._declared.services.items()):
            await self._tell(link, advertise_service(service, kind))
        await until_answered(link, self._probe, every_s=self.settings.probe_every_s)
        self._change(BridgeState.READY)

    def _change(self, state: BridgeState) -> None:
        if state is self.state:
            return
        self.state = state
        if state is BridgeState.READY:
            self._ready.set()
        else:
            self._ready.clear()
        self._on_state(state)

    # ------------------------------------------------------------ what comes in

    def _take(self, link: Link, frame: str | bytes) -> None:
        try:
            message = decode(frame)
        except Garbled as error:
            self._on_fault(str(error))
            return
        match message["op"]:
            case "publish":
                self._published(link, message)
            case "service_response" | "action_result":
                link.answered(message)
            case "action_feedback":
                link.fed_back(message)
            case "call_service":
                self._job(self._answer(link, message))
            case "status":
                if message.get("level") in ("error", "warning"):
                    self._on_fault(str(message.get("msg")))
            case op:
                self._on_fault(f"the bridge sent a message with op {op!r}, which is not known here")

    def _published(self, link: Link, message: Message) -> None:
        values = message.get("msg")
        if not isinstance(values, dict):
            self._on_fault(f"a message on {message.get('topic')} has no fields")
            return
        for heard in tuple(link.listeners[str(message.get("topic"))]):
            try:
                heard(values)
            except Exception as error:  # noqa: BLE001  # one bad message must not end the connection
                self._on_fault(
                    f"a message on {message.get('topic')} could not be used ({type(error).__name__})"
                )

    def _job(self, work: Any) -> None:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _answer(self, link: Link, message: Message) -> None:
        """Somebody on the robot's side asks one of our services."""
        service, asked = str(message.get("service")), message.get("args")
        answer = {"op": "service_response", "id": message.get("id"), "service": service}
        known = self._declared.services.get(service)
        try:
            if known is None:
                raise LookupError(service)
            values = await known[1](asked if isinstance(asked, dict) else {})
            answer |= {"values": dict(values), "result": True}
        except Exception as error:  # noqa: BLE001  # whoever asked is told; the connection goes on
            self._on_fault(f"a call of {service} failed ({type(error).__name__})")
            answer |= {"values": {}, "result": False}
        try:
            await link.send(answer, within_s=TELL_WITHIN_S)
        except (RobotUnreachable, BadInput) as error:
            self._on_fault(error.what)

    # ------------------------------------------------------------ what is declared

    async def advertise(self, topic: str, kind: str, *, latch: bool = False) -> None:
        """Say that messages will be published on a topic. latch: newcomers are to get the last one."""
        self._declared.advertised[topic] = kind, latch
        if (link := self._link) is not None:
            await self._tell(link, advertise(link.new_id(), topic, kind, latch=latch))

    async def subscribe(
        self, topic: str, kind: str, heard: Heard, *, compression: str | None = None, throttle_ms: int = 0
    ) -> None:
        """Have a function called with each message of a topic, now and after every reconnect."""
        one = Subscription(
            topic=topic, type=kind, heard=heard, compression=compression, throttle_ms=throttle_ms
        )
        self._declared.subscriptions.append(one)
        if (link := self._link) is not None:
            await self._subscribe(link, one)

    async def unsubscribe(self, topic: str, heard: Heard) -> None:
        """Call this function no longer; the bridge is told when nobody else here listens to the topic.

        Raises: RobotUnreachable: the bridge may still send it, and nobody is called.
        """
        kept = [one for one in self._declared.subscriptions if (one.topic, one.heard) != (topic, heard)]
        self._declared.subscriptions[:] = kept
        if (link := self._link) is None:
            return
        if heard in link.listeners[topic]:
            link.listeners[topic].remove(heard)
        if not self._declared.of_topic(topic):
            await self._tell(link, {"op": "unsubscribe", "topic": topic})

    async def serve(self, service: str, kind: str, served: Served) -> None:
        """Answer calls of a service, now and after every reconnect."""
        self._declared.services[service] = kind, served
        if (link := self._link) is not None:
            await self._tell(link, advertise_service(service, kind))

    async def _subscribe(self, link: Link, one: Subscription) -> None:
        if one.heard not in link.listeners[one.topic]:
            link.listeners[one.topic].append(one.heard)
        await self._tell(link, one.message(link.new_id()))

    async def _tell(self, link: Link, message: Message) -> None:
        await link.send(message, within_s=TELL_WITHIN_S)

    # ------------------------------------------------------------ commands

    def _living(self) -> Link:
        if self._link is None or self.state is not BridgeState.READY:
            raise unreachable(f"The robot behind {self.settings.url} cannot be reached: {self.why_down}.")
        return self._link

    async def publish(self, topic: str, message: Mapping[str, Any], *, within_s: float = 1.0) -> None:
        """Publish one message now, on a topic that was advertised.

        Raises: RobotUnreachable: it was not sent, and will not be. BadInput.
        """
        sent = {"op": "publish", "topic": topic, "msg": dict(message)}
        await self._living().send(sent, within_s=within_s)

    async def call(
        self,
        service: str,
        kind: str,
        fields: Mapping[str, Any],
        *,
        within_s: float,
        sent_within_s: float | None = None,
    ) -> Mapping[str, Any]:
        """Call a service of the robot. Returns: the fields of its answer.

        within_s: for the whole. sent_within_s: for handing it over, where its work may take long.

        Raises: RobotUnreachable; RobotSilent; RobotRefused: there is no such service, or it failed; BadInput.
        """
        link = self._living()
        op_id = link.new_id()
        answer = link.expect(op_id)
        asked = {"op": "call_service", "id": op_id, "service": service, "type": kind, "args": dict(fields)}
        try:
            send_s = within_s if sent_within_s is None else sent_within_s
            await link.send({**asked, "timeout": within_s}, within_s=send_s)
            found = await in_time(answer, within_s=within_s, what=f"A call of {service}")
        finally:
            answer.cancel()
        values = found.get("values")
        if not found.get("result"):
            raise refused(f"A call of {service}", values)
        return values if isinstance(values, dict) else {}

    async def goal(
        self,
        action: str,
        kind: str,
        fields: Mapping[str, Any],
        *,
        within_s: float,
        on_feedback: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Goal:
        """Send a goal to an action. Returns: what follows it, once it is sent within ``within_s`` seconds.

        Raises: RobotUnreachable; BadInput.
        """
        link = self._living()
        op_id = link.new_id()
        answer = link.expect(op_id, on_feedback)
        sent = {
            "op": "send_action_goal",
            "id": op_id,
            "action": action,
            "action_type": kind,
            "args": dict(fields),
            "feedback": on_feedback is not None,
        }
        try:
            await link.send(sent, within_s=within_s)
        except BaseException:
            answer.cancel()
            raise
        return Goal(link, action, op_id, answer)


def refused(what: str, said: object) -> RobotRefused:
    """The robot's side said no, in its words."""
    words = said if isinstance(said, str) and said else "no reason was given"
    return RobotRefused(
        f"{what} was refused: {words}.",
        remedy="See that the robot has it and that the profile names it right.",
    )


def _why(error: BaseException, most_bytes: int) -> str:
    if isinstance(error, ConnectionClosed):
        if error.sent is not None and error.sent.code == 1009:
            return f"a message was larger than {most_bytes // 1000} kB, and the connection was given up"
        if error.sent is not None and error.sent.code == 1011:
            return "it no longer answered pings"
        return "the connection broke"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens at that address"
    if isinstance(error, TimeoutError):
        return "it took no connection in time"
    if isinstance(error, InvalidHandshake | InvalidURI):
        return f"what answers there is no rosbridge ({error})"
    return f"{getattr(error, 'strerror', None) or error}"
