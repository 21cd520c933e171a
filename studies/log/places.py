"""Places of a study in its log: given out once, given back by drop-outs, in the caller's transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, insert, not_, or_, select, update

from studies.allocation import Given, Next, list_hash, list_text, next_place
from studies.log.models import ROW_TABLES, AllocationList, Place, Study
from studies.protocol import Protocol
from tutorbot.core.events import Action, AffectWindow, Consent, Health, SessionEnded

FINISHED = frozenset({"criterion", "max_items"})
"""How a session ended that went to the lesson's end."""

RELEASED_BY = {
    "consent_refused": "refused",
    "consent_withdrawn": "withdrawn",
    "stopped_by_learner": "stopped",
    "stopped_by_experimenter": "stopped",
    "away_too_long": "away",
}
"""End of a session -> why its place is given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Places of one cell that are held: by sessions that finished, and by those that run."""

    completed: int
    running: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who gets a place, and when."""

    session_id: str
    stratum: str
    at_utc: str


def lock_study(connection: Connection, study_id: str) -> None:
    """Let nobody else give out places of this study until the transaction ends."""
    connection.execute(select(Study.id).where(Study.id == study_id).with_for_update())


def given_places(connection: Connection, study_id: str) -> list[Given]:
    """All places given out so far, in order."""
    chosen = select(
        Place.n,
        Place.list_n,
        Place.refill_of,
        Place.stratum,
        Place.cell,
        Place.sequence,
        Place.released_at_utc,
    )
    return [
        Given(
            n=n,
            list_n=list_n,
            refill_of=refill_of,
            stratum=stratum,
            cell=cell,
            sequence=sequence,
            released=released is not None,
        )
        for n, list_n, refill_of, stratum, cell, sequence, released in connection.execute(
            chosen.where(Place.study_id == study_id).order_by(Place.n)
        )
    ]


def choose(
    connection: Connection, protocol: Protocol, stratum: str, serves: Callable[[str], bool]
) -> Next | None:
    """The place the next participant of a stratum gets; None when no cell can be given now."""
    return next_place(protocol, given_places(connection, protocol.id), stratum, serves=serves)


def hold(connection: Connection, protocol: Protocol, place: Next, holder: Holder, *, list_hash: str) -> int:
    """Note that a session got a place of the list of this hash. Returns: its running number."""
    last = select(func.max(Place.n)).where(Place.study_id == protocol.id)
    n = (connection.execute(last).scalar() or 0) + 1
    connection.execute(
        insert(Place).values(
            study_id=protocol.id,
            n=n,
            list_hash=list_hash,
            origin=place.origin,
            list_n=place.list_n,
            refill_of=place.refill_of,
            stratum=holder.stratum,
            cell=place.cell,
            sequence=place.sequence,
            reason=None if place.reason is None else dict(place.reason),
            session_id=holder.session_id,
            given_at_utc=holder.at_utc,
        )
    )
    return n


def release(connection: Connection, session_id: str, *, why: str, at_utc: str) -> bool:
    """Give a session's place back. Returns: False when it holds none."""
    held = and_(Place.session_id == session_id, Place.released_at_utc.is_(None))
    done = connection.execute(update(Place).where(held).values(released_at_utc=at_utc, released_why=why))
    return done.rowcount > 0


def release_stale(connection: Connection, protocol: Protocol, at_utc: str) -> int:
    """Give back places of people who never agreed, or left and did not come back. Returns: how many.

    A place of somebody who was erased is settled: given back then, or kept as one that was completed.
    """
    rule, n = protocol.enrolment, 0
    ended, consent = ROW_TABLES[SessionEnded].c, ROW_TABLES[Consent].c
    agreed = select(consent.session_id).where(
        consent.session_id == Place.session_id, consent.purpose == "participation", consent.granted
    )
    over = select(ended.session_id).where(ended.session_id == Place.session_id)
    held = and_(Place.study_id == protocol.id, Place.released_at_utc.is_(None), not_(over.exists()))
    waiting = select(Place.session_id, Place.given_at_utc).where(held, not_(agreed.exists()))
    for session_id, given_at in connection.execute(waiting).all():
        if session_id is not None and max(given_at, _last_seen(connection, session_id)) < _before(
            at_utc, minutes=rule.hold_min
        ):
            n += release(connection, session_id, why="not_begun", at_utc=at_utc)
    running = select(Place.session_id, Place.given_at_utc).where(held, agreed.exists())
    for session_id, given_at in connection.execute(running).all():
        if session_id is not None and max(given_at, _last_seen(connection, session_id)) < _before(
            at_utc, minutes=60 * rule.away_h
        ):
            n += release(connection, session_id, why="away", at_utc=at_utc)
    return n


def counts(connection: Connection, study_id: str) -> Mapping[str, Counts]:
    """Places held, by cell."""
    ended = ROW_TABLES[SessionEnded].c
    finished = select(ended.session_id).where(
        ended.session_id == Place.session_id, ended.reason.in_(sorted(FINISHED))
    )
    erased = Place.session_id.is_(None)  # its session had ended, else it was given back
    held = select(Place.cell, or_(erased, finished.exists())).where(
        Place.study_id == study_id, Place.released_at_utc.is_(None)
    )
    found = Counter((cell, bool(done)) for cell, done in connection.execute(held))
    return {
        cell: Counts(completed=found[cell, True], running=found[cell, False])
        for cell in sorted({cell for cell, _ in found})
    }


def write_list(connection: Connection, protocol: Protocol, at_utc: str) -> str:
    """The hash of the list in force, which is written down when it is not yet."""
    wanted = list_hash(protocol)
    known = select(AllocationList.hash).where(
        AllocationList.study_id == protocol.id, AllocationList.hash == wanted
    )
    if connection.execute(known).first() is None:
        connection.execute(
            insert(AllocationList).values(
                study_id=protocol.id,
                hash=wanted,
                method=protocol.allocation.method,
                seed=protocol.seed,
                text=list_text(protocol),
                made_at_utc=at_utc,
            )
        )
    return wanted


def _last_seen(connection: Connection, session_id: str) -> str:
    """When anything of a session's page was stored last, UTC; empty for never."""
    newest = ""
    for kind in (Health, Action, AffectWindow):
        table = ROW_TABLES[kind]
        last = select(func.max(table.c.at_utc)).where(table.c.session_id == session_id)
        newest = max(newest, connection.execute(last).scalar() or "")
    return newest


def _before(at_utc: str, *, minutes: float) -> str:
    moment = dt.datetime.fromisoformat(at_utc) - dt.timedelta(minutes=minutes)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def place_stratum(connection: Connection, session_id: str) -> str:
    """The stratum a session's newest place belongs to; empty without one."""
    newest = select(Place.stratum).where(Place.session_id == session_id).order_by(Place.n.desc())
    return connection.execute(newest.limit(1)).scalar() or ""


def session_place(connection: Connection, session_id: str) -> tuple[int, str | None] | None:
    """Number of a session's newest place and why it was given back (None: it was not); None without one."""
    newest = (
        select(Place.n, Place.released_why).where(Place.session_id == session_id).order_by(Place.n.desc())
    )
    found = connection.execute(newest.limit(1)).first()
    return None if found is None else (found[0], found[1])
