"""Questionnaires: scores by phase and cell, how consistent each scale was, and attention checks."""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.instruments.reliability import Reliability, alpha, omega
from studies.report.analysis.effects import mean_of
from studies.report.analysis.flow import arm
from studies.report.analysis.frames import Frames
from studies.report.analysis.outcomes import CONTRAST_COLUMNS, contrast, contrast_row, with_holm
from studies.report.analysis.results import Column, Section, Table, table_of

KEYS = ["instrument", "score", "phase"]


def scales(frames: Frames) -> Section:
    """Scores, contrasts of scores after a block or the lesson, reliability, checks."""
    scores, unscored = frames["questionnaire_score"], frames["questionnaire_unscored"]
    words = tuple(
        f"{one.instrument} (version {one.version}) was not scored: {one.why}" for one in unscored.itertuples()
    )
    if scores.empty:
        words = (*words, "No questionnaire with scores was filled in.")
        return Section(id="scales", title="Questionnaires", words=words, tables=_checks(frames))
    return Section(
        id="scales",
        title="Questionnaires",
        words=(
            *words,
            "Different scales are never pooled. Reversed items were turned before scoring.",
        ),
        tables=(_scores(frames, scores), _contrasts(frames, scores), _reliability(frames), *_checks(frames)),
    )


def _scores(frames: Frames, scores: pd.DataFrame) -> Table:
    cells = dict(zip(frames.sessions["session_id"], arm(frames.sessions), strict=True))
    scores = scores.assign(arm=scores["session_id"].map(cells))
    rows = []
    for (instrument, score, phase), own in scores.groupby(KEYS):
        by = "condition" if phase == "block" else "arm"
        for level, group in own.groupby(by):
            one = mean_of(group.groupby("participant")["value"].mean().to_numpy(dtype=float))
            rows.append(
                {
                    "instrument": instrument,
                    "score": score,
                    "phase": phase,
                    "cell": level,
                    "n_people": one.n,
                    "n_without": int(group["value"].isna().sum()),
                    "mean": one.mean,
                    "sd": one.sd,
                    "low": one.low,
                    "high": one.high,
                }
            )
    return table_of(
        "scores",
        "Scores by phase and cell: over people. After a block, by the condition of the block.",
        [
            Column("instrument", "instrument"),
            Column("score", "score"),
            Column("phase", "phase"),
            Column("cell", "cell"),
            Column("n_people", "people"),
            Column("n_without", "fillings without a score"),
            Column("mean", "mean"),
            Column("sd", "SD"),
            Column("low", "95 % from"),
            Column("high", "to"),
        ],
        rows,
    )


def _contrasts(frames: Frames, scores: pd.DataFrame) -> Table:
    levels = frames.conditions()
    rows: list[dict[str, Any]] = []
    later = scores[(scores["phase"] != "pre") & scores["value"].notna()]
    for (instrument, score, phase), own in later.groupby(KEYS):
        means = own.groupby(["participant", "condition"])["value"].mean().unstack()
        if phase == "post" and _within(frames):
            continue  # asked once, of everything the person met: no condition of its own
        rows += [
            {
                "by": "condition",
                "family": f"{instrument}, {phase}",
                "measure": f"{instrument}.{score}",
                "level": level,
                "reference": levels[0],
                "found": contrast(means, level, levels[0]),
            }
            for level in levels[1:]
        ]
    done: list[dict[str, Any]] = []
    for family in dict.fromkeys(row["family"] for row in rows):
        done += with_holm([row for row in rows if row["family"] == family])
    return table_of(
        "score_contrasts",
        "Scores: conditions against the first, as for trust and concentration.",
        CONTRAST_COLUMNS,
        (contrast_row(one) for one in done),
        notes=(
            "A family is one instrument at one time. Scores after the whole lesson of people who met several "
            "conditions belong to none of them and are not compared.",
        ),
    )


def _within(frames: Frames) -> bool:
    """Whether anybody met more than one condition."""
    board = frames["board"]
    return bool((board.groupby("participant")["condition"].nunique() > 1).any())


def _reliability(frames: Frames) -> Table:
    items = frames["questionnaire_item"]
    rows = []
    for (instrument, score, phase), own in items.groupby(KEYS):
        first = own[own["filling_n"] == own.groupby("participant")["filling_n"].transform("min")]
        wide = first.pivot_table(index="participant", columns="item_id", values="value", dropna=False)
        for name, found in (("alpha", alpha(wide)), ("omega", omega(wide))):
            rows.append(
                {"instrument": instrument, "score": score, "phase": phase, "what": name, **_shown(found)}
            )
    return table_of(
        "reliability",
        "How consistent each scale was: Cronbach's alpha (Feldt's interval) and McDonald's omega total.",
        [
            Column("instrument", "instrument"),
            Column("score", "score"),
            Column("phase", "phase"),
            Column("what", "coefficient"),
            Column("n_items", "items"),
            Column("n", "people"),
            Column("n_left_out", "left out"),
            Column("value", "value"),
            Column("low", "95 % from"),
            Column("high", "to"),
            Column("why", "why not"),
        ],
        rows,
        notes=("Each person's first filling in of a phase; those with an item missing are left out.",),
    )


def _shown(found: Reliability) -> dict[str, Any]:
    values = {name: getattr(found, name) for name in ("n_items", "n", "n_left_out", "value", "low", "high")}
    return {**values, "why": found.reason}


def _checks(frames: Frames) -> tuple[Table, ...]:
    ends = frames["questionnaire_end"]
    ends = ends[ends["n_checks"] > 0]
    if ends.empty:
        return ()
    rows = []
    for condition in frames.conditions():
        own = ends[ends["condition"] == condition]
        failed = own[own["n_checks_passed"] < own["n_checks"]]
        rows.append(
            {
                "condition": condition,
                "checks": int(own["n_checks"].sum()),
                "failed": int((own["n_checks"] - own["n_checks_passed"]).sum()),
                "people": own["participant"].nunique(),
                "people_failed": failed["participant"].nunique(),
            }
        )
    return (
        table_of(
            "attention_checks",
            "Attention and instruction checks that were failed. Nobody is left out on that account.",
            [
                Column("condition", "condition"),
                Column("checks", "checks"),
                Column("failed", "failed"),
                Column("people", "people"),
                Column("people_failed", "people who failed any"),
            ],
            rows,
        ),
    )
