"""Folders found after a withdrawal: the person is known by a hash alone, and is taken out all the same."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from studies.erasure import erase
from studies.erasure.receipt import holds
from studies.erasure.staged import Staged
from studies.log.person import session_hash
from tests.studies.test_withdraw import everything, hits, run, sql, withdraw
from tests.studies.whole_study import SESSIONS, WholeStudy, link_of, make_study, words_of
from tutorbot.errors import BadInput, LogUnwritable

MINE = SESSIONS["P002"]
STRANGE = "0" * 31 + "7"
RECEIPT = Path("withdrawal-pilot-P002-2.json")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole study in ``study`` and a desk to work at, to be copied by each test."""
    base = tmp_path_factory.mktemp("before")
    for name in ("desk", "study"):
        (base / name).mkdir()
    make_study(base / "study")
    return base


@pytest.fixture(scope="module")
def after(before: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without P002; copies of its folders from before lie in ``found``."""
    base = tmp_path_factory.mktemp("after")
    shutil.copytree(before, base, dirs_exist_ok=True)
    for name in ("exports", "bags"):
        shutil.copytree(base / "study" / name, base / "found" / name)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(base / "desk")
        withdraw(WholeStudy(base / "study"))
    return base


def at_the_desk(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WholeStudy:
    shutil.copytree(base, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path / "desk")
    return WholeStudy(tmp_path / "study")


@pytest.fixture
def study(before: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WholeStudy:
    return at_the_desk(before, tmp_path, monkeypatch)


@pytest.fixture
def later(after: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WholeStudy:
    return at_the_desk(after, tmp_path, monkeypatch)


def found_in(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    root = tmp_path / "other"
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def again(study: WholeStudy, *more: object, code: str = "P002") -> str:
    status, output = run("withdraw", code, "--study", "pilot", "--db", study.url, *more, "--yes")
    assert status == 0, output
    return output


def audits(study: WholeStudy) -> list[tuple[object, ...]]:
    return sql(study.db, "SELECT action, session_id, detail FROM audit ORDER BY id")


# ------------------------------------------------------------------------ what goes


def test_folders_found_later_end_up_as_those_that_were_named_then(later: WholeStudy, tmp_path: Path):
    found = tmp_path / "found"
    assert hits(found, "P002")
    others = {code: hits(found, code) for code in ("P001", "P003")}
    again(later, "--exports", found / "exports", "--bags", found / "bags")
    assert hits(found, "P002") == []
    assert everything(found / "exports") == everything(later.exports)
    assert everything(found / "bags") == everything(later.bags)
    for code, before in others.items():
        assert set(before) - set(hits(found, code)) == {("exports/report.html", code.encode())}


def test_the_tombstone_stays_one_and_the_audit_log_says_so_without_naming_anybody(
    later: WholeStudy, tmp_path: Path
):
    stones, before = sql(later.db, "SELECT * FROM tombstone"), audits(later)
    again(later, "--exports", tmp_path / "found/exports")
    assert sql(later.db, "SELECT * FROM tombstone") == stones
    *same, (action, session_id, detail) = audits(later)
    assert same == before
    assert (action, session_id) == ("withdraw", None)
    assert str(detail).startswith("1 person erased before, ")
    assert not any(name in str(detail) for name in ("P002", MINE, link_of("P002")))
    assert hits(later.root, "P002") == [("log.db", b"P002")]


def test_the_receipt_is_a_further_one_and_names_no_session(later: WholeStudy, tmp_path: Path):
    output = again(later, "--exports", tmp_path / "found/exports", "--bags", tmp_path / "found/bags")
    receipt = json.loads(RECEIPT.read_text())
    assert holds(receipt)
    assert (receipt["what"], receipt["reason"], receipt["participants"]) == (
        "later withdrawal",
        "wish",
        ["P002"],
    )
    assert receipt["log"]["deleted"] == {}
    assert receipt["searched"]["left"] == []
    assert "Later withdrawal of P002 from study pilot, wish" in output
    assert "probe.parquet: 1 row taken out" in output
    assert MINE not in RECEIPT.read_text() + RECEIPT.with_suffix(".txt").read_text()
    again(later, "--exports", found_in(tmp_path, {f"{MINE}.xdf": b"XDF:"}))
    assert Path("withdrawal-pilot-P002-3.json").exists()


@pytest.mark.parametrize(
    "name",
    [f"P002_{MINE}.xdf", f"{MINE}.mcap", f"take_{MINE}.zip", f"sub/{MINE}/pictures.zip", f"{MINE}.eaf"],
)
def test_a_file_named_for_the_session_goes_and_what_is_somebody_else_s_stays(
    later: WholeStudy, tmp_path: Path, name: str
):
    other = SESSIONS["P001"]
    root = found_in(tmp_path, {name: b"packed", f"P001_{other}.xdf": b"packed", "a.md": "no one"})
    again(later, "--exports", root)
    assert sorted(everything(root)) == [f"P001_{other}.xdf", "a.md"]


def test_a_session_is_known_within_a_binary_file_and_what_is_packed_beside_it_goes_too(
    later: WholeStudy, tmp_path: Path
):
    root = found_in(
        tmp_path, {"take.mcap": b"\x89MCAP\0" + MINE.encode() + b"\xff", "all.zip": b"PK", "a.md": "no one"}
    )
    again(later, "--bags", root)
    assert sorted(everything(root)) == ["a.md"]


def test_a_session_is_known_within_parquet_that_names_no_participant(later: WholeStudy, tmp_path: Path):
    root = found_in(tmp_path, {"a.md": "no one"})
    rows = [{"session_id": one, "n": 1} for one in SESSIONS.values()]
    pq.write_table(pa.Table.from_pylist(rows), root / "rows.parquet", compression="zstd")
    again(later, "--exports", root)
    left = pq.read_table(root / "rows.parquet").column("session_id").to_pylist()
    assert left == [SESSIONS["P001"], SESSIONS["P003"]]


def test_an_id_of_another_shape_is_known_by_its_column_and_looked_for_in_all_folders(
    later: WholeStudy, tmp_path: Path
):
    with closing(sqlite3.connect(later.db)) as connection, connection:
        connection.execute("UPDATE tombstone SET sessions = json_array(?)", (session_hash("pilot-two"),))
    table = "session_id,participant\r\npilot-two,P002\r\nother,P001\r\n"
    root = found_in(tmp_path, {"bag/notes.txt": "pilot-two went well", "csv/session.csv": table})
    again(later, "--exports", root / "csv", "--bags", root / "bag")
    assert everything(root) == {"csv/session.csv": b"session_id,participant\r\nother,P001\r\n"}


def test_what_an_erasure_left_that_was_killed_after_it_was_written_down_goes(
    later: WholeStudy, tmp_path: Path
):
    left = later.exports / "csv" / ".learner_said.csv.erasing-old-1234"
    shutil.copy(tmp_path / "found/exports/csv/learner_said.csv", left)
    again(later, "--exports", later.exports)
    assert not left.exists()


def test_id_key_and_tracker_store_found_later_are_gone_through_too(study: WholeStudy):
    again(study)
    again(study, "--key", study.key, "--rasa-tracker", study.tracker)
    receipt = json.loads(RECEIPT.read_text())
    assert receipt["key"] == "1 entry removed"
    assert receipt["tracker"].endswith("30 events")
    assert {name for name, _ in hits(study.root, "P002")}.isdisjoint({"tracker.db", "pilot.key"})


# ------------------------------------------------------------------------ who it is


def test_a_folder_without_the_person_is_said_to_be_and_nothing_is_asked_or_written(
    later: WholeStudy, tmp_path: Path
):
    root = found_in(tmp_path, {"session.csv": f"session_id,participant\r\n{SESSIONS['P001']},P001\r\n"})
    before, files, notes = audits(later), everything(root), sorted(Path().iterdir())
    status, output = run("withdraw", "P002", "--study", "pilot", "--db", later.url, "--exports", root)
    assert status == 0
    assert "P002 is not in it" in output
    assert "Nothing was removed: P002 is in none of the places named." in output
    assert (audits(later), everything(root), sorted(Path().iterdir())) == (before, files, notes)


def test_what_cannot_be_looked_into_is_named_where_the_person_is_not_seen(later: WholeStudy, tmp_path: Path):
    root = found_in(tmp_path, {"all.zip": b"PK packed"})
    output = again(later, "--exports", root)
    assert f"kept, cannot be looked into: {root / 'all.zip'}" in output
    assert "P002 is not in what can be looked into of it" in output
    assert (root / "all.zip").exists()


def test_a_pseudonym_without_any_session_is_believed_and_that_is_said(later: WholeStudy, tmp_path: Path):
    statements = [{"actor": {"account": {"name": code}}} for code in SESSIONS]
    root = found_in(
        tmp_path,
        {
            "xapi.json": json.dumps(statements),
            "phenotype/x.tsv": "participant_id\tsession_id\nsub-P002\tses-01\n",
        },
    )
    output = again(later, "--exports", root)
    assert output.count("P002 is known by the pseudonym alone") == 2  # in the listing and in the receipt
    left = json.loads((root / "xapi.json").read_text())
    assert [one["actor"]["account"]["name"] for one in left] == ["P001", "P003"]
    assert "P002" not in (root / "phenotype/x.tsv").read_text()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("session.csv", f"session_id,participant,x\r\n{STRANGE},P002,1\r\n"),
        ("bids/sub-P002/sub-P002_sessions.tsv", f"session_id\tlog_session\nses-01\t{STRANGE}\n"),
        ("transactions.txt", f"Anon Student Id\tSession Id\nP002\t{STRANGE}\n"),
        ("index.json", json.dumps({"bags": {STRANGE: {"participant": "P002", "file": "x.mcap"}}})),
        ("rows.jsonl", json.dumps({"session_id": STRANGE, "participant": "P002"}) + "\n"),
        (f"P002_{STRANGE}.xdf", "packed"),
    ],
)
def test_somebody_of_another_log_with_the_same_pseudonym_is_left_alone(
    later: WholeStudy, tmp_path: Path, name: str, content: str
):
    root = found_in(tmp_path, {name: content, "xapi.jsonl": '{"name": "P002"}\n', "all.zip": "PK"})
    before = everything(root)
    output = again(later, "--exports", root)
    assert "P002 is somebody else here" in output
    assert everything(root) == before


def test_somebody_of_another_log_is_left_alone_in_parquet_and_the_person_beside_it_is_not(
    later: WholeStudy, tmp_path: Path
):
    strange, mine = (
        found_in(tmp_path, {f"{name}/{name}.md": "no one"}) / name for name in ("strange", "mine")
    )
    for root, session in ((strange, STRANGE), (mine, MINE)):
        rows = [{"session_id": session, "participant": "P002"}]
        pq.write_table(pa.Table.from_pylist(rows), root / "rows.parquet")
    again(later, "--exports", strange, "--exports", mine)
    assert pq.read_table(strange / "rows.parquet").num_rows == 1
    assert pq.read_table(mine / "rows.parquet").num_rows == 0


def test_folders_of_two_logs_in_one_are_refused_and_named(later: WholeStudy, tmp_path: Path):
    shared = f"session_id,participant\r\n{MINE},P002\r\n{STRANGE},P002\r\n"
    root = found_in(tmp_path, {"session.csv": shared})
    before = everything(root)
    with pytest.raises(BadInput, match=r"P002 has sessions of the P002 who was erased and others") as caught:
        again(later, "--exports", root)
    assert MINE not in str(caught.value)
    assert everything(root) == before


def test_a_folder_from_before_a_merge_loses_the_person_under_the_name_they_had_then(
    later: WholeStudy, tmp_path: Path
):
    table = f"session_id,participant\r\n{MINE},P009\r\n{STRANGE},P002\r\n"
    root = found_in(tmp_path, {"session.csv": table, "xapi.jsonl": '{"n": "P009"}\n{"n": "P002"}\n'})
    output = again(later, "--exports", root)
    assert "their sessions are those of P009 here" in output
    assert (root / "session.csv").read_text().splitlines() == ["session_id,participant", f"{STRANGE},P002"]
    assert (root / "xapi.jsonl").read_text() == '{"n": "P002"}\n'


def test_somebody_removed_when_the_time_was_over_is_removed_from_a_folder_too(
    study: WholeStudy, tmp_path: Path
):
    found = shutil.copytree(study.exports, tmp_path / "found")
    run("purge", *study.options(), "--today", "2031-01-01", "--yes")
    again(study, "--exports", found)
    assert hits(found, "P002") == []
    assert json.loads(Path("withdrawal-pilot-P002.json").read_text())["reason"] == "retention"
    output = run("purge", "--db", study.url, "--exports", found, "--today", "2031-01-01", "--yes")[1]
    assert "The folders named were not gone through." in output
    assert hits(found, "P001")


# ------------------------------------------------------------------------ refused, and all or nothing


def test_without_a_place_to_look_into_it_is_said_when_they_were_erased_and_what_to_name(later: WholeStudy):
    for more in ((), ("--partial", "camera")):
        with pytest.raises(BadInput, match=r"P002 in 'pilot' were erased on 20..-.*receipt") as caught:
            again(later, *more)
        assert "--exports" in caught.value.remedy


def test_camera_scores_alone_are_not_taken_out_of_a_folder(later: WholeStudy, tmp_path: Path):
    with pytest.raises(BadInput, match="takes scores out of the log alone"):
        again(later, "--partial", "camera", "--exports", tmp_path / "found/exports")


@pytest.mark.parametrize("where", [(erase, "plan_folder"), (Staged, "apply"), (erase, "audit")])
def test_a_disk_that_fills_leaves_the_folder_as_it_was(
    later: WholeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: tuple[object, str]
):
    found, real = tmp_path / "found", getattr(*where)
    before, notes = everything(found), audits(later)

    def half(*arguments: object, **more: object) -> object:
        real(*arguments, **more)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*where, half)
        with pytest.raises(LogUnwritable, match="No space left"):
            again(later, "--exports", found / "exports", "--bags", found / "bags")
    assert everything(found) == before
    assert audits(later) == notes
    again(later, "--exports", found / "exports", "--bags", found / "bags")
    assert hits(found, "P002") == []


# ------------------------------------------------------------------------ reports


def report_folder(root: Path, *codes: str) -> None:
    """What `studies report` writes: the data name people, tables and notebook do not."""
    for name in ("data", "tables", "analysis"):
        (root / name).mkdir(parents=True)
    with (root / "data/session.csv").open("w", newline="") as stream:
        rows = [(SESSIONS[code], code) for code in codes]
        csv.writer(stream).writerows([("session_id", "participant"), *rows])
    (root / "tables/trust.csv").write_text("condition,mean\nAD,4.2\n")
    (root / "report.html").write_text("<p>Mean trust 4.2</p>")
    (root / "report.ipynb").write_text("{}")


def test_a_report_made_with_the_person_is_to_be_made_again_in_listing_and_receipt(study: WholeStudy):
    report_folder(study.exports / "with", "P001", "P002")
    report_folder(study.exports / "without", "P001")
    output = withdraw(study)
    told = f"{study.exports / 'with'}: report, made with them"
    assert output.count(told) == 2
    reports = json.loads(Path("withdrawal-pilot-P002.json").read_text())["exports"]["reports"]
    assert [Path(one["path"]).name for one in reports] == ["exports", "with"]  # exports/report.html is one
    assert all("make it again with `studies report`" in one["why"] for one in reports)
    assert (study.exports / "with/tables/trust.csv").exists()
    assert (study.exports / "with/report.html").exists()
    assert "P002" not in (study.exports / "with/data/session.csv").read_text()


def test_a_report_found_later_is_told_too_and_one_without_data_cannot_be_told(
    later: WholeStudy, tmp_path: Path
):
    root = tmp_path / "reports"
    report_folder(root / "with", "P001", "P002")
    report_folder(root / "bare", "P001")
    shutil.rmtree(root / "bare/data")
    output = again(later, "--exports", root)
    assert f"{root / 'with'}: report, made with them" in output
    assert f"{root / 'bare'}: report without its data" in output
    assert "P002" not in (root / "with/data/session.csv").read_text()


# ------------------------------------------------------------------------ scripts


@pytest.mark.parametrize("stdin", ["</dev/null", "<&-", "</dev/zero"])
def test_in_a_script_without_yes_it_is_one_line_and_status_2(study: WholeStudy, stdin: str):
    before = everything(study.root)
    line = f'exec "$0" -m studies.cli withdraw P002 --study pilot --db {study.url} {stdin}'
    done = subprocess.run(
        ["sh", "-c", line, sys.executable], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr == "studies: This cannot be taken back and has to be agreed to. Add --yes.\n"
    assert everything(study.root) == before


def test_words_of_the_person_are_in_no_message(later: WholeStudy, tmp_path: Path):
    output = again(later, "--exports", tmp_path / "found/exports")
    assert words_of("P002").split(",", maxsplit=1)[0] not in output
    assert link_of("P002") not in output
