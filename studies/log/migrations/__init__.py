"""The log's schema over time: one file per step in ``versions``, run whenever a log is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from studies.log.database import shown, write
from tutorbot.errors import LogUnwritable

HERE = Path(__file__).parent
ADVISORY_LOCK = 7_464_203
"""Any number, the same in every tutorbot: PostgreSQL's name for our migration lock."""


def config_for(connection: Connection) -> Config:
    """Alembic's configuration, without a file; it works on the connection given."""
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this version knows."""
    revision = ScriptDirectory(str(HERE)).get_current_head()
    assert revision is not None
    return revision


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest schema, one process at a time.

    Raises: LogUnwritable: if it is newer than this version, belongs to another program, or cannot be written.
    """
    with write(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if revision_of(connection) != head():
            command.upgrade(config_for(connection), "head")
        else:  # SQLite lets a read-only file pass until somebody writes: find out now, not mid-session
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))


def require_head(connection: Connection) -> None:
    """Pass when the database has exactly this version's schema. Raises: LogUnwritable."""
    revision = revision_of(connection)
    if revision != head():
        raise LogUnwritable(
            f"The study log {shown(connection.engine.url)} has schema {revision or 'none'}, not {head()}.",
            remedy="Open it once with this version of `tutorbot`, which brings it up to date.",
        )


def revision_of(connection: Connection) -> str | None:
    """The database's revision; None when it is empty.

    Raises: LogUnwritable: if the revision is not known here, or the tables are another program's.
    """
    revision = MigrationContext.configure(connection).get_current_revision()
    url = shown(connection.engine.url)
    if revision is None:
        tables = inspect(connection).get_table_names()
        if set(tables) - {"alembic_version"}:
            raise LogUnwritable(
                f"The database {url} holds tables of another program ({sorted(tables)[0]!r}).",
                remedy="Name the log's own database with --db, or an empty one.",
            )
        return None
    known = {script.revision for script in ScriptDirectory(str(HERE)).walk_revisions()}
    if revision not in known:
        raise LogUnwritable(
            f"The study log {url} has schema {revision}, newer than this version knows ({head()}).",
            remedy="Update tutorbot, or name another database with --db.",
        )
    return revision
