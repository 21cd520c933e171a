"""Time lines: what happened when in each session, as spans and points of one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from studies.report.analysis.frames import Frames, truth
from studies.report.analysis.results import Column, Section, table_of

BIN_S = 10.0
"""Face scores are shown as means over so many seconds."""


def timelines(frames: Frames) -> Section:
    """Blocks, affect, acts and trust of every session that was analyzed."""
    rows = [row for _, session in frames.sessions.iterrows() for row in _session(frames, session)]
    return Section(
        id="timelines",
        title="Time lines of sessions",
        words=(
            f"One strip a session: blocks, the detector's scores (means over {BIN_S:g} s), acts by "
            f"level, and "
            "the trust estimate with the learner's own answers.",
        ),
        tables=(
            table_of(
                "timelines",
                "What the time lines show.",
                [
                    Column("session_id", "session"),
                    Column("participant", "person"),
                    Column("condition", "condition"),
                    Column("lane", "lane"),
                    Column("from_s", "from, s", 1),
                    Column("to_s", "to, s", 1),
                    Column("value", "value"),
                    Column("label", "label"),
                ],
                rows,
                shown=0,
            ),
        ),
    )


def _session(frames: Frames, session: pd.Series) -> Iterator[dict[str, Any]]:
    def own(name: str) -> pd.DataFrame:
        table = frames[name]
        return table[table["session_id"] == session["session_id"]]

    end = float(session["duration_s"]) if pd.notna(session["duration_s"]) else 0.0
    base = {key: session[key] for key in ("session_id", "participant")}
    for row in [
        {"lane": "session", "from_s": 0.0, "to_s": end, "condition": session["condition"]},
        *_blocks(own("block"), end),
        *_affect(own("affect_window")),
        *_acts(own("act_whole")),
        *_trust(own("trust_state"), own("probe"), end),
    ]:
        yield {**base, **row}


def _blocks(blocks: pd.DataFrame, end: float) -> Iterator[dict[str, Any]]:
    for one, stop in zip(blocks.itertuples(), _ends(blocks, end), strict=True):
        yield {
            "lane": "block",
            "from_s": one.at_s,
            "to_s": stop,
            "label": one.problem,
            "condition": one.condition,
        }


def _ends(rows: pd.DataFrame, end: float) -> list[float]:
    """When each of these gave way to the next; none where somebody left before the first."""
    return [*rows["at_s"].tolist()[1:], end][: len(rows)]


def _affect(windows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    begin = (windows["at_s"] // BIN_S) * BIN_S
    for state in ("confusion", "frustration"):
        grouped = windows.assign(begin=begin).groupby("begin")
        conditions = grouped["condition"].first()
        for start, value in grouped[state].mean().dropna().items():
            yield {
                "lane": state,
                "from_s": float(start),
                "to_s": float(start) + BIN_S,
                "value": float(value),
                "condition": conditions[start],
            }


def _acts(acts: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for one in acts[truth(acts["delivered"])].itertuples():
        yield {
            "lane": "act",
            "from_s": one.delivered_at_s,
            "to_s": one.delivered_at_s
            + (float(one.reaction_latency_s) if pd.notna(one.reaction_latency_s) else 0.0),
            "value": float(one.level_delivered),
            "label": one.reaction if isinstance(one.reaction, str) else None,
            "condition": one.condition,
        }


def _trust(states: pd.DataFrame, probes: pd.DataFrame, end: float) -> Iterator[dict[str, Any]]:
    for one, stop in zip(states.itertuples(), _ends(states, end), strict=True):
        yield {
            "lane": "trust",
            "from_s": one.at_s,
            "to_s": stop,
            "value": float(one.trust),
            "condition": one.condition,
        }
    for one in probes.itertuples():
        yield {
            "lane": "answer",
            "from_s": one.at_s,
            "to_s": one.at_s,
            "value": float(one.trust),
            "condition": one.condition,
        }
