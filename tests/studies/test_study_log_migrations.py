"""The migrations, run one after another, give exactly the tables of the models."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from studies.log import migrations
from studies.log.database import log_engine, snapshot, write
from studies.log.models import Base


def made_of(path: Path) -> dict[str, str]:
    """Table or index -> the statement that made it, however it was spaced and ordered."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        name: "\n".join(sorted(re.sub(r"\s+", " ", line).strip(" ,") for line in sql.split("\n")))
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


def test_a_migration_that_fails_leaves_nothing_half_made(tmp_path: Path, monkeypatch):
    import pytest
    from alembic import command

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
