"""A copy of a log that is in use, as of one moment, whole and checked."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from studies.log import migrations
from studies.log.database import explaining, log_engine, shown, snapshot, sqlite_file, write
from studies.log.models import Study
from studies.log.store import audit, utc_now
from tutorbot.errors import BadInput, LogDamaged, LogUnwritable


def require_new_file(out: Path) -> None:
    """Pass when a file can be made there. Raises: BadInput."""
    if out.exists() or out.is_symlink():
        raise BadInput(f"{str(out)!r} is there already.", remedy="Name a file that does not exist yet.")
    if not out.absolute().parent.is_dir():
        raise BadInput(
            f"There is no folder {str(out.absolute().parent)!r} to put {out.name!r} in.",
            remedy="Make it first.",
        )


def back_up(db: str, out: Path) -> int:
    """Copy an SQLite log to the new file ``out`` while sessions may run; returns its size in bytes.

    Raises: BadInput: ``out`` exists, there is no such log, or it is on PostgreSQL; LogUnwritable: the disk;
    LogDamaged: the copy is not sound.
    """
    if db.startswith("postgresql"):
        raise BadInput(
            f"The log {db.partition('@')[2] or db!r} is no SQLite file.",
            remedy="Back PostgreSQL up with its own tool: pg_dump --format=custom --file=OUT DATABASE.",
        )
    engine = log_engine(db)
    part = out.with_name(f".{out.name}.part-{os.getpid()}")
    try:
        path = sqlite_file(engine.url)
        if path is None:
            raise BadInput(f"{shown(engine.url)} is no SQLite file.", remedy="Name a file with --db.")
        if not path.is_file():
            raise BadInput(f"There is no study log {str(path)!r}.", remedy="Name the database with --db.")
        require_new_file(out)
        with snapshot(engine) as connection:
            migrations.revision_of(connection)
        with explaining(engine.url):
            _copy(path, part, out)
        require_new_file(out)
        part.rename(out)
        _note(db)
    except OSError as error:
        raise _disk(out, error) from error
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + ending).unlink(missing_ok=True)
        engine.dispose()
    return out.stat().st_size


def _copy(path: Path, part: Path, out: Path) -> None:
    part.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise _disk(out, error) from error
    except sqlite3.DatabaseError as error:
        raise _unsound(str(error)) from error
    if found != "ok":
        raise _unsound(str(found))
    descriptor = os.open(part, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _note(db: str) -> None:
    engine = log_engine(db)
    try:
        with write(engine) as connection:
            for study_id in connection.execute(select(Study.id).order_by(Study.id)).scalars().all():
                audit(
                    connection,
                    study_id,
                    at_utc=utc_now(),
                    actor="operator",
                    action="backup",
                    detail="a copy of the whole log; what is erased later stays in it",
                )
    finally:
        engine.dispose()


def _unsound(what: str) -> LogDamaged:
    return LogDamaged(
        f"The copy of the log is not sound ({what[:120]}), so the log itself is damaged.",
        remedy="No copy was made. Keep the log as it is; `sqlite3 FILE .recover` may save what is left.",
    )


def _disk(out: Path, error: Exception) -> LogUnwritable:
    return LogUnwritable(
        f"The copy {str(out)!r} could not be written ({getattr(error, 'strerror', None) or error}).",
        remedy="Free some space or name another place; nothing was left behind.",
    )
