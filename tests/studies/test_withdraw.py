"""One person is taken out of everything: a byte search finds the tombstone alone; the others stay whole."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, Engine
from typer.testing import CliRunner

from studies.cli import app
from studies.erasure import erase
from studies.erasure.receipt import holds
from studies.erasure.staged import Staged
from studies.export.study import export_study
from studies.identity import IdentityKey
from studies.log.database import log_engine, snapshot
from studies.log.person import session_hash
from studies.log.places import counts
from studies.log.reader import ReadOnlyLog
from studies.log.store import SqlStudyLog, require_whole
from tests.studies.whole_study import (
    PASSPHRASE,
    SESSIONS,
    WholeStudy,
    link_of,
    make_study,
    rows_of_person,
    words_of,
)
from tutorbot.errors import BadInput, LogUnwritable, TutorbotError


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WholeStudy:
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    (tmp_path / "study").mkdir()
    return make_study(tmp_path / "study")


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def withdraw(study: WholeStudy, code: str = "P002") -> str:
    status, output = run("withdraw", code, *study.options(), "--yes")
    assert status == 0, output
    return output


def needles(code: str) -> list[bytes]:
    """Everything that leads to somebody: pseudonym, session, link, and words as they lie in files."""
    first_words = words_of(code).split(",", maxsplit=1)[0]
    return [text.encode() for text in (code, SESSIONS[code], link_of(code), first_words)]


def hits(root: Path, code: str) -> list[tuple[str, bytes]]:
    """(file, what) of every needle found in the bytes or the name of any file under a folder."""
    found = []
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        data = path.read_bytes() if path.is_file() else b""
        for needle in needles(code):
            if needle in name.encode() or needle in data.replace(b"P0021 and XP002", b""):
                found.append((name, needle))
    return found


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def everything(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal"))
    }


# ------------------------------------------------------------------------ what is gone, what stays


def test_before_a_withdrawal_the_search_finds_the_person_everywhere(study: WholeStudy):
    files = {name for name, _ in hits(study.root, "P002")}
    assert {"log.db", "tracker.db", "bags/index.json", "exports/csv/learner_said.csv"} <= files


def test_after_a_withdrawal_a_byte_search_finds_the_pseudonym_in_the_tombstone_alone(study: WholeStudy):
    keeps_reading = sqlite3.connect(study.db)  # so that -wal and -shm stay to be searched
    keeps_reading.execute("SELECT count(*) FROM session").fetchone()
    withdraw(study)
    assert (study.root / "log.db-shm").exists()
    assert hits(study.root, "P002") == [("log.db", b"P002")]
    assert study.db.read_bytes().count(b"P002") == 1
    keeps_reading.close()
    assert hits(study.root, "P002") == [("log.db", b"P002")]


def test_the_others_are_untouched_in_log_exports_tracker_bags_and_key(study: WholeStudy, tmp_path: Path):
    before = {code: hits(study.root, code) for code in ("P001", "P003")}
    withdraw(study)

    async def read() -> None:
        log = ReadOnlyLog.look(str(study.db))
        for code in before:
            assert await log.read(SESSIONS[code]) == rows_of_person(code)
        log.close()

    asyncio.run(read())
    for code, found in before.items():
        made_again = {("exports/report.html", code.encode())}
        assert set(hits(study.root, code)) == set(found) - made_again
    assert IdentityKey(study.key).codes() == ("P001", "P003")
    assert len(IdentityKey(study.key).open(PASSPHRASE)) == 2
    export_study(study.url, "pilot", tmp_path / "again", with_words=True)
    again = {
        name: data for name, data in everything(tmp_path / "again").items() if name.endswith((".csv", ".yml"))
    }
    left = everything(study.exports / "csv")
    assert {name: left[name] for name in again} == again


def test_every_format_loses_the_person_s_rows_and_keeps_the_rest(study: WholeStudy):
    withdraw(study)
    exports = study.exports
    assert pq.read_table(exports / "probe.parquet").column("participant").to_pylist() == ["P001", "P003"]
    statements = json.loads((exports / "xapi.json").read_text())
    assert [one["actor"]["account"]["name"] for one in statements] == ["P001", "P003"]
    assert len((exports / "xapi.jsonl").read_text().splitlines()) == 2
    assert (
        exports / "bids/participants.tsv"
    ).read_text() == "participant_id\tage\nsub-P001\t0\nsub-P003\t2\n"
    assert sorted(path.name for path in (exports / "bids").iterdir()) == [
        "participants.tsv",
        "sub-P001",
        "sub-P003",
    ]
    assert not (exports / f"{SESSIONS['P002']}.eaf").exists()
    assert (exports / f"{SESSIONS['P001']}.eaf").exists()
    assert not (exports / "report.html").exists()
    assert not (exports / "all.zip").exists()
    assert (exports / "about.md").read_text() == "P0021 and XP002 are not P2.\n"
    assert sorted(path.name for path in study.bags.iterdir()) == ["index.json", "take-1.mcap", "take-3.mcap"]
    assert set(json.loads((study.bags / "index.json").read_text())["bags"]) == {
        SESSIONS["P001"],
        SESSIONS["P003"],
    }


def test_the_sums_an_export_lists_fit_its_files_again(study: WholeStudy):
    import hashlib

    withdraw(study)
    readme = (study.exports / "csv/README.txt").read_text()
    for name in ("learner_said.csv", "session.csv", "acts.csv"):
        assert hashlib.sha256((study.exports / "csv" / name).read_bytes()).hexdigest() in readme


def test_a_tombstone_counts_what_went_and_the_place_stays_without_its_person(study: WholeStudy):
    withdraw(study)
    ((code, kind, reason, n_sessions, n_acts, deleted, sessions, receipt),) = sql(
        study.db,
        "SELECT participant, kind, reason, n_sessions, n_acts, deleted, sessions, receipt FROM tombstone",
    )
    assert (code, kind, reason, n_sessions, n_acts) == ("P002", "person", "wish", 1, 1)
    counts = json.loads(str(deleted))
    assert counts["learner_said"] == counts["session"] == counts["participant"] == counts["arrival"] == 1
    assert json.loads(str(sessions)) == [session_hash(SESSIONS["P002"])]
    assert receipt == json.loads(Path("withdrawal-pilot-P002.json").read_text())["receipt"]
    assert sql(study.db, "SELECT n, session_id, cell FROM place ORDER BY n") == [
        (1, SESSIONS["P001"], "AD"),
        (2, None, "AD"),
        (3, SESSIONS["P003"], "AD"),
    ]


def test_the_audit_log_keeps_what_was_done_and_not_by_whom(study: WholeStudy):
    n_before = len(sql(study.db, "SELECT * FROM audit"))
    withdraw(study)
    rows = sql(study.db, "SELECT actor, action, session_id, detail FROM audit ORDER BY id")
    assert len(rows) == n_before + 1
    assert sum(row[1] == "start" for row in rows) == 3
    assert sum(row[1] == "start" and row[2] is None for row in rows) == 1
    assert rows[-1][:3] == ("operator", "withdraw", None)
    status, output = run("audit", "pilot", "--db", study.url, "--json")
    assert status == 0
    assert [row["action"] for row in json.loads(output)] == [row[1] for row in rows]


def test_the_log_is_whole_and_a_pseudonym_is_never_given_again(study: WholeStudy):
    withdraw(study, "P003")
    engine = log_engine(study.url)
    with snapshot(engine) as connection:
        require_whole(connection, "pilot")
    engine.dispose()
    log = SqlStudyLog.open(study.url)
    assert asyncio.run(log.next_participant("pilot")) == "P004"
    log.close()


def test_the_receipt_says_what_went_and_cannot_be_changed_unseen(study: WholeStudy):
    output = withdraw(study)
    receipt = json.loads(Path("withdrawal-pilot-P002.json").read_text())
    assert holds(receipt)
    assert not holds({**receipt, "by": "somebody else"})
    assert receipt["searched"]["left"] == []
    assert receipt["tracker"].endswith("30 events")
    assert receipt["key"] == "1 entry removed"
    text = Path("withdrawal-pilot-P002.txt").read_text()
    assert text in output
    assert receipt["sha256"] in text
    for word in ("learner_said: 1 row\n", "probe.parquet: 1 row taken out", "take-2.mcap: 1 file deleted"):
        assert word in text
    assert not any(secret.encode() in text.encode() for secret in (SESSIONS["P002"], link_of("P002")))


# ------------------------------------------------------------------------ refused


@pytest.mark.parametrize("code", ["P02", "p002", "P200"])
def test_an_unknown_code_is_told_near_ones(study: WholeStudy, code: str):
    with pytest.raises(BadInput, match=f"no participant '{code}'") as caught:
        run("withdraw", code, *study.options(), "--yes")
    assert "P002" in caught.value.remedy


def test_an_unknown_study_and_a_missing_folder_log_key_or_store_are_named(study: WholeStudy):
    for changes, told in (
        (("--study", "other"), "no study 'other'"),
        (("--db", "sqlite:///none.db"), "no study log 'none.db'"),
        (("--exports", "none"), "no folder 'none'"),
        (("--key", "none.key"), "no id key 'none.key'"),
        (("--rasa-tracker", "none.db"), "no tracker store 'none.db'"),
        (("--rasa-tracker", study.url), "no tracker store of Rasa"),
        (("--partial", "microphone"), "--partial is 'microphone'"),
        (("--receipt", "here"), "--receipt is 'here'"),
    ):
        before = everything(study.root)
        with pytest.raises(BadInput, match=told):
            run("withdraw", "P002", *study.options(), *changes, "--yes")
        assert everything(study.root) == before


def test_somebody_withdrawn_before_is_said_when(study: WholeStudy):
    withdraw(study)
    with pytest.raises(BadInput, match=r"P002 in 'pilot' were erased on 20..-.*receipt"):
        run("withdraw", "P002", "--study", "pilot", "--db", study.url, "--yes")  # though its receipt is there


def test_without_yes_and_without_a_person_to_ask_nothing_happens(study: WholeStudy):
    before = everything(study.root)
    with pytest.raises(BadInput, match="has to be agreed to"):
        run("withdraw", "P002", *study.options())
    assert everything(study.root) == before


async def test_while_a_tutor_runs_on_the_log_it_is_refused(study: WholeStudy):
    log = SqlStudyLog.open(study.url, hold=True)
    try:
        with pytest.raises(LogUnwritable, match=f"process {os.getpid()}") as caught:
            run("withdraw", "P002", *study.options(), "--yes")
    finally:
        log.close()
    assert "end it, stop that tutor" in caught.value.remedy
    assert sql(study.db, "SELECT count(*) FROM participant") == [(3,)]


# ------------------------------------------------------------------------ all or nothing


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")


FAILURES = {
    "while files are prepared": (erase, "plan_folder"),
    "while files are put in place": (Staged, "apply"),
    "while rows are deleted": (erase, "erase_person"),
    "while it is noted": (erase, "audit"),
}


@pytest.mark.parametrize("when", FAILURES)
def test_a_disk_that_fills_leaves_everything_as_it_was(
    study: WholeStudy, monkeypatch: pytest.MonkeyPatch, when: str
):
    where, name = FAILURES[when]
    before, rows = everything(study.root), sql(study.db, "SELECT count(*) FROM learner_said")
    real = getattr(where, name)

    def half(*arguments: object, **more: object) -> object:
        real(*arguments, **more)
        return _full()

    with monkeypatch.context() as patched:
        patched.setattr(where, name, half)
        with pytest.raises(TutorbotError, match="No space left") as caught:
            run("withdraw", "P002", *study.options(), "--yes")
    assert "nothing was changed" in caught.value.remedy
    assert sql(study.db, "SELECT count(*) FROM learner_said") == rows
    after = everything(study.root)
    assert {name for name in before if after.get(name) != before[name]} <= {"log.db"}
    assert set(after) == set(before)
    withdraw(study)
    assert hits(study.root, "P002") == [("log.db", b"P002")]


def test_a_commit_that_fails_puts_every_file_back(study: WholeStudy, monkeypatch: pytest.MonkeyPatch):
    before, real = everything(study.root), erase.write

    @contextmanager
    def cut_off(engine: Engine) -> Iterator[Connection]:
        with real(engine) as connection:
            yield connection
            raise LogUnwritable("The disk is full.", remedy="Free some space; nothing was changed.")

    with monkeypatch.context() as patched:
        patched.setattr(erase, "write", cut_off)
        with pytest.raises(LogUnwritable, match="disk is full"):
            run("withdraw", "P002", *study.options(), "--yes")
    after = everything(study.root)
    assert {name for name in before if after.get(name) != before[name]} <= {"log.db", "tracker.db"}
    assert set(after) == set(before)
    assert sql(study.db, "SELECT count(*) FROM participant") == [(3,)]
    withdraw(study)  # the tracker store is a database of its own, and goes first: so nothing is out of reach
    assert hits(study.root, "P002") == [("log.db", b"P002")]


def test_a_file_that_cannot_be_written_anew_yet_is_said_in_the_receipt(
    study: WholeStudy, monkeypatch: pytest.MonkeyPatch
):
    def locked(engine: Engine) -> None:
        raise LogUnwritable("The log is locked by another program.", remedy="Close it.")

    monkeypatch.setattr(erase, "compact", locked)
    run("withdraw", "P002", *study.options(), "--yes")
    receipt = json.loads(Path("withdrawal-pilot-P002.json").read_text())
    assert receipt["log"]["note"].startswith("The log is locked by another program. Run `studies compact`")


def test_a_place_that_still_holds_the_person_is_named_and_the_command_fails(
    study: WholeStudy, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Staged, "apply", lambda self: None)
    status, output = run("withdraw", "P002", *study.options(), "--yes")
    assert status == 1
    assert "LEFT IN " in output
    assert "learner_said.csv" in output.split("LEFT IN ")[1]


def test_a_disk_without_room_for_the_new_file_is_found_out_first(
    study: WholeStudy, monkeypatch: pytest.MonkeyPatch
):
    before = everything(study.root)
    monkeypatch.setattr(erase.shutil, "disk_usage", lambda path: _Usage())
    with pytest.raises(LogUnwritable, match="MB free"):
        run("withdraw", "P002", *study.options(), "--yes")
    assert everything(study.root) == before


class _Usage:
    free = 1 << 20


def test_what_an_erasure_that_was_killed_left_behind_goes_with_the_next_one(study: WholeStudy):
    left = study.exports / "csv" / ".learner_said.csv.erasing-old-1234"
    left.write_bytes((study.exports / "csv/learner_said.csv").read_bytes())
    withdraw(study)
    assert not left.exists()


def test_a_place_whose_session_had_not_ended_is_given_back_and_one_that_had_stays_completed(
    study: WholeStudy,
):
    with closing(sqlite3.connect(study.db)) as connection, connection:
        connection.execute("DELETE FROM session_end WHERE session_id = ?", (SESSIONS["P002"],))
        connection.execute("UPDATE session SET n_rows = n_rows - 1 WHERE id = ?", (SESSIONS["P002"],))
    withdraw(study)
    withdraw(study, "P003")
    assert sql(study.db, "SELECT n, session_id IS NULL, released_why FROM place ORDER BY n") == [
        (1, 0, None),
        (2, 1, "withdrawn"),
        (3, 1, None),
    ]
    engine = log_engine(study.url)
    with snapshot(engine) as connection:
        found = counts(connection, "pilot")["AD"]
    engine.dispose()
    assert (found.completed, found.running) == (2, 0)
