"""The migrations, run one after another, give exactly the tables of the models."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from studies.log import migrations
from studies.log.database import log_engine, snapshot, write
from studies.log.models import Base

ADDED = re.compile(r"(?<=[A-Z]), (?=[a-z_]+ [A-Z])")
"""Where SQLite writes an added column: at the end of the line of the one before it."""


def made_of(path: Path) -> dict[str, str]:
    """Table or index -> the statement that made it, however it was spaced, quoted and ordered."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: "\n".join(
            sorted(
                re.sub(r"\s+", " ", line).strip(" ,")
                for line in ADDED.sub("\n", sql.replace('"', "")).split("\n")
            )
        )
        for name, sql in found
        if name != "alembic_version"
    }


def test_migrations_give_the_models_schema(tmp_path: Path):
    engine = log_engine(f"sqlite:///{tmp_path}/migrated.db")
    migrations.upgrade(engine)
    with snapshot(engine) as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    engine.dispose()
    assert differences == []


def test_migrations_give_the_same_checks_and_keys_to_the_word(tmp_path: Path):
    migrated = log_engine(f"sqlite:///{tmp_path}/migrated.db")
    migrations.upgrade(migrated)
    migrated.dispose()
    created = log_engine(f"sqlite:///{tmp_path}/created.db")
    with write(created) as connection:
        Base.metadata.create_all(connection)
    created.dispose()
    assert made_of(tmp_path / "migrated.db") == made_of(tmp_path / "created.db")


def test_an_upgrade_that_is_not_needed_changes_nothing(tmp_path: Path):
    engine = log_engine(f"sqlite:///{tmp_path}/log.db")
    migrations.upgrade(engine)
    before = made_of(tmp_path / "log.db")
    migrations.upgrade(engine)
    engine.dispose()
    assert made_of(tmp_path / "log.db") == before


def fill(connection: sqlite3.Connection, table: str, **values: object) -> None:
    """Insert one row; what is not given but needed gets something that fits its type."""
    needed = connection.execute(f"PRAGMA table_info({table})").fetchall()
    for _, name, kind, not_null, _, is_key in needed:
        if name not in values and not_null and not (is_key and kind == "INTEGER"):
            values[name] = "x" if kind == "TEXT" else 1
    names, places = ", ".join(values), ", ".join("?" * len(values))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(values.values()))


def test_a_log_with_rows_goes_on_with_the_word_lapsed(tmp_path: Path):
    path = tmp_path / "log.db"
    engine = log_engine(f"sqlite:///{path}")
    with write(engine) as connection:
        command.upgrade(migrations.config_for(connection), "0001")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("study", "protocol", "participant", "condition", "session"):
            fill(connection, table)
        fill(connection, "reaction", session_id="x", seq=1, reaction="ignored")
        with pytest.raises(sqlite3.IntegrityError):
            fill(connection, "reaction", session_id="x", seq=2, reaction="lapsed")
    migrations.upgrade(engine)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        fill(connection, "reaction", session_id="x", seq=2, reaction="lapsed")
        with pytest.raises(sqlite3.IntegrityError):
            fill(connection, "reaction", session_id="x", seq=3, reaction="shrugged")
        found = connection.execute("SELECT seq, reaction FROM reaction ORDER BY seq").fetchall()
    assert found == [(1, "ignored"), (2, "lapsed")]


def test_trust_from_before_it_had_an_uncertainty_is_kept_without_one(tmp_path: Path):
    path = tmp_path / "log.db"
    engine = log_engine(f"sqlite:///{path}")
    with write(engine) as connection:
        command.upgrade(migrations.config_for(connection), "0005")
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("study", "protocol", "participant", "condition", "session"):
            fill(connection, table)
        fill(connection, "trust_state", session_id="x", seq=1, trust=3.5, band="mid", cause="start")
    migrations.upgrade(engine)
    engine.dispose()
    with closing(sqlite3.connect(path)) as connection, connection:
        fill(connection, "trust_state", session_id="x", seq=2, trust=3.2, band="mid", sd=0.6)
        with pytest.raises(sqlite3.IntegrityError):
            fill(connection, "trust_state", session_id="x", seq=3, trust=5.5, band="high")
        found = connection.execute("SELECT seq, trust, sd FROM trust_state ORDER BY seq").fetchall()
    assert found == [(1, 3.5, None), (2, 3.2, 0.6)]


def test_a_migration_that_fails_leaves_nothing_half_made(tmp_path: Path, monkeypatch):
    real = command.upgrade

    def upgrade_then_fail(config, revision):
        real(config, revision)
        raise RuntimeError("power cut")

    monkeypatch.setattr(command, "upgrade", upgrade_then_fail)
    engine = log_engine(f"sqlite:///{tmp_path}/log.db")
    with pytest.raises(RuntimeError):
        migrations.upgrade(engine)
    engine.dispose()
    assert made_of(tmp_path / "log.db") == {}
