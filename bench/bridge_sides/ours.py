"""This project's bridge client, asked by lines (see `line.py`)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bench.bridge_sides import line
from tutorbot.adapters.ros import BridgeSettings, BridgeState, Latest, Probe, RosbridgeClient
from tutorbot.errors import TutorbotError


class Ours:
    """One method for each thing that is asked."""

    def __init__(self) -> None:
        self._client: RosbridgeClient
        self._seen: dict[str, asyncio.Event] = {}
        self._jobs: list[asyncio.Task[None]] = []
        self._speaking: asyncio.Task[None]
        self._n_sent = self._n_refused = 0
        self._slot = Latest[Mapping[str, Any]]()
        self._working: asyncio.Task[None]
        self._pictures: list[tuple[int, float]] = []

    async def open(self, url: str) -> dict[str, Any]:
        probe = Probe(kind="latched", name="/robot/ready")
        self._client = RosbridgeClient(BridgeSettings(url=url), probe=probe, on_state=self._state)
        await self._client.advertise(line.GESTURE, line.STRING)
        await self._client.subscribe(line.SEEN, line.STRING, self._heard)
        await self._client.start()
        await self._client.ready(within_s=20)
        while await self._trip_s() is None:
            pass
        return {}

    def _state(self, state: BridgeState) -> None:
        ready = state is BridgeState.READY
        line.tell(event="state", up=state is not BridgeState.DOWN, ready=ready, at_s=time.time())

    def _heard(self, message: Mapping[str, Any]) -> None:
        event = self._seen.get(json.loads(message["data"])["data"])
        if event is not None:
            event.set()

    async def _trip_s(self) -> float | None:
        word = line.stamp()
        event = self._seen[word] = asyncio.Event()
        begun_s = time.perf_counter()
        try:
            await self._client.publish(line.GESTURE, {"data": word})
            async with asyncio.timeout(line.TRIP_S):
                await event.wait()
        except (TutorbotError, TimeoutError):
            return None
        finally:
            del self._seen[word]
        return time.perf_counter() - begun_s

    async def round_trips(self, n: int, gap_s: float) -> dict[str, Any]:
        trips_ms = []
        for _ in range(n):
            await asyncio.sleep(gap_s)
            trip_s = await self._trip_s()
            trips_ms.append(None if trip_s is None else 1000 * trip_s)
        return {"trips_ms": trips_ms}

    async def speak(self, every_s: float) -> dict[str, Any]:
        self._n_sent = self._n_refused = 0
        self._speaking = asyncio.create_task(self._speak(every_s))
        return {}

    async def _speak(self, every_s: float) -> None:
        while True:
            try:
                await self._client.publish(line.GESTURE, {"data": line.stamp()})
                self._n_sent += 1
            except TutorbotError:
                self._n_refused += 1
            await asyncio.sleep(every_s)

    async def quiet(self) -> dict[str, Any]:
        self._speaking.cancel()
        await asyncio.gather(self._speaking, return_exceptions=True)
        return {"n_sent": self._n_sent, "n_refused": self._n_refused}

    async def ask_deaf(self) -> dict[str, Any]:
        self._jobs.append(asyncio.create_task(self._ask_deaf()))
        return {}

    async def _ask_deaf(self) -> None:
        how = "answered"
        try:
            await self._client.call(line.DEAF, line.TRIGGER, {}, within_s=line.CALL_S)
        except TutorbotError as error:
            how = type(error).__name__
        line.tell(event="call", how=how, at_s=time.time())

    async def barge_in(self, n: int) -> dict[str, Any]:
        confirmed_ms: list[float | None] = []
        for _ in range(n):
            begun = asyncio.Event()
            goal = await self._client.goal(
                line.ACT,
                line.FIBONACCI,
                {"order": line.STEPS},
                within_s=5,
                on_feedback=lambda _, begun=begun: begun.set(),  # type: ignore[misc]
            )
            async with asyncio.timeout(5):
                await begun.wait()
            begun_s = time.perf_counter()
            over = await goal.cancel(within_s=line.CONFIRM_S)
            confirmed_ms.append(1000 * (time.perf_counter() - begun_s) if over else None)
        return {"confirmed_ms": confirmed_ms}

    async def watch(self, work_s: float, throttle_ms: int) -> dict[str, Any]:
        self._slot, self._pictures = Latest(), []
        heard = self._slot.put if work_s else self._note
        await self._client.subscribe(
            line.CAMERA, line.IMAGE, heard, compression="cbor", throttle_ms=throttle_ms
        )
        if work_s:
            self._working = asyncio.create_task(self._work(work_s))
        return {}

    def _note(self, message: Mapping[str, Any]) -> None:
        self._pictures.append(line.picture_of(message))

    async def _work(self, work_s: float) -> None:
        while True:
            self._note(await self._slot.take())
            await asyncio.to_thread(time.sleep, work_s)

    async def unwatch(self) -> dict[str, Any]:
        for heard in (self._slot.put, self._note):
            await self._client.unsubscribe(line.CAMERA, heard)
        with suppress(AttributeError):
            self._working.cancel()
        return {"pictures": self._pictures}


async def main() -> None:
    """Until nothing more is asked."""
    side = Ours()
    while (asked := await asyncio.to_thread(line.asked)) is not None:
        what, fields = asked["ask"], asked["with"]
        line.tell(answer=await getattr(side, what)(**fields))


if __name__ == "__main__":
    asyncio.run(main())
