"""Taking people out of everything at once: log, folders, tracker store and id key; or out of nothing.

The order makes it so: first everything is prepared beside its place, so that a full disk is found out
before anything changes; then rows are deleted in one transaction, files put in place inside it, and it is
committed; if anything fails until then, all of it is as it was. Rasa's tracker store is a database of its
own and is committed just before: should the log's commit fail then, its conversations are gone and the same
command takes the rest. Last, what was set aside is deleted and the database file written anew.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from studies.erasure.folder import FolderPlan, as_values, plan_folder, require_folder
from studies.erasure.names import Names, files_under
from studies.erasure.receipt import n_of, operator, sealed
from studies.erasure.staged import Staged
from studies.erasure.tracker import IN_MEMORY, TrackerStore
from studies.identity import lines_of, without
from studies.log import migrations
from studies.log.database import log_engine, shown, snapshot, sqlite_file, write
from studies.log.hold import take_hold
from studies.log.models import Participant, Place, Session
from studies.log.person import Person, all_people, erase_person, find_person
from studies.log.scrub import compact
from studies.log.store import audit, utc_now
from tutorbot.errors import BadInput, LogUnwritable, TutorbotError

ROOM = 8 << 20
"""Bytes that stay free on the disk besides what is written anew."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Everything of a study that may hold a person. db: URL of the log. tracker: URL of Rasa's SQL store."""

    db: str
    exports: tuple[Path, ...] = ()
    bags: tuple[Path, ...] = ()
    key: Path | None = None
    tracker: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """what: withdrawal or purge. code: wish or retention. action: its word in the audit log."""

    what: str
    code: str
    action: str


WISH = Reason(what="withdrawal", code="wish", action="withdraw")
RETENTION = Reason(what="purge", code="retention", action="purge")


@dataclass(slots=True, kw_only=True)
class Erasure:
    """What would go, prepared and not done yet. n_key_entries: None where no id key was named."""

    study_id: str
    people: tuple[Person, ...]
    names: Names
    where: Where
    engine: Engine
    staged: Staged
    tracker: TrackerStore | None
    exports: list[FolderPlan] = field(default_factory=list)
    bags: list[FolderPlan] = field(default_factory=list)
    n_key_entries: int | None = None

    @property
    def who(self) -> str:
        """The people in words."""
        few = ", ".join(person.code for person in self.people[:8])
        return few if len(self.people) <= 8 else f"{few} and {len(self.people) - 8} more"

    def lines(self) -> Iterator[str]:
        """What would go, to read before it is agreed to."""
        n_sessions = sum(len(person.sessions) for person in self.people)
        n_open = sum(person.n_open for person in self.people)
        yield f"From the study log {shown(self.engine.url)}: {self.who}, sessions: {n_sessions}"
        if n_open:
            yield f"  sessions of these without an end: {n_open}; nobody can go on with them"
        for plan in (*self.exports, *self.bags):
            yield from plan.lines()
        yield f"From Rasa's tracker store: {self.tracker.shown if self.tracker else IN_MEMORY}"
        if self.n_key_entries is not None:
            yield f"From the id key {self.where.key}: entries: {self.n_key_entries}"


@contextmanager
def prepared(
    where: Where, study_id: str, code: str | None, *, tell: Tell = lambda what: None
) -> Iterator[Erasure]:
    """Hold the log and stage the erasure of one person, or (without a code) of everybody in a study.

    Leaving the block without ``carry_out`` leaves everything as it was.
    Raises: BadInput: an unknown code, folder, key or store; LogUnwritable: a tutor runs on the log, or
    the disk is too full; BadFile: a damaged key.
    """
    with ExitStack() as stack:
        engine = opened(where.db)
        stack.callback(engine.dispose)
        stack.callback(held(engine))
        with snapshot(engine) as connection:
            migrations.require_head(connection)
            if code is None:
                people = all_people(connection, study_id)
            else:
                people = (find_person(connection, study_id, code),)
            names = _names(connection, study_id, people)
        roots = (*where.exports, *where.bags)
        for root in roots:
            require_folder(root)
        staged = Staged(roots=roots)
        stack.callback(staged.discard)
        tracker = TrackerStore(where.tracker) if where.tracker else None
        if tracker is not None:
            stack.callback(tracker.close)
        erasure = Erasure(
            study_id=study_id,
            people=people,
            names=names,
            where=where,
            engine=engine,
            staged=staged,
            tracker=tracker,
        )
        _stage(erasure, tell)
        yield erasure


def _stage(erasure: Erasure, tell: Tell) -> None:
    _require_room(erasure.engine)
    try:
        for roots, plans in (
            (erasure.where.exports, erasure.exports),
            (erasure.where.bags, erasure.bags),
        ):
            for root in roots:
                tell(str(root))
                plans.append(plan_folder(root, erasure.names, erasure.staged))
        if erasure.where.key is not None:
            erasure.n_key_entries = _stage_key(erasure, erasure.where.key)
    except OSError as error:
        raise _disk(error) from error


def _stage_key(erasure: Erasure, key: Path) -> int:
    lines, n = lines_of(key), 0
    for person in erasure.people:
        lines, n_mine = without(key, lines, person.code)
        n += n_mine
    if n:
        new = erasure.staged.beside(key)
        new.touch(mode=0o600)
        erasure.staged.replace(key)
        new.write_bytes(b"".join(line + b"\n" for line in lines))
    return n


def carry_out(
    erasure: Erasure, reason: Reason, *, tell: Tell = lambda what: None, by: str | None = None
) -> dict[str, Any]:
    """Do it; returns the receipt.

    Raises: LogUnwritable: nothing was changed then, unless it says that the rows are deleted.
    """
    receipt_id, at_utc = str(uuid.uuid4()), utc_now()
    staged = erasure.staged
    deleted: dict[str, int] = {}
    try:
        with ExitStack() as stack:
            connection = stack.enter_context(write(erasure.engine))
            tracking = erasure.tracker and stack.enter_context(erasure.tracker.transaction())
            sessions = [session for person in erasure.people for session in person.sessions]
            n_places = _n_places(connection, sessions)
            for person in erasure.people:
                gone = erase_person(
                    connection, person, at_utc=at_utc, reason=reason.code, receipt=receipt_id, on_table=tell
                )
                deleted = {name: deleted.get(name, 0) + gone.get(name, 0) for name in {*deleted, *gone}}
            n_events = erasure.tracker.forget(tracking, sessions) if erasure.tracker and tracking else 0
            audit(
                connection,
                erasure.study_id,
                at_utc=at_utc,
                actor="operator",
                action=reason.action,
                detail=_detail(erasure, reason, receipt_id),
            )
            staged.apply()
    except OSError as error:
        staged.undo()
        raise _disk(error) from error
    except BaseException:
        staged.undo()
        raise
    staged.finish()
    note = _compacted(erasure)
    tell("searching")
    found = {
        "receipt": receipt_id,
        "what": reason.what,
        "study": erasure.study_id,
        "participants": [person.code for person in erasure.people],
        "reason": reason.code,
        "at_utc": at_utc,
        "by": by or operator(),
        "log": {
            "url": shown(erasure.engine.url),
            "deleted": deleted,
            "n_sessions": len(sessions),
            "kept": f"tombstones ({len(erasure.people)}), places without a person ({n_places}), audit log",
            "note": note,
        },
        "exports": as_values(erasure.exports),
        "bags": as_values(erasure.bags),
        "tracker": f"{erasure.tracker.shown}: {n_of(n_events, 'event')}" if erasure.tracker else IN_MEMORY,
        "key": "none named"
        if erasure.n_key_entries is None
        else f"{n_of(erasure.n_key_entries, 'entry')} removed",
        "searched": _searched(erasure),
    }
    return sealed(found)


def _detail(erasure: Erasure, reason: Reason, receipt_id: str) -> str:
    n_files = sum(len(plan.changes) for plan in (*erasure.exports, *erasure.bags))
    n = len(erasure.people)
    what = "retention_until is over" if reason is RETENTION else "at their wish"
    people = "1 person" if n == 1 else f"{n} people"
    return f"{people}, {n_of(n_files, 'file')}, {what}, receipt {receipt_id}"


def _compacted(erasure: Erasure) -> str | None:
    """A note, where the old pages could not all be overwritten yet."""
    try:
        note = compact(erasure.engine)
        if erasure.tracker is not None:
            erasure.tracker.compact()
    except TutorbotError as error:
        return f"{error.what} Run `studies compact` once that is mended."
    return note


def _searched(erasure: Erasure) -> dict[str, Any]:
    """Every file there is, once more, for every name of theirs."""
    secrets = Names((), erasure.names.secrets)
    files = [(path, erasure.names) for root in erasure.staged.roots for path in files_under(root)]
    databases = [sqlite_file(erasure.engine.url)]
    if erasure.tracker is not None:
        databases.append(erasure.tracker.file)
    for database in databases:
        for ending in ("", "-wal", "-shm", "-journal"):
            if database is not None and (one := database.with_name(database.name + ending)).is_file():
                files.append((one, secrets))
    left = [str(path) for path, names in files if names.any and names.in_file(path)]
    return {"n_files": len(files), "left": left}


def _names(connection: Connection, study_id: str, people: Sequence[Person]) -> Names:
    mine = {person.code for person in people}
    secrets = tuple(secret for person in people for secret in person.secrets)
    codes = connection.execute(select(Participant.code).where(Participant.study_id == study_id)).scalars()
    sessions = connection.execute(select(Session.id).where(Session.study_id == study_id)).scalars()
    return Names(
        codes=tuple(sorted(mine)),
        secrets=secrets,
        others=tuple(sorted({*codes, *sessions} - mine - set(secrets))),
    )


def _n_places(connection: Connection, sessions: Sequence[str]) -> int:
    n: int = connection.execute(
        select(func.count()).select_from(Place).where(Place.session_id.in_(sessions))
    ).scalar_one()
    return n


def opened(db: str) -> Engine:
    """An engine for a log that is there. Raises: BadInput."""
    engine = log_engine(db)
    path = sqlite_file(engine.url)
    if path is not None and not path.is_file():
        raise BadInput(f"There is no study log {str(path)!r}.", remedy="Name the database with --db.")
    return engine


def held(engine: Engine) -> Callable[[], None]:
    """Keep tutors out until the function returned is called. Raises: LogUnwritable: one runs."""
    try:
        return take_hold(engine)
    except LogUnwritable as error:
        if "Another tutor" not in error.what:
            raise
        raise LogUnwritable(
            error.what,
            remedy="The session may be open in it: end it, stop that tutor, and run this again. "
            "Nothing was changed.",
        ) from error


def _require_room(engine: Engine) -> None:
    """The database file is written anew once. Raises: LogUnwritable."""
    path = sqlite_file(engine.url)
    if path is None:
        return
    needed, free = 2 * path.stat().st_size + ROOM, shutil.disk_usage(path.absolute().parent).free
    if free < needed:
        raise LogUnwritable(
            f"The disk of {str(path)!r} has {free >> 20} MB free; {needed >> 20} MB are needed here.",
            remedy="Free some space and run this again; nothing was changed.",
        )


def _disk(error: OSError) -> LogUnwritable:
    name = f" at {error.filename!r}" if error.filename else ""
    return LogUnwritable(
        f"The files could not be rewritten{name} ({error.strerror or error}).",
        remedy="Free some space or mend their rights and run this again; nothing was changed.",
    )
