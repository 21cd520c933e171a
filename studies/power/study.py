"""Simulated studies: who is in which group, what each answers in each part, and who leaves early."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studies.power.answers import AnswerModel, Floats
from studies.power.design import Design


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Studies:
    """Many studies of one size. group: (n,) index of each person's group, the same in every study.

    answers: (studies, n, parts, answers of a part), 1..points; NaN after somebody left.
    """

    group: np.ndarray
    answers: Floats


def shifts(design: Design, model: AnswerModel, effect: float) -> Floats:
    """(groups, parts) latent shifts under which every planned contrast has the effect.

    Contrasts that cannot all have it (A > B, B > C and A > C) come as near as least squares brings them.
    """
    total = np.zeros((len(design.groups), len(design.parts)))
    for number, factor in enumerate(design.factors):
        planned = [one for one in design.contrasts if one.factor == factor.id]
        if not planned:
            continue
        n_answers = design.n_answers * _parts_averaged(design, factor.id)
        shift = model.shift_for(effect, vary=factor.vary, n_answers=n_answers)
        rows = np.zeros((len(planned), len(factor.levels)))
        for row, one in zip(rows, planned, strict=True):
            row[factor.levels.index(one.high)], row[factor.levels.index(one.low)] = 1.0, -1.0
        level = np.linalg.lstsq(rows, np.full(len(planned), shift), rcond=None)[0]
        total += _spread(design, number, level)
    return total


def simulate(
    design: Design,
    model: AnswerModel,
    shift: Floats,
    *,
    n: int,
    runs: int,
    dropout: float,
    rng: np.random.Generator,
) -> Studies:
    """``runs`` studies with ``n`` people each, spread evenly over the groups.

    dropout: share of people who leave; each at any of their answers alike, at the first at the earliest, so
    that somebody may have given none.
    """
    n_parts, n_answers = len(design.parts), design.n_answers
    group = np.arange(n) % len(design.groups)
    person = np.sqrt(model.icc) * rng.standard_normal((runs, n, 1, 1))
    latent = np.sqrt(1 - model.icc) * rng.standard_normal((runs, n, n_parts, n_answers))
    answers = model.answers(shift[group][None, :, :, None] + person + latent).astype(np.float64)
    leaves = rng.random((runs, n)) < dropout
    last = np.where(leaves, rng.integers(0, n_parts * n_answers, (runs, n)), n_parts * n_answers)
    order = rng.permuted(np.broadcast_to(np.arange(n_parts), (runs, n, n_parts)), axis=2)
    when = order[..., None] * n_answers + np.arange(n_answers)
    answers[when >= last[..., None, None]] = np.nan
    return Studies(group=group, answers=answers)


def _parts_averaged(design: Design, factor: str) -> int:
    """Parts of a person's session that one mean is taken over: all, or those of one level."""
    of = design.factor(factor)
    return len(design.parts) // (len(of.levels) if of.vary == "within" else 1)


def _spread(design: Design, number: int, level: Floats) -> Floats:
    """A factor's shifts by level as (groups, parts)."""
    factor = design.factors[number]
    cells = design.groups if factor.vary == "between" else design.parts
    place = [one.id for one in design.factors if one.vary == factor.vary].index(factor.id)
    by_cell = np.array([level[factor.levels.index(cell[place])] for cell in cells])
    shape = (len(design.groups), len(design.parts))
    return np.broadcast_to(by_cell[:, None] if factor.vary == "between" else by_cell[None, :], shape)
