"""Models of the answers after each board: a linear mixed model and an ordinal GEE, never failing in silence.

Mixed model: answer ~ condition * board, a random intercept for each participant, by REML (statsmodels
MixedLM). Ordinal GEE: cumulative logit, working independence, errors robust to the clustering by participant
(Heagerty & Zeger 1996; statsmodels OrdinalGEE). ``board`` is the number of the board less one, so that a
condition's own term is its difference at the first board. Conditions are compared to the first.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from statsmodels.genmod.cov_struct import Independence
from statsmodels.genmod.generalized_estimating_equations import OrdinalGEE

METHODS = ("bfgs", "lbfgs", "powell", "cg")
"""Ways to fit a mixed model, tried in this order until one converges."""
LEAST_PEOPLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One coefficient with its 95 % interval (normal), z and p."""

    term: str
    estimate: float
    se: float
    z: float
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted model. model: what was fitted in the end; converged: whether it did.

    told: everything that was not as planned, in sentences. var_person, var_rest: variances of the mixed
    model. why: why nothing could be fitted; None where it could.
    """

    model: str
    n_values: int
    n_people: int
    terms: tuple[Term, ...] = ()
    converged: bool = False
    told: tuple[str, ...] = ()
    var_person: float | None = None
    var_rest: float | None = None
    why: str | None = None


def design(boards: pd.DataFrame, levels: Sequence[str], by: str) -> pd.DataFrame:
    """Columns of the model, without the intercept: conditions, board, and their products."""
    columns: dict[str, Any] = {name: (boards[by] == name).to_numpy(dtype=float) for name in levels[1:]}
    if boards["item_n"].nunique() > 1:
        board = boards["item_n"].to_numpy(dtype=float) - 1
        columns["board"] = board
        columns.update({f"{name} x board": columns[name] * board for name in levels[1:]})
    return pd.DataFrame(columns, index=boards.index)


def usable(boards: pd.DataFrame, measure: str, levels: Sequence[str], by: str) -> pd.DataFrame:
    """The rows a model can use."""
    return boards[boards[measure].notna() & boards["item_n"].notna() & boards[by].isin(list(levels))]


def mixed_model(boards: pd.DataFrame, measure: str, levels: Sequence[str], by: str = "condition") -> Fit:
    """Linear mixed model; where it cannot be had, least squares with clustered errors, and so named."""
    rows = usable(boards, measure, levels, by)
    levels = [name for name in levels if (rows[by] == name).any()]
    why = _unfit(rows, measure, levels, by)
    if why:
        return Fit(model="none", n_values=len(rows), n_people=rows["participant"].nunique(), why=why)
    x = sm.add_constant(design(rows, levels, by)).rename(columns={"const": "(intercept)"})
    y, people = rows[measure].to_numpy(dtype=float), rows["participant"].to_numpy()
    told: list[str] = []
    for method in METHODS:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                found = sm.MixedLM(y, x, groups=people).fit(reml=True, method=method)
                whole = bool(np.isfinite(found.llf) and np.all(np.isfinite(found.bse_fe)))
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
            told.append(f"{method} failed ({type(error).__name__})")
            continue
        if found.converged and whole:
            return _mixed(found, x, rows, method=method, told=told, caught=caught)
        told.append(f"{method} did not converge")
    return _clustered(y, x, people, told)


def _mixed(
    found: Any, x: pd.DataFrame, rows: pd.DataFrame, *, method: str, told: list[str], caught: list[Any]
) -> Fit:
    between = float(np.asarray(found.cov_re)[0, 0])
    told = list(told)
    if between < 1e-6 * float(found.scale):
        told.append("the variance between people is estimated as 0 (at its boundary)")
    told += sorted({_first(one.message) for one in caught} - {"", *told})
    return Fit(
        model=f"linear mixed model, REML, {method}",
        n_values=len(rows),
        n_people=rows["participant"].nunique(),
        terms=_terms(list(x.columns), found.fe_params, found.bse_fe),
        converged=True,
        told=tuple(told),
        var_person=between,
        var_rest=float(found.scale),
    )


def _clustered(y: Any, x: pd.DataFrame, people: Any, told: list[str]) -> Fit:
    codes = pd.factorize(people)[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": codes})
        errors = np.nan_to_num(np.asarray(found.bse))
    return Fit(
        model="fallback: least squares, errors clustered by participant",
        n_values=len(y),
        n_people=len(set(codes)),
        terms=_terms(list(x.columns), found.params, errors),
        converged=False,
        told=(*told, "the mixed model could not be fitted; these are not its numbers"),
    )


def ordinal_gee(boards: pd.DataFrame, measure: str, levels: Sequence[str], by: str = "condition") -> Fit:
    """Ordinal GEE; estimates are log odds ratios of a higher answer."""
    rows = usable(boards, measure, levels, by)
    levels = [name for name in levels if (rows[by] == name).any()]
    n_people = rows["participant"].nunique()
    why = _unfit(rows, measure, levels, by)
    if why:
        return Fit(model="none", n_values=len(rows), n_people=n_people, why=why)
    rows = rows.sort_values(["participant", "item_n"], kind="stable")
    x = design(rows, levels, by)
    y, people = rows[measure].to_numpy(dtype=float), pd.factorize(rows["participant"])[0]
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            found = OrdinalGEE(y, x, groups=people, cov_struct=Independence()).fit(maxiter=100)
            errors = np.asarray(found.bse)
    except (np.linalg.LinAlgError, ValueError, IndexError, ZeroDivisionError) as error:
        return Fit(
            model="none",
            n_values=len(rows),
            n_people=n_people,
            why=f"the ordinal GEE could not be fitted ({_first(error)})",
        )
    names = [str(name) for name in found.params.index]
    said = tuple(sorted({_first(one.message) for one in caught} - {""}))
    if not np.all(np.isfinite(errors)):
        why = "the ordinal GEE gave no standard errors (a condition may hold one answer alone)"
        return Fit(model="none", n_values=len(rows), n_people=n_people, told=said, why=why)
    return Fit(
        model="ordinal GEE, cumulative logit, independence",
        n_values=len(rows),
        n_people=n_people,
        terms=_terms([_threshold(name) for name in names], found.params, errors),
        converged=bool(found.converged),
        told=said if found.converged else (*said, "it did not converge"),
    )


def _threshold(name: str) -> str:
    """``I(y>2.0)`` as words."""
    return f"answer above {float(name[4:-1]):g}" if name.startswith("I(y>") else name


def _unfit(rows: pd.DataFrame, measure: str, levels: Sequence[str], by: str) -> str | None:
    """Why a model makes no sense of these rows; None when it does."""
    n_people = rows["participant"].nunique()
    if n_people < LEAST_PEOPLE:
        people = "1 person" if n_people == 1 else f"{n_people} people"
        return f"only {people} with answers: at least {LEAST_PEOPLE} are needed"
    if rows[measure].nunique() < 2:
        return "every answer is the same"
    x = np.column_stack([np.ones(len(rows)), design(rows, levels, by).to_numpy()])
    if len(rows) <= x.shape[1] + 1:
        return f"{len(rows)} answers are too few for {x.shape[1]} coefficients"
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return "a condition has too few boards to tell its terms apart"
    if (rows.groupby("participant").size() < 2).all():
        return "nobody answered more than once"
    return None


def _terms(names: Sequence[str], estimates: Any, errors: Any) -> tuple[Term, ...]:
    from scipy import stats

    found = []
    for name, estimate, error in zip(names, np.asarray(estimates), np.asarray(errors), strict=True):
        z = float(estimate / error) if error > 0 else float("nan")
        half = float(stats.norm.ppf(0.975)) * float(error)
        found.append(
            Term(
                term=name,
                estimate=float(estimate),
                se=float(error),
                z=z,
                p=float(2 * stats.norm.sf(abs(z))),
                low=float(estimate) - half,
                high=float(estimate) + half,
            )
        )
    return tuple(found)


def _first(message: object) -> str:
    return (str(message).strip().split("\n") or [""])[0].rstrip(".")
