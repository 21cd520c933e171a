"""Opening the log's database, and what each of its failures means to the person in front of it."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from tutorbot.errors import BadInput, LogDamaged, LogUnwritable, TutorbotError

BUSY_S = 5.0
"""How long a writer waits for another one's transaction, seconds."""

POSTGRESQL_DRIVER = "psycopg[binary]>=3.2,<4"
"""What pip installs for a log on PostgreSQL."""

REMEDIES = {
    "SQLITE_READONLY": (
        "is read-only",
        "Give this account write access to the file and its folder, or name another one with --db.",
    ),
    "SQLITE_CANTOPEN": (
        "cannot be opened",
        "Check that its folder is there and may be written to, or name another file with --db.",
    ),
    "SQLITE_FULL": ("cannot grow: the disk is full", "Free some space; nothing already stored is lost."),
    "SQLITE_IOERR": (
        "cannot be written: the disk refused",
        "Check free space, quota and the disk itself; nothing already stored is lost.",
    ),
    "SQLITE_BUSY": (
        "is locked by another program",
        "Close the program that holds it (a database browser?) and try again.",
    ),
    "SQLITE_LOCKED": ("is locked by another program", "Close the program that holds it and try again."),
    "SQLITE_NOTADB": ("is no SQLite database", "Name the log's own file with --db."),
    "SQLITE_CORRUPT": (
        "is damaged",
        "Copy it away, then restore a backup; `sqlite3 FILE .recover` may save what is left.",
    ),
}
"""SQLite's error names, what they mean, what to do."""


def log_engine(url: str, *, busy_s: float = BUSY_S, read_only: bool = False) -> Engine:
    """An engine for the log: SQLite durable (WAL, synchronous FULL), transactions as written.

    url: of SQLite or PostgreSQL; a plain ``postgresql://`` is driven by psycopg 3.
    read_only: the database refuses every write.
    Writers begin with ``write(engine)``, readers with ``snapshot(engine)``.
    Raises: BadInput: if ``url`` is no such database's URL or its driver is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _no_database(re.sub(r":[^:/@]*@", ":***@", url), error) from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise _no_database(shown(parsed), None)
    try:
        engine = create_engine(
            parsed,
            hide_parameters=True,  # a traceback would show what a learner said
            json_serializer=lambda value: json.dumps(value, ensure_ascii=False, allow_nan=False),
            connect_args={"timeout": busy_s} if backend == "sqlite" else {},
            execution_options={"postgresql_readonly": True} if read_only and backend == "postgresql" else {},
        )
    except ImportError as error:
        raise _no_driver(parsed, error) from None
    except (ArgumentError, NoSuchModuleError) as error:
        raise _no_database(shown(parsed), error) from None
    if backend == "sqlite":
        _prepare_sqlite(engine, busy_s, read_only)
    return engine


def _no_database(url: str, error: Exception | None) -> BadInput:
    why = "" if error is None else f" ({type(error).__name__})"
    return BadInput(
        f"{url!r} names no database this program can use{why}.",
        remedy="Write sqlite:///var/tutorbot.db, or postgresql://USER@HOST/NAME for PostgreSQL.",
    )


def _no_driver(url: URL, error: ImportError) -> BadInput:
    """PostgreSQL's driver is not among the project's own dependencies; SQLite's is part of Python."""
    missing = error.name or str(error).split("\n", maxsplit=1)[0]
    return BadInput(
        f"The study log {shown(url)} needs a driver that is not installed here ({missing}).",
        remedy=f'Install "{POSTGRESQL_DRIVER}" into this environment (docs/log.md says how) '
        "and write the URL as postgresql://USER@HOST/NAME.",
    )


def shown(url: URL) -> str:
    """The URL as it may stand in a message: without a password."""
    return url.render_as_string(hide_password=True)


def sqlite_file(url: URL) -> Path | None:
    """The file behind an SQLite URL; None for other databases, memory and URI names."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes, alone; all of it or nothing. Raises: LogUnwritable, LogDamaged."""
    with explaining(engine.url), engine.connect() as raw:
        connection = raw.execution_options(tutorbot_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads, and sees one moment of the database. Raises: as ``write``."""
    isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with explaining(engine.url), engine.connect() as raw:
        connection = raw.execution_options(**isolation)
        with connection.begin():
            yield connection


@contextmanager
def explaining(url: URL) -> Iterator[None]:
    """Turn a library's errors into ours, for the log of this URL."""
    try:
        yield
    except TutorbotError:
        raise
    except SQLAlchemyError as error:
        raise explain(error, url) from error
    except json.JSONDecodeError as error:
        raise LogDamaged(
            f"The study log {shown(url)} holds a cell that is no JSON ({error.msg}).",
            remedy="Someone changed the database by hand; restore a backup.",
        ) from error
    except UnicodeEncodeError as error:
        raise LogUnwritable(
            f"A row holds something that is no text ({error.reason}).",
            remedy="Nothing of this step was stored; clean the text first.",
        ) from error
    except OverflowError as error:
        raise LogUnwritable(
            f"A row holds a number too large for the database ({error}).",
            remedy="Nothing of this step was stored; correct the number first.",
        ) from error


def explain(error: SQLAlchemyError, url: URL) -> TutorbotError:
    """A library's error in our words."""
    cause: object = getattr(error, "orig", None) or error
    name = str(getattr(cause, "sqlite_errorname", ""))
    for known, (what, remedy) in REMEDIES.items():
        if name.startswith(known):
            kind = LogDamaged if known == "SQLITE_CORRUPT" else LogUnwritable
            return kind(f"The study log {shown(url)} {what}.", remedy=remedy)
    if isinstance(cause, sqlite3.IntegrityError) or type(error).__name__ in ("IntegrityError", "DataError"):
        return LogUnwritable(
            f"A row does not fit the study log ({_first_line(cause)}).",
            remedy="Nothing of this step was stored; this is a fault of the program, please report it.",
        )
    return LogUnwritable(
        f"The study log {shown(url)} does not answer ({_first_line(cause)}).",
        remedy="Check that the database is there and may be written to.",
    )


def _first_line(error: object) -> str:
    return (str(error).strip().split("\n") or [""])[0][:200]


def _prepare_sqlite(engine: Engine, busy_s: float, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only let go of
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        else:
            _use_wal(cursor, busy_s)
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("tutorbot_begin", "BEGIN"))


def _use_wal(cursor: Any, busy_s: float) -> None:
    """Switch the file to WAL once; SQLite does not wait by itself when two do it at the same time."""
    deadline_s = time.monotonic() + busy_s
    while True:
        try:
            mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
            if mode not in ("wal", "memory"):
                cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname == "SQLITE_READONLY":
                return  # whoever writes is told so; reading goes on
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() >= deadline_s:
                raise
            threading.Event().wait(0.02)
