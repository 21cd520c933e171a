"""The bridge's protocol in plain JSON, for trying the bench without the tutor's own client."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.ros.ros_bench import RosBench

WITHIN_S = 10.0
Message = dict[str, Any]


class Wire:
    """One connection to the bridge: sends operations, waits for the answer that is wanted.

    What came and was not wanted yet is kept: answers of a service overtake what it publishes.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._kept: list[Message] = []

    async def send(self, op: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"op": op, **fields}))

    async def until(self, wanted: Callable[[Message], bool], *, within_s: float = WITHIN_S) -> Message:
        """The first message that is wanted; TimeoutError when there is none in time."""
        for kept in self._kept:
            if wanted(kept):
                self._kept.remove(kept)
                return kept
        async with asyncio.timeout(within_s):
            while True:
                message: Message = json.loads(await self._socket.recv())
                if wanted(message):
                    return message
                self._kept.append(message)

    async def heard(self, topic: str, *, within_s: float = WITHIN_S) -> Any:
        """The next content of a topic that is subscribed to: text, or a Bool's value."""
        message = await self.until(lambda it: it.get("topic") == topic, within_s=within_s)
        return message["msg"]["data"]

    async def seen(self, topic: str, text: str, *, within_s: float = WITHIN_S) -> None:
        """Return once the robot tells that it got this."""

        def wanted(message: Message) -> bool:
            if message.get("topic") != "/robot/seen":
                return False
            seen = json.loads(message["msg"]["data"])
            return (seen["topic"], seen["data"]) == (topic, text)

        await self.until(wanted, within_s=within_s)

    async def call(self, service: str, kind: str, **args: Any) -> Message:
        await self.send("call_service", id=service, service=service, type=kind, args=args)
        return await self.until(lambda it: it["op"] == "service_response")

    async def latched(self, topic: str, kind: str) -> Message:
        """Ask for a latched topic until it arrives: the bridge may not have found the robot yet."""
        deadline = time.monotonic() + WITHIN_S
        while True:
            await self.send("subscribe", id=topic, topic=topic, type=kind)
            try:
                found = await self.until(lambda it: it.get("topic") == topic, within_s=1.0)
                latched: Message = found["msg"]
                return latched
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise
                await self.send("unsubscribe", id=topic, topic=topic)

    async def ready(self) -> Message:
        """What the robot of `robot_node.py` says of itself, once it is in reach."""
        said: Message = json.loads((await self.latched("/robot/ready", "std_msgs/String"))["data"])
        return said


@asynccontextmanager
async def talking_to(bench: RosBench) -> AsyncIterator[Wire]:
    async with connect(bench.url, compression=None, open_timeout=3, close_timeout=1) as socket:
        yield Wire(socket)
