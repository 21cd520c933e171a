"""The study log on a database: every row is on disk before ``append`` returns."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import pairwise
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, not_, select, update
from sqlalchemy.exc import IntegrityError

from studies.log import migrations
from studies.log.database import BUSY_S, log_engine, snapshot, sqlite_file, write
from studies.log.hold import take_hold
from studies.log.models import (
    ROW_TABLES,
    Audit,
    Condition,
    Participant,
    ParticipantLink,
    ProtocolFile,
    Session,
    Study,
    Tombstone,
)
from studies.log.places import RELEASED_BY, lock_study, release
from studies.log.row_tables import from_record, to_record
from studies.log.scores import erase_scores
from studies.log.scrub import empty_wal
from tutorbot.core.events import SCHEMA_VERSION, BlockBegun, Consent, Row, SessionEnded
from tutorbot.errors import LogDamaged, LogUnwritable
from tutorbot.ports import LogHeader, SessionPart

T = TypeVar("T")


class SqlStudyLog:
    """A ``StudyLog`` on SQLite or PostgreSQL. One thread of its own does all the work, in order.

    A session has one writer: a log that finds rows in a session it was writing which it did not
    write itself refuses to go on, until it has read the session again and so knows them. Any number
    of readers may look on meanwhile.
    """

    def __init__(self, engine: Engine, executor: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._executor = executor
        self._release: Callable[[], None] = lambda: None
        self._headers: dict[str, LogHeader] = {}
        self._n_rows: dict[str, int] = {}
        self._conditions: dict[str, str] = {}
        self._closed = False

    @classmethod
    def open(cls, url: str, *, busy_s: float = BUSY_S, hold: bool = False) -> SqlStudyLog:
        """Open a log, made or brought up to date where needed.

        url: e.g. ``sqlite:///var/tutorbot.db``; the folder must be there.
        hold: keep every other log that asks for a hold out of this database until ``close`` or the
        process's end, however it ends. For the one tutor that writes; readers need none.
        Raises: LogUnwritable: if it cannot be written, is newer than this version, or (with ``hold``)
        another tutor holds it; BadInput: if the URL names no database this program can use.
        """
        engine = log_engine(url, busy_s=busy_s)
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="study-log")
        log = cls(engine, executor)
        try:
            _require_folder(engine)
            if hold:
                log._release = take_hold(engine)
            executor.submit(migrations.upgrade, engine).result()
        except BaseException:
            log.close()
            raise
        return log

    def close(self) -> None:
        """Finish what was begun and let the database go. A second call does nothing."""
        self._closed = True
        self._executor.shutdown(wait=True)
        release, self._release = self._release, lambda: None
        release()
        self._engine.dispose()

    # ---------------------------------------------------------------- StudyLog

    async def begin(self, header: LogHeader) -> None:
        """Record that a session exists, with all hashes.

        Raises: LogUnwritable; LogDamaged: if a session of this id or link was begun before.
        """
        await self._do(lambda: self._begin(header))

    async def append(self, session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
        """Store rows in this order, in one transaction, numbered on from the last.

        Raises: LogUnwritable: none of them is stored then; LogDamaged: if another writer has
        written to the session since this log last wrote or read it; KeyError: if it was never begun.
        """
        fixed = tuple(rows)
        await self._do(lambda: self._append(session_id, at_utc, fixed))

    async def read(self, session_id: str) -> tuple[Row, ...]:
        """All rows of a session in order; ``append`` goes on from them, whoever wrote them.

        Raises: LogDamaged: if any is missing; KeyError.
        """
        return await self._do(lambda: self._read(session_id))

    async def header(self, session_id: str) -> LogHeader:
        """The set-up a session was begun with. Raises: KeyError."""
        return await self._do(lambda: self._header(session_id))

    async def unfinished(self) -> tuple[LogHeader, ...]:
        """Sessions that have no ``SessionEnded`` row, oldest first."""
        ended = ROW_TABLES[SessionEnded].c.session_id
        chosen = _headers().where(not_(select(ended).where(ended == Session.id).exists()))
        return await self._do(lambda: self._many(chosen.order_by(Session.started_at_utc, Session.id)))

    # ------------------------------------------------------------ beyond the port

    async def session_by_link(self, link: str) -> LogHeader:
        """The session a participant's address opens. Raises: KeyError: if no session has this link."""
        found = await self._do(lambda: self._many(_headers().where(ParticipantLink.link == link)))
        if not found:
            raise KeyError("no session has this link")  # the link is a secret: not in the message
        return found[0]

    async def sessions(self, study_id: str) -> tuple[LogHeader, ...]:
        """All sessions of a study, oldest first."""
        chosen = _headers().where(Session.study_id == study_id)
        return await self._do(lambda: self._many(chosen.order_by(Session.started_at_utc, Session.id)))

    async def next_participant(self, study_id: str) -> str:
        """A pseudonym nobody had before: P001, P002, ... Raises: LogUnwritable."""
        return await self._do(lambda: self._next_participant(study_id))

    async def writing(self, work: Callable[[Connection], T]) -> T:
        """Do something in one writing transaction, in the log's own thread. Raises: LogUnwritable."""

        def alone() -> T:
            with write(self._engine) as connection:
                return work(connection)

        return await self._do(alone)

    async def reading(self, work: Callable[[Connection], T]) -> T:
        """Read what belongs together, in the log's own thread. Raises: LogUnwritable."""

        def looking() -> T:
            with snapshot(self._engine) as connection:
                return work(connection)

        return await self._do(looking)

    def forget(self, session_id: str) -> None:
        """Read this session's set-up again the next time: somebody changed it."""
        self._headers.pop(session_id, None)
        self._conditions.pop(session_id, None)

    async def audit(self, study_id: str, *, actor: str, action: str, detail: str) -> None:
        """Note who did what with a study's data. Raises: LogUnwritable."""

        def note() -> None:
            with write(self._engine) as connection:
                at_utc = utc_now()
                _ensure(connection, Study, {"id": study_id}, {"first_seen_at_utc": at_utc})
                audit(connection, study_id, at_utc=at_utc, actor=actor, action=action, detail=detail)

        await self._do(note)

    async def erase_scores(self, session_id: str) -> bool:
        """Delete what a camera gave before its consent was taken back; True when there was something.

        ``append`` does so by itself with the row that ends a session. Called earlier, the session can no
        longer be resumed after a restart: its decisions rest on what is gone. Raises: LogUnwritable.
        """
        return await self._do(lambda: self._erase_now(session_id))

    # -------------------------------------------------------------- in the thread

    async def _do(self, work: Callable[[], T]) -> T:
        if self._closed:
            raise LogUnwritable("The study log was closed.", remedy="Open it again.")
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def _begin(self, header: LogHeader) -> None:
        with write(self._engine) as connection:
            begin_session(connection, header)
        self._headers[header.session_id] = header
        self._n_rows[header.session_id] = 0

    def _append(self, session_id: str, at_utc: str, rows: tuple[Row, ...]) -> None:
        header = self._header(session_id)
        with write(self._engine) as connection:
            stored = self._claim(connection, session_id, len(rows))
            condition = self._condition(connection, header)
            for seq, row in enumerate(rows, start=stored + 1):
                if isinstance(row, BlockBegun) and header.parts:
                    condition = header.parts[row.part - 1].condition
                envelope = {
                    "session_id": session_id,
                    "seq": seq,
                    "at_utc": at_utc,
                    "condition": condition,
                    "schema_version": SCHEMA_VERSION,
                    "software_version": header.software_version,
                }
                connection.execute(insert(ROW_TABLES[type(row)]), {**envelope, **to_record(row)})
                _audit_row(connection, header, at_utc, row)
                if isinstance(row, SessionEnded) and row.reason in RELEASED_BY:
                    release(connection, session_id, why=RELEASED_BY[row.reason], at_utc=at_utc)
            over = any(isinstance(row, SessionEnded) for row in rows)
            erased = over and _erase_scores(connection, header, at_utc)
        self._n_rows[session_id] = stored + len(rows)
        self._conditions[session_id] = condition
        if erased:
            empty_wal(self._engine)

    def _erase_now(self, session_id: str) -> bool:
        header = self._header(session_id)
        with write(self._engine) as connection:
            erased = _erase_scores(connection, header, utc_now())
        if erased:
            empty_wal(self._engine)
        return erased

    def _condition(self, connection: Connection, header: LogHeader) -> str:
        """The condition in force: that of the part the newest block belongs to."""
        known = self._conditions.get(header.session_id)
        if known is not None or not header.parts:
            return known or header.condition
        block = ROW_TABLES[BlockBegun]
        newest = (
            select(block.c.part).where(block.c.session_id == header.session_id).order_by(block.c.seq.desc())
        )
        part = connection.execute(newest.limit(1)).scalar_one_or_none()
        return header.parts[(part or 1) - 1].condition

    def _claim(self, connection: Connection, session_id: str, n_new: int) -> int:
        """Raise the session's count by ``n_new``; returns what it was. Raises: LogDamaged."""
        stored = connection.execute(select(Session.n_rows).where(Session.id == session_id)).scalar_one()
        expected = self._n_rows.get(session_id, stored)
        claimed = connection.execute(
            update(Session)
            .where(Session.id == session_id, Session.n_rows == expected)
            .values(n_rows=expected + n_new)
        )
        if claimed.rowcount != 1:
            raise LogDamaged(
                f"Session {session_id!r} has {stored} rows where its writer had stored {expected}: "
                "another program is writing to it.",
                remedy="Run one tutor per database: stop the other one. Once the session is read again, "
                "it goes on from what is stored.",
            )
        return expected

    def _read(self, session_id: str) -> tuple[Row, ...]:
        with snapshot(self._engine) as connection:
            rows = read_rows(connection, session_id)
        self._n_rows[session_id] = len(rows)
        return rows

    def _header(self, session_id: str) -> LogHeader:
        if session_id not in self._headers:
            found = self._many(_headers().where(Session.id == session_id))
            if not found:
                raise KeyError(session_id)
            self._headers[session_id] = found[0]
        return self._headers[session_id]

    def _many(self, chosen: Select[Any]) -> tuple[LogHeader, ...]:
        with snapshot(self._engine) as connection:
            return tuple(_as_header(record) for record in connection.execute(chosen).mappings())

    def _next_participant(self, study_id: str) -> str:
        with write(self._engine) as connection:
            return new_participant(connection, study_id)


def ensure_study(connection: Connection, study_id: str) -> None:
    """See that a study is known to this log."""
    _ensure(connection, Study, {"id": study_id}, {"first_seen_at_utc": utc_now()})


def new_participant(connection: Connection, study_id: str, *, preview: bool = False) -> str:
    """A pseudonym nobody had before: P001, P002, ...; T001, T002, ... for a preview."""
    at_utc = utc_now()
    ensure_study(connection, study_id)
    lock_study(connection, study_id)
    bounds = [
        connection.execute(select(bound(of.n)).where(of.study_id == study_id)).scalar() or 0
        for of in (Participant, Tombstone)  # a pseudonym that was erased is not given again
        for bound in (func.min, func.max)
    ]
    n = min(0, *bounds) - 1 if preview else max(0, *bounds) + 1
    code = f"{'T' if preview else 'P'}{abs(n):03d}"
    connection.execute(
        insert(Participant).values(study_id=study_id, code=code, n=n, first_seen_at_utc=at_utc)
    )
    return code


def begin_session(connection: Connection, header: LogHeader) -> None:
    """Record that a session exists, inside a transaction under way. Raises: LogDamaged: it did before."""
    _refuse_known(connection, header)
    _set_up(connection, header)
    connection.execute(
        insert(Session).values(
            id=header.session_id, schema_version=SCHEMA_VERSION, n_rows=0, **_session_values(header)
        )
    )
    connection.execute(insert(ParticipantLink).values(session_id=header.session_id, link=header.link))
    audit(
        connection,
        header.study_id,
        session_id=header.session_id,
        at_utc=header.started_at_utc,
        actor="tutor",
        action="start",
        detail=f"condition {header.condition}" + (", test_only" if header.test_only else ""),
    )


def change_session(connection: Connection, header: LogHeader) -> None:
    """Change the set-up of a session nobody has agreed to yet, inside a transaction under way."""
    _set_up(connection, header)
    connection.execute(
        update(Session).where(Session.id == header.session_id).values(**_session_values(header))
    )


def _session_values(header: LogHeader) -> dict[str, Any]:
    values = {name: getattr(header, name) for name in SESSION_FIELDS}
    values["schedule"] = [list(act) for act in header.schedule] or None
    values["parts"] = [asdict(part) for part in header.parts] or None
    return values


def headers(connection: Connection, *where: Any) -> tuple[LogHeader, ...]:
    """Set-ups of the sessions that fit, oldest first, inside a transaction under way."""
    chosen = _headers().where(*where).order_by(Session.started_at_utc, Session.id)
    return tuple(_as_header(record) for record in connection.execute(chosen).mappings())


def read_rows(connection: Connection, session_id: str) -> tuple[Row, ...]:
    """All rows of a session in order. Raises: LogDamaged: naming what is missing; KeyError."""
    n_rows = connection.execute(select(Session.n_rows).where(Session.id == session_id)).scalar_one_or_none()
    if n_rows is None:
        raise KeyError(session_id)
    found: list[tuple[int, Row]] = []
    for kind in ROW_TABLES:
        found.extend(_rows_of(kind, connection, session_id))
    found.sort(key=lambda pair: pair[0])
    seqs = [seq for seq, _ in found]
    if seqs != list(range(1, n_rows + 1)):
        raise LogDamaged(
            f"Session {session_id!r} should hold rows 1 to {n_rows}, but {_what_is_off(seqs, n_rows)}.",
            remedy="Someone changed the database by hand; restore a backup.",
        )
    return tuple(row for _, row in found)


def require_whole(connection: Connection, study_id: str) -> None:
    """Pass when no session of the study lacks a row. Raises: LogDamaged: naming one that does."""
    sessions = select(Session.id, Session.n_rows).where(Session.study_id == study_id)
    expected = {one.id: one.n_rows for one in connection.execute(sessions)}
    found = dict.fromkeys(expected, (0, 0))
    for table in ROW_TABLES.values():
        seq = table.c.seq
        counted = (
            select(table.c.session_id, func.count(seq), func.sum(seq))
            .join(Session, Session.id == table.c.session_id)
            .where(Session.study_id == study_id)
            .group_by(table.c.session_id)
        )
        for session_id, n_rows, total in connection.execute(counted):
            so_far = found[session_id]
            found[session_id] = (so_far[0] + n_rows, so_far[1] + int(total))
    for session_id, n_rows in expected.items():
        if found[session_id] != (n_rows, n_rows * (n_rows + 1) // 2):
            read_rows(connection, session_id)  # says exactly what is off


def audit(
    connection: Connection,
    study_id: str,
    *,
    at_utc: str,
    actor: str,
    action: str,
    detail: str,
    session_id: str | None = None,
) -> None:
    """Add to the audit log inside a transaction under way."""
    connection.execute(
        insert(Audit).values(
            study_id=study_id,
            session_id=session_id,
            at_utc=at_utc,
            actor=actor,
            action=action,
            detail=detail,
        )
    )


def utc_now() -> str:
    """The calendar's time for what happens outside a session, ISO 8601 with milliseconds."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SESSION_FIELDS = (
    "study_id",
    "participant",
    "condition",
    "seed",
    "test_only",
    "started_at_utc",
    "software_version",
    "protocol_hash",
    "lesson_hash",
    "model_hash",
    "schedule",
    "cell",
    "sequence",
    "parts",
    "language",
)
"""Fields of ``LogHeader`` that are columns of ``session`` by the same name."""


def _headers() -> Select[Any]:
    columns = [getattr(Session, name) for name in SESSION_FIELDS]
    return (
        select(
            Session.id.label("session_id"),
            ParticipantLink.link,
            ProtocolFile.text.label("protocol"),
            *columns,
        )
        .join(ParticipantLink, ParticipantLink.session_id == Session.id)
        .join(
            ProtocolFile,
            (ProtocolFile.study_id == Session.study_id) & (ProtocolFile.hash == Session.protocol_hash),
        )
    )


def _as_header(record: RowMapping) -> LogHeader:
    schedule = tuple((int(n), float(s)) for n, s in record["schedule"] or ())
    parts = tuple(
        SessionPart(condition=part["condition"], problems=tuple(part["problems"]), cell=part["cell"])
        for part in record["parts"] or ()
    )
    return LogHeader(**{**record, "schedule": schedule, "parts": parts})


def _rows_of(kind: type[Row], connection: Connection, session_id: str) -> list[tuple[int, Row]]:
    table = ROW_TABLES[kind]
    chosen = select(table).where(table.c.session_id == session_id)
    try:
        return [
            (record["seq"], from_record(kind, {str(name): value for name, value in record.items()}))
            for record in connection.execute(chosen).mappings()
        ]
    except (TypeError, ValueError, KeyError) as error:
        raise LogDamaged(
            f"Session {session_id!r} holds a row in table {kind.table} that cannot be one ({error}).",
            remedy="Someone changed the database by hand; restore a backup.",
        ) from error


def _what_is_off(seqs: Iterable[int], n_rows: int) -> str:
    counted = list(seqs)
    missing = sorted(set(range(1, n_rows + 1)) - set(counted))
    if missing:
        return f"row {missing[0]} is missing"
    if len(set(counted)) < len(counted):
        twice = next(seq for before, seq in pairwise(counted) if before == seq)
        return f"row {twice} is there twice"
    return f"row {counted[-1]} is there too"


def _refuse_known(connection: Connection, header: LogHeader) -> None:
    known = connection.execute(select(Session.id).where(Session.id == header.session_id)).scalar_one_or_none()
    same_link = select(ParticipantLink.session_id).where(ParticipantLink.link == header.link)
    if known is not None or connection.execute(same_link).scalar_one_or_none() is not None:
        raise LogDamaged(
            f"Session {header.session_id!r} or its link was begun before.",
            remedy="Resume it instead, or begin a new one with an id and a link of its own.",
        )


def _set_up(connection: Connection, header: LogHeader) -> None:
    """The study, protocol, condition and participant the session belongs to, where not yet there."""
    study, at_utc = header.study_id, {"first_seen_at_utc": header.started_at_utc}
    _ensure(connection, Study, {"id": study}, at_utc)
    for condition in dict.fromkeys((header.condition, *(part.condition for part in header.parts))):
        _ensure(connection, Condition, {"study_id": study, "id": condition}, {})
    _ensure(
        connection,
        ProtocolFile,
        {"study_id": study, "hash": header.protocol_hash},
        {"text": header.protocol, "test_only": header.test_only, **at_utc},
    )
    _ensure(
        connection,
        Participant,
        {"study_id": study, "code": header.participant},
        {"n": _number(header.participant), **at_utc},
    )


def _number(code: str) -> int:
    digits = code[1:]
    if code[:1] not in {"P", "T"} or not digits.isascii() or not digits.isdigit():
        raise LogUnwritable(
            f"{code!r} is no pseudonym.", remedy="Take one from next_participant: P001, P002, ..."
        )
    return int(digits) if code[0] == "P" else -int(digits)


def _ensure(connection: Connection, model: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert unless a row of this key is there, also when another process does the same."""
    conditions = [getattr(model, name) == value for name, value in key.items()]
    if connection.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one():
        return
    try:
        with connection.begin_nested():
            connection.execute(insert(model).values(**key, **values))
    except IntegrityError:
        if not connection.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one():
            raise


def _erase_scores(connection: Connection, header: LogHeader, at_utc: str) -> bool:
    gone = erase_scores(connection, header.session_id, at_utc=at_utc)
    if gone is None:
        return False
    audit(
        connection,
        header.study_id,
        session_id=header.session_id,
        at_utc=at_utc,
        actor="tutor",
        action="erase",
        detail=f"scores of the camera from second {gone.from_s:g} on, its consent was taken back",
    )
    return True


def _audit_row(connection: Connection, header: LogHeader, at_utc: str, row: Row) -> None:
    if isinstance(row, Consent):
        answer = "granted" if row.granted else "refused or withdrawn"
        actor, action, detail = "participant", "consent", f"{row.purpose} {answer}, text {row.version}"
    elif isinstance(row, SessionEnded):
        actor, action, detail = "tutor", "stop", row.reason
    else:
        return
    audit(
        connection,
        header.study_id,
        session_id=header.session_id,
        at_utc=at_utc,
        actor=actor,
        action=action,
        detail=detail,
    )


def _require_folder(engine: Engine) -> None:
    path = sqlite_file(engine.url)
    if path is not None and not path.parent.is_dir():
        raise LogUnwritable(
            f"There is no folder {str(path.parent)!r} for the study log {path.name!r}.",
            remedy=f"Make it (mkdir -p {path.parent}) or name another file with --db.",
        )
