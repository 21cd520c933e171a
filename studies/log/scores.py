"""Scores drawn from a learner's face, deleted when the consent to the camera is taken back.

What goes: the scores of ``affect_window``, every ``concentration_state`` with a face in it, and the face's
values behind triggers. Each row keeps its number as a tombstone (see ``tutorbot.core.erased``), so the log
has no gap; acts, their triggers and all behaviour stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from studies.log.models import ROW_TABLES, Participant, Session, Tombstone
from studies.log.row_tables import ENVELOPE, to_record
from tutorbot.core.erased import ERASED, FACE_VALUES, erased_window
from tutorbot.core.events import AffectWindow, ConcentrationState, Consent, Delivery, Trigger

WINDOWS, FOCUS, TRIGGERS = (ROW_TABLES[kind] for kind in (AffectWindow, ConcentrationState, Trigger))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoresErased:
    """What went of one session. deleted: table -> rows. from_s: second of the first of them."""

    session_id: str
    deleted: dict[str, int]
    from_s: float


def withdrawn_at_seq(connection: Connection, session_id: str) -> int | None:
    """Number of the row in which camera consent was last taken back; None: it never was."""
    consent = ROW_TABLES[Consent].c
    chosen = (
        select(consent.seq, consent.granted)
        .where(consent.session_id == session_id, consent.purpose == "camera")
        .order_by(consent.seq)
    )
    given, found = False, None
    for seq, granted in connection.execute(chosen):
        if given and not granted:
            found = seq
        given = granted
    return found


def erase_scores(
    connection: Connection, session_id: str, *, at_utc: str, receipt: str | None = None
) -> ScoresErased | None:
    """Delete what the camera gave before its consent was taken back, inside a transaction under way.

    Returns: None when there is nothing of the kind, or no longer. A tombstone counts what went.
    """
    until = withdrawn_at_seq(connection, session_id)
    if until is None:
        return None
    starts = [
        at_s
        for at_s in (
            _first_s(connection, WINDOWS, session_id, until, _seen()),
            *(at_s for _, at_s in _with_face(connection, session_id, until)),
        )
        if at_s is not None
    ]
    deleted = {
        WINDOWS.name: _blank_windows(connection, session_id, until),
        FOCUS.name: _replace_focus(connection, session_id, until),
        TRIGGERS.name: _strip_triggers(connection, session_id, until),
    }
    if not starts:
        return None
    _bury(connection, session_id, deleted, at_utc, receipt)
    return ScoresErased(session_id=session_id, deleted=deleted, from_s=min(starts))


def _seen() -> Any:
    """A window in which a camera ran, and whose scores are still there."""
    return (WINDOWS.c.estimator != ERASED) & or_(
        WINDOWS.c.coverage > 0, WINDOWS.c.captured_at_s.is_not(None), WINDOWS.c.n_faces > 0
    )


def _first_s(connection: Connection, table: Any, session_id: str, until: int, which: Any) -> float | None:
    chosen = select(func.min(table.c.at_s)).where(
        table.c.session_id == session_id, table.c.seq < until, which
    )
    found: float | None = connection.execute(chosen).scalar()
    return found


def _blank_windows(connection: Connection, session_id: str, until: int) -> int:
    blank = to_record(erased_window(0.0, "", 0.0))
    kept = {"at_s", "source", "window_s"}
    done = connection.execute(
        update(WINDOWS)
        .where(WINDOWS.c.session_id == session_id, WINDOWS.c.seq < until, _seen())
        .values({name: value for name, value in blank.items() if name not in kept})
    )
    return done.rowcount


def _with_face(connection: Connection, session_id: str, until: int) -> Iterator[tuple[int, float]]:
    """(seq, second) of each state of concentration that has the face in it."""
    chosen = (
        select(FOCUS.c.seq, FOCUS.c.at_s, FOCUS.c.parts)
        .where(FOCUS.c.session_id == session_id, FOCUS.c.seq < until)
        .order_by(FOCUS.c.seq)
    )
    for seq, at_s, parts in connection.execute(chosen):
        if any(name == "face" for name, _ in parts):
            yield seq, at_s


def _replace_focus(connection: Connection, session_id: str, until: int) -> int:
    """Each such state gives its number to an empty window."""
    seqs = [seq for seq, _ in _with_face(connection, session_id, until)]
    if not seqs:
        return 0
    window = connection.execute(
        select(WINDOWS.c.source, WINDOWS.c.window_s).where(WINDOWS.c.session_id == session_id).limit(1)
    ).first()
    source, window_s = window or ("webcam", 0.0)
    envelope = [name for name in ENVELOPE if name != "id"]
    found = connection.execute(
        select(*(FOCUS.c[name] for name in envelope)).where(
            FOCUS.c.session_id == session_id, FOCUS.c.seq.in_(seqs)
        )
    ).mappings()
    records = [{**to_record(erased_window(row["at_s"], source, window_s)), **row} for row in found]
    connection.execute(delete(FOCUS).where(FOCUS.c.session_id == session_id, FOCUS.c.seq.in_(seqs)))
    connection.execute(insert(WINDOWS), records)
    return len(seqs)


def _strip_triggers(connection: Connection, session_id: str, until: int) -> int:
    chosen = select(TRIGGERS.c.id, TRIGGERS.c.evidence).where(
        TRIGGERS.c.session_id == session_id, TRIGGERS.c.seq < until
    )
    n = 0
    for row_id, evidence in connection.execute(chosen).all():
        kept = [[name, value] for name, value in evidence if name not in FACE_VALUES]
        if len(kept) < len(evidence):
            connection.execute(update(TRIGGERS).where(TRIGGERS.c.id == row_id).values(evidence=kept))
            n += 1
    return n


def _bury(
    connection: Connection, session_id: str, deleted: dict[str, int], at_utc: str, receipt: str | None
) -> None:
    who = connection.execute(
        select(Session.study_id, Participant.code, Participant.n)
        .join(
            Participant,
            (Participant.study_id == Session.study_id) & (Participant.code == Session.participant),
        )
        .where(Session.id == session_id)
    ).one()
    connection.execute(
        insert(Tombstone).values(
            study_id=who.study_id,
            participant=who.code,
            n=who.n,
            kind="camera",
            reason="camera_withdrawn",
            at_utc=at_utc,
            n_sessions=1,
            n_acts=acts_said(connection, [session_id]),
            deleted={name: n for name, n in deleted.items() if n},
            sessions=[],
            receipt=receipt,
        )
    )


def acts_said(connection: Connection, session_ids: list[str]) -> int:
    """Proactive acts that reached the learner in these sessions."""
    said = ROW_TABLES[Delivery].c
    n: int = connection.execute(
        select(func.count()).where(said.session_id.in_(session_ids), said.delivered)
    ).scalar_one()
    return n
