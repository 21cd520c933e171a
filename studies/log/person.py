"""One person in the log: which rows are theirs, and taking all of them out in one transaction."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from studies.log.buried import find_buried
from studies.log.database import shown
from studies.log.models import (
    ROW_TABLES,
    Arrival,
    Audit,
    Invitation,
    Participant,
    ParticipantLink,
    Place,
    Session,
    Study,
    Tombstone,
)
from studies.log.scores import acts_said
from tutorbot.core.events import SessionEnded
from tutorbot.errors import BadInput

GONE = "(erased)"
"""Stands in the audit log where a pseudonym, session or link stood."""
CHUNK = 500
"""Sessions named in one statement; databases take only so many values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a study. links: secret parts of their addresses. n_open: sessions without an end."""

    study_id: str
    code: str
    n: int
    sessions: tuple[str, ...]
    links: tuple[str, ...]
    n_open: int

    @property
    def secrets(self) -> tuple[str, ...]:
        """What names this person and nobody else, anywhere: session ids and links."""
        return (*self.sessions, *self.links)


def require_study(connection: Connection, study_id: str) -> None:
    """Pass when the log knows the study. Raises: BadInput: naming those it holds."""
    known = connection.execute(select(Study.id).order_by(Study.id)).scalars().all()
    if study_id not in known:
        raise BadInput(
            f"The study log {shown(connection.engine.url)} holds no study {study_id!r}.",
            remedy=f"It holds {', '.join(known)}." if known else "It holds none yet.",
        )


def find_person(connection: Connection, study_id: str, code: str) -> Person:
    """Everything that leads to one person.

    Raises: BadInput: naming codes that are near it, or saying when the person was taken out.
    """
    require_study(connection, study_id)
    person = seek_person(connection, study_id, code)
    if person is None:
        raise _nobody(connection, study_id, code)
    return person


def seek_person(connection: Connection, study_id: str, code: str) -> Person | None:
    """As ``find_person``; None: the log holds nobody called so."""
    n = connection.execute(
        select(Participant.n).where(Participant.study_id == study_id, Participant.code == code)
    ).scalar_one_or_none()
    if n is None:
        n = _invited_only(connection, study_id, code)
    if n is None:
        return None
    sessions = connection.execute(
        select(Session.id)
        .where(Session.study_id == study_id, Session.participant == code)
        .order_by(Session.started_at_utc, Session.id)
    ).scalars()
    ids = tuple(sessions)
    links = connection.execute(
        select(ParticipantLink.link).where(ParticipantLink.session_id.in_(ids))
    ).scalars()
    invited = connection.execute(
        select(Invitation.link).where(Invitation.study_id == study_id, Invitation.participant == code)
    ).scalars()
    ended = ROW_TABLES[SessionEnded].c.session_id
    n_ended = connection.execute(select(func.count()).where(ended.in_(ids))).scalar_one()
    return Person(
        study_id=study_id,
        code=code,
        n=n,
        sessions=ids,
        links=tuple(sorted({*links, *invited})),
        n_open=len(ids) - n_ended,
    )


def all_people(connection: Connection, study_id: str) -> tuple[Person, ...]:
    """Everybody of a study, in order: who came, and who was only invited. Raises: BadInput."""
    require_study(connection, study_id)
    came = connection.execute(select(Participant.code).where(Participant.study_id == study_id)).scalars()
    invited = connection.execute(
        select(Invitation.participant).where(Invitation.study_id == study_id)
    ).scalars()
    people = (find_person(connection, study_id, code) for code in {*came, *invited})
    return tuple(sorted(people, key=lambda person: (person.n, person.code)))


def _invited_only(connection: Connection, study_id: str, code: str) -> int | None:
    """The number of somebody who has a link and never came; None: nobody is called so."""
    chosen = select(Invitation.link).where(Invitation.study_id == study_id, Invitation.participant == code)
    if connection.execute(chosen).first() is None:
        return None
    n = int("".join(letter for letter in code if letter in "0123456789") or 0)
    return -n if code.startswith("T") else n  # a preview's


def _nobody(connection: Connection, study_id: str, code: str) -> BadInput:
    buried = find_buried(connection, study_id, code)
    if buried is not None:
        return BadInput(
            buried.told,
            remedy="This log holds nothing of them any more; the receipt says what went. Name a folder that "
            "still does with --exports or --bags, and it is gone through.",
        )
    known = connection.execute(
        select(Participant.code).where(Participant.study_id == study_id).order_by(Participant.n)
    ).scalars()
    return BadInput(f"Study {study_id!r} has no participant {code!r}.", remedy=_near(code, list(known)))


def _near(code: str, known: list[str]) -> str:
    if not known:
        return "It has none at all."
    near = difflib.get_close_matches(code.upper(), known, n=3, cutoff=0.5) or known[:3]
    return f"Did you mean {' or '.join(sorted(near))}? It has {len(known)}, {known[0]} to {known[-1]}."


def erase_person(
    connection: Connection,
    person: Person,
    *,
    at_utc: str,
    reason: str,
    receipt: str | None,
    on_table: Callable[[str], None] = lambda name: None,
) -> dict[str, int]:
    """Delete every row of a person and leave a tombstone, inside a transaction under way.

    Returns: table -> rows deleted, where there were any.
    """
    ids = list(person.sessions)
    n_acts = acts_said(connection, ids)
    deleted: dict[str, int] = {}
    _leave_places(connection, ids, at_utc)
    for table in ROW_TABLES.values():
        on_table(table.name)
        deleted[table.name] = _delete(connection, table, table.c.session_id, ids)
    deleted["participant_link"] = _delete(connection, ParticipantLink, ParticipantLink.session_id, ids)
    deleted["arrival"] = _delete(connection, Arrival, Arrival.session_id, ids)
    _clean_audit(connection, person)
    deleted["session"] = _delete(connection, Session, Session.id, ids)
    for model, column in ((Invitation, Invitation.participant), (Participant, Participant.code)):
        done = connection.execute(
            delete(model).where(model.study_id == person.study_id, column == person.code)
        )
        deleted[model.__tablename__] = done.rowcount
    deleted = {name: n for name, n in deleted.items() if n}
    connection.execute(
        update(Tombstone)
        .where(Tombstone.study_id == person.study_id, Tombstone.participant == person.code)
        .values(sessions=[])
    )
    connection.execute(
        insert(Tombstone).values(
            study_id=person.study_id,
            participant=person.code,
            n=person.n,
            kind="person",
            reason=reason,
            at_utc=at_utc,
            n_sessions=len(ids),
            n_acts=n_acts,
            deleted=deleted,
            sessions=sorted(session_hash(session_id) for session_id in ids),
            receipt=receipt,
        )
    )
    return deleted


def _leave_places(connection: Connection, ids: Sequence[str], at_utc: str) -> None:
    """A place whose session has not ended is given back; every place forgets whose it was."""
    ended = ROW_TABLES[SessionEnded].c.session_id
    held = Place.session_id.in_(ids), Place.released_at_utc.is_(None)
    connection.execute(
        update(Place)
        .where(*held, ~select(ended).where(ended == Place.session_id).exists())
        .values(released_at_utc=at_utc, released_why="withdrawn")
    )
    connection.execute(update(Place).where(Place.session_id.in_(ids)).values(session_id=None))


def session_hash(session_id: str) -> str:
    """What a tombstone keeps of a session id."""
    return hashlib.sha256(session_id.encode()).hexdigest()


def _delete(connection: Connection, table: Any, column: Any, ids: Sequence[str]) -> int:
    n = 0
    for start in range(0, len(ids), CHUNK):
        n += connection.execute(delete(table).where(column.in_(ids[start : start + CHUNK]))).rowcount
    return n


def _clean_audit(connection: Connection, person: Person) -> None:
    """What was done stays; whose session it was does not."""
    names = sorted({*person.secrets, person.code}, key=len, reverse=True)
    mine = select(Audit.id, Audit.detail).where(Audit.study_id == person.study_id)
    for row_id, detail in connection.execute(mine).all():
        cleaned = detail
        for name in names:
            cleaned = cleaned.replace(name, GONE)
        if cleaned != detail:
            connection.execute(update(Audit).where(Audit.id == row_id).values(detail=cleaned))
    connection.execute(update(Audit).where(Audit.session_id.in_(person.sessions)).values(session_id=None))
