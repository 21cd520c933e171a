"""Logs of several machines become one: nothing lost, nothing twice, nobody mixed up, or no file at all."""

from __future__ import annotations

import asyncio
import csv
import resource
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner

from studies.cli import app
from studies.export.study import export_study
from studies.log.database import log_engine, snapshot, write
from studies.log.merge import codes_beside, merge, n_steps
from studies.log.models import AllocationList, Arrival, Invitation, Place, Session
from studies.log.reader import ReadOnlyLog
from studies.log.store import SqlStudyLog, require_whole
from tests.session.recorded import record
from tests.studies.log_builders import AT_UTC, act_story, consent, ended, header, probe
from tutorbot.bootstrap.past import replay_sessions
from tutorbot.core.events import LearnerSaid, Row
from tutorbot.errors import BadInput, LogDamaged, LogUnwritable


def story(session_id: str) -> tuple[Row, ...]:
    said = LearnerSaid(at_s=2.0, utterance_id="U1", text=f"words of {session_id}")
    return (consent(), said, *act_story(), probe(20), ended())


def make(path: Path, sessions: Sequence[tuple[str, str]], *, study: str = "pilot") -> Path:
    """A log with (session id, pseudonym) pairs, each with a place and an invitation."""

    async def fill() -> None:
        log = SqlStudyLog.open(f"sqlite:///{path}")
        for session_id, code in sessions:
            await log.begin(header(session_id, participant=code, study_id=study))
            await log.append(session_id, AT_UTC, story(session_id))
        log.close()

    asyncio.run(fill())
    engine = log_engine(f"sqlite:///{path}")
    with write(engine) as connection:
        made = {"method": "permuted_blocks", "seed": 1, "text": {"arms": ["AD"]}, "made_at_utc": AT_UTC}
        connection.execute(insert(AllocationList).values(study_id=study, hash="l1", **made))
        for n, (session_id, code) in enumerate(sessions, start=1):
            given = f"2026-11-24T09:{n:02d}:00.{ord(path.stem[-1]):03d}Z"
            place = {"stratum": "", "cell": "AD", "sequence": "", "given_at_utc": given}
            connection.execute(
                insert(Place).values(
                    study_id=study,
                    n=n,
                    list_hash="l1",
                    origin="refill" if n == 2 else "list",
                    list_n=n,
                    refill_of=1 if n == 2 else None,
                    session_id=session_id,
                    **place,
                )
            )
            invited = {"stratum": "", "test_only": False, "made_at_utc": AT_UTC}
            link = f"invited-{session_id}"
            connection.execute(
                insert(Invitation).values(study_id=study, participant=code, link=link, **invited)
            )
            connection.execute(
                insert(Arrival).values(study_id=study, token=f"token-{session_id}", session_id=session_id)
            )
    engine.dispose()
    return path


@pytest.fixture
def logs(tmp_path: Path) -> tuple[Path, Path]:
    """Two machines that both began with P001; the second has a P003 of its own."""
    a = make(tmp_path / "lab-a.db", [("s-a1", "P001"), ("s-a2", "P002")])
    b = make(tmp_path / "lab-b.db", [("s-b1", "P001"), ("s-b2", "P002"), ("s-b3", "P003")])
    return a, b


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "all.db"


def merged(out: Path, *logs: Path):
    return merge([str(log) for log in logs], out)


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def codes(out: Path) -> list[tuple[str, ...]]:
    with codes_beside(out).open(newline="") as stream:
        return [tuple(row) for row in csv.reader(stream)]


def rows_in(path: Path, session_id: str) -> tuple[Row, ...]:
    async def read() -> tuple[Row, ...]:
        log = ReadOnlyLog.look(str(path))
        try:
            return await log.read(session_id)
        finally:
            log.close()

    return asyncio.run(read())


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Table -> its rows, without when the merge was."""
    tables = [str(name) for (name,) in sql(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: sorted(sql(path, f"SELECT * FROM {name}"), key=repr) for name in tables}
    found["audit"] = sql(path, "SELECT actor, action, session_id, detail FROM audit ORDER BY id")
    return found


# ------------------------------------------------------------------------ what comes of it


def test_every_session_is_there_with_its_rows_and_pseudonyms_that_clash_are_new(logs, out: Path):
    done = merged(out, *logs)
    assert (done.n_sessions, done.n_twice, done.n_renamed) == (5, 0, 2)
    for log, ids in zip(logs, (("s-a1", "s-a2"), ("s-b1", "s-b2", "s-b3")), strict=True):
        for session_id in ids:
            assert rows_in(out, session_id) == rows_in(log, session_id) == story(session_id)
    assert sql(out, "SELECT id, participant FROM session ORDER BY id") == [
        ("s-a1", "P001"),
        ("s-a2", "P002"),
        ("s-b1", "P004"),
        ("s-b2", "P005"),
        ("s-b3", "P003"),
    ]
    assert codes(out) == [
        ("study", "machine", "old_code", "new_code"),
        ("pilot", "lab-a", "P001", "P001"),
        ("pilot", "lab-a", "P002", "P002"),
        ("pilot", "lab-b", "P001", "P004"),
        ("pilot", "lab-b", "P002", "P005"),
        ("pilot", "lab-b", "P003", "P003"),
    ]
    assert sql(out, "SELECT code, n FROM participant ORDER BY n") == [(f"P00{n}", n) for n in range(1, 6)]
    assert sql(out, "SELECT participant FROM invitation WHERE link = 'invited-s-b1'") == [("P004",)]
    assert len(sql(out, "SELECT * FROM arrival")) == len(sql(out, "SELECT * FROM participant_link")) == 5


def test_the_logs_themselves_stay_as_they_are(logs, out: Path):
    before = [log.read_bytes() for log in logs]
    names = sorted(path.name for path in logs[0].parent.iterdir())
    merged(out, *logs)
    assert [log.read_bytes() for log in logs] == before
    assert sorted(path.name for path in logs[0].parent.iterdir()) == names
    assert sorted(path.name for path in out.parent.iterdir()) == ["all.db", "all.db.codes.csv"]


def test_the_new_log_is_whole_exported_and_replayed(tmp_path: Path, out: Path):
    made = []
    for name in ("a.db", "b.db"):
        made.append(tmp_path / name)
        asyncio.run(record(made[-1], study="pilot"))
    merged(out, *made)
    engine = log_engine(f"sqlite:///{out}")
    with snapshot(engine) as connection:
        require_whole(connection, "pilot")
    engine.dispose()
    done = asyncio.run(replay_sessions(str(out), None, tell=lambda one: None))
    assert [one.fault for one in done] == [None, None]
    assert min(one.n_decisions for one in done) > 10
    exported = export_study(f"sqlite:///{out}", "pilot", tmp_path / "export", include_test=True)
    assert exported.n_sessions + exported.n_test_sessions == 2


def test_places_keep_their_machine_their_order_and_what_they_refill(logs, out: Path):
    merged(out, *logs)
    columns = "n, session_id, machine, list_n, refill_of"
    assert sql(out, f"SELECT {columns} FROM place ORDER BY n") == [
        (1, "s-a1", "lab-a", 1, None),
        (2, "s-a2", "lab-a", 2, 1),
        (3, "s-b1", "lab-b", 1, None),
        (4, "s-b2", "lab-b", 2, 3),
        (5, "s-b3", "lab-b", 3, None),
    ]
    assert len(sql(out, "SELECT * FROM allocation_list")) == 1


def test_a_merge_of_the_same_logs_is_the_same_and_can_be_merged_again(logs, out: Path, tmp_path: Path):
    merged(out, *logs)
    again = tmp_path / "again.db"
    merged(again, *logs)
    assert everything(again) == everything(out)
    more = make(tmp_path / "lab-c.db", [("s-c1", "P001")])
    merged(tmp_path / "three.db", out, more)
    assert sql(tmp_path / "three.db", "SELECT participant FROM session WHERE id = 's-c1'") == [("P006",)]
    machines = sql(tmp_path / "three.db", "SELECT machine, count(*) FROM place GROUP BY 1 ORDER BY 1")
    assert machines == [("lab-a", 2), ("lab-b", 3), ("lab-c", 1)]


def test_a_session_in_two_logs_is_taken_once_and_its_person_is_one(tmp_path: Path, out: Path):
    a = make(tmp_path / "a.db", [("s1", "P001"), ("s2", "P002")])
    copy = tmp_path / "copy.db"
    copy.write_bytes(a.read_bytes())

    async def go_on() -> None:
        log = SqlStudyLog.open(f"sqlite:///{copy}")
        await log.begin(header("s3", participant="P003"))
        await log.append("s3", AT_UTC, story("s3"))
        await log.begin(header("s4", participant="P002"))
        log.close()

    asyncio.run(go_on())
    done = merged(out, a, copy)
    assert (done.n_sessions, done.n_twice, done.n_renamed) == (4, 2, 0)
    assert sql(out, "SELECT id, participant FROM session ORDER BY id") == [
        ("s1", "P001"),
        ("s2", "P002"),
        ("s3", "P003"),
        ("s4", "P002"),
    ]
    assert len(sql(out, "SELECT * FROM place")) == 2
    assert len(sql(out, "SELECT * FROM audit WHERE action = 'start'")) == 4
    assert len(sql(out, "SELECT * FROM learner_said")) == 3


def test_different_studies_do_not_touch_each_other_s_pseudonyms(tmp_path: Path, out: Path):
    a = make(tmp_path / "a.db", [("s1", "P001")])
    b = make(tmp_path / "b.db", [("t1", "P001")], study="other")
    assert merged(out, a, b).n_renamed == 0
    assert sql(out, "SELECT study_id, code FROM participant ORDER BY 1") == [
        ("other", "P001"),
        ("pilot", "P001"),
    ]
    audits = sql(out, "SELECT study_id, detail FROM audit WHERE action = 'merge' ORDER BY 1")
    assert audits == [("other", "2 logs: a, b; sessions: 2"), ("pilot", "2 logs: a, b; sessions: 2")]


def test_logs_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, out: Path):
    for name in ("left", "right"):
        (tmp_path / name).mkdir()
    left = make(tmp_path / "left" / "log.db", [("s1", "P001")])
    right = make(tmp_path / "right" / "log.db", [("t1", "P001")])
    merged(out, left, right)
    assert {row[1] for row in codes(out)[1:]} == {"left/log", "right/log"}


def test_one_recruitment_id_on_two_machines_is_told(logs, out: Path):
    engine = log_engine(f"sqlite:///{logs[1]}")
    with write(engine) as connection:
        connection.execute(update(Arrival).where(Arrival.session_id == "s-b1").values(token="token-s-a1"))
    engine.dispose()
    result = CliRunner().invoke(app, ["merge", *map(str, logs), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "sessions: 5, in several logs and taken once: 0" in result.output
    assert "people with a new pseudonym: 2" in result.output
    assert "Came on two machines by one recruitment id: 1" in result.output
    assert sql(out, "SELECT session_id FROM arrival WHERE token = 'token-s-a1'") == [("s-a1",)]


def test_the_progress_comes_to_its_end(logs, out: Path):
    told: list[str] = []
    merge([str(log) for log in logs], out, tell=told.append)
    assert len(told) == n_steps(2)


# ------------------------------------------------------------------------ refused, and nothing is left behind


def refused(out: Path, *logs: Path, told: str, error: type[Exception] = BadInput) -> None:
    with pytest.raises(error, match=told):
        merged(out, *logs)
    assert list(out.parent.iterdir()) == []


def test_a_session_with_other_rows_is_named(tmp_path: Path, out: Path):
    a = make(tmp_path / "a.db", [("s1", "P001"), ("s2", "P002")])
    b = tmp_path / "b.db"
    b.write_bytes(a.read_bytes())
    with closing(sqlite3.connect(b)) as connection, connection:
        connection.execute("UPDATE probe SET trust = 1 WHERE session_id = 's2'")
    refused(out, a, b, told=r"Session s2 of log 'b' .* other rows \(table probe\)")
    with closing(sqlite3.connect(b)) as connection, connection:
        connection.execute("UPDATE probe SET trust = 4 WHERE session_id = 's2'")
        connection.execute("UPDATE session SET seed = 99 WHERE id = 's1'")
    refused(out, a, b, told=r"Session s1 of log 'b' .* other rows \(table session\)")


def test_a_changed_protocol_text_under_the_same_hash_is_refused(logs, out: Path):
    with closing(sqlite3.connect(logs[1])) as connection, connection:
        connection.execute("UPDATE protocol SET text = 'id: pilot # changed'")
    refused(out, *logs, told="protocol aaaaaaaaaaaa of study 'pilot' is another text in log 'lab-b'")


def test_a_damaged_log_another_schema_and_a_missing_or_doubled_log_are_refused(logs, out: Path):
    refused(out, logs[0], told="needs no merging")
    refused(out, logs[0], logs[0], told="named twice")
    notes = Path(logs[0]).with_suffix(".yml")
    notes.write_text("id: no log\n")
    refused(out, logs[0], notes, told="is no study log")
    refused(out, logs[0], logs[0].with_name("none.db"), told="no study log")
    with closing(sqlite3.connect(logs[1])) as connection, connection:
        connection.execute("DELETE FROM probe WHERE session_id = 's-b2'")
    refused(out, *logs, told="'s-b2' should hold rows", error=LogDamaged)
    with closing(sqlite3.connect(logs[1])) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0010'")
    refused(out, *logs, told="has schema 0010", error=LogUnwritable)


def test_a_file_that_exists_is_never_written_over(logs, out: Path):
    for path in (out, codes_beside(out)):
        path.write_text("mine")
        with pytest.raises(BadInput, match="is there already"):
            merged(out, *logs)
        assert path.read_text() == "mine"
        path.unlink()


def test_somebody_erased_in_one_log_does_not_come_back_with_an_older_copy(logs, out: Path, tmp_path: Path):
    old = tmp_path / "old.db"
    old.write_bytes(logs[0].read_bytes())
    receipt = tmp_path / "r.json"
    arguments = ["withdraw", "P002", "--study", "pilot", "--db", f"sqlite:///{logs[0]}", "--yes"]
    assert CliRunner().invoke(app, [*arguments, "--receipt", str(receipt)]).exit_code == 0
    refused(out, logs[0], old, told="P002 of log 'old' was erased in 'lab-a' on 20")
    refused(out, old, logs[0], told="P002 of log 'old' was erased in 'lab-a' on 20")


def test_a_pseudonym_that_was_erased_is_not_given_to_somebody_of_another_log(logs, out: Path, tmp_path: Path):
    arguments = ["withdraw", "P001", "--study", "pilot", "--db", f"sqlite:///{logs[0]}", "--yes"]
    assert CliRunner().invoke(app, [*arguments, "--receipt", str(tmp_path / "r.json")]).exit_code == 0
    merged(out, *logs)
    assert sql(out, "SELECT participant FROM session WHERE id = 's-b1'") == [("P004",)]
    assert sql(out, "SELECT participant, n, kind FROM tombstone") == [("P001", 1, "person")]
    assert sql(out, "SELECT n, session_id, machine FROM place WHERE session_id IS NULL") == [
        (1, None, "lab-a")
    ]


@contextmanager
def no_file_larger_than(n_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_half_way_leaves_no_file(logs, out: Path):
    engine = log_engine(f"sqlite:///{logs[1]}")
    with write(engine) as connection:
        connection.execute(update(Session).where(Session.id == "s-b3").values(cell="x" * 3_000_000))
    engine.dispose()
    with no_file_larger_than(2_000_000):
        refused(out, *logs, told="disk", error=LogUnwritable)
    assert merged(out, *logs).n_sessions == 5
