"""A Furhat robot without the robot: its Realtime API, a learner before it, and faults on demand.

Messages are those of furhat-realtime-api 0.1.3; ``response.error``, which it does not know, is invented.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tests.fakes.server import FakeServer
from tutorbot.adapters.furhat import FurhatRobot
from tutorbot.adapters.robots.line import BridgeSettings

QUICK: dict[str, Any] = {"retry_min_s": 0.02, "retry_max_s": 0.1, "probe_every_s": 0.1}
Fields = dict[str, Any]


class FakeFurhat(FakeServer):
    """Use from one event loop.

    said: texts it began to say. moved: (gesture, express or look; what the robot was told). key: asked for;
    empty: none. slow: an utterance goes on until ``finish`` or a stop; slow_above: one longer than so many
    characters does. echoes_ids: its messages bear the id of what they answer. mute: nothing is told of
    utterances. fails: their synthesis does. refuses: they are answered with an error. answers: requests.
    learner: says this whenever it begins to listen. scene: a picture of it comes whenever somebody watches.
    """

    def __init__(self, *, key: str = "") -> None:
        self.key = key
        self.slow, self.slow_above = False, 10_000
        self.echoes_ids, self.mute, self.fails, self.refuses, self.answers = True, False, False, False, True
        self.learner, self.scene = "", b""
        self.received: list[Fields] = []
        self.said: list[str] = []
        self.moved: list[tuple[str, str]] = []
        self.watching = False
        self._ears = asyncio.Event()
        self._utterance: asyncio.Task[None] | None = None
        self._silence = asyncio.Event()
        self._aborted = False

    @property
    def listening(self) -> bool:
        return self._ears.is_set()

    @property
    def told(self) -> list[Any]:
        """Nobody on its side is told anything."""
        return []

    def robot(self, *, key: str = "", listen_again_s: float = 0.0, **named: Any) -> FurhatRobot:
        """The tutor's side of it. named: settings of the line, and of the robot."""
        mine = {name: named.pop(name) for name in ("patience", "starts_within_s") if name in named}
        settings = BridgeSettings(url=self.url, **{**QUICK, **named})
        return FurhatRobot(settings, key=key, listen_again_s=listen_again_s, **mine)

    def sent(self, kind: str) -> list[Fields]:
        """What the tutor sent of this type, in order."""
        return [message for message in self.received if message["type"] == kind]

    # ------------------------------------------------------------ its life

    async def stop(self) -> None:
        """Switched off: every connection ends without a word."""
        await super().stop()
        self.watching = False
        self._ears.clear()
        if self._utterance is not None:
            self._utterance.cancel()

    lose, come_back = stop, FakeServer.start

    # ------------------------------------------------------------ the learner before it

    async def hear(self, text: str, *, final: bool = True) -> None:
        """The learner says something, once it listens."""
        async with asyncio.timeout(5):
            await self._ears.wait()
        await self.tell("response.hear.end" if final else "response.hear.partial", text=text)

    async def listened(self, cause: str = "silence_timeout") -> None:
        """It stops to listen by itself."""
        self._ears.clear()
        await self.tell("response.listen.end", cause=cause)

    async def picture(self, jpeg: bytes) -> None:
        """The camera takes a picture now, which goes nowhere unless somebody watches."""
        if self.watching:
            await self.tell("response.camera.data", image=base64.b64encode(jpeg).decode())

    def finish(self) -> None:
        """The utterance comes to its end."""
        self._silence.set()

    async def tell(self, kind: str, **fields: Any) -> None:
        """Any message to the tutor."""
        await self.send_raw(json.dumps({"type": kind, **fields}))

    # ------------------------------------------------------------ what the tutor sends

    async def _connection(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        if socket.request.path != "/v1/events":
            await socket.close()
            return
        access = False
        with suppress(ConnectionClosed):
            async for frame in socket:
                message = json.loads(frame)
                self.received.append(message)
                if not self.answers:
                    continue
                if message["type"] == "request.auth":
                    access = message.get("key", "") == self.key
                    await self.tell(
                        "response.auth", access=access, scope="local_network", **self._id_of(message)
                    )
                elif access:
                    await self._do(message)
                else:
                    await self.tell("response.error", message="Access denied")

    async def _do(self, message: Fields) -> None:
        match message["type"]:
            case "request.users.once":
                await self.tell("response.users.data", users=[], **self._id_of(message))
            case "request.speak.text":
                await self._speak(message)
            case "request.speak.stop":
                await self._fall_silent()
            case "request.listen.start":
                self._ears.set()
                await self.tell("response.listen.start")
                if self.learner:
                    await self.hear(self.learner)
            case "request.listen.stop":
                await self.listened("stopped")
            case "request.camera.start" | "request.camera.stop" as kind:
                self.watching = kind.endswith("start")
                if self.scene:
                    await self.picture(self.scene)
            case "request.gesture.start":
                self.moved.append(("gesture", message["name"]))
            case "request.face.reset":
                self.moved.append(("express", "reset"))
            case "request.attend.user":
                self.moved.append(("look", message["user_id"]))
            case "request.attend.location" | "request.attend.nobody" as kind:
                self.moved.append(("look", kind.rpartition(".")[2]))

    def _id_of(self, message: Fields) -> Fields:
        """What an answer to this message bears."""
        known = self.echoes_ids and "request_id" in message
        return {"request_id": message["request_id"]} if known else {}

    async def _speak(self, message: Fields) -> None:
        if message["abort"]:
            await self._fall_silent()
        answer = self._id_of(message)
        if self.refuses:
            await self.tell("response.error", message=f"No voice for {message['text']}", **answer)
        else:
            self.said.append(message["text"])
            self._silence.clear()
            self._aborted = False
            self._utterance = asyncio.create_task(self._utter(message["text"], answer))

    async def _utter(self, text: str, answer: Mapping[str, Any]) -> None:
        if not self.mute and not self.fails:
            await self.tell("response.speak.start", text=text, gen_time=12, **answer)
        if (self.slow or len(text) > self.slow_above) and not self.fails:
            await self._silence.wait()
        if not self.mute:
            end = {"failed": True} if self.fails else {"aborted": self._aborted}
            await self.tell("response.speak.end", text=text, **end, **answer)

    async def _fall_silent(self) -> None:
        if self._utterance is not None and not self._utterance.done():
            self._aborted = True
            self._silence.set()
            await asyncio.wait({self._utterance})
