"""Where simulated answers come from: a latent normal, cut into the points of a scale (cumulative probit).

Behind the j-th answer of person i lies ``shift + u_i + e_ij``: u is the person's own level (variance
``icc``), e the rest (``1 - icc``). Thresholds cut it into ``points`` answers. The standardised effect is that
of the means of people's answers, which is what others report: d between people, d_z within them.
``shift_for`` finds the latent shift that gives it.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutorbot.errors import BadInput, MissingPart

Floats = NDArray[np.float64]
Ints = NDArray[np.int8]

SPREAD = 1.5
"""Outermost thresholds, standard deviations: 5 points are then chosen .07 .24 .38 .24 .07. P"""
NODES = 41
"""Of the quadrature over people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerModel:
    """points: of the scale, from 1. icc: share of an answer's latent variance that is the person's own."""

    points: int
    icc: float

    @property
    def cuts(self) -> Floats:
        """(points - 1,) thresholds, evenly spaced."""
        if self.points == 2:
            return np.zeros(1)
        return np.linspace(-SPREAD, SPREAD, self.points - 1)

    def answers(self, latent: Floats) -> Ints:
        """Latent values as answers 1..points."""
        return (np.searchsorted(self.cuts, latent) + 1).astype(np.int8)

    def expected(self, shift: float) -> tuple[Floats, Floats]:
        """(NODES,) mean and variance of one answer for people on the nodes of the quadrature."""
        nodes, _ = _nodes()
        level = shift + np.sqrt(self.icc) * nodes
        below = _normal().cdf((self.cuts[None, :] - level[:, None]) / np.sqrt(1 - self.icc))
        edges = np.hstack([np.zeros((NODES, 1)), below, np.ones((NODES, 1))])
        chances = np.diff(edges, axis=1)
        points = np.arange(1.0, self.points + 1)
        mean = chances @ points
        return mean, chances @ points**2 - mean**2

    def d_between(self, shift: float, n_answers: int) -> float:
        """Cohen's d of people's means: shifted people against others."""
        means, variances = zip(*(self._of_people(one, n_answers) for one in (shift, 0.0)), strict=True)
        return float((means[0] - means[1]) / np.sqrt(np.mean(variances)))

    def d_within(self, shift: float, n_answers: int) -> float:
        """Cohen's d_z of people's differences between a shifted and an unshifted part."""
        _, weights = _nodes()
        (high, rest_high), (low, rest_low) = self.expected(shift), self.expected(0.0)
        difference = high - low
        mean = float(weights @ difference)
        variance = float(weights @ (difference - mean) ** 2)
        variance += float(weights @ (rest_high + rest_low)) / n_answers
        return mean / float(np.sqrt(variance))

    def shift_for(self, effect: float, *, vary: str, n_answers: int) -> float:
        """The latent shift of a standardised effect, d (between) or d_z (within).

        Raises: BadInput: the scale has no room for it.
        """
        if effect == 0:
            return 0.0
        size = self.d_between if vary == "between" else self.d_within
        far, wanted = 4.0, abs(effect)
        if size(far, n_answers) < wanted:
            raise BadInput(
                f"An effect of {effect:g} does not fit on a scale of {self.points} points.",
                remedy="Give a smaller --effect.",
            )
        found = module("scipy.optimize").brentq(lambda shift: size(shift, n_answers) - wanted, 0.0, far)
        return float(np.sign(effect) * found)

    def _of_people(self, shift: float, n_answers: int) -> tuple[float, float]:
        """Mean and variance, over people, of the mean of n answers."""
        _, weights = _nodes()
        mean, rest = self.expected(shift)
        middle = float(weights @ mean)
        return middle, float(weights @ (mean - middle) ** 2) + float(weights @ rest) / n_answers


def _nodes() -> tuple[Floats, Floats]:
    """Nodes and weights (summing to 1) of a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return np.asarray(nodes, np.float64), np.asarray(weights / weights.sum(), np.float64)


def _normal() -> Any:
    return module("scipy.stats").norm


def module(name: str) -> Any:
    """A package of the extra `analysis`. Raises: MissingPart: if it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise MissingPart(
            f"Package {name.partition('.')[0]} is not installed; `studies power` needs it.",
            remedy="Run `make env-analysis`.",
        ) from None
