"""How consistent a scale was in a sample: Cronbach's alpha with an interval, and McDonald's omega total.

Both take answers in wide form, a row per filling in and a column per item, reversed items turned already
(``frame.wide``), and leave out rows with a missing item. Each filling in counts as one person: take one per
person where a scale was asked several times.
"""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tutorbot.errors import MissingPart

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """value: None where it cannot be computed, for the ``reason``. low, high: of the interval; None: none.

    n: complete rows. n_left_out: rows with a missing item. n_items: columns.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    n_left_out: int
    n_items: int
    reason: str | None = None


def alpha(frame: pd.DataFrame, *, confidence: float = 0.95) -> Reliability:
    """Cronbach's alpha with Feldt's interval, which assumes parallel, normal items.

    Source: Cronbach (1951), Psychometrika 16, 297-334; Feldt, Woodruff & Salih (1987), Applied
    Psychological Measurement 11, 93-103, formulas 6 and 7.
    """
    table, n_left_out = _complete(frame)
    n, k = table.shape
    reason = _too_little(n, k, least_items=2)
    total = float(table.sum(axis=1).var(ddof=1)) if reason is None else 0.0
    if reason is None and total == 0.0:
        reason = "the sum of the items is the same for everybody"
    if reason is not None:
        return Reliability(value=None, reason=reason, n=n, n_left_out=n_left_out, n_items=k)
    value = k / (k - 1) * (1 - float(table.var(axis=0, ddof=1).sum()) / total)
    low, high = feldt(value, n=n, k=k, confidence=confidence)
    return Reliability(value=value, low=low, high=high, n=n, n_left_out=n_left_out, n_items=k)


def feldt(value: float, *, n: int, k: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of an alpha of ``k`` items in ``n`` people."""
    f = _module("scipy.stats").f
    tail, d1, d2 = (1 - confidence) / 2, n - 1, (n - 1) * (k - 1)
    return 1 - (1 - value) * float(f.ppf(1 - tail, d1, d2)), 1 - (1 - value) * float(f.ppf(tail, d1, d2))


def omega(frame: pd.DataFrame) -> Reliability:
    """McDonald's omega total of one factor: (sum of loadings)^2 over that plus the unique variances.

    Loadings are by maximum likelihood on the correlations (statsmodels ``Factor``), brought back to the
    items' own variances. With fewer than three items one factor is not identified.
    Source: McDonald (1999), Test Theory, eq. 6.20.
    """
    table, n_left_out = _complete(frame)
    n, k = table.shape
    reason = _too_little(n, k, least_items=3)
    if reason is None and n <= k:
        reason = f"{n} complete rows are not more than the {k} items"
    if reason is None and bool(np.any(table.var(axis=0) == 0)):
        reason = "an item has the same answer from everybody"
    if reason is None and np.linalg.matrix_rank(np.corrcoef(table, rowvar=False)) < k:
        reason = "an item follows from the others"
    if reason is not None:
        return Reliability(value=None, reason=reason, n=n, n_left_out=n_left_out, n_items=k)
    value, reason = _omega(table)
    return Reliability(value=value, reason=reason, n=n, n_left_out=n_left_out, n_items=k)


def _omega(table: Floats) -> tuple[float | None, str | None]:
    factor = _module("statsmodels.multivariate.factor").Factor
    correlations = np.corrcoef(table, rowvar=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is looked at below
        try:
            fitted: Any = factor(corr=correlations, n_factor=1, nobs=len(table), method="ml").fit()
        except (ValueError, np.linalg.LinAlgError) as error:
            return None, f"the one-factor model could not be fitted ({error})"
    loadings = np.asarray(fitted.loadings, dtype=np.float64)[:, 0]
    unique = 1 - loadings**2
    if not np.all(np.isfinite(loadings)):
        return None, "the one-factor model came to no end"
    if np.any(unique < 1e-3):
        return None, "the one-factor model leaves an item no variance of its own (Heywood case)"
    spread = table.std(axis=0, ddof=1)
    common = float(np.sum(loadings * spread)) ** 2
    return common / (common + float(np.sum(unique * spread**2))), None


def _complete(frame: pd.DataFrame) -> tuple[Floats, int]:
    """Rows without a gap, and how many others there are."""
    table = np.asarray(frame.to_numpy(dtype=np.float64))
    whole = ~np.isnan(table).any(axis=1)
    return table[whole], int((~whole).sum())


def _too_little(n: int, k: int, *, least_items: int) -> str | None:
    if k < least_items:
        return f"{k} item{'s' * (k != 1)}, at least {least_items} are needed"
    if n < 3:
        return f"{n} complete row{'s' * (n != 1)}, at least 3 are needed"
    return None


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        package = name.partition(".")[0]
        raise MissingPart(
            f"Package {package} is not installed; the reliability of scales needs it.",
            remedy="Run `make env-analysis`.",
        ) from None
