"""Proportional odds: one line through the features, four cuts on it between the five answers."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studies.trust.table import Answers, Floats, Ints
from tutorbot.core.learned_trust import ANSWERS, FEATURES
from tutorbot.errors import TutorbotError

FAR = 40.0
"""Log odds of a cut beyond which nobody answered: a chance of 4e-18."""
SURPRISE = 0.02
"""Share of even odds mixed in, so that no answer is held to be impossible. P"""
LEAST_LEARNERS = 5
"""A feature that is other than usual in fewer people is left out: their coefficient would be theirs. P"""
MOST_STEPS = 2000
FLAT = 1e-3
"""Slope of the likelihood of one answer at which the top is reached."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ordinal:
    """P(answer <= k) = sigmoid(cuts[k-1] - x @ weights), and a little of even odds.

    weights: (len(FEATURES),), 0 for those left out. cuts: (4,), rising. left_out: features without a weight.
    """

    weights: Floats
    cuts: Floats
    left_out: tuple[str, ...]

    def probabilities(self, x: Floats) -> Floats:
        """(n, 5) for (n, len(FEATURES))."""
        below = 1 / (1 + np.exp(-(self.cuts[None, :] - (x @ self.weights)[:, None])))
        edges = np.hstack([np.zeros((len(x), 1)), below, np.ones((len(x), 1))])
        return mixed(np.diff(edges, axis=1))


def mixed(p: Floats) -> Floats:
    """The same with a little of even odds."""
    return (1 - SURPRISE) * p + SURPRISE / len(ANSWERS)


def fit_ordinal(answers: Answers) -> Ordinal:
    """Maximum likelihood, by statsmodels. Raises: TutorbotError: if it comes to no end."""
    kept = _telling(answers.x, _varied(answers.x, answers.learner))
    ordinal = importlib.import_module("statsmodels.miscmodels.ordinal_model")
    seen = np.unique(answers.y)
    levels, shown = np.searchsorted(seen, answers.y), answers.x[:, kept]
    model = ordinal.OrderedModel(levels, shown, distr="logit", hasconst=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is looked at below
        fitted = model.fit(method="bfgs", maxiter=MOST_STEPS, disp=False, skip_hessian=True)
        slope = float(np.max(np.abs(model.score(fitted.params)))) / len(answers.y)
    inner = np.asarray(model.transform_threshold_params(fitted.params), dtype=np.float64)[1:-1]
    weights = np.zeros(len(FEATURES))
    weights[kept] = fitted.params[: int(kept.sum())]
    if not (slope <= FLAT and np.all(np.isfinite(weights)) and np.all(np.isfinite(inner))):
        raise TutorbotError(
            f"The fit came to no end on {len(answers.y)} answers.", remedy="Add logs of more people."
        )
    left_out = tuple(name for name, has in zip(FEATURES, kept, strict=True) if not has)
    return Ordinal(weights=weights, cuts=_cuts(seen, inner), left_out=left_out)


def _varied(x: Floats, learner: Ints) -> NDArray[np.bool_]:
    """(features,) whether enough people have another value than the commonest."""
    kept = np.zeros(x.shape[1], dtype=bool)
    for n in range(x.shape[1]):
        values, counts = np.unique(x[:, n], return_counts=True)
        other = x[:, n] != values[np.argmax(counts)]
        kept[n] = len(np.unique(learner[other])) >= LEAST_LEARNERS
    return kept


def _telling(x: Floats, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The same without features that follow from the ones before them in these answers."""
    centred = x - x.mean(axis=0)
    chosen: list[int] = []
    for n in np.flatnonzero(kept).tolist():
        if np.linalg.matrix_rank(centred[:, [*chosen, n]]) > len(chosen):
            chosen.append(n)
    found = np.zeros(x.shape[1], dtype=bool)
    found[chosen] = True
    return found


def _cuts(seen: Ints, inner: Floats) -> Floats:
    """Four cuts of those between the answers that were seen: nothing lies between two that were not."""
    cuts = np.empty(len(ANSWERS) - 1)
    for n, answer in enumerate(ANSWERS[:-1]):
        n_below = int(np.sum(seen <= answer))
        cuts[n] = -FAR if n_below == 0 else FAR if n_below == len(seen) else inner[n_below - 1]
    return cuts
