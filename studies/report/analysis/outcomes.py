"""Trust and concentration by condition: what people answered, and what was estimated online."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
from statsmodels.stats.multitest import multipletests

from studies.report.analysis.effects import Difference, Interval, between, mean_of, within
from studies.report.analysis.frames import Frames, level_values, person_means
from studies.report.analysis.models import Fit, mixed_model, ordinal_gee
from studies.report.analysis.results import Column, Section, Table, listed, p_text, table_of

ANSWERS = {"trust": "trust, answer 1..5", "concentration": "concentration, answer 1..5"}
ESTIMATES = {
    "trust_estimate": "trust, online estimate 1..5",
    "concentration_index": "concentration, online index 0..1",
}
MEASURES = {**ANSWERS, **ESTIMATES}
"""Column of ``board`` -> what it is."""
FAMILIES = {"answers": tuple(ANSWERS), "estimates": tuple(ESTIMATES)}
"""Contrasts that are corrected together (Holm 1979), in each grouping for itself."""


def outcomes(frames: Frames) -> Section:
    """Means over people, planned contrasts against the first condition, and models of single answers."""
    contrasts = list(all_contrasts(frames))
    fits = list(_fits(frames))
    return Section(
        id="outcomes",
        title="Trust and concentration",
        words=(*_first_words(frames), *(_sentence(one) for one in contrasts if one["family"] == "answers")),
        tables=(
            _means(frames),
            _contrast_table(contrasts),
            _term_table(fits),
            _fit_table(fits),
            _by_board(frames),
        ),
    )


def _first_words(frames: Frames) -> tuple[str, ...]:
    levels = frames.conditions()
    if len(levels) < 2:
        return ("There is one condition in the data, so nothing is compared.",)
    return (
        f"Planned contrasts: {listed(levels[1:])} each against {levels[0]}, the first condition of the "
        "protocol. A person's answers in a condition are averaged first, so that people count, not answers. "
        "p values are corrected by Holm's method over the contrasts of both answers.",
    )


def _means(frames: Frames) -> Table:
    board = frames["board"]
    rows = []
    for by, levels in frames.groupings().items():
        for measure, title in MEASURES.items():
            means = person_means(board, measure, by)
            for level in levels:
                one = mean_of(level_values(means, level))
                n_values = int((board[measure].notna() & (board[by] == level)).sum())
                rows.append(
                    {
                        "by": by,
                        "level": level,
                        "measure": measure,
                        "title": title,
                        "n_people": one.n,
                        "n_values": n_values,
                        "mean": one.mean,
                        "sd": one.sd,
                        "low": one.low,
                        "high": one.high,
                        "median": one.median,
                    }
                )
    return table_of(
        "outcomes",
        "Trust and concentration: means over people of each person's mean, with 95 % intervals.",
        [
            Column("by", "grouped by"),
            Column("level", "level"),
            Column("measure", "measure"),
            Column("title", "what it is"),
            Column("n_people", "people"),
            Column("n_values", "values"),
            Column("mean", "mean"),
            Column("sd", "SD"),
            Column("low", "95 % from"),
            Column("high", "to"),
            Column("median", "median"),
        ],
        rows,
        notes=("Online values are those in force when a board ended.",),
    )


def all_contrasts(frames: Frames) -> Iterator[dict[str, Any]]:
    """Every planned contrast, Holm's p beside its own."""
    board = frames["board"]
    for by, levels in frames.groupings().items():
        for family, measures in FAMILIES.items():
            found = [
                {
                    "by": by,
                    "family": family,
                    "measure": measure,
                    "level": level,
                    "reference": levels[0],
                    "found": contrast(person_means(board, measure, by), level, levels[0]),
                }
                for measure in measures
                for level in levels[1:]
            ]
            yield from with_holm(found)


def contrast(means: pd.DataFrame, level: str, reference: str) -> Difference:
    """Within where anybody has both, between otherwise. within: those with both alone are compared."""
    if level not in means or reference not in means:
        return between(level_values(means, level), level_values(means, reference))
    both = means[[level, reference]].notna().all(axis=1)
    if both.any():
        return within(means[level].to_numpy(dtype=float), means[reference].to_numpy(dtype=float))
    return between(level_values(means, level), level_values(means, reference))


def with_holm(contrasts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """p_holm and n_family beside each; a contrast without a p is not of the family."""
    tested = [one for one in contrasts if one["found"].p is not None]
    if tested:
        corrected = multipletests([one["found"].p for one in tested], method="holm")[1]
        for one, p in zip(tested, corrected, strict=True):
            one["p_holm"] = float(p)
    for one in contrasts:
        one.setdefault("p_holm", None)
        one["n_family"] = len(tested)
    return contrasts


def _contrast_table(contrasts: list[dict[str, Any]]) -> Table:
    return table_of(
        "contrasts",
        "Planned contrasts against the first level, with effect sizes and 95 % intervals.",
        CONTRAST_COLUMNS,
        (contrast_row(one) for one in contrasts),
        notes=(
            "Between: Welch's t test, Hedges's g. Within: paired t test of people with both, d_z and d_av.",
            "p (Holm) is corrected over the contrasts of one family and grouping.",
        ),
    )


CONTRAST_COLUMNS = [
    Column("by", "grouped by"),
    Column("family", "family"),
    Column("measure", "measure"),
    Column("level", "level"),
    Column("reference", "against"),
    Column("design", "design"),
    Column("n", "people"),
    Column("n_reference", "people, reference"),
    Column("difference", "difference"),
    Column("low", "95 % from"),
    Column("high", "to"),
    Column("t", "t"),
    Column("df", "df", 1),
    Column("p", "p", 4),
    Column("p_holm", "p (Holm)", 4),
    Column("n_family", "in family"),
    *(
        Column(f"{name}{end}", f"{title}{words}")
        for name, title in (("g", "g"), ("d_z", "d_z"), ("d_av", "d_av"))
        for end, words in (("", ""), ("_low", " from"), ("_high", " to"))
    ),
    Column("why", "why not"),
]


def contrast_row(one: Mapping[str, Any]) -> dict[str, Any]:
    """Values of ``CONTRAST_COLUMNS``."""
    found: Difference = one["found"]
    row = {key: value for key, value in one.items() if key not in {"found", "title"}}
    row |= {
        key: getattr(found, key)
        for key in ("design", "n", "n_reference", "difference", "low", "high", "t", "df", "p", "why")
    }
    for name in ("g", "d_z", "d_av"):
        effect: Interval | None = getattr(found, name)
        if effect is not None:
            row |= {name: effect.value, f"{name}_low": effect.low, f"{name}_high": effect.high}
    return row


def _sentence(one: Mapping[str, Any]) -> str:
    found: Difference = one["found"]
    begin = (
        f"{MEASURES[one['measure']].split(',')[0].capitalize()}, {one['level']} against {one['reference']}: "
    )
    if found.p is None:
        return f"{begin}no test ({found.why})."
    effect, name = (found.g, "g") if found.design == "between" else (found.d_z, "d_z")
    size = "" if effect is None else f", {name} = {effect.value:.2f}{_span(effect.low, effect.high)}"
    holm = p_text(one["p_holm"]).replace("p ", "p (Holm) ")
    return (
        f"{begin}difference {found.difference:.2f}{_span(found.low, found.high)}, t({found.df:.1f}) = "
        f"{found.t:.2f}, {p_text(found.p)}, {holm}{size}."
    )


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f" [{low:.2f}, {high:.2f}]"


def _fits(frames: Frames) -> Iterator[tuple[str, str, Fit]]:
    board = frames["board"]
    for by, levels in frames.groupings().items():
        for measure in ANSWERS:
            yield by, measure, mixed_model(board, measure, levels, by)
            yield by, measure, ordinal_gee(board, measure, levels, by)
        for measure in ESTIMATES:
            yield by, measure, mixed_model(board, measure, levels, by)


def _term_table(fits: list[tuple[str, str, Fit]]) -> Table:
    rows = [
        {
            "by": by,
            "measure": measure,
            "model": fit.model,
            "term": term.term,
            **{key: getattr(term, key) for key in ("estimate", "se", "z", "p", "low", "high")},
        }
        for by, measure, fit in fits
        for term in fit.terms
    ]
    return table_of(
        "model_terms",
        "Models of single answers and estimates: condition x board, a random intercept for each person.",
        [
            Column("by", "grouped by"),
            Column("measure", "measure"),
            Column("model", "model"),
            Column("term", "term"),
            Column("estimate", "estimate", 3),
            Column("se", "SE", 3),
            Column("z", "z"),
            Column("p", "p", 4),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
        ],
        rows,
        notes=(
            "Mixed model: points on the measure's scale. Ordinal GEE: log odds ratios of a higher answer.",
            "A condition's own term is its difference at the first board; `x board` is by how much it "
            "changes.",
        ),
    )


def _fit_table(fits: list[tuple[str, str, Fit]]) -> Table:
    rows = [
        {
            "by": by,
            "measure": measure,
            "model": fit.model,
            "n_values": fit.n_values,
            "n_people": fit.n_people,
            "converged": fit.converged,
            "var_person": fit.var_person,
            "var_rest": fit.var_rest,
            "icc": _icc(fit),
            "told": "; ".join(fit.told) or None,
            "why": fit.why,
        }
        for by, measure, fit in fits
    ]
    return table_of(
        "model_fits",
        "How the models were fitted: whether they converged, and what was done where they did not.",
        [
            Column("by", "grouped by"),
            Column("measure", "measure"),
            Column("model", "model"),
            Column("n_values", "values"),
            Column("n_people", "people"),
            Column("converged", "converged"),
            Column("var_person", "variance of people", 3),
            Column("var_rest", "rest", 3),
            Column("icc", "ICC", 3),
            Column("told", "told"),
            Column("why", "why not"),
        ],
        rows,
    )


def _icc(fit: Fit) -> float | None:
    if fit.var_person is None or fit.var_rest is None or fit.var_person + fit.var_rest == 0:
        return None
    return fit.var_person / (fit.var_person + fit.var_rest)


def _by_board(frames: Frames) -> Table:
    board = frames["board"]
    rows = []
    for condition in frames.conditions():
        own = board[board["condition"] == condition]
        for number, group in own.groupby("item_n"):
            for measure in ANSWERS:
                one = mean_of(group.groupby("participant")[measure].mean().to_numpy())
                if one.n:
                    rows.append(
                        {
                            "condition": condition,
                            "board": int(number),
                            "measure": measure,
                            "n_people": one.n,
                            "mean": one.mean,
                            "low": one.low,
                            "high": one.high,
                        }
                    )
    return table_of(
        "by_board",
        "Answers over the lesson: means over people after each board.",
        [
            Column("condition", "condition"),
            Column("board", "board"),
            Column("measure", "measure"),
            Column("n_people", "people"),
            Column("mean", "mean"),
            Column("low", "95 % from"),
            Column("high", "to"),
        ],
        rows,
        shown=0,
    )
