"""The linear mixed model with a random intercept for each person, fitted by REML in a few milliseconds.

With one random intercept the likelihood has a single parameter left, the ratio of the two variances; a search
along it is fast and cannot end beside the likelihood, as a general optimiser may. The numbers are those of
statsmodels' ``MixedLM`` (the test holds them against it).
Source: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.power.answers import Floats, module

LEAST, MOST = -12.0, 8.0
"""Logarithm of the ratio of variances, between which it is looked for; at the lower end it is 0."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """estimates: of the columns. covariance: of the estimates. ratio: variance between people to the rest."""

    estimates: Floats
    covariance: Floats
    ratio: float


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """All that the likelihood needs of the data: products, and sums by person."""

    x: Floats
    y: Floats
    xx: Floats
    xy: Floats
    x_of: Floats
    y_of: Floats
    m: Floats

    def at(self, ratio: float) -> tuple[Floats, Floats, float, Floats]:
        """X'V^-1X, estimates, rest variance, and m * ratio, for a ratio of variances."""
        shrink = ratio / (1 + self.m * ratio)
        information = self.xx - (self.x_of * shrink[:, None]).T @ self.x_of
        estimates = np.linalg.solve(information, self.xy - (self.x_of * shrink[:, None]).T @ self.y_of)
        rest = self.y - self.x @ estimates
        of_people = self.y_of - self.x_of @ estimates
        squares = float(rest @ rest) - float(shrink @ of_people**2)
        variance = squares / (len(self.y) - self.x.shape[1])
        return information, np.asarray(estimates, np.float64), variance, self.m * ratio

    def deviance(self, log_ratio: float) -> float:
        """-2 log restricted likelihood, up to a constant."""
        information, _, variance, spread = self.at(float(np.exp(log_ratio)))
        n = len(self.y) - self.x.shape[1]
        return float(n * np.log(variance) + np.log1p(spread).sum() + np.linalg.slogdet(information)[1])


def fit(y: Floats, x: Floats, person: NDArray[np.intp]) -> Fitted | None:
    """Fit it; person: a number for each row. None: a column follows from others, or nothing is left over."""
    if len(y) <= x.shape[1] + 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    sums = _sums(y, x, person)
    if sums.at(0.0)[2] < 1e-12:
        return None
    found = module("scipy.optimize").minimize_scalar(sums.deviance, bounds=(LEAST, MOST), method="bounded")
    ratio = float(np.exp(found.x)) if sums.deviance(found.x) < sums.deviance(LEAST) else 0.0
    information, estimates, variance, _ = sums.at(ratio)
    covariance = np.asarray(variance * np.linalg.inv(information), np.float64)
    return Fitted(estimates=estimates, covariance=covariance, ratio=ratio)


def _sums(y: Floats, x: Floats, person: NDArray[np.intp]) -> _Sums:
    _, code = np.unique(person, return_inverse=True)
    n = int(code.max()) + 1

    def by_person(values: Floats) -> Floats:
        return np.asarray(np.bincount(code, weights=values, minlength=n), np.float64)

    return _Sums(
        x=x,
        y=y,
        xx=x.T @ x,
        xy=x.T @ y,
        x_of=np.stack([by_person(column) for column in x.T], axis=1),
        y_of=by_person(y),
        m=by_person(np.ones(len(y))),
    )
