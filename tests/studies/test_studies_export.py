"""What leaves the log: tidy, pseudonymous, the same bytes each time, and all or nothing."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.export import tidy as export_module
from studies.export.csv_file import cell, csv_line
from studies.export.span import Span
from studies.export.study import TEST_FOLDER, export_study, n_tables
from studies.log.models import ROW_TABLES
from studies.log.store import SqlStudyLog
from tests.studies.log_builders import AT_UTC, act_story, consent, ended, header, probe, trigger
from tutorbot.core.events import LearnerSaid, ReactionSeen, Row, Understood
from tutorbot.errors import BadInput, LogDamaged, LogUnwritable
from tutorbot.ports import LogHeader

SAID = "my own words"
HEARD = Understood(
    at_s=3.0, utterance_id="U1", intent="ask_hint", confidence=0.5, entities=(("shape", "squiggle"),)
)


def words(text: str = SAID) -> LearnerSaid:
    return LearnerSaid(at_s=2.0, utterance_id="U1", text=text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


async def fill(path: Path, *sessions: tuple[LogHeader, Sequence[Row]]) -> str:
    """A log with these sessions; its URL."""
    log = SqlStudyLog.open(f"sqlite:///{path}")
    for one, rows in sessions:
        await log.begin(one)
        await log.append(one.session_id, AT_UTC, rows)
    log.close()
    return f"sqlite:///{path}"


def table(folder: Path, name: str) -> list[dict[str, str]]:
    text = (folder / f"{name}.csv").read_bytes().decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def audits(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT actor, action, detail FROM audit WHERE action = 'export'"
        ).fetchall()


def names_in(folder: Path) -> list[str]:
    """Files and folders, SQLite's passing ones left out."""
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("log.db-"))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


# ------------------------------------------------------------------------ what is there


async def test_an_export_holds_every_table_the_codebook_and_the_protocols(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (consent(), *act_story(), probe(), ended())))
    seen: list[str] = []
    done = export_study(url, "pilot", tmp_path / "out", on_table=seen.append)
    assert (done.n_sessions, done.n_consented, done.n_test_sessions) == (1, 1, 0)
    names = {f"{kind.table}.csv" for kind in ROW_TABLES}
    assert set(everything(tmp_path / "out")) == names | {
        "session.csv",
        "acts.csv",
        "codebook.csv",
        "codebook.md",
        "values.csv",
        "README.txt",
        f"protocol-{'aa' * 6}.yml",
    }
    assert (tmp_path / "out" / f"protocol-{'aa' * 6}.yml").read_text(encoding="utf-8") == "id: pilot\n"
    assert len(seen) == n_tables()


async def test_a_row_comes_out_with_its_envelope_and_values(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (probe(), trigger(persists=True))))
    export_study(url, "pilot", tmp_path / "out")
    assert table(tmp_path / "out", "probe") == [
        {
            "session_id": "s1",
            "participant": "P001",
            "seq": "1",
            "at_s": "1.0",
            "at_utc": AT_UTC,
            "condition": "AD",
            "schema_version": "1",
            "software_version": "0.1.0",
            "item_id": "I1",
            "trust": "4",
            "concentration": "3",
            "client_id": "",
        }
    ]
    (row,) = table(tmp_path / "out", "trigger")
    assert json.loads(row["signs"]) == ["confusion_dwell", "error"]
    assert json.loads(row["evidence"]) == [list(pair) for pair in trigger().evidence]
    assert (row["persists"], row["reason"]) == ("true", "")


async def test_an_act_stands_in_one_row_from_its_cause_to_its_end(path: Path, tmp_path: Path):
    waiting = trigger(at_s=9.0, outcome="waiting", reason="input", level_allowed=1)
    undone = ReactionSeen(at_s=20.0, act_id="A1", reaction="undone", latency_s=7.5, via="undo")
    later = trigger(at_s=30.0, outcome="suppressed", reason="rest", level_allowed=0)
    url = await fill(path, (header(), (waiting, *act_story(), undone, later)))
    export_study(url, "pilot", tmp_path / "out")
    (row,) = table(tmp_path / "out", "acts")
    assert row == {
        "session_id": "s1",
        "participant": "P001",
        "condition": "AD",
        "act_id": "A1",
        "item_id": "I1",
        "decided_at_s": "12.0",
        "trigger_id": "T1",
        "trigger_at_s": "10.0",
        "kind": "confusion",
        "basis": "corroborated",
        "signs": '["confusion_dwell", "error"]',
        "evidence": json.dumps([list(pair) for pair in trigger().evidence]),
        "persists": "false",
        "trust": "3.5",
        "level_offered": "2",
        "level_allowed": "2",
        "level": "2",
        "move": "offer_contrast",
        "motivate": "false",
        "follows_act_id": "",
        "delivered": "true",
        "level_delivered": "2",
        "wording_id": "suggestion/2",
        "delivery_latency_s": "0.5",
        "not_delivered_because": "",
        "reaction": "undone",
        "reaction_latency_s": "7.5",
        "reaction_via": "undo",
    }


async def test_an_act_under_way_has_empty_cells_for_what_is_not_known_yet(path: Path, tmp_path: Path):
    url = await fill(path, (header(), act_story()[:2]))
    export_study(url, "pilot", tmp_path / "out")
    (row,) = table(tmp_path / "out", "acts")
    assert (row["delivered"], row["reaction"], row["level"]) == ("", "", "2")


async def test_every_column_of_every_table_is_in_the_codebook(path: Path, tmp_path: Path):
    url = await fill(path, (header(), act_story()))
    export_study(url, "pilot", tmp_path / "out")
    book = {(row["file"], row["column"]): row for row in table(tmp_path / "out", "codebook")}
    for file in (tmp_path / "out").glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            columns = next(csv.reader(stream))
        if file.name not in ("codebook.csv", "values.csv"):
            assert [column for name, column in book if name == file.name] == columns
    assert all(row["meaning"] for row in book.values())
    assert book["probe.csv", "trust"]["meaning"] == "single trust item, 1 (not at all) to 5 (completely)"
    text = (tmp_path / "out" / "codebook.md").read_text(encoding="utf-8")
    assert "| `trust` | integer | never | single trust item, 1 (not at all) to 5 (completely) |" in text


async def test_the_readme_s_hashes_are_those_of_the_files(path: Path, tmp_path: Path):
    url = await fill(path, (header(), act_story()))
    export_study(url, "pilot", tmp_path / "out")
    files = everything(tmp_path / "out")
    text = files.pop("README.txt").decode()
    listed = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE))
    assert {name: digest for digest, name in listed.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }


async def test_the_same_database_gives_the_same_bytes(path: Path, tmp_path: Path):
    url = await fill(
        path,
        (header("b", participant="P010", condition="NB"), (*act_story(), words(), ended())),
        (header("a", participant="P002"), (probe(1), probe(2))),
        (header("t", participant="P001", test_only=True), (probe(3),)),
    )
    for name in ("one", "two"):
        export_study(url, "pilot", tmp_path / name, include_test=True, with_words=True)
    assert everything(tmp_path / "one") == everything(tmp_path / "two")
    participants = [row["participant"] for row in table(tmp_path / "one", "session")]
    assert participants == ["P002", "P010"]  # by number, not by spelling


# -------------------------------------------------------------------------- what is not


async def test_no_link_and_no_word_of_a_learner_is_in_an_export(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (words(), HEARD, ended())))
    export_study(url, "pilot", tmp_path / "out")
    bytes_of_all = b"".join(everything(tmp_path / "out").values())
    for secret in (b"secret-link", SAID.encode(), b"squiggle"):
        assert secret not in bytes_of_all
    (row,) = table(tmp_path / "out", "learner_said")
    assert (row["utterance_id"], row["text"]) == ("U1", "")
    (entry,) = [
        one
        for one in table(tmp_path / "out", "codebook")
        if (one["file"], one["column"]) == ("learner_said.csv", "text")
    ]
    assert "left out of this export" in entry["meaning"]


async def test_learners_words_come_when_asked_for_and_the_audit_log_says_so(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (words(), HEARD)))
    export_study(url, "pilot", tmp_path / "out", with_words=True)
    assert table(tmp_path / "out", "learner_said")[0]["text"] == SAID
    assert json.loads(table(tmp_path / "out", "understood")[0]["entities"]) == [["shape", "squiggle"]]
    assert b"secret-link" not in b"".join(everything(tmp_path / "out").values())
    assert audits(path) == [("operator", "export", "1 session, 0 with consent, with learners' words")]


async def test_try_outs_and_other_studies_stay_out(path: Path, tmp_path: Path):
    url = await fill(
        path,
        (header("data"), (probe(1),)),
        (header("try", participant="P002", test_only=True, protocol_hash="dd" * 32), (probe(2),)),
        (header("else", study_id="another", protocol_hash="ee" * 32), (probe(3),)),
    )
    done = export_study(url, "pilot", tmp_path / "out")
    assert (done.n_sessions, done.n_test_sessions) == (1, 1)
    for name in ("session", "probe"):
        assert [row["session_id"] for row in table(tmp_path / "out", name)] == ["data"]
    assert not (tmp_path / "out" / TEST_FOLDER).exists()


async def test_try_outs_asked_for_are_set_apart_and_marked(path: Path, tmp_path: Path):
    url = await fill(
        path,
        (header("data"), (probe(1),)),
        (header("try", participant="P002", test_only=True, protocol_hash="dd" * 32), (probe(2),)),
    )
    export_study(url, "pilot", tmp_path / "out", include_test=True)
    assert [row["session_id"] for row in table(tmp_path / "out", "probe")] == ["data"]
    assert [row["session_id"] for row in table(tmp_path / "out" / TEST_FOLDER, "probe")] == ["try"]
    assert "NOT DATA" in (tmp_path / "out" / TEST_FOLDER / "README.txt").read_text(encoding="utf-8")


# ----------------------------------------------------------------------- all or nothing


async def test_a_study_of_try_outs_alone_has_no_data(path: Path, tmp_path: Path):
    url = await fill(path, (header("try", test_only=True), (probe(),)))
    with pytest.raises(BadInput, match=r"has no data, only 1 session of.*--include-test"):
        export_study(url, "pilot", tmp_path / "out")
    assert not [name for name in names_in(tmp_path) if "out" in name]
    assert audits(path) == []


async def test_an_unknown_study_is_answered_with_the_known_ones(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (probe(),)))
    with pytest.raises(BadInput, match=r"holds no study 'pilto'. It holds pilot\."):
        export_study(url, "pilto", tmp_path / "out")


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
async def test_what_is_there_already_is_never_touched(path: Path, tmp_path: Path, kind: str):
    url = await fill(path, (header(), (probe(),)))
    out = tmp_path / "out"
    if kind == "folder":
        out.mkdir()
    elif kind == "file":
        out.write_text("mine", encoding="utf-8")
    else:
        out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="is there already"):
        export_study(url, "pilot", out)
    assert not (tmp_path / "nowhere").exists()
    assert out.is_dir() == (kind == "folder")


async def test_a_place_that_is_not_there_is_named(path: Path, tmp_path: Path):
    url = await fill(path, (header(), (probe(),)))
    with pytest.raises(BadInput, match="There is no folder"):
        export_study(url, "pilot", tmp_path / "no" / "out")


def test_a_log_that_is_not_there_is_not_made(tmp_path: Path):
    with pytest.raises(BadInput, match="There is no study log"):
        export_study(f"sqlite:///{tmp_path}/none.db", "pilot", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_our_schema_is_refused(tmp_path: Path):
    (tmp_path / "empty.db").touch()
    with pytest.raises(LogUnwritable, match="has schema none"):
        export_study(f"sqlite:///{tmp_path}/empty.db", "pilot", tmp_path / "out")


async def test_a_disk_that_fills_leaves_nothing_behind(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    url = await fill(path, (header(), (*act_story(), ended())))
    real, calls = export_module.write_csv, []

    def write_then_fill(dataset, stream):
        calls.append(dataset.name)
        if len(calls) == 5:
            raise OSError(28, "No space left on device")
        return real(dataset, stream)

    monkeypatch.setattr(export_module, "write_csv", write_then_fill)
    before = names_in(tmp_path)
    with pytest.raises(BadInput, match=r"No space left on device.*nothing was left behind"):
        export_study(url, "pilot", tmp_path / "out")
    assert names_in(tmp_path) == before
    assert audits(path) == []


@pytest.mark.parametrize(
    "harm", ["DELETE FROM probe WHERE seq = 2", "UPDATE trigger SET signs = '{' WHERE seq = 4"]
)
async def test_a_damaged_log_is_not_exported(path: Path, tmp_path: Path, harm: str):
    url = await fill(path, (header(), (probe(1), probe(2), probe(3), trigger())))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(harm)
        connection.commit()
    with pytest.raises(LogDamaged):
        export_study(url, "pilot", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------------------- csv cells


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        ("", '""'),
        (True, "true"),
        (-1, "-1"),
        (-0.5, "-0.5"),
        ("plain", "plain"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("'s", "''s"),
        ('a "b", c', '"a ""b"", c"'),
        ("two\nlines", '"two\nlines"'),
        (" edge", '" edge"'),
        (["=1"], '"[""=1""]"'),
    ],
)
def test_a_cell_is_plain_quoted_or_made_safe(value: object, expected: str):
    assert cell(value) == expected


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1, max_size=4))
def test_any_text_can_be_had_back_from_its_cell(texts: list[str]):
    (read,) = csv.reader(io.StringIO(csv_line(tuple(texts)), newline=""), strict=True)
    assert [one.removeprefix("'") for one in read] == texts
    assert not any(one.startswith(("=", "+", "-", "@", "\t", "\r")) for one in read)


async def test_people_who_do_not_agree_to_a_purpose_can_be_left_out(path: Path, tmp_path: Path):
    log = SqlStudyLog.open(f"sqlite:///{path}")
    answers = {"s1": [True], "s2": [False], "s3": [True, False], "s4": [False, True], "s5": []}
    for n, (name, given_to_it) in enumerate(answers.items(), start=1):
        await log.begin(header(name, participant=f"P{n:03d}"))
        said = [
            consent(purpose="sharing", granted=granted, at_s=float(i))
            for i, granted in enumerate(given_to_it)
        ]
        await log.append(name, AT_UTC, [consent(), *said])
    log.close()
    with pytest.raises(BadInput, match=r"was asked for consent to 'video'.*participation, sharing"):
        export_study(f"sqlite:///{path}", "pilot", tmp_path / "none", span=Span(agreed="video"))
    export_study(f"sqlite:///{path}", "pilot", tmp_path / "out", span=Span(agreed="sharing"))
    with (tmp_path / "out" / "session.csv").open(encoding="utf-8", newline="") as stream:
        assert [row["session_id"] for row in csv.DictReader(stream)] == ["s1", "s4"]
    assert "consent for 'sharing' is yes" in (tmp_path / "out" / "README.txt").read_text(encoding="utf-8")
