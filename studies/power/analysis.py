"""How a simulated study is analysed: p of every planned contrast, by people's means or by a mixed model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from studies.power.answers import Floats, module
from studies.power.design import Contrast, Design
from studies.power.random_intercept import fit
from studies.power.study import Studies


def by_means(design: Design, studies: Studies) -> Floats:
    """(studies, contrasts) two-sided p: Welch's t between people, the paired t within, on people's means."""
    return np.stack([_by_means(design, studies, one) for one in design.contrasts], axis=1)


def by_mixed_model(design: Design, studies: Studies) -> Floats:
    """(studies, contrasts) two-sided p of a linear mixed model on single answers; NaN: it was not fitted.

    answer ~ levels of the factors, a random intercept for each person, by REML; p from the normal.
    """
    return np.array([_mixed(design, studies.group, one) for one in studies.answers])


def holm(p: Floats) -> Floats:
    """Adjusted p along the last axis; a NaN counts as 1. Source: Holm (1979), Scand. J. Statist. 6, 65-70."""
    known = np.where(np.isnan(p), 1.0, p)
    order = np.argsort(known, axis=-1)
    m = p.shape[-1]
    sorted_p = np.take_along_axis(known, order, axis=-1) * np.arange(m, 0, -1)
    raised = np.minimum(np.maximum.accumulate(sorted_p, axis=-1), 1.0)
    adjusted = np.empty_like(raised)
    np.put_along_axis(adjusted, order, raised, axis=-1)
    return adjusted


def _by_means(design: Design, studies: Studies, contrast: Contrast) -> Floats:
    factor = design.factor(contrast.factor)
    if factor.vary == "between":
        everything = _mean(studies.answers, (2, 3))
        sides = [
            everything[:, np.isin(studies.group, _cells(design, contrast.factor, level))]
            for level in (contrast.high, contrast.low)
        ]
        return _welch(*sides)
    sides = [
        _mean(studies.answers[:, :, _cells(design, contrast.factor, level)], (2, 3))
        for level in (contrast.high, contrast.low)
    ]
    return _paired(sides[0] - sides[1])


def _cells(design: Design, factor: str, level: str) -> list[int]:
    """Groups (or parts) in which a level is met."""
    of = design.factor(factor)
    place = [one.id for one in design.factors if one.vary == of.vary].index(factor)
    cells = design.groups if of.vary == "between" else design.parts
    return [number for number, cell in enumerate(cells) if cell[place] == level]


def _mean(values: Floats, axis: tuple[int, ...]) -> Floats:
    """Mean of what was answered; NaN where nothing was."""
    n = np.sum(~np.isnan(values), axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nansum(values, axis=axis) / n)


def _moments(values: Floats) -> tuple[Floats, Floats, Floats]:
    """n, mean and variance along the last axis, gaps left out."""
    n = np.sum(~np.isnan(values), axis=-1).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(values, axis=-1) / n
        variance = np.nansum((values - mean[:, None]) ** 2, axis=-1) / (n - 1)
    return n, mean, variance


def _welch(high: Floats, low: Floats) -> Floats:
    (n1, m1, v1), (n2, m2, v2) = _moments(high), _moments(low)
    with np.errstate(invalid="ignore", divide="ignore"):
        a, b = v1 / n1, v2 / n2
        t = (m1 - m2) / np.sqrt(a + b)
        df = (a + b) ** 2 / (a**2 / (n1 - 1) + b**2 / (n2 - 1))
    return _two_sided(t, df)


def _paired(difference: Floats) -> Floats:
    n, mean, variance = _moments(difference)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _two_sided(mean / np.sqrt(variance / n), n - 1)


def _two_sided(t: Floats, df: Floats) -> Floats:
    return np.asarray(2 * module("scipy.stats").t.sf(np.abs(t), df))


def _mixed(design: Design, group: NDArray[Any], answers: Floats) -> Floats:
    """p of every contrast in one study; answers: (n, parts, answers of a part)."""
    person, part, _ = np.nonzero(~np.isnan(answers))
    y = answers[~np.isnan(answers)]
    x = _columns(design, group[person], part)
    found = fit(y, x, person)
    if found is None:
        return np.full(len(design.contrasts), np.nan)
    rows = np.array([_row(design, one) for one in design.contrasts])
    error = np.sqrt(np.einsum("ij,jk,ik->i", rows, found.covariance, rows))
    return np.asarray(2 * module("scipy.stats").norm.sf(np.abs(rows @ found.estimates / error)))


def _columns(design: Design, group: NDArray[Any], part: NDArray[Any]) -> Floats:
    """An intercept and a column for every level but its factor's first."""
    columns = [np.ones(len(group))]
    for factor in design.factors:
        where = group if factor.vary == "between" else part
        columns += [
            np.isin(where, _cells(design, factor.id, level)).astype(np.float64) for level in factor.levels[1:]
        ]
    return np.column_stack(columns)


def _row(design: Design, contrast: Contrast) -> Floats:
    """The contrast as weights of the model's columns."""
    row, at = [0.0], 0
    for factor in design.factors:
        at = len(row)
        row += [0.0] * (len(factor.levels) - 1)
        if factor.id == contrast.factor:
            for level, sign in ((contrast.high, 1.0), (contrast.low, -1.0)):
                number = factor.levels.index(level)
                if number:
                    row[at + number - 1] = sign
    return np.array(row)
