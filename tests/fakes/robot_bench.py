"""Robots behind a fake bridge, one a profile: what the profile names is there and does what it says."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from tests.fakes.bridge import FakeBridge
from tutorbot.adapters.ros import BridgeSettings, Patience, RobotProfile, RosRobot, load_profile
from tutorbot.adapters.ros.profile_file import ProbeFile

QUICK = {"retry_min_s": 0.02, "retry_max_s": 0.1, "probe_every_s": 0.1}


class BridgeBench:
    """One robot, its bridge, and the learner before it. said, moved: what the robot did, in its own names.

    slow: an utterance goes on until ``finish``, a stop or a cancel.
    """

    def __init__(self, profile: str) -> None:
        self.bridge = FakeBridge(latched={"/robot/ready": {"data": "yes"}})
        self.profile = load_profile(profile)
        self.said: list[str] = []
        self.moved: list[tuple[str, str]] = []
        self.messages: list[Mapping[str, Any]] = []
        """What came to it in order, whole."""
        self.slow = False
        self._silence = asyncio.Event()
        self._speech: asyncio.Queue[str] = asyncio.Queue()
        getattr(self, f"_{profile}")()

    @property
    def estimated(self) -> bool:
        """It never tells when it has spoken."""
        return self.profile.file.say is not None and self.profile.file.say.ends.rule == "estimated_duration"

    async def start(self) -> None:
        await self.bridge.start()

    async def stop(self) -> None:
        await self.bridge.stop()

    def robot(self, *, patience: Patience | None = None, **settings: Any) -> RosRobot:
        """The tutor's side of it; reckoned utterances are quick."""
        return RosRobot(
            _quick(self.profile),
            BridgeSettings(url=self.bridge.url, **{**QUICK, **settings}),
            patience=patience,
        )

    # ------------------------------------------------------------ its world

    async def hear(self, text: str, *, final: bool = True) -> None:
        """The learner says something."""
        speech = {"incremental": "" if final else text, "final": text if final else "", "confidence": 0.8}
        hear = self.profile.file.hear
        assert hear is not None
        if hear.kind == "service":
            if final:  # it tells no halves
                self._speech.put_nowait(text)
        elif hear.format == "json":
            await self.bridge.publish(hear.name, {"data": json.dumps({**speech, "locale": "en-GB"})})
        else:
            topic = hear.name.replace("{id}", "anonymous_speaker")
            await self.bridge.publish(topic, {**speech, "locale": "en_GB"})

    async def touch(self, where: str) -> None:
        await self.bridge.publish("/robot/touch", {"data": where})

    async def picture(self, jpeg: bytes) -> None:
        """The camera takes a picture now."""
        see = self.profile.file.see
        assert see is not None
        whole, part = divmod(time.time(), 1.0)
        stamp = {"sec": int(whole), "nanosec": int(part * 1e9)}
        message = {"header": {"stamp": stamp}, "format": "jpeg", "data": jpeg}
        await self.bridge.publish(self.profile.place(see.name), message)

    async def ask(self, what: str, on: bool) -> str | None:
        """Somebody on the robot's side asks for ``pause`` or ``end``."""
        service = {"pause": "/tutor/pause", "end": "/tutor/end_session"}[what]
        answer = await self.bridge.call(service, {"data": on} if what == "pause" else {})
        return None if answer["values"]["success"] else answer["values"]["message"]

    @property
    def told(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What the tutor told others."""
        sent = [one for one in self.bridge.sent("publish") if one["topic"].startswith("/tutor/")]
        sent = [one for one in sent if one["topic"] not in ("/tutor/echo", "/tutor/clock")]
        return [(one["topic"].removeprefix("/tutor/"), json.loads(one["msg"]["data"])) for one in sent]

    def finish(self) -> None:
        """The utterance comes to its end."""
        self._silence.set()

    async def lose(self) -> None:
        await self.bridge.stop()

    async def come_back(self) -> None:
        await self.bridge.start()

    # ------------------------------------------------------------ the robots

    async def _speak(self, text: str, message: Mapping[str, Any]) -> None:
        self._silence.clear()
        self.said.append(text)
        self.messages.append(message)
        if self.slow:
            await self._silence.wait()

    def _moves(self, part: str, topic: str, *path: str) -> None:
        async def move(message: dict[str, Any]) -> None:
            value: Any = message
            for key in path:
                value = value[key]
            self.messages.append(message)
            self.moved.append((part, value))

        self.bridge.robot[topic] = move

    def _generic(self) -> None:
        async def say(message: dict[str, Any]) -> None:
            await self.bridge.publish("/robot/speaking", {"data": True})
            await self._speak(message["data"], message)
            await self.bridge.publish("/robot/speaking", {"data": False})

        def stop(asked: Any) -> dict[str, Any]:
            self._silence.set()
            return {"success": True, "message": ""}

        self.bridge.robot["/robot/say"] = say
        self.bridge.services["/robot/stop"] = stop
        self._moves("gesture", "/robot/gesture", "data")
        self._moves("express", "/robot/expression", "data")
        self._moves("look", "/robot/look", "data")

    def _nao_naoqi2(self) -> None:
        async def say(message: dict[str, Any]) -> None:
            await self._speak(message["data"], message)

        self.bridge.robot["/speech"] = say

    def _ros4hri(self) -> None:
        async def say(goal: dict[str, Any], feedback: Any) -> dict[str, Any]:
            await self._speak(goal["input"], goal)
            return {"result": {"error_code": 0, "error_msg": ""}}

        async def look(goal: dict[str, Any], feedback: Any) -> dict[str, Any]:
            self.moved.append(("look", goal["policy"]))
            return {"result": {"error_code": 0}}

        self.bridge.actions["/skill/say"] = say
        self.bridge.actions["/skill/look_at"] = look
        self._moves("express", "/skill/set_expression", "expression", "expression")

    def _qtrobot(self) -> None:
        async def say(asked: dict[str, Any]) -> dict[str, Any]:
            await self._speak(asked["message"], asked)
            return {"status": True}

        def stop(asked: Any) -> dict[str, Any]:
            self._silence.set()
            return {"status": True}

        async def recognize(asked: dict[str, Any]) -> dict[str, Any]:
            self.messages.append(asked)
            return {"transcript": await self._speech.get()}

        self.bridge.dialect = "suite"
        self.bridge.services["/qt_robot/speech/recognize"] = recognize
        self.bridge.services["/qt_robot/speech/say"] = say
        self.bridge.services["/qt_robot/speech/stop"] = stop
        self._moves("gesture", "/qt_robot/gesture/play", "data")
        self._moves("express", "/qt_robot/emotion/show", "data")


def _quick(profile: RobotProfile) -> RobotProfile:
    """The same with reckoned utterances ten times as fast, and without a while to settle."""
    file, say, probe = profile.file, profile.file.say, profile.probe
    quick = ProbeFile(kind=probe.kind, name=probe.name, type=probe.type)
    file = file.model_copy(update={"probe": quick})
    if say is not None and say.ends.rule == "estimated_duration":
        ends = say.ends.model_copy(update={"characters_per_s": 120.0, "plus_s": 0.05})
        file = file.model_copy(update={"say": say.model_copy(update={"ends": ends})})
    return RobotProfile(name=profile.name, file=file, prefix=profile.prefix)
