"""Means, differences and effect sizes with intervals; each says why where it cannot be computed.

Sources: Hedges (1981) for g and its exact correction; Cumming & Finch (2001) for intervals from the
non-central t distribution; Algina & Keselman (2003) for d_av; Welch (1947) for the difference between groups.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special, stats

LEVEL = 0.95
"""Of every interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """Of n people. low, high: 95 % interval by Student's t; None for fewer than two."""

    n: int
    mean: float | None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    median: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An effect size with its 95 % interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One group or condition against another.

    design: between (Welch's t; g) or within (paired t; d_z and d_av). difference: of the first from the
    second, with its 95 % interval. n_reference: None within. why: why there is no test; None where there is.
    """

    design: str
    n: int
    n_reference: int | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    t: float | None = None
    df: float | None = None
    p: float | None = None
    g: Interval | None = None
    d_z: Interval | None = None
    d_av: Interval | None = None
    why: str | None = None


def known(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Numbers alone, NaN left out."""
    found = np.asarray(values, dtype=float)
    return np.asarray(found[np.isfinite(found)])


def mean_of(values: Sequence[float] | np.ndarray) -> Mean:
    """Over people: a value each."""
    found = known(values)
    n = len(found)
    if n == 0:
        return Mean(n=0, mean=None)
    mean, median = float(found.mean()), float(np.median(found))
    if n == 1:
        return Mean(n=1, mean=mean, median=median)
    sd = float(found.std(ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / math.sqrt(n)
    return Mean(n=n, mean=mean, sd=sd, low=mean - half, high=mean + half, median=median)


def correction(df: float) -> float:
    """Hedges's exact J, which takes the bias out of a standardised difference."""
    return float(math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2))


def noncentral_limits(t: float, df: float) -> tuple[float | None, float | None]:
    """The non-centralities for which ``t`` is the 97.5th and the 2.5th percentile. None: not found."""

    def limit(share: float) -> float | None:
        def off(ncp: float) -> float:
            return float(stats.nct.cdf(t, df, ncp)) - share

        low, high = t - 5.0, t + 5.0
        for _ in range(12):
            if off(low) > 0 > off(high):
                return float(optimize.brentq(off, low, high, xtol=1e-9))
            low, high = low - 5.0 - abs(t) / 2, high + 5.0 + abs(t) / 2
        return None

    return limit((1 + LEVEL) / 2), limit((1 - LEVEL) / 2)


def hedges_g(one: np.ndarray, other: np.ndarray) -> Interval | None:
    """Difference of two groups in pooled standard deviations, bias taken out. None where nobody differs."""
    n1, n2 = len(one), len(other)
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * one.var(ddof=1) + (n2 - 1) * other.var(ddof=1)) / df)
    if pooled == 0:
        return None
    scale = math.sqrt(n1 * n2 / (n1 + n2))
    d = float(one.mean() - other.mean()) / pooled
    return _scaled(d, d * scale, df, correction(df) / scale, correction(df))


def _scaled(d: float, t: float, df: float, of_limit: float, of_value: float) -> Interval:
    low, high = noncentral_limits(t, df)
    return Interval(
        value=d * of_value,
        low=None if low is None else low * of_limit,
        high=None if high is None else high * of_limit,
    )


def between(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> Difference:
    """Two groups of different people: Welch's t and Hedges's g."""
    a, b = known(one), known(other)
    n1, n2 = len(a), len(b)
    if n1 == 0 or n2 == 0:
        return Difference(design="between", n=n1, n_reference=n2, why="a group has nobody with a value")
    difference = float(a.mean() - b.mean())
    if n1 < 2 or n2 < 2:
        why = "a group has fewer than two people with a value"
        return Difference(design="between", n=n1, n_reference=n2, difference=difference, why=why)
    v1, v2 = a.var(ddof=1) / n1, b.var(ddof=1) / n2
    if v1 + v2 == 0:
        why = "nobody differs within the groups"
        return Difference(design="between", n=n1, n_reference=n2, difference=difference, why=why)
    df = float((v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1)))
    error = math.sqrt(v1 + v2)
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * error
    t = difference / error
    return Difference(
        design="between",
        n=n1,
        n_reference=n2,
        difference=difference,
        low=difference - half,
        high=difference + half,
        t=t,
        df=df,
        p=float(2 * stats.t.sf(abs(t), df)),
        g=hedges_g(a, b),
    )


def within(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> Difference:
    """The same people twice, in the same order; pairs with a value missing are left out. Paired t."""
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    whole = np.isfinite(a) & np.isfinite(b)
    a, b = a[whole], b[whole]
    n, change = len(a), a - b
    if n == 0:
        return Difference(design="within", n=0, n_reference=None, why="nobody has both values")
    difference = float(change.mean())
    if n < 2:
        why = "fewer than two people have both values"
        return Difference(design="within", n=n, n_reference=None, difference=difference, why=why)
    sd = float(change.std(ddof=1))
    if sd == 0:
        why = "everybody's difference is the same"
        return Difference(design="within", n=n, n_reference=None, difference=difference, why=why)
    error, df = sd / math.sqrt(n), n - 1
    t = difference / error
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * error
    average = math.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 2)
    return Difference(
        design="within",
        n=n,
        n_reference=None,
        difference=difference,
        low=difference - half,
        high=difference + half,
        t=t,
        df=float(df),
        p=float(2 * stats.t.sf(abs(t), df)),
        d_z=_scaled(difference / sd, t, df, 1 / math.sqrt(n), 1.0),
        d_av=None if average == 0 else _scaled(difference / average, t, df, sd / average / math.sqrt(n), 1.0),
    )
