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
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from studies.erasure.folder import as_values, plan_folder, require_folder
from studies.erasure.found import Found, recognize
from studies.erasure.names import Names, files_under
from studies.erasure.plan import LATER, RETENTION, Erasure, Reason, Where
from studies.erasure.receipt import n_of, operator, sealed
from studies.erasure.staged import Staged
from studies.erasure.tracker import IN_MEMORY, TrackerStore
from studies.identity import lines_of, without
from studies.log import migrations
from studies.log.buried import Buried, find_buried
from studies.log.database import log_engine, shown, snapshot, sqlite_file, write
from studies.log.hold import take_hold
from studies.log.models import Participant, Place, Session
from studies.log.person import Person, all_people, erase_person, find_person, seek_person
from studies.log.scrub import compact
from studies.log.store import audit, utc_now
from tutorbot.errors import BadInput, LogUnwritable, TutorbotError

ROOM = 8 << 20
"""Bytes that stay free on the disk besides what is written anew."""
Tell = Callable[[str], None]


@contextmanager
def prepared(
    where: Where, study_id: str, code: str | None, *, tell: Tell = lambda what: None
) -> Iterator[Erasure]:
    """Hold the log and stage the erasure of one person, or (without a code) of everybody in a study.

    Somebody who was erased before is looked for in what is named beside the log.
    Leaving the block without ``carry_out`` leaves everything as it was.
    Raises: BadInput: an unknown code, folder, key or store; LogUnwritable: a tutor runs on the log, or
    the disk is too full; BadFile: a damaged key.
    """
    with ExitStack() as stack:
        engine = opened(where.db)
        stack.callback(engine.dispose)
        stack.callback(held(engine))
        roots = (*where.exports, *where.bags)
        for root in roots:
            require_folder(root)
        staged = Staged(roots=roots)
        stack.callback(staged.discard)
        tracker = TrackerStore(where.tracker) if where.tracker else None
        if tracker is not None:
            stack.callback(tracker.close)
        with snapshot(engine) as connection:
            migrations.require_head(connection)
            found = None
            if code is None:
                people = all_people(connection, study_id)
            else:
                buried = erased_before(connection, where, study_id, code)
                if buried is not None:
                    tell(f"looking for {code}")
                    found = _found(connection, where, buried, tracker)
                people = (found.person if found else find_person(connection, study_id, code),)
            names = _names(connection, study_id, people)
        erasure = Erasure(
            study_id=study_id,
            people=people,
            names=names,
            where=where,
            engine=engine,
            staged=staged,
            tracker=tracker,
            found=found,
        )
        _stage(erasure, tell)
        yield erasure


def erased_before(connection: Connection, where: Where, study_id: str, code: str) -> Buried | None:
    """The tombstone of somebody to look for in what is named; None: the log holds them, nobody such was
    erased, or nothing is named.
    """
    if not where.beside_the_log or seek_person(connection, study_id, code) is not None:
        return None
    return find_buried(connection, study_id, code)


def _found(connection: Connection, where: Where, buried: Buried, tracker: TrackerStore | None) -> Found:
    sessions = tracker.sessions() if tracker else ()
    try:
        return recognize(connection, buried, (*where.exports, *where.bags), sessions)
    except OSError as error:
        raise _disk(error) from error


def _stage(erasure: Erasure, tell: Tell) -> None:
    if erasure.found is None:
        _require_room(erasure.engine)
    try:
        for roots, plans in (
            (erasure.where.exports, erasure.exports),
            (erasure.where.bags, erasure.bags),
        ):
            for root in roots:
                tell(str(root))
                names = erasure.found.names[root] if erasure.found else erasure.names
                plan = plan_folder(root, names, erasure.staged)
                plan.note = erasure.found.note(plan) if erasure.found else None
                plans.append(plan)
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
    """Do it; returns the receipt. Who was erased before keeps the reason of then.

    Raises: LogUnwritable: nothing was changed then, unless it says that the rows are deleted.
    """
    receipt_id, at_utc = str(uuid.uuid4()), utc_now()
    if erasure.found is not None:
        reason = Reason(what=LATER, code=erasure.found.buried.reason, action=reason.action)
    staged = erasure.staged
    deleted: dict[str, int] = {}
    try:
        with ExitStack() as stack:
            connection = stack.enter_context(write(erasure.engine))
            tracking = erasure.tracker and stack.enter_context(erasure.tracker.transaction())
            sessions = [session for person in erasure.people for session in person.sessions]
            n_places = _n_places(connection, sessions)
            for person in () if erasure.found else erasure.people:
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
            "n_sessions": 0 if erasure.found else len(sessions),
            "kept": f"the tombstone of {erasure.found.buried.at_utc}; the rows went then"
            if erasure.found
            else f"tombstones ({len(erasure.people)}), places without a person ({n_places}), audit log",
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
    what = "retention_until is over" if reason.code == RETENTION.code else "at their wish"
    people = "1 person" if n == 1 else f"{n} people"
    if erasure.found is not None:
        people += " erased before"
    return f"{people}, {n_of(n_files, 'file')}, {what}, receipt {receipt_id}"


def _compacted(erasure: Erasure) -> str | None:
    """A note, where the old pages could not all be overwritten yet."""
    try:
        note = compact(erasure.engine) if erasure.found is None else None
        if erasure.tracker is not None:
            erasure.tracker.compact()
    except TutorbotError as error:
        return f"{error.what} Run `studies compact` once that is mended."
    return note


def _searched(erasure: Erasure) -> dict[str, Any]:
    """Every file there is, once more, for every name of theirs."""
    secrets = Names((), erasure.names.secrets)
    plans = (*erasure.exports, *erasure.bags)
    files = [(path, plan.names) for plan in plans for path in files_under(plan.root)]
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
