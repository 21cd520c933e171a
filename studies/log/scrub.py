"""Deleted means gone from the disk: no old page in the file, its write-ahead log or shared memory."""

from __future__ import annotations

from sqlalchemy import Engine, text

from studies.log.database import explaining, shown
from tutorbot.errors import LogUnwritable

POSTGRESQL_NOTE = (
    "PostgreSQL: rows are deleted and the tables vacuumed. Its write-ahead log, replicas and backups may "
    "hold them until they are recycled; that is for whoever runs the server."
)


def compact(engine: Engine) -> str | None:
    """Rewrite the file without what was deleted; returns a note where that cannot be promised in full.

    Raises: LogUnwritable: another program reads the file, or there is no room; doing it again is enough.
    """
    with explaining(engine.url):
        if engine.dialect.name == "postgresql":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))
            return POSTGRESQL_NOTE
        raw = engine.raw_connection()
        try:
            cursor = raw.cursor()
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                busy = (cursor.execute(statement).fetchone() or (0,))[0]
                if busy:
                    raise _in_use(engine)
            cursor.close()
        finally:
            raw.close()
    return None


def empty_wal(engine: Engine) -> None:
    """Write the write-ahead log back and empty it, if nobody reads just now: the next time does it else."""
    if engine.dialect.name == "sqlite":
        with explaining(engine.url):
            raw = engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                raw.close()


def _in_use(engine: Engine) -> LogUnwritable:
    return LogUnwritable(
        f"The rows are deleted, but another program still reads {shown(engine.url)}, so that its write-ahead "
        "log cannot be emptied.",
        remedy="Close that program (a database browser?) and run `studies compact`.",
    )
