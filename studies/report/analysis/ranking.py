"""How well a score tells two classes apart, over all people and by person, with intervals over people.

AUC: the share of pairs (one of each class) that the score puts in order, ties counting half (Hanley & McNeil
1982). PR-AUC: average precision. Intervals: 1000 resamples of whole people, percentiles (Field & Welsh 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

N_RESAMPLES = 1000
LEAST_OF_A_CLASS = 5
"""Pilot value: with fewer moments of a class nothing is computed."""
LEAST_PEOPLE = 5
"""Pilot value: with fewer people there is no interval over people."""

Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval over people; why: what is missing, None where nothing is."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str | None = None


def auc(truth: Array, score: Array) -> float | None:
    """None where a class is missing."""
    positive = int(truth.sum())
    negative = len(truth) - positive
    if positive == 0 or negative == 0:
        return None
    ranks = stats.rankdata(score)
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(truth: Array, score: Array) -> float | None:
    """Mean precision over the steps in which recall rises; ties are one step. None: a class is missing."""
    positive = int(truth.sum())
    if positive in (0, len(truth)):
        return None
    order = np.argsort(-score, kind="stable")
    hits, last = np.cumsum(truth[order]), np.append(np.diff(score[order]) != 0, True)
    places = np.flatnonzero(last)
    recall, precision = hits[places] / positive, hits[places] / (places + 1)
    return float(np.sum(np.diff(np.insert(recall, 0, 0.0)) * precision))


def f1(truth: Array, said: Array) -> float:
    """0 where nothing was found and nothing there."""
    both = int((truth & said).sum())
    total = int(truth.sum()) + int(said.sum())
    return 2 * both / total if total else 0.0


def macro_f1(truth: Array, said: Array) -> float | None:
    """Mean of F1 of the class and of F1 of its absence. None of nothing."""
    return (f1(truth, said) + f1(~truth, ~said)) / 2 if len(truth) else None


def share(part: Array, of: Array) -> float | None:
    """Share of ``of`` that is in ``part`` too; None where ``of`` is empty."""
    n = int(of.sum())
    return int((part & of).sum()) / n if n else None


def over_people(
    measure: Callable[..., float | None], people: Sequence[str], *columns: Array, seed: int = 1
) -> Estimate:
    """A measure of all moments, with an interval by resampling whole people."""
    value = measure(*columns)
    names = np.asarray(people)
    distinct = np.unique(names)
    if value is None:
        return Estimate(value=None, why="a class is missing")
    if len(distinct) < LEAST_PEOPLE:
        return Estimate(value=value, why=f"only {len(distinct)} people: no interval")
    rows = [np.flatnonzero(names == one) for one in distinct]
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(N_RESAMPLES):
        drawn = np.concatenate([rows[i] for i in dice.integers(0, len(rows), len(rows))])
        again = measure(*(column[drawn] for column in columns))
        if again is not None:
            found.append(again)
    if len(found) < N_RESAMPLES / 2:
        return Estimate(value=value, why="most resamples lack a class: no interval")
    low, high = np.percentile(found, [2.5, 97.5])
    return Estimate(value=value, low=float(low), high=float(high))


def too_few(truth: Array) -> str | None:
    """Why nothing is computed of so few moments; None when there are enough."""
    positive = int(truth.sum())
    negative = len(truth) - positive
    if min(positive, negative) >= LEAST_OF_A_CLASS:
        return None
    least = LEAST_OF_A_CLASS
    return f"the state was there {positive} times and not {negative}: at least {least} each are needed"
