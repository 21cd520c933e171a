"""The robots' contract on a real bridge and a real node: what the robot did, and what its learner does.

What it did is read from the node's diary, which is written before anything comes of it, and which needs no
bridge. What the learner does goes into the node's input and is done once bridge and node have met.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.ros.part import until
from tests.ros.ros_bench import RosBench
from tutorbot.ports import Robot

WITHIN_S = 10.0
MOVES = {"/robot/gesture": "gesture", "/robot/expression": "express", "/robot/look": "look"}
NEWS = "/tutor/"


class NodeWorld:
    """See ``BridgeBench``, whose names these are."""

    def __init__(self, bench: RosBench, robot: Robot) -> None:
        """robot: of the tutor's side."""
        self._bench, self._robot = bench, robot
        self._lost = False
        self._n_before = 0
        self._command("be quiet")
        self._n_before = len(self._diary(since_the_start=True))

    def _diary(self, *, since_the_start: bool = False) -> list[Mapping[str, Any]]:
        if not self._bench.diary.exists():
            return []
        whole = self._bench.diary.read_text(encoding="utf-8").rpartition("\n")[0].splitlines()
        return [json.loads(line) for line in whole[0 if since_the_start else self._n_before :]]

    def _of(self, topic: str) -> list[Any]:
        return [line["data"] for line in self._diary() if line["topic"] == topic]

    def _begin(self, do: str, **besides: Any) -> Callable[[], bool]:
        n = len(self._of("done"))
        self._bench.robot.write(json.dumps({"do": do, **besides}))
        return lambda: len(self._of("done")) > n

    def _command(self, do: str, **besides: Any) -> None:
        done = self._begin(do, **besides)
        assert until(done, within_s=WITHIN_S), f"the node did not do this: {do}"

    async def _done(self, do: str, **besides: Any) -> None:
        await _until(self._begin(do, **besides))

    # ------------------------------------------------------------ what the robot did

    @property
    def said(self) -> list[str]:
        return self._of("/robot/say")

    @property
    def moved(self) -> list[tuple[str, str]]:
        return [(MOVES[one["topic"]], one["data"]) for one in self._diary() if one["topic"] in MOVES]

    @property
    def told(self) -> list[tuple[str, Mapping[str, Any]]]:
        news = [one for one in self._diary() if one["topic"].startswith(NEWS)]
        return [(one["topic"].removeprefix(NEWS), json.loads(one["data"])) for one in news]

    # ------------------------------------------------------------ what happens

    @property
    def slow(self) -> bool:
        raise AttributeError("only the node knows")

    @slow.setter
    def slow(self, on: bool) -> None:
        self._command("slow", on=on)

    def finish(self) -> None:
        self._command("finish")

    async def hear(self, text: str, *, final: bool = True) -> None:
        speech = {"incremental": "" if final else text, "final": text if final else "", "confidence": 0.8}
        await self._done("hear", **speech, locale="en-GB")

    async def touch(self, where: str) -> None:
        await self._done("touch", where=where)

    async def picture(self, jpeg: bytes) -> None:
        await self._done("picture", jpeg=base64.b64encode(jpeg).decode())

    async def ask(self, what: str, on: bool) -> str | None:
        n = len(self._of("answered"))
        await self._done("ask", what=what, on=on)
        await _until(lambda: len(self._of("answered")) > n)
        answer = self._of("answered")[-1]
        return None if answer["success"] else answer["message"]

    async def lose(self) -> None:
        """The bridge is killed."""
        self._lost = True
        self._bench.kill()

    async def come_back(self) -> None:
        """The bridge is started anew and finds the robot, which takes it some seconds."""
        await asyncio.to_thread(self._bench.restart)
        await self._robot.ready(within_s=20)

    async def close(self) -> None:
        """Leave the bench as it was found: a node keeps what it had met before the bridge was killed."""
        if self._lost:
            await asyncio.to_thread(self._bench.robot.restart)
            await asyncio.to_thread(self._bench.mend)


async def _until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not wanted():
            await asyncio.sleep(0.01)
