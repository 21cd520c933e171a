"""The robot's clock beside ours: measured through the bridge, anew when it jumps, told where it cannot be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.bridge import FakeBridge
from tutorbot.adapters.ros import BridgeSettings, RosbridgeClient, load_profile
from tutorbot.adapters.ros.clock import EVERY_S, N_SAMPLES, TOPIC, Offset, RobotClock

QUICK_S = 0.02


async def until(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not wanted():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@dataclass
class Measuring:
    """A clock behind a fake bridge, and what it told. offsets_s: each measurement's, None: it failed."""

    bridge: FakeBridge
    client: RosbridgeClient
    clock: RobotClock
    offsets_s: list[float | None] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    async def again(self) -> float | None:
        """One more measurement."""
        before = len(self.offsets_s)
        self.clock.measure_soon()
        await until(lambda: len(self.offsets_s) > before)
        return self.offsets_s[-1]


@asynccontextmanager
async def measuring(bridge: FakeBridge, **given: Any) -> AsyncIterator[Measuring]:
    offsets_s: list[float | None] = []
    notes: list[str] = []
    await bridge.start()
    client = RosbridgeClient(BridgeSettings(url=bridge.url, retry_min_s=0.02, retry_max_s=0.1))
    await client.start()
    await client.ready(within_s=5)
    clock = RobotClock(client, load_profile("generic"), measured=offsets_s.append, note=notes.append, **given)
    await clock.start()
    try:
        yield Measuring(bridge, client, clock, offsets_s, notes)
    finally:
        await clock.close()
        await client.close()
        await bridge.stop()


@pytest.mark.parametrize(("ahead_s", "side"), [(-0.41, "0.41 s behind"), (7.5, "7.50 s ahead")])
async def test_a_clock_that_is_off_is_measured_and_told_once(ahead_s: float, side: str):
    async with measuring(FakeBridge(clock_ahead_s=ahead_s)) as here:
        await until(lambda: bool(here.offsets_s))
        assert here.offsets_s[0] == pytest.approx(-ahead_s, abs=0.05)
        await here.again()
        await here.again()
        number, rest = side.split(" s ")
        assert len(here.notes) == 1
        assert here.notes[0].startswith("robot clock ")
        assert float(here.notes[0].split()[2]) == pytest.approx(float(number), abs=0.05)
        assert f" s {rest}, ±" in here.notes[0]


async def test_of_several_round_trips_the_shortest_counts():
    bridge = FakeBridge(clock_ahead_s=2.0, delays_s=[0.15] * (N_SAMPLES - 1))
    async with measuring(bridge) as here:
        await until(lambda: bool(here.offsets_s))
        # A late answer alone would be off by half its delay.
        assert here.offsets_s[0] == pytest.approx(-2.0, abs=0.05)
        assert len([one for one in bridge.sent("publish") if one["topic"] == TOPIC]) == N_SAMPLES


async def test_a_clock_that_jumps_is_measured_anew_and_told():
    async with measuring(FakeBridge()) as here:
        await until(lambda: bool(here.offsets_s))
        here.bridge.clock_ahead_s = -30.0
        assert await here.again() == pytest.approx(30.0, abs=0.05)
        assert len(here.notes) == 2
        assert "behind" in here.notes[1]


async def test_it_is_measured_now_and_then():
    async with measuring(FakeBridge(), every_s=QUICK_S) as here:
        await until(lambda: len(here.offsets_s) >= 3)
        assert len(here.notes) == 1
    assert EVERY_S == 60.0


async def test_a_bridge_that_stamps_nothing_is_told_once_and_no_offset_is_made_up():
    async with measuring(FakeBridge(stamps=False)) as here:
        await until(lambda: bool(here.offsets_s))
        assert await here.again() is None
        assert here.offsets_s == [None, None]
        assert here.notes == ["robot clock not measured: its bridge stamps no messages"]


async def test_a_bridge_that_gives_nothing_back_is_told_and_measured_once_it_does():
    bridge = FakeBridge()
    async with measuring(bridge, answer_s=QUICK_S) as here:
        await until(lambda: bool(here.offsets_s))
        bridge.swallowed.add("publish")
        assert await here.again() is None
        assert here.notes[-1] == "robot clock not measured: its bridge gave nothing back"
        bridge.swallowed.clear()
        assert await here.again() == pytest.approx(0.0, abs=0.05)
        assert len(here.notes) == 3


async def test_after_a_reconnect_it_is_measured_anew():
    async with measuring(FakeBridge()) as here:
        await until(lambda: bool(here.offsets_s))
        await here.bridge.stop()
        await until(lambda: here.client.state.value == "down")
        here.clock.measure_soon()  # nobody is there: nothing comes of it
        here.bridge.clock_ahead_s = 5.0
        await here.bridge.start()
        await here.client.ready(within_s=5)
        assert await here.again() == pytest.approx(-5.0, abs=0.05)


async def test_once_closed_nothing_is_sent_any_more():
    async with measuring(FakeBridge(), every_s=QUICK_S) as here:
        await until(lambda: len(here.offsets_s) >= 2)
        await here.clock.close()
        await until(lambda: not here.bridge.listened_to(TOPIC))
        sent = len(here.bridge.sent("publish"))
        await here.client.advertise("/tutor/after", "std_msgs/msg/String")
        await here.client.publish("/tutor/after", {"data": "the bridge still takes messages"})
        await until(lambda: len(here.bridge.sent("publish")) > sent)
        assert len(here.bridge.sent("publish")) == sent + 1


@pytest.mark.parametrize(
    ("newer", "kept"),
    [
        (Offset(offset_s=1.001, error_s=0.005), False),
        (Offset(offset_s=1.015, error_s=0.020), True),
        (Offset(offset_s=1.050, error_s=0.020), False),
    ],
)
def test_a_vaguer_word_for_the_same_offset_replaces_nothing(newer: Offset, kept: bool):
    older = Offset(offset_s=1.0, error_s=0.010)
    assert older.better(newer) is (older if kept else newer)


def test_an_offset_says_on_which_side_the_robot_is():
    assert str(Offset(offset_s=0.4104, error_s=0.0012)) == "robot clock 0.410 s behind, ±2 ms"
    assert str(Offset(offset_s=-2.0, error_s=0.0002)) == "robot clock 2.000 s ahead, ±1 ms"
