"""On PostgreSQL a person is taken out in the same way, where there is one to try it on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from studies.cli import app
from studies.log.database import log_engine, snapshot
from studies.log.models import ROW_TABLES, Base, Place, Tombstone
from studies.log.store import SqlStudyLog, require_whole
from tests.studies.log_builders import AT_UTC, ended, header
from tests.studies.postgresql import POSTGRESQL, empty_schema
from tests.studies.test_camera_scores import STORY
from tests.studies.whole_study import SESSIONS, fill_log
from tutorbot.core.erased import erased_from_s
from tutorbot.core.events import LearnerSaid
from tutorbot.errors import BadInput, LogUnwritable

pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="no PostgreSQL is here")


@pytest.fixture
def url() -> Iterator[str]:
    with empty_schema() as made:
        yield made


def withdraw(url: str, tmp_path: Path, name: str = "r.json") -> dict:
    receipt = tmp_path / name
    arguments = ["withdraw", "P002", "--study", "pilot", "--db", url, "--yes", "--receipt", str(receipt)]
    result = CliRunner().invoke(app, arguments)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return json.loads(receipt.read_text())


def cells(url: str) -> str:
    """Every cell of every table as text."""
    engine = log_engine(url)
    with snapshot(engine) as connection:
        found = [
            (table.name, tuple(row))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    engine.dispose()
    return repr([row for name, row in found if name != "tombstone"])


def test_no_cell_but_the_tombstone_s_leads_to_the_person(url: str, tmp_path: Path):
    asyncio.run(fill_log(url))
    assert "zebra-p002" in cells(url)
    receipt = withdraw(url, tmp_path)
    left = cells(url)
    for needle in ("P002", SESSIONS["P002"], "link-secret-p002", "zebra-p002"):
        assert needle not in left
    assert "write-ahead log, replicas and backups" in receipt["log"]["note"]
    engine = log_engine(url)
    with snapshot(engine) as connection:
        require_whole(connection, "pilot")
        said = ROW_TABLES[LearnerSaid].c.session_id
        assert sorted(connection.execute(select(said)).scalars()) == [SESSIONS["P001"], SESSIONS["P003"]]
        assert connection.execute(select(func.count(), func.count(Place.session_id))).one() == (3, 2)
        assert connection.execute(select(Tombstone.participant, Tombstone.n_acts)).all() == [("P002", 1)]
    engine.dispose()
    with pytest.raises(BadInput, match="were erased on"):
        withdraw(url, tmp_path, "second.json")


def test_a_running_tutor_keeps_it_out(url: str, tmp_path: Path):
    asyncio.run(fill_log(url))
    log = SqlStudyLog.open(url, hold=True)
    try:
        with pytest.raises(LogUnwritable, match="Another tutor"):
            withdraw(url, tmp_path)
    finally:
        log.close()


def test_camera_scores_go_with_the_end_of_the_session(url: str):
    async def story() -> None:
        log = SqlStudyLog.open(url)
        await log.begin(header())
        await log.append("s1", AT_UTC, STORY)
        await log.append("s1", AT_UTC, [ended()])
        assert erased_from_s(await log.read("s1")) == 2.0
        log.close()

    asyncio.run(story())
    assert "0.765432" not in cells(url)
