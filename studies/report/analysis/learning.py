"""Learning: how boards were solved, boards until the criterion, and gain in a test before and after.

Gain: ANCOVA first (after on before and condition, least squares), then the normalised change of Marx &
Cummings (2007): gain over what could be gained, or loss over what could be lost; undefined where both are
0 or both full.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from studies.report.analysis.acts import mean_columns
from studies.report.analysis.effects import between, mean_of
from studies.report.analysis.frames import Frames, level_values, person_means, truth
from studies.report.analysis.outcomes import CONTRAST_COLUMNS, contrast, contrast_row, with_holm
from studies.report.analysis.results import Column, Section, Table, listed, table_of

MEASURES = {
    "first_try": "boards right at the first check without help, share",
    "n_attempts": "checks of a board",
    "duration_s": "seconds on a board",
}
TRANSFER = "transfer"
"""Problems whose id begins so are looked at apart."""


def learning(frames: Frames) -> Section:
    """Boards, criterion, transfer, gain."""
    board = solved(frames)
    contrasts = _contrasts(frames, board)
    gains, gain_words = _gain(frames)
    transfer = [str(one) for one in board["problem"].dropna().unique() if str(one).startswith(TRANSFER)]
    return Section(
        id="learning",
        title="Learning",
        words=(
            "Transfer problems are listed as problems of their own: " + listed(transfer) + "."
            if transfer
            else "No problem of the lesson is named as transfer.",
            *gain_words,
        ),
        tables=(_means(frames, board), contrasts, _criterion(frames, board), *gains),
    )


def solved(frames: Frames) -> pd.DataFrame:
    """Boards that came to an end, first_try as 1 or 0."""
    board = frames["board"]
    board = board[board["outcome"] != "stopped"]
    return board.assign(first_try=truth(board["first_try"]).astype(float))


def _means(frames: Frames, board: pd.DataFrame) -> Table:
    rows = []
    for condition in frames.conditions():
        for measure, title in MEASURES.items():
            one = mean_of(level_values(person_means(board, measure, "condition"), condition))
            rows.append(
                {
                    "condition": condition,
                    "measure": measure,
                    "title": title,
                    "n_people": one.n,
                    "mean": one.mean,
                    "sd": one.sd,
                    "low": one.low,
                    "high": one.high,
                    "median": one.median,
                }
            )
    return table_of("learning", "Boards by condition: means over people.", mean_columns(), rows)


def _contrasts(frames: Frames, board: pd.DataFrame) -> Table:
    levels = frames.conditions()
    found = [
        {
            "by": "condition",
            "family": "learning",
            "measure": measure,
            "level": level,
            "reference": levels[0],
            "found": contrast(person_means(board, measure, "condition"), level, levels[0]),
        }
        for measure in MEASURES
        for level in levels[1:]
    ]
    return table_of(
        "learning_contrasts",
        "Boards: conditions against the first, as for trust and concentration.",
        CONTRAST_COLUMNS,
        (contrast_row(one) for one in with_holm(found)),
    )


def _criterion(frames: Frames, board: pd.DataFrame) -> Table:
    rows = []
    blocks = board.groupby(["session_id", "condition", "part", "block", "run", "problem"], dropna=False)
    of_block = blocks["first_try"].agg(list).reset_index()
    of_block["ended"] = blocks["item_n"].max().to_numpy()
    of_block["boards"] = [
        boards_to_criterion(one, frames.study["criterion"]) for one in of_block["first_try"]
    ]
    for condition in frames.conditions():
        for problem, own in of_block[of_block["condition"] == condition].groupby("problem"):
            met = own["boards"].dropna()
            rows.append(
                {
                    "condition": condition,
                    "problem": str(problem),
                    "blocks": len(own),
                    "met": len(met),
                    "share_met": len(met) / len(own),
                    "mean": float(met.mean()) if len(met) else None,
                    "median": float(met.median()) if len(met) else None,
                    "errors": float(own["first_try"].map(lambda tries: 1 - np.mean(tries)).mean()),
                }
            )
    criterion = frames.study["criterion"]
    return table_of(
        "criterion",
        "Boards to the criterion, by condition and problem.",
        [
            Column("condition", "condition"),
            Column("problem", "problem"),
            Column("blocks", "blocks of people"),
            Column("met", "met it"),
            Column("share_met", "share", 3),
            Column("mean", "boards, mean of those"),
            Column("median", "median"),
            Column("errors", "boards not right at once, share", 3),
        ],
        rows,
        notes=(
            f"Criterion: {criterion:.0f} boards in a row right at the first check (the lesson's own)."
            if pd.notna(criterion)
            else "The lesson in force is not at hand any more, so its criterion is not known.",
        ),
    )


def boards_to_criterion(first_tries: list[float], criterion: float) -> int | None:
    """Number of the board that completed the run; None where there is no such run."""
    run = 0
    for number, right in enumerate(first_tries, start=1):
        run = run + 1 if right else 0
        if pd.notna(criterion) and run >= criterion:
            return number
    return None


def _gain(frames: Frames) -> tuple[tuple[Table, ...], tuple[str, ...]]:
    scores = frames["questionnaire_score"]
    tests = scores[(scores["kind"] == "test") & scores["phase"].isin(["pre", "post"])]
    paired = _paired(tests)
    if paired.empty:
        return (), ("No test was given both before and after the lesson, so there is no gain to report.",)
    rows: list[dict[str, Any]] = []
    terms: list[dict[str, Any]] = []
    levels = frames.conditions()
    for (instrument, score), own in paired.groupby(["instrument", "score"]):
        name = {"instrument": instrument, "score": score}
        terms += [{**name, **row} for row in ancova(own, levels)]
        rows += [{**name, **row} for row in _changes(own, levels)]
    return (_ancova_table(terms), _change_table(rows)), (
        "Gain: ANCOVA first, then the normalised change, which is undefined at the ceiling and depends "
        "on the "
        "pre-test.",
    )


def _paired(tests: pd.DataFrame) -> pd.DataFrame:
    """Each person's score before and after."""
    keys = ["participant", "condition", "instrument", "score", "low", "high"]
    if tests.empty:
        return pd.DataFrame(columns=[*keys, "pre", "post"])
    wide = tests.pivot_table(
        index=["participant", "instrument", "score", "low", "high"], columns="phase", values="value"
    ).reset_index()
    conditions = tests.groupby("participant")["first_condition"].first()
    wide["condition"] = wide["participant"].map(conditions)
    if "pre" not in wide or "post" not in wide:
        return pd.DataFrame(columns=[*keys, "pre", "post"])
    return wide.dropna(subset=["pre", "post"])


def ancova(own: pd.DataFrame, levels: list[str]) -> list[dict[str, Any]]:
    """post ~ pre + condition; a row for each coefficient, or one that says why not."""
    here = [name for name in levels if (own["condition"] == name).any()]
    x = pd.DataFrame({"pre": own["pre"].astype(float)})
    for name in here[1:]:
        x[name] = (own["condition"] == name).astype(float)
    x = sm.add_constant(x, has_constant="add").rename(columns={"const": "(intercept)"})
    if len(own) < x.shape[1] + 2 or np.linalg.matrix_rank(x.to_numpy()) < x.shape[1]:
        return [{"n": len(own), "why": "too few people, or nobody differs before the lesson"}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = sm.OLS(own["post"].astype(float), x).fit()
    interval = fit.conf_int()
    return [
        {
            "n": len(own),
            "term": term,
            "estimate": fit.params[term],
            "se": fit.bse[term],
            "t": fit.tvalues[term],
            "df": fit.df_resid,
            "p": fit.pvalues[term],
            "low": interval.loc[term, 0],
            "high": interval.loc[term, 1],
        }
        for term in x.columns
    ]


def normalised_change(pre: float, post: float, low: float, high: float) -> float | None:
    """-1..1 (Marx & Cummings 2007); None where nothing could be gained or lost, and where that was kept."""
    if post > pre:
        return (post - pre) / (high - pre)
    if post < pre:
        return (post - pre) / (pre - low)
    return None if pre in (low, high) else 0.0


def _changes(own: pd.DataFrame, levels: list[str]) -> list[dict[str, Any]]:
    own = own.assign(
        change=[normalised_change(one.pre, one.post, one.low, one.high) for one in own.itertuples()]
    )
    rows = []
    reference = own[own["condition"] == levels[0]]["change"].to_numpy(dtype=float)
    for level in levels:
        group = own[own["condition"] == level]
        before, after = (mean_of(group[name].to_numpy(dtype=float)) for name in ("pre", "post"))
        change = mean_of(group["change"].to_numpy(dtype=float))
        against = between(group["change"].to_numpy(dtype=float), reference) if level != levels[0] else None
        rows.append(
            {
                "condition": level,
                "n_people": before.n,
                "pre": before.mean,
                "post": after.mean,
                "n_change": change.n,
                "change": change.mean,
                "low": change.low,
                "high": change.high,
                "g": against.g.value if against and against.g else None,
                "g_low": against.g.low if against and against.g else None,
                "g_high": against.g.high if against and against.g else None,
            }
        )
    return rows


def _ancova_table(rows: list[dict[str, Any]]) -> Table:
    return table_of(
        "gain_ancova",
        "Test after the lesson on the test before and the condition (ANCOVA).",
        [
            *(Column(name, name) for name in ("instrument", "score", "n", "term")),
            Column("estimate", "estimate", 3),
            Column("se", "SE", 3),
            Column("t", "t"),
            Column("df", "df", 0),
            Column("p", "p", 4),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
            Column("why", "why not"),
        ],
        rows,
    )


def _change_table(rows: list[dict[str, Any]]) -> Table:
    return table_of(
        "gain_change",
        "Normalised change from before to after, by condition.",
        [
            *(Column(name, name) for name in ("instrument", "score", "condition", "n_people")),
            Column("pre", "before, mean"),
            Column("post", "after, mean"),
            Column("n_change", "people with a change"),
            Column("change", "normalised change", 3),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
            Column("g", "g against the first"),
            Column("g_low", "g from"),
            Column("g_high", "g to"),
        ],
        rows,
    )
