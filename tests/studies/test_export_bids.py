"""The BIDS dataset: taken by the official validator, and holding what happened and what was answered."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

VALIDATOR = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"


def errors(folder: Path) -> set[str]:
    """Codes of what the validator calls errors."""
    ended = subprocess.run([VALIDATOR, folder, "--json"], capture_output=True, text=True, check=False)
    issues = json.loads(ended.stdout)["issues"]["issues"]
    return {one["code"] for one in issues if one["severity"] == "error"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture
def bids(exported: Path) -> Path:
    return exported / "bids"


def test_the_official_validator_finds_no_error(bids: Path):
    assert errors(bids) == set()


def test_the_official_validator_finds_harm(bids: Path, tmp_path: Path):
    harmed = shutil.copytree(bids, tmp_path / "bids")
    events = next(harmed.glob("sub-P002/ses-01/beh/*_events.tsv"))
    events.write_text(events.read_text(encoding="utf-8").replace("onset\t", "begin\t", 1), encoding="utf-8")
    assert errors(harmed)


def test_events_are_in_order_and_those_of_the_log(bids: Path, exported: Path):
    events = table(next(bids.glob("sub-P001/ses-01/beh/*_events.tsv")))
    onsets = [float(one["onset"]) for one in events]
    assert onsets == sorted(onsets)
    assert all(float(one["duration"]) >= 0 for one in events)
    boards = [one for one in events if one["trial_type"] == "item"]
    with (exported / "csv" / "item_end.csv").open(encoding="utf-8", newline="") as stream:
        ends = {one["item_id"]: one for one in csv.DictReader(stream) if one["session_id"] == "s1"}
    assert len(boards) == len(ends) == 4
    for board in boards:
        end = float(board["onset"]) + float(board["duration"])
        assert end == pytest.approx(float(ends[board["item_id"]]["at_s"]))


def test_every_column_of_the_events_is_described(bids: Path):
    described = json.loads((bids / "task-tutoring_events.json").read_text(encoding="utf-8"))
    events = table(next(bids.glob("sub-P004/ses-01/beh/*_events.tsv")))
    assert set(events[0]) <= set(described)
    assert {one["trial_type"] for one in events} <= set(described["trial_type"]["Levels"])


def test_a_participant_s_second_session_is_a_session_of_the_same_subject(bids: Path):
    sessions = table(bids / "sub-P001" / "sub-P001_sessions.tsv")
    assert [(one["session_id"], one["log_session"]) for one in sessions] == [
        ("ses-01", "s1"),
        ("ses-02", "s7"),
    ]
    people = {one["participant_id"]: one["n_sessions"] for one in table(bids / "participants.tsv")}
    assert people == {"sub-P001": "2", "sub-P002": "1", "sub-P003": "1", "sub-P004": "1"}


def test_questionnaires_are_phenotype_tables(bids: Path):
    (row,) = table(bids / "phenotype" / "fks.tsv")
    assert row == {
        "participant_id": "sub-P004",
        "session_id": "ses-01",
        "block1_fks01": "3.0",
        "pre_age": "25-34",
        "pre_fks01": "6.0",
        "pre_fks02": "n/a",
        "pre_open": "n/a",
    }
    about = json.loads((bids / "phenotype" / "fks.json").read_text(encoding="utf-8"))
    assert set(row) - {"participant_id"} <= set(about)
