"""Agreement beyond chance: Cohen's kappa with its interval, plain or weighted by the distance of levels.

Source: Cohen (1960, 1968); standard error by Fleiss, Cohen & Everitt (1969), as in statsmodels.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """n: pairs of judgements. agreement: share that is the same. why: why there is no kappa, or None."""

    n: int
    agreement: float | None = None
    kappa: float | None = None
    low: float | None = None
    high: float | None = None
    why: str | None = None


def kappa_of(
    one: Sequence[Hashable], other: Sequence[Hashable], *, order: Sequence[Hashable] = (), weights: str = ""
) -> Kappa:
    """Two judges of the same things. order: all categories, where their distance matters.

    weights: ``linear`` counts a distance of two levels twice as bad as one; empty: any difference alike.
    """
    n = len(one)
    if n == 0:
        return Kappa(n=0, why="no pairs")
    same = sum(a == b for a, b in zip(one, other, strict=True)) / n
    names = list(order) or sorted({*one, *other}, key=str)
    if len({*one, *other}) < 2:
        return Kappa(n=n, agreement=same, why="both said one and the same throughout: kappa has no meaning")
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names)))
    for a, b in zip(one, other, strict=True):
        counts[place[a], place[b]] += 1
    with np.errstate(divide="ignore", invalid="ignore"):
        found = cohens_kappa(counts, wt=weights or None)
    if not np.isfinite(found.kappa):
        return Kappa(n=n, agreement=same, why="chance agreement is 1: kappa has no meaning")
    ok = np.isfinite(found.kappa_low) and np.isfinite(found.kappa_upp)
    return Kappa(
        n=n,
        agreement=same,
        kappa=float(found.kappa),
        low=float(found.kappa_low) if ok else None,
        high=min(1.0, float(found.kappa_upp)) if ok else None,
    )
