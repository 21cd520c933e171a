"""Power over numbers of people: many simulated studies for each, in several processes, the same by seed."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

import numpy as np

from studies.power.analysis import by_means, by_mixed_model, holm
from studies.power.answers import AnswerModel
from studies.power.design import Design
from studies.power.study import shifts, simulate

Analysis = Literal["means", "mixed"]
ALL = "(all)"
"""Stands for every planned contrast together; no hypothesis can have this id."""
CHUNK = 100
"""Studies in one piece of work: fixed, so that the numbers do not hang on the number of processes."""
LEVEL = 0.05
Z = 1.959963984540054
"""Of a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is simulated. effects: d or d_z, see ``answers``. runs: studies for each n and effect."""

    design: Design
    model: AnswerModel
    ns: tuple[int, ...]
    effects: tuple[float, ...]
    runs: int
    dropout: float
    analysis: Analysis
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Power of one contrast at one n and effect. contrast: its name, or ``ALL``: every one is found.

    power: share of studies with an adjusted p below .05; low, high: its 95 % interval (Wilson).
    failed: studies whose model could not be fitted; they count as not found.
    """

    n: int
    effect: float
    contrast: str
    n_found: int
    runs: int
    failed: int

    @property
    def power(self) -> float:
        return self.n_found / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.n_found, self.runs)


def wilson(found: int, runs: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson (1927), JASA 22, 209-212."""
    share, z2 = found / runs, Z**2
    middle = (share + z2 / (2 * runs)) / (1 + z2 / runs)
    half = Z / (1 + z2 / runs) * math.sqrt(share * (1 - share) / runs + z2 / (4 * runs**2))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Some studies of one n and effect; the seed names the piece, not the process."""

    plan: Plan
    n: int
    effect: float
    number: int
    runs: int


def pieces(plan: Plan) -> list[_Piece]:
    """All of the work."""
    return [
        _Piece(plan=plan, n=n, effect=effect, number=number, runs=min(CHUNK, plan.runs - number * CHUNK))
        for n in plan.ns
        for effect in plan.effects
        for number in range(math.ceil(plan.runs / CHUNK))
    ]


def run(
    plan: Plan, *, workers: int, on_done: Callable[[int], None] = lambda studies: None
) -> tuple[Point, ...]:
    """Simulate it all. on_done: told the number of studies done, again and again.

    Returns: points by n, effect and contrast, with ``ALL`` last where there is more than one.
    """
    work = pieces(plan)
    names = [one.name for one in plan.design.contrasts]
    columns = [*names, ALL] if len(names) > 1 else names
    found = {(one.n, one.effect): np.zeros(len(columns) + 1, dtype=np.int64) for one in work}
    for piece, counts in _done(work, workers):
        found[piece.n, piece.effect] += counts
        on_done(piece.runs)
    return tuple(
        Point(
            n=n,
            effect=effect,
            contrast=name,
            n_found=int(counts[place]),
            runs=plan.runs,
            failed=int(counts[-1]),
        )
        for (n, effect), counts in found.items()
        for place, name in enumerate(columns)
    )


def _done(work: Sequence[_Piece], workers: int) -> Iterator[tuple[_Piece, np.ndarray]]:
    if workers <= 1 or len(work) <= 1:
        for piece in work:
            yield piece, count(piece)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(work)), mp_context=context) as pool:
        waiting = {pool.submit(count, piece): piece for piece in work}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def count(piece: _Piece) -> np.ndarray:
    """How many of the studies found each contrast, all of them (where there are several), and failed."""
    plan = piece.plan
    place = plan.effects.index(piece.effect)
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, piece.n, place, piece.number]))
    shift = shifts(plan.design, plan.model, piece.effect)
    studies = simulate(
        plan.design, plan.model, shift, n=piece.n, runs=piece.runs, dropout=plan.dropout, rng=rng
    )
    analyse = by_means if plan.analysis == "means" else by_mixed_model
    p = analyse(plan.design, studies)
    seen = holm(p) < LEVEL
    counts = [*seen.sum(axis=0)]
    if seen.shape[1] > 1:
        counts.append(seen.all(axis=1).sum())
    return np.array([*counts, np.isnan(p).any(axis=1).sum()], dtype=np.int64)
