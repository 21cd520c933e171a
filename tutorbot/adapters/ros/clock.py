"""How far a robot's clock is from ours, measured through its bridge the way of NTP.

A message whose header has no stamp is stamped by the bridge with the robot's time as it passes on; heard back
on our own topic it tells what that clock said in the middle of the round trip.
Source: measured on rosbridge-server-rs 0.1.6 (tests/ros), which stamps the header of a message and not a
message that is a header; by its source the reference server stamps a header that stands in the message.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tutorbot.adapters.ros.client import RosbridgeClient
from tutorbot.adapters.ros.profile import RobotProfile
from tutorbot.adapters.ros.stamps import stamped_s
from tutorbot.errors import RobotUnreachable

TOPIC, TYPE = "/tutor/clock", "sensor_msgs/msg/TimeReference"
"""Ours alone; the type is in the package of the pictures, so a robot with a camera has it."""
N_SAMPLES, N_LOST = 8, 5
"""Round trips of one measurement, and how many may be lost before it is given up. P"""
ANSWER_S = 1.0
"""Longest wait for one to come back. P"""
EVERY_S = 60.0
"""From one measurement to the next. P"""
NEWS_S = 0.05
"""A change of the offset that an operator is told. P"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """offset_s: our clock minus the robot's. error_s: at most so wrong, half the round trip."""

    offset_s: float
    error_s: float

    def __str__(self) -> str:
        side = "behind" if self.offset_s >= 0 else "ahead"
        return f"robot clock {abs(self.offset_s):.3f} s {side}, ±{math.ceil(1000 * self.error_s)} ms"

    def better(self, newer: Offset) -> Offset:
        """Which of the two to believe: the newer one, unless it is only a vaguer word for the same."""
        vaguer = newer.error_s > self.error_s
        return self if vaguer and abs(newer.offset_s - self.offset_s) <= newer.error_s else newer


class RobotClock:
    """Measures while it is started: at once, every so often, and when asked. Use from one event loop."""

    def __init__(
        self,
        client: RosbridgeClient,
        profile: RobotProfile,
        *,
        measured: Callable[[float | None], None],
        note: Callable[[str], None],
        now_s: Callable[[], float] = time.time,
        every_s: float = EVERY_S,
        answer_s: float = ANSWER_S,
    ) -> None:
        """measured: told our clock minus the robot's, seconds; None: it cannot be known.

        note: told in words when that is known first, has changed, or cannot be known. now_s: our clock.
        """
        self._client, self._place, self._type = client, profile.place(TOPIC), profile.type(TYPE)
        self._measured, self._note, self._now_s = measured, note, now_s
        self._every_s, self._answer_s = every_s, answer_s
        self._name, self._n = secrets.token_hex(4), 0
        self._sent_s = 0.0
        self._answer: asyncio.Future[Offset | None] | None = None
        self._offset: Offset | None = None
        self._told: Offset | str | None = None
        self._soon = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; while the bridge is away nothing is measured."""
        if self._worker is not None:
            return
        with suppress(RobotUnreachable):  # told anew when it is back
            await self._client.advertise(self._place, self._type)
        with suppress(RobotUnreachable):
            await self._client.subscribe(self._place, self._type, self._heard)
        self._worker = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Measure no longer; what was measured holds."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        with suppress(RobotUnreachable):
            await self._client.unsubscribe(self._place, self._heard)

    def measure_soon(self) -> None:
        """The clock may have been set, or the robot is another one."""
        self._soon.set()

    async def _work(self) -> None:
        while True:
            self._soon.clear()
            with suppress(RobotUnreachable):  # whoever knows that it is back asks anew
                await self._measure()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._soon.wait()

    async def _measure(self) -> None:
        """One measurement: of several round trips the shortest. Raises: RobotUnreachable."""
        found: list[Offset] = []
        n_lost = 0
        while len(found) < N_SAMPLES and n_lost < N_LOST:
            try:
                sample = await self._round_trip()
            except TimeoutError:
                n_lost += 1
                continue
            if sample is None:
                self._give_up("robot clock not measured: its bridge stamps no messages")
                return
            found.append(sample)
        if found:
            self._settle(min(found, key=lambda one: one.error_s))
        else:
            self._give_up("robot clock not measured: its bridge gave nothing back")

    async def _round_trip(self) -> Offset | None:
        """Returns: None: it came back without a stamp. Raises: TimeoutError; RobotUnreachable."""
        loop = asyncio.get_running_loop()
        self._n += 1
        answer: asyncio.Future[Offset | None] = loop.create_future()
        self._answer = answer
        self._sent_s = loop.time()
        message = {"header": {"frame_id": ""}, "source": f"{self._name}-{self._n}"}
        await self._client.publish(self._place, message, within_s=self._answer_s)
        async with asyncio.timeout(self._answer_s):
            return await answer

    def _heard(self, message: Mapping[str, Any]) -> None:
        if self._answer is None or self._answer.done() or message.get("source") != f"{self._name}-{self._n}":
            return  # a late one, or another tutor's
        half_s = (asyncio.get_running_loop().time() - self._sent_s) / 2
        stamp_s = stamped_s(message)
        offset = (
            None if stamp_s is None else Offset(offset_s=self._now_s() - half_s - stamp_s, error_s=half_s)
        )
        self._answer.set_result(offset)

    def _settle(self, newer: Offset) -> None:
        self._offset = newer if self._offset is None else self._offset.better(newer)
        self._measured(self._offset.offset_s)
        told = self._told
        if not isinstance(told, Offset) or abs(told.offset_s - self._offset.offset_s) > NEWS_S:
            self._told = self._offset
            self._note(str(self._offset))

    def _give_up(self, why: str) -> None:
        self._offset = None
        self._measured(None)
        if self._told != why:
            self._told = why
            self._note(why)
