"""The same data in the two shapes other tools ask for: a row for each session, and a row for each value."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

MEASURES = (
    "trust",
    "concentration",
    "trust_estimate",
    "concentration_index",
    "first_try",
    "n_attempts",
    "duration_s",
)
"""Columns of ``board`` that are values of one board."""
LONG = (
    "session_id",
    "participant",
    "cell",
    "condition",
    "part",
    "cell_in_force",
    "phase",
    "block",
    "item_n",
    "item_id",
    "measure",
    "value",
)


def long(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row for each value: of each board, and each score of a questionnaire as ``instrument.score``."""
    board = frames["board"]
    keys = [name for name in LONG if name in board.columns]
    numbers = board[[*keys, *MEASURES]].copy()
    numbers["first_try"] = numbers["first_try"].astype(float)
    values = numbers.melt(id_vars=keys, value_vars=list(MEASURES), var_name="measure").assign(phase="lesson")
    scores = frames["questionnaire_score"]
    scores = scores.assign(measure=scores["instrument"].astype(str) + "." + scores["score"].astype(str))
    scores = scores[["session_id", "participant", "condition", "part", "phase", "block", "measure", "value"]]
    both = [values, scores.astype({"value": float})] if len(scores) else [values]
    return pd.concat(both).reindex(columns=list(LONG)).dropna(subset=["value"]).reset_index(drop=True)


def wide(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """A row for each session that is analyzed: set-up, and the mean of each measure in each condition."""
    sessions = frames["session"]
    keys = [
        "session_id",
        "participant",
        "condition",
        "cell",
        "sequence",
        "stratum",
        "end_reason",
        "camera_consented",
        "task_s",
        "n_items",
        "n_acts",
    ]
    values = long(frames)
    name = values["measure"] + "." + values["condition"].astype(str)
    by_phase = values["measure"] + "." + values["phase"].astype(str)
    columns = name.where(values["phase"].isin(["lesson", "block"]), by_phase)
    means = values.assign(column=columns).pivot_table(index="session_id", columns="column", values="value")
    return sessions[sessions["analysed"]][keys].merge(means.reset_index(), on="session_id", how="left")
