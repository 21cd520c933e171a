# ruff: noqa: T201
"""What is measured of each client: lost and frozen bridges, round trips, barge-in, pictures."""

from __future__ import annotations

import asyncio
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.bridge_sides.side import SIDES, Figures, Side, Witness, side, until
from tests.ros.plain_wire import talking_to
from tests.ros.ros_bench import RosBench

PARTS = ("reconnect", "frozen", "round_trip", "barge_in", "camera", "slow")
OUTAGES_S = (2.0, 12.0)
SAY_EVERY_S = 0.2
LATE_S = 1.0
"""A gesture that is older than this when the robot gets it is late."""
BACK_WITHIN_S, FROZEN_FOR_S = 60.0, 30.0
CAMERAS = ((15, 40_000), (30, 40_000), (15, 150_000), (30, 150_000))
SLOW_CAMERA = (30, 60_000)
WORK_S, SLOW_FOR_S = 0.1, 10.0

Found = dict[str, dict[str, list[Any]]]
"""Part -> client -> what each turn found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How much is measured. n_reconnects: for each outage and client. watch_s: of each camera."""

    n_reconnects: int = 10
    n_frozen: int = 3
    n_rounds: int = 3
    n_trips: int = 100
    n_barge_ins: int = 10
    n_cameras: int = 2
    watch_s: float = 6.0


QUICK = Amount(n_reconnects=2, n_frozen=1, n_rounds=1, n_trips=50, n_barge_ins=5, n_cameras=1, watch_s=3.0)


def tell(what: str) -> None:
    """Say what runs just now; on a terminal in one line that the next one overwrites."""
    print(f"{what:78s}", end="\r" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def round_trips(bench: RosBench, name: str, amount: Amount, gap_s: float) -> list[float]:
    """Milliseconds of each round trip that came back."""
    with side(name, bench) as one:
        n = amount.n_trips if gap_s == 0 else amount.n_trips // 2
        return [it for it in one.ask("round_trips", n=n, gap_s=gap_s)["trips_ms"] if it is not None]


def fresh(witness: Witness, since_s: float) -> float | None:
    """Seconds from this moment to the first gesture that came in time."""
    came = (
        at_s - since_s for sent_s, at_s in witness.gestures() if sent_s > at_s - LATE_S and at_s > since_s
    )
    return min(came, default=None)


def told(one: Side, witness: Witness, n_taken: int) -> Figures:
    """What became of all that was published."""
    late = [at_s - sent_s for sent_s, at_s in witness.gestures() if at_s - sent_s > LATE_S]
    n_arrived = len({sent_s for sent_s, _ in witness.gestures()})
    return {"n_late": len(late), "oldest_s": max(late, default=0.0), "n_lost": max(0, n_taken - n_arrived)}


def reconnect(bench: RosBench, name: str, outage_s: float) -> Figures:
    """The bridge is killed in the middle of things and comes back."""
    with side(name, bench) as one:
        witness = Witness(bench)
        one.ask("speak", every_s=SAY_EVERY_S)
        one.ask("ask_deaf")
        time.sleep(1.0)
        killed_s = time.time()
        bench.kill()
        time.sleep(outage_s)
        bench.bridge.start()
        back_s = time.time()
        until(lambda: fresh(witness, back_s) is not None, BACK_WITHIN_S)
        time.sleep(3.0)  # for what may come behind it
        counts = one.ask("quiet")
        time.sleep(0.2)
        call = [it["how"] for it in one.events if it["event"] == "call"]
        return {
            "ready_s": one.first(back_s, event="state", ready=True),
            "arrived_s": fresh(witness, back_s),
            "refused": counts["n_refused"],
            "call": call[0] if call else None,
            "call_s": one.first(killed_s, event="call"),
            "watched_s": time.time() - killed_s,
            **told(one, witness, counts["n_sent"]),
        }


def frozen(bench: RosBench, name: str) -> Figures:
    """The bridge hangs while things are said, and goes on once that was noticed or half a minute is over."""
    with side(name, bench) as one:
        witness = Witness(bench)
        one.ask("speak", every_s=SAY_EVERY_S)
        time.sleep(1.0)
        frozen_s = time.time()
        bench.freeze()
        until(lambda: one.first(frozen_s, event="state", up=False) is not None, FROZEN_FOR_S)
        noticed_s = one.first(frozen_s, event="state", up=False)
        bench.thaw()
        time.sleep(5.0)
        counts = one.ask("quiet")
        time.sleep(0.2)
        return {"noticed_s": noticed_s, **told(one, witness, counts["n_sent"])}


def barge_in(bench: RosBench, name: str, amount: Amount) -> list[float]:
    """Milliseconds from each cancel to its confirmation; infinite without one."""
    with side(name, bench) as one:
        found = one.ask("barge_in", n=amount.n_barge_ins)["confirmed_ms"]
        return [math.inf if it is None else it for it in found]


async def film(bench: RosBench, fps: int, n_bytes: int, on: bool) -> None:
    """Switch the robot's camera, over a connection of its own."""
    parameters = [
        {"name": "camera_fps", "value": {"type": 3, "double_value": float(fps)}},
        {"name": "camera_bytes", "value": {"type": 2, "integer_value": n_bytes}},
    ]
    async with talking_to(bench) as wire:
        await wire.ready()
        kind = "rcl_interfaces/srv/SetParameters"
        answer = await wire.call("/robot/set_parameters", kind, parameters=parameters)
        assert all(one["successful"] for one in answer["values"]["results"]), answer
        await wire.call("/robot/camera/on", "std_srvs/srv/SetBool", data=on)


def camera(
    bench: RosBench,
    name: str,
    what: tuple[int, int],
    *,
    watch_s: float,
    work_s: float = 0.0,
    throttle_ms: int = 0,
) -> Figures:
    """Ages of pictures as they came to be used, milliseconds, and the share that never did."""
    with side(name, bench) as one:
        one.ask("watch", work_s=work_s, throttle_ms=throttle_ms)
        time.sleep(1.0)  # for the bridge to subscribe
        asyncio.run(film(bench, *what, True))
        time.sleep(watch_s)
        pictures = one.ask("unwatch")["pictures"]
        asyncio.run(film(bench, *what, False))
    numbers = [number for number, _ in pictures]
    ages_ms = [1000 * age_s for _, age_s in pictures]
    n_all = max(numbers) - min(numbers) + 1 if numbers else 0
    return {"ages_ms": ages_ms, "n_all": n_all, "n_lost": n_all - len(set(numbers))}


def turn_about(n: int, what: str, one: Callable[[str], Any]) -> dict[str, list[Any]]:
    """Both clients n times; who begins changes."""
    found: dict[str, list[Any]] = {name: [] for name in SIDES}
    for k in range(n):
        for name in list(SIDES)[:: 1 if k % 2 == 0 else -1]:
            tell(f"{what}, {k + 1} of {n}: {name}")
            found[name].append(one(name))
    return found


def measure(bench: RosBench, amount: Amount, only: Sequence[str]) -> Found:
    """All the parts that are wanted."""
    found: Found = {}
    if "reconnect" in only:
        for outage_s in OUTAGES_S:
            what = f"killed bridge, back after {outage_s:g} s"
            lost = partial(reconnect, bench, outage_s=outage_s)
            found[what] = turn_about(amount.n_reconnects, what, lost)
    if "frozen" in only:
        found["frozen bridge"] = turn_about(amount.n_frozen, "frozen bridge", partial(frozen, bench))
    if "round_trip" in only:
        for gap_s in (0.0, 0.1):
            what = f"round trip, {gap_s:g} s between"
            trips = partial(round_trips, bench, amount=amount, gap_s=gap_s)
            found[what] = turn_about(amount.n_rounds, what, trips)
    if "barge_in" in only:
        goals = partial(barge_in, bench, amount=amount)
        found["barge-in"] = turn_about(amount.n_rounds, "barge-in", goals)
    if "camera" in only:
        for fps, n_bytes in CAMERAS:
            what = f"camera, {fps} a second of {n_bytes // 1000} kB"
            watched = partial(camera, bench, what=(fps, n_bytes), watch_s=amount.watch_s)
            found[what] = turn_about(amount.n_cameras, what, watched)
    if "slow" in only:
        for throttle_ms in (0, 100):
            what = "slow consumer" + (f", throttled to {throttle_ms} ms" if throttle_ms else "")
            watched = partial(
                camera, bench, what=SLOW_CAMERA, watch_s=SLOW_FOR_S, work_s=WORK_S, throttle_ms=throttle_ms
            )
            found[what] = turn_about(1, what, watched)
    return found
