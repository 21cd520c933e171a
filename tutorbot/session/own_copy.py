"""What a participant may take along: a copy of the consent, and of what was stored under their code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from tutorbot.core.events import Consent, Note, Observation, RobotSpeech, Row, WizardChoice, WizardLine
from tutorbot.ports import LogHeader
from tutorbot.session.plan import Plan
from tutorbot.session.words import EN, words

EXPERIMENTERS = (Note, Observation, RobotSpeech, WizardChoice, WizardLine)
"""Inputs that come from the study's side; held back like the tutor's decisions while the session runs."""


def consent_copy(plan: Plan, rows: Sequence[Row]) -> dict[str, Any]:
    """The texts as they were shown, and what was answered, newest last."""
    return {
        "language": plan.language,
        "study": plan.study_title,
        "version": plan.consent_version,
        "title": plan.consent_title,
        "paragraphs": list(plan.consent_paragraphs),
        "points": list(plan.consent_points),
        "camera": plan.camera_paragraph if plan.camera_refused is None else None,
        "purposes": [{"id": name, "text": text} for name, text in plan.stages.purposes],
        "contact": plan.contact,
        "answers": [
            {"purpose": row.purpose, "granted": row.granted, "at_s": row.at_s}
            for row in rows
            if isinstance(row, Consent)
        ],
    }


def data_copy(header: LogHeader, rows: Sequence[Row], *, over: bool) -> dict[str, Any]:
    """Everything stored about this participant, as plain values; the link itself is left out.

    over: the session has ended. Before that the tutor's own decisions are held back, and a note says so.
    """
    about: dict[str, Any] = {
        "study": header.study_id,
        "participant": header.participant,
        "session": header.session_id,
        "started_at_utc": header.started_at_utc,
        "software_version": header.software_version,
    }
    if over:
        about |= {"condition": header.condition, "cell": header.cell, "sequence": header.sequence}
    else:
        about["note"] = words(header.language or EN.language).copy_note
    return {**about, "rows": [_plain(row) for row in rows if over or _came_from_the_learner(row)]}


def _came_from_the_learner(row: Row) -> bool:
    return row.is_input and not isinstance(row, EXPERIMENTERS)


def _plain(row: Row) -> Mapping[str, Any]:
    values = {field.name: getattr(row, field.name) for field in fields(row) if field.name != "client_id"}
    return {"table": row.table, **values}
