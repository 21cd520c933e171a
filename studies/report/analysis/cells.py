"""Who is in which cell at the start: counts and pre-scores, to see whether allocation made like groups.

No test of baseline differences is made: groups were made by chance, so a p value would say nothing
(CONSORT 2010, item 15).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.report.analysis.effects import mean_of
from studies.report.analysis.flow import arm
from studies.report.analysis.frames import Frames, truth
from studies.report.analysis.results import Column, Section, table_of


def cells(frames: Frames) -> Section:
    """One row for each cell and characteristic."""
    sessions = frames.sessions
    sessions = sessions.assign(arm=arm(sessions))
    rows = []
    for name in [*sorted(sessions["arm"].unique()), "all"]:
        own = sessions if name == "all" else sessions[sessions["arm"] == name]
        rows += [{"cell": name, **row} for row in _of_cell(frames, own)]
    return Section(
        id="cells",
        title="Cells at the start",
        words=("Differences at the start are shown and not tested: they came about by chance.",),
        tables=(
            table_of(
                "cells",
                "People analyzed by cell: what was known before the lesson.",
                [
                    Column("cell", "cell"),
                    Column("what", "what"),
                    Column("value", "value"),
                    Column("n", "people"),
                    Column("share", "share", 3),
                    Column("mean", "mean"),
                    Column("sd", "SD"),
                ],
                rows,
            ),
        ),
    )


def _of_cell(frames: Frames, sessions: pd.DataFrame) -> list[dict[str, Any]]:
    n = len(sessions)
    rows: list[dict[str, Any]] = [{"what": "people analyzed", "n": n}]
    camera = int(truth(sessions["camera_consented"]).sum())
    rows.append({"what": "camera", "value": "agreed", "n": camera, "share": camera / n if n else None})
    for column in ("language", "stratum", "sequence"):
        counted = sessions[column].dropna().value_counts().sort_index()
        rows += [
            {"what": column, "value": str(value), "n": int(count), "share": int(count) / n}
            for value, count in counted.items()
        ]
    start = mean_of(sessions["trust_start"].to_numpy(dtype=float))
    rows.append({"what": "trust estimate at the start", "n": start.n, "mean": start.mean, "sd": start.sd})
    scores = frames["questionnaire_score"]
    scores = scores[(scores["phase"] == "pre") & scores["session_id"].isin(sessions["session_id"])]
    for (instrument, score), own in scores.groupby(["instrument", "score"]):
        one = mean_of(own["value"].to_numpy(dtype=float))
        rows.append(
            {
                "what": f"{instrument} (before)",
                "value": str(score),
                "n": one.n,
                "mean": one.mean,
                "sd": one.sd,
            }
        )
    return rows
