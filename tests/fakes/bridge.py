"""A rosbridge server without ROS: topics go round, services and actions are functions, faults on demand.

What it does was taken down from two real servers (a server in Rust and the reference suite); ``dialect`` says
whose ways it has where they differ.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, Literal

import cbor2
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.fakes.server import FakeServer

Fields = dict[str, Any]
Feedback = Callable[[Mapping[str, Any]], Awaitable[None]]
Action = Callable[[Fields, Feedback], Awaitable[Mapping[str, Any]]]
"""Works on a goal; cancelled when it is called off."""


@dataclass
class FakeBridge(FakeServer):
    """A server on a free loopback port, kept by ``stop`` and ``start`` as by a bridge that comes back."""

    dialect: Literal["rust", "suite"] = "rust"
    port: int = 0
    services: dict[str, Callable[[Fields], Mapping[str, Any] | Awaitable[Mapping[str, Any]]]] = field(
        default_factory=dict
    )
    actions: dict[str, Action] = field(default_factory=dict)
    latched: dict[str, Fields] = field(default_factory=dict)
    """Topic -> message that a newcomer gets."""
    robot: dict[str, Callable[[Fields], Awaitable[None]]] = field(default_factory=dict)
    """Topic -> what the robot does with a message on it."""
    missing: set[str] = field(default_factory=set)
    """Types whose package is not installed."""
    discovery_s: float = 0.0
    """Seconds after a connection in which the robot is not found: nothing goes to it or comes from it."""
    swallowed: set[str] = field(default_factory=set)
    """Ops whose messages are lost."""
    clock_ahead_s: float = 0.0
    """The robot's clock minus ours."""
    stamps: bool = True
    """Fills a header that stands in a message without a stamp with the robot's time."""
    delays_s: list[float] = field(default_factory=list)
    """How late the next messages are passed on, one each."""
    reorder: bool = False
    """Answers calls two at a time, the later one first."""
    received: list[Fields] = field(default_factory=list)
    """Every message in order."""

    def __post_init__(self) -> None:
        self._subscribers: dict[str, dict[ServerConnection, tuple[str, str | None]]] = defaultdict(dict)
        self._goals: dict[str, asyncio.Task[None]] = {}
        self._asked: dict[str, asyncio.Future[Fields]] = {}
        self._served: dict[str, ServerConnection] = {}
        self._jobs: set[asyncio.Task[None]] = set()
        self._held: Fields | None = None
        self._n = 0
        self._found_s = 0.0

    @property
    def _found(self) -> bool:
        return asyncio.get_running_loop().time() >= self._found_s

    async def stop(self) -> None:
        """Killed: every connection ends without a word."""
        await super().stop()
        for job in (*self._jobs, *self._goals.values()):
            job.cancel()
        self._subscribers.clear()
        self._goals.clear()
        self._served.clear()

    def sent(self, op: str) -> list[Fields]:
        """What clients sent with this op, in order."""
        return [message for message in self.received if message["op"] == op]

    def listened_to(self, topic: str) -> bool:
        """Whether anybody is subscribed to it."""
        return bool(self._subscribers[topic])

    def offered(self, service: str) -> bool:
        """Whether a client answers calls of it."""
        return service in self._served

    # ------------------------------------------------------------ the robot's side

    async def publish(self, topic: str, message: Mapping[str, Any]) -> None:
        """The robot publishes."""
        for socket, (_, compression) in tuple(self._subscribers[topic].items()):
            whole = {"op": "publish", "topic": topic, "msg": dict(message)}
            with suppress(ConnectionClosed):
                await socket.send(cbor2.dumps(whole) if compression == "cbor" else json.dumps(whole))

    async def call(self, service: str, fields: Mapping[str, Any]) -> Fields:
        """The robot's side asks a service of the client."""
        self._n += 1
        op_id = f"call-{self._n}"
        answer = self._asked[op_id] = asyncio.get_running_loop().create_future()
        message = {"op": "call_service", "id": op_id, "service": service, "args": dict(fields)}
        await self._served[service].send(json.dumps(message))
        return await answer

    async def say_status(self, text: str, level: str = "error") -> None:
        """The server complains to everybody."""
        await self.send_raw(json.dumps({"op": "status", "level": level, "msg": text}))

    # ------------------------------------------------------------ what clients send

    async def _connection(self, socket: ServerConnection) -> None:
        self._found_s = asyncio.get_running_loop().time() + self.discovery_s
        try:
            async for frame in socket:
                message: Fields = json.loads(frame)
                self.received.append(message)
                if (message["op"] == "publish" and not self._found) or message["op"] in self.swallowed:
                    continue
                await self._take(socket, message)
        except ConnectionClosed:
            pass
        finally:
            for subscribers in self._subscribers.values():
                subscribers.pop(socket, None)

    async def _take(self, socket: ServerConnection, message: Fields) -> None:
        match message["op"]:
            case "subscribe":
                await self._subscribe(socket, message)
            case "unsubscribe":
                self._subscribers[message["topic"]].pop(socket, None)
            case "publish":
                await self._published(message)
            case "advertise_service":
                self._served[message["service"]] = socket
            case "call_service":
                self._job(self._call(socket, message))
            case "service_response":
                asked = self._asked.pop(str(message["id"]), None)
                if asked is not None:  # else a test sent the call itself
                    asked.set_result(message)
            case "send_action_goal":
                self._goals[message["id"]] = asyncio.create_task(self._goal(socket, message))
            case "cancel_action_goal":
                goal = self._goals.get(message["id"])
                if goal is not None:
                    await asyncio.sleep(0)  # it has begun, so that its end is told
                    goal.cancel()

    async def _subscribe(self, socket: ServerConnection, message: Fields) -> None:
        if message.get("type") in self.missing:
            text = f"load message definition {message['type']}: install and source its ROS package"
            await socket.send(json.dumps({"op": "status", "level": "error", "msg": text}))
            return
        topic = message["topic"]
        again = socket in self._subscribers[topic]
        self._subscribers[topic][socket] = (str(message.get("id")), message.get("compression"))
        if topic in self.latched and self._found and not again:
            await socket.send(json.dumps({"op": "publish", "topic": topic, "msg": self.latched[topic]}))

    async def _published(self, message: Fields) -> None:
        topic, fields = message["topic"], message["msg"]
        header = fields.get("header")
        if self.stamps and isinstance(header, dict) and "stamp" not in header:
            seconds, part = divmod(time.time() + self.clock_ahead_s, 1.0)
            stamp = {"sec": int(seconds), "nanosec": int(1e9 * part)}
            fields = {**fields, "header": {**header, "stamp": stamp}}
        if self.delays_s:
            await asyncio.sleep(self.delays_s.pop(0))
        if topic in self.robot:
            self._job(self.robot[topic](fields))
        await self.publish(topic, fields)

    def _job(self, work: Any) -> None:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _call(self, socket: ServerConnection, message: Fields) -> None:
        service = message["service"]
        answer: Fields = {"op": "service_response", "id": message.get("id"), "service": service}
        if service in self.services:
            values = self.services[service](message.get("args", {}))
            answer |= {"values": dict(await values if isawaitable(values) else values), "result": True}
        elif self.dialect == "suite":
            answer |= {"values": f"Service {service} does not exist", "result": False}
        else:
            await asyncio.sleep(30.0)  # the Rust server waits so long for one to appear
            return
        answers = [answer]
        if self.reorder:
            answers, self._held = ([], answer) if self._held is None else ([answer, self._held], None)
        for one in answers:
            with suppress(ConnectionClosed):
                await socket.send(json.dumps(one))

    async def _goal(self, socket: ServerConnection, message: Fields) -> None:
        head = {"id": message["id"], "action": message["action"]}
        if message["action"] not in self.actions:
            if self.dialect == "suite":
                return  # it never answers
            await asyncio.sleep(30.0)
            return

        async def feedback(values: Mapping[str, Any]) -> None:
            if message.get("feedback"):
                await socket.send(json.dumps({"op": "action_feedback", **head, "values": dict(values)}))

        try:
            values = await self.actions[message["action"]](message.get("args", {}), feedback)
            end: Fields = {"values": dict(values), "status": 4, "result": True}
        except asyncio.CancelledError:
            end = {"values": {}, "status": 5, "result": self.dialect == "suite"}
        except RuntimeError as error:
            end = {"values": str(error), "status": 6, "result": False}
        with suppress(ConnectionClosed):
            await socket.send(json.dumps({"op": "action_result", **head, **end}))
