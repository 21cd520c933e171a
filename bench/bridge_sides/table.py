"""What was measured as a table in Markdown, and whether this project's claims held."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bench.bridge_sides.measures import LATE_S, SLOW_FOR_S, Found
from bench.bridge_sides.side import SIDES


def p95(values: Sequence[float]) -> float:
    """The value that 95 % do not exceed; NaN of none."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1] if values else math.nan


def median(values: Sequence[float | None]) -> float:
    """None stands for never."""
    return statistics.median(math.inf if one is None else one for one in values) if values else math.nan


def number(value: float, unit: str) -> str:
    """Two or three digits that mean something."""
    if math.isinf(value):
        return "never"
    if 0 < value < 0.005:
        return f"<0.01 {unit}".strip()
    return f"{value:.{2 if value < 1 else 1 if value < 100 else 0}f} {unit}".strip()


def ratio(both: Mapping[str, float]) -> str:
    """How many times as much roslibpy needs."""
    if not all(math.isfinite(one) and one > 0 for one in both.values()):
        return ""
    times = both["roslibpy"] / both["ours"]
    return f"{times:.{0 if times > 10 else 1}f}"


def rows(part: str, found: Mapping[str, list[Any]]) -> Iterator[tuple[str, str, str, str]]:
    """(figure, ours, roslibpy, times) for one part."""

    def row(figure: str, unit: str, one: Callable[[list[Any]], float]) -> tuple[str, str, str, str]:
        both = {name: one(turns) for name, turns in found.items()}
        ours, theirs = (number(both[name], unit) for name in SIDES)
        return f"{part}: {figure}", ours, theirs, ratio(both)

    def total(figure: str, one: Callable[[list[Any]], str]) -> tuple[str, str, str, str]:
        return f"{part}: {figure}", one(found["ours"]), one(found["roslibpy"]), ""

    def flat(turns: list[Any]) -> list[float]:
        return [value for turn in turns for value in turn]

    def of(key: str) -> Callable[[list[Any]], list[Any]]:
        return lambda turns: [turn[key] for turn in turns]

    def late(turns: list[Any]) -> str:
        oldest_s = max(of("oldest_s")(turns))
        return f"{sum(of('n_late')(turns))}" + (f", oldest {number(oldest_s, 's')}" if oldest_s else "")

    def most(values: Sequence[float | None]) -> float:
        return max(math.inf if one is None else one for one in values)

    if part.startswith(("round trip", "barge-in")):
        yield row("median", "ms", lambda turns: median(flat(turns)))
        yield row("p95", "ms", lambda turns: p95(flat(turns)))
        yield row("most", "ms", lambda turns: max(flat(turns), default=math.nan))
    elif part.startswith(("camera", "slow")):
        ages = of("ages_ms")
        yield row("median age", "ms", lambda turns: median(flat(ages(turns))))
        yield row("p95 age", "ms", lambda turns: p95(flat(ages(turns))))
        if part.startswith("slow"):
            yield row("used", "a second", lambda turns: statistics.mean(map(len, ages(turns))) / SLOW_FOR_S)
        else:
            yield total("lost", lambda turns: f"{sum(of('n_lost')(turns))} of {sum(of('n_all')(turns))}")
    elif part.startswith("frozen"):
        yield row("noticed, median", "s", lambda turns: median(of("noticed_s")(turns)))
        yield row("noticed, most", "s", lambda turns: most(of("noticed_s")(turns)))
        yield total(f"late by more than {LATE_S:g} s", late)
    else:
        yield row("connected and ready, median", "s", lambda turns: median(of("ready_s")(turns)))
        yield row("connected and ready, most", "s", lambda turns: most(of("ready_s")(turns)))
        yield row("first gesture at the robot, median", "s", lambda turns: median(of("arrived_s")(turns)))
        yield row("first gesture at the robot, most", "s", lambda turns: most(of("arrived_s")(turns)))
        yield total(f"late by more than {LATE_S:g} s", late)
        yield total("refused at once", lambda turns: str(sum(of("refused")(turns))))
        yield total("taken and never arrived", lambda turns: str(sum(of("n_lost")(turns))))
        yield total("pending call", call)


def call(turns: list[Any]) -> str:
    """How a call that was pending ended."""
    ended = [turn["call_s"] for turn in turns if turn["call"]]
    if not ended:
        return f"never, {number(max(turn['watched_s'] for turn in turns), 's')} watched"
    kinds = sorted({turn["call"] for turn in turns if turn["call"]})
    return f"{len(ended)} of {len(turns)}: {', '.join(kinds)} after at most {number(max(ended), 's')}"


def table(found: Found) -> str:
    """All rows in Markdown."""
    lines = ["| | this client | roslibpy | times |", "|---|---|---|---|"]
    for part, turns in found.items():
        lines += [f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows(part, turns)]
    return "\n".join(lines)


def claims(found: Found) -> Iterator[tuple[str, float, bool]]:
    """(what this project says of its client, what was found, whether it held)."""
    ours = {part: turns["ours"] for part, turns in found.items()}
    back_s = [
        math.inf if turn["ready_s"] is None else turn["ready_s"]
        for part, turns in ours.items()
        if part.startswith("killed")
        for turn in turns
    ]
    if back_s:
        yield "back to READY: median at most 5 s", median(back_s), median(back_s) <= 5
        yield "back to READY: at most 8 s", max(back_s), max(back_s) <= 8
        late_s = max(
            turn["oldest_s"]
            for part, turns in ours.items()
            if part.startswith(("killed", "frozen"))
            for turn in turns
        )
        yield f"nothing later than {LATE_S:g} s", late_s, late_s <= LATE_S
    if "frozen bridge" in ours:
        noticed = [turn["noticed_s"] for turn in ours["frozen bridge"]]
        worst_s = max(math.inf if one is None else one for one in noticed)
        yield "a frozen bridge is noticed within 6 s", worst_s, worst_s <= 6
        yield "a frozen bridge is noticed within 8 s", worst_s, worst_s <= 8
    if "barge-in" in ours:
        worst_ms = max(max(turn) for turn in ours["barge-in"])
        yield "barge-in within 300 ms", worst_ms, worst_ms <= 300
    if "slow consumer" in ours:
        age_ms = p95([age for turn in ours["slow consumer"] for age in turn["ages_ms"]])
        yield "camera age with a consumer of 100 ms: p95 at most 200 ms", age_ms, age_ms <= 200
