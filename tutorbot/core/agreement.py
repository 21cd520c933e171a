"""How far two codings of the same things agree beyond chance: wizard and table, observer and observer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Of ``n`` things coded twice.

    share: 0..1 coded alike; None without any. kappa: -1..1, 0 at chance (Cohen 1960, unweighted); None
    without any, and where chance alone agrees always, as when both used one and the same code throughout.
    """

    n: int
    share: float | None
    kappa: float | None


def agreement(pairs: Iterable[tuple[object, object]]) -> Agreement:
    """Cohen's kappa of pairs of codes, the same coder first in each.

    Source: Cohen (1960), Educational and Psychological Measurement 20, 37-46.
    """
    both = tuple(pairs)
    n = len(both)
    if n == 0:
        return Agreement(n=0, share=None, kappa=None)
    alike = sum(first == second for first, second in both)
    firsts, seconds = Counter(first for first, _ in both), Counter(second for _, second in both)
    by_chance = sum(count * seconds[code] for code, count in firsts.items())  # of n * n
    left = n * n - by_chance
    kappa = None if left == 0 else (n * alike - by_chance) / left
    return Agreement(n=n, share=alike / n, kappa=kappa)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One observation of one learner by one observer. from_s, to_s: session seconds. code: what was coded."""

    from_s: float
    to_s: float
    code: str


def matched(first: Sequence[Look], second: Sequence[Look]) -> tuple[tuple[Look, Look], ...]:
    """Observations of the same learner by two observers that overlap in time, each used at most once.

    An observation goes with the one it shares most seconds with; the longest overlaps are matched first, at
    a tie the earlier ones. Windows that only touch do not overlap.
    """
    candidates = sorted(
        (
            (-overlap, a.from_s, b.from_s, i, j)
            for i, a in enumerate(first)
            for j, b in enumerate(second)
            if (overlap := min(a.to_s, b.to_s) - max(a.from_s, b.from_s)) > 0.0
        ),
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    found = []
    for *_, i, j in candidates:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            found.append((first[i], second[j]))
    return tuple(sorted(found, key=lambda pair: pair[0].from_s))
