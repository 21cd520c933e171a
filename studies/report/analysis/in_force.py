"""What was in force: protocols, versions and amendments; and the hypotheses beside what was found."""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.report.analysis.frames import Frames, person_means, words
from studies.report.analysis.outcomes import MEASURES, contrast
from studies.report.analysis.results import Column, Section, Table, table_of


def in_force(frames: Frames) -> Section:
    """Hashes, versions, amendments."""
    study = frames.study
    protocols = frames["protocol"]
    text = f"{study['id']}: {study['title']}. {_files(len(protocols))} in force."
    return Section(
        id="in_force",
        title="What was in force",
        words=(
            text,
            "Ethics approval: " + (str(study["ethics_id"]) if pd.notna(study["ethics_id"]) else "none"),
        ),
        tables=(
            table_of(
                "protocols",
                "Protocol files, with the sessions that began under each.",
                [
                    Column("version", "version"),
                    Column("hash", "sha256"),
                    Column("first_seen_at_utc", "first used (UTC)"),
                    Column("n_sessions", "sessions"),
                ],
                _dicts(protocols[["version", "hash", "first_seen_at_utc", "n_sessions"]]),
            ),
            table_of(
                "amendments",
                "Amendments, from the newest protocol.",
                [Column("version", "version"), Column("date", "date"), Column("reason", "reason")],
                _dicts(frames["amendment"]),
            ),
            _versions(frames["session"]),
        ),
    )


def _versions(sessions: pd.DataFrame) -> Table:
    columns = ["software_version", "lesson_hash", "model_hash"]
    counted = sessions.groupby(columns, dropna=False).size().reset_index(name="n_sessions")
    return table_of(
        "versions",
        "Software, lesson and models in force.",
        [
            Column("software_version", "software"),
            Column("lesson_hash", "lesson, sha256"),
            Column("model_hash", "models, sha256"),
            Column("n_sessions", "sessions"),
        ],
        _dicts(counted),
    )


def hypotheses(frames: Frames) -> Section:
    """Each hypothesis of the protocol beside the contrast it names."""
    planned = frames["hypothesis"]
    if planned.empty:
        text = "The protocol names no hypotheses."
        return Section(id="hypotheses", title="Hypotheses", words=(text,))
    return Section(
        id="hypotheses",
        title="Hypotheses",
        words=("p is two-sided and not corrected here; Holm's p stands with the contrasts.",),
        tables=(
            table_of(
                "hypotheses",
                "Hypotheses of the protocol and what was found.",
                [
                    Column("id", "id"),
                    Column("text", "hypothesis"),
                    Column("measure", "measure"),
                    Column("higher", "expected higher"),
                    Column("lower", "than"),
                    Column("difference", "difference"),
                    Column("low", "95 % from"),
                    Column("high", "to"),
                    Column("p", "p", 4),
                    Column("direction", "as expected"),
                    Column("why", "why not"),
                ],
                [_found(frames, one) for one in _dicts(planned)],
            ),
        ),
    )


def _found(frames: Frames, planned: dict[str, Any]) -> dict[str, Any]:
    pair = words(planned["contrast"])
    row = {key: planned[key] for key in ("id", "text", "measure")}
    if len(pair) != 2:
        return {**row, "why": "it names no two conditions"}
    row |= {"higher": pair[0], "lower": pair[1]}
    means = _means(frames, planned["measure"])
    if means is None:
        return {**row, "why": "its measure was not taken"}
    found = contrast(means, *pair)
    expected = None if found.difference is None else bool(found.difference > 0)
    values = {key: getattr(found, key) for key in ("difference", "low", "high", "p", "why")}
    return {**row, **values, "direction": expected}


def _means(frames: Frames, measure: Any) -> pd.DataFrame | None:
    """Person means of a measure of the boards or of a score; None where there is none."""
    if measure in MEASURES:
        return person_means(frames["board"], measure, "condition")
    scores = frames["questionnaire_score"]
    instrument, _, score = str(measure).partition(".")
    own = scores[(scores["instrument"] == instrument) & (scores["phase"] != "pre") & scores["value"].notna()]
    own = own[own["score"] == score] if score else own
    if own.empty or own["score"].nunique() > 1:
        return None
    return own.groupby(["participant", "condition"])["value"].mean().unstack()


def _dicts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): None if pd.isna(value) else value for key, value in row.items()}
        for row in frame.to_dict("records")
    ]


def _files(n: int) -> str:
    return "1 protocol file was" if n == 1 else f"{n} protocol files were"
