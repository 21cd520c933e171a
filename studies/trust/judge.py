"""What a trust model is worth on people it has not seen, beside the rules on the same answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np

from studies.trust.ordinal import fit_ordinal, mixed
from studies.trust.table import Answers, Floats, Ints
from tutorbot.core.learned_trust import ANSWERS
from tutorbot.errors import BadInput

RESAMPLES = 2000
EDGES = (-math.inf, 1.5, 2.5, 3.5, 4.5, math.inf)
"""Between the answers, on the scale of the estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A mean over answers, with its 95 % interval over learners."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """mae: mean distance of the estimate's mean from the answer. log_score: mean -ln p of the answer; both
    are better when lower. learned, rules, difference (learned - rules) of each.
    """

    n_learners: int
    n_answers: int
    folds: int
    mae: Mapping[str, Figure]
    log_score: Mapping[str, Figure]

    def as_json(self) -> dict[str, object]:
        """For the report."""
        rounded = {
            name: {of: {key: round(v, 4) for key, v in asdict(one).items()} for of, one in figures.items()}
            for name, figures in (("mae", self.mae), ("log_score", self.log_score))
        }
        return {
            "n_learners": self.n_learners,
            "n_answers": self.n_answers,
            "folds_over_learners": self.folds,
            **rounded,
        }


def judge(
    answers: Answers, *, folds: int, seed: int, answer_sd: float, tick: Callable[[str], None]
) -> Judgement:
    """Foretell each answer by a model of other people. tick: called once a fold, with its name.

    answer_sd: of one answer around the trust the rules believe in; see ``rule_probabilities``.
    Raises: BadInput: if a training part has one answer alone.
    """
    from sklearn.model_selection import GroupKFold

    p = np.full((len(answers.y), len(ANSWERS)), np.nan)
    split = GroupKFold(n_splits=folds).split(answers.x, groups=answers.learner)
    for n, (train, test) in enumerate(split, start=1):
        tick(f"fold {n} of {folds}")
        if len(np.unique(answers.y[train])) < 2:
            raise BadInput(
                f"Without the people of fold {n} all trust answers are {answers.y[train][0]}.",
                remedy="Add logs of people who answered otherwise.",
            )
        p[test] = fit_ordinal(_some(answers, train)).probabilities(answers.x[test])
    by_rules = rule_probabilities(answers.rule_mean, answers.rule_sd, answer_sd)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, answers.n_learners, (RESAMPLES, answers.n_learners))

    def figures(learned: Floats, rules: Floats) -> dict[str, Figure]:
        columns = {"learned": learned, "rules": rules, "difference": learned - rules}
        return {name: _figure(values, answers, draws) for name, values in columns.items()}

    return Judgement(
        n_learners=answers.n_learners,
        n_answers=len(answers.y),
        folds=folds,
        mae=figures(
            np.abs(p @ np.array(ANSWERS, dtype=np.float64) - answers.y),
            np.abs(answers.rule_mean - answers.y),
        ),
        log_score=figures(_surprise(p, answers), _surprise(by_rules, answers)),
    )


def rule_probabilities(mean: Floats, sd: Floats, answer_sd: float) -> Floats:
    """(n, 5) what the rules' estimate says of the next answer.

    The rules give a mean and a spread, no odds; this reads them as a normal, widened by the spread of one
    answer and cut half way between the answers, with the same little of even odds as the learned model.
    """
    wide = np.sqrt(sd**2 + answer_sd**2)
    z = (np.array(EDGES)[None, :] - mean[:, None]) / wide[:, None]
    below = np.array([[0.5 * math.erfc(-value / math.sqrt(2)) for value in row] for row in z])
    return mixed(np.diff(below, axis=1))


def _some(answers: Answers, rows: Ints) -> Answers:
    return Answers(**{name: getattr(answers, name)[rows] for name in Answers.__slots__})


def _surprise(p: Floats, answers: Answers) -> Floats:
    return np.asarray(-np.log(p[np.arange(len(p)), answers.y - 1]), dtype=np.float64)


def _figure(values: Floats, answers: Answers, draws: Ints) -> Figure:
    sums = np.bincount(answers.learner, weights=values)
    counts = np.bincount(answers.learner)
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Figure(value=float(values.mean()), low=float(low), high=float(high))
