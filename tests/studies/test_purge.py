"""Retention: what is over goes, with its counts left; what is not over stays to the last byte."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies.cli import app
from studies.log.store import SqlStudyLog
from tests.studies.log_builders import AT_UTC, header
from tests.studies.test_withdraw import everything, hits
from tests.studies.whole_study import SESSIONS, WholeStudy, make_study, rows_of_person
from tutorbot.errors import BadInput, LogDamaged, LogUnwritable

LATER = "id: other\nretention_until: 2040-01-01\n"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WholeStudy:
    """A study that is kept until 2030-06-30, and another one until 2040 in the same log."""
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    (tmp_path / "study").mkdir()
    made = make_study(tmp_path / "study")
    asyncio.run(add(made, protocol=LATER))
    return made


async def add(study: WholeStudy, *, session: str = "other-session", protocol: str, study_id: str = "other"):
    log = SqlStudyLog.open(study.url)
    more = {"study_id": study_id, "participant": "P001", "protocol": protocol, "protocol_hash": "dd" * 32}
    await log.begin(header(session, **more, started_at_utc="2027-01-01T00:00:00.000Z"))
    await log.append(session, AT_UTC, rows_of_person("P009"))
    log.close()


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_on_the_last_day_nothing_goes_and_on_the_next_everybody_does(study: WholeStudy):
    options = [*study.options(), "--yes"]
    before = everything(study.root)
    status, output = run("purge", *options, "--today", "2030-06-30")
    assert (status, "Nothing to remove." in output) == (0, True)
    assert everything(study.root) == before
    status, output = run("purge", *options, "--today", "2030-07-01")
    assert status == 0, output
    assert "pilot: keep until 2030-06-30, OVER; people: 3, sessions: 3" in output
    for code in SESSIONS:
        found = {(name, what) for name, what in hits(study.root, code) if name != "exports/about.md"}
        assert found == {("log.db", code.encode())}
    assert sql(study.db, "SELECT participant, reason, n_acts FROM tombstone ORDER BY n") == [
        (code, "retention", 1) for code in SESSIONS
    ]
    assert sql(study.db, "SELECT count(*), count(session_id) FROM place") == [(3, 0)]
    assert len(sql(study.db, "SELECT * FROM audit WHERE study_id = 'pilot' AND action = 'start'")) == 3
    assert [row[0] for row in sql(study.db, "SELECT action FROM audit ORDER BY id DESC LIMIT 1")] == ["purge"]
    receipt = json.loads(Path("purge-pilot-2030-07-01.json").read_text())
    assert receipt["participants"] == list(SESSIONS)
    again = run("purge", *options, "--today", "2030-07-02")
    assert "people: 0" in again[1]
    assert "Nothing to remove." in again[1]


def test_a_dry_run_says_what_would_go_and_changes_nothing(study: WholeStudy):
    before = everything(study.root)
    status, output = run("purge", *study.options(), "--today", "2031-01-01", "--dry-run")
    assert status == 0
    assert "P001, P002, P003, sessions: 3" in output
    assert "csv/learner_said.csv" in output
    assert "Nothing was changed" in output
    assert everything(study.root) == before
    assert list(Path().iterdir()) == []


def test_somebody_who_was_only_invited_goes_too(study: WholeStudy):
    with closing(sqlite3.connect(study.db)) as connection, connection:
        columns = "link, study_id, participant, stratum, test_only, made_at_utc"
        connection.execute(
            f"INSERT INTO invitation ({columns}) VALUES ('only-a-link', 'pilot', 'P004', '', 0, 'x')"
        )
    output = run("purge", "--db", study.url, "--today", "2031-01-01", "--yes")[1]
    assert "pilot: keep until 2030-06-30, OVER; people: 4, sessions: 3" in output
    assert sql(study.db, "SELECT * FROM invitation") == []
    assert sql(study.db, "SELECT participant, n FROM tombstone WHERE n = 4") == [("P004", 4)]
    assert b"only-a-link" not in study.db.read_bytes()


def test_another_study_in_the_same_log_stays(study: WholeStudy):
    before = sql(study.db, "SELECT * FROM learner_said WHERE session_id = 'other-session'")
    status, output = run("purge", "--db", study.url, "--today", "2031-01-01", "--yes")
    assert status == 0
    assert "other: keep until 2040-01-01; people: 1, sessions: 1" in output
    assert sql(study.db, "SELECT * FROM learner_said") == before
    assert sql(study.db, "SELECT study_id, code FROM participant") == [("other", "P001")]


async def test_the_protocol_in_force_last_says_until_when(study: WholeStudy):
    await add(study, session="later", study_id="pilot", protocol="id: pilot\nretention_until: 2050-01-01\n")
    output = run("purge", "--study", "pilot", "--db", study.url, "--today", "2031-01-01", "--yes")[1]
    assert "pilot: keep until 2050-01-01; people: 3, sessions: 4" in output
    assert "Nothing to remove." in output


def test_a_wrong_date_an_unknown_study_and_folders_for_several_are_refused(study: WholeStudy):
    with pytest.raises(BadInput, match="--today is 'soon'"):
        run("purge", "--db", study.url, "--today", "soon", "--yes")
    with pytest.raises(BadInput, match="no study 'none'"):
        run("purge", "--db", study.url, "--study", "none", "--yes")
    with pytest.raises(BadInput, match="belong to one study; due are other, pilot"):
        run("purge", "--db", study.url, "--exports", study.exports, "--today", "2041-01-01", "--yes")
    with pytest.raises(BadInput, match="has to be agreed to"):
        run("purge", "--db", study.url, "--today", "2031-01-01")
    assert sql(study.db, "SELECT count(*) FROM session") == [(4,)]


async def test_a_protocol_without_a_date_and_a_running_tutor_are_said(study: WholeStudy):
    await add(study, session="third", study_id="third", protocol="id: third\n")
    with pytest.raises(LogDamaged, match="study 'third' in the log has no retention_until"):
        run("purge", "--db", study.url, "--yes")
    log = SqlStudyLog.open(study.url, hold=True)
    with pytest.raises(LogUnwritable, match="Another tutor"):
        run("purge", "--study", "pilot", "--db", study.url, "--today", "2031-01-01", "--yes")
    log.close()
    assert sql(study.db, "SELECT count(*) FROM session") == [(5,)]
