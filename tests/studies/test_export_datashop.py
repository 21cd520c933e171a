"""Transactions for DataShop: taken by its rules, and telling asked help from help nobody asked for."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.studies.datashop_rules import problems


@pytest.fixture
def text(exported: Path) -> str:
    return (exported / "datashop" / "transactions.txt").read_bytes().decode()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


def table(exported: Path, name: str) -> list[dict[str, str]]:
    with (exported / "csv" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_datashop_s_verifier_has_nothing_to_say(text: str):
    assert len(rows(text)) > 40
    assert problems(text) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("\tATTEMPT\t", "\tTRY\t", "Student Response Type 'TRY'"),
        ("\tCORRECT\t", "\tRIGHT\t", "Outcome 'RIGHT'"),
        ("P001\t", f"{'P' * 56}\t", "Anon Student Id is too long"),
        ("2026-11-21 09:02:00.000", "21.11.2026", "is no time"),
        ("Session Id\tTime", "Time\tSession Id", "headings out of order"),
        ("Level (Block)", "Depth (Block)", "no Level"),
    ],
)
def test_the_ported_rules_complain_of_harm(text: str, old: str, new: str, complaint: str):
    assert old in text
    assert any(complaint in one for one in problems(text.replace(old, new, 1)))


def test_every_check_and_every_hint_on_request_is_a_transaction(exported: Path, text: str):
    kinds = Counter((row["Student Response Type"], row["Outcome"]) for row in rows(text))
    attempts, hints = table(exported, "attempt"), table(exported, "hint")
    right = sum(row["correct"] == "true" for row in attempts)
    assert kinds["ATTEMPT", "CORRECT"] == right > 0
    assert kinds["ATTEMPT", "INCORRECT"] == len(attempts) - right > 0
    assert kinds["HINT_REQUEST", "HINT"] == sum(row["act_id"] == "" for row in hints) > 0


def test_help_nobody_asked_for_is_no_response_of_the_student_and_has_no_outcome(exported: Path, text: str):
    proactive = [row for row in rows(text) if row["Tutor Response Subtype"].startswith("proactive:")]
    acts = [
        row for row in table(exported, "acts") if row["delivered"] == "true" and row["session_id"] != "s4"
    ]
    assert len(proactive) == len(acts) > 3
    for row, act in zip(sorted(proactive, key=_place), sorted(acts, key=_act_place), strict=True):
        assert (row["Student Response Type"], row["Outcome"]) == ("", "")
        assert row["Tutor Response Type"] == "HINT_MSG"
        assert row["CF (Trigger Source)"] == act["kind"]
        assert row["CF (Reaction)"] == act["reaction"]
        assert float(row["CF (Trust)"]) > 0


def _place(row: dict[str, str]) -> tuple[str, str]:
    return row["Session Id"], row["Input"]


def _act_place(row: dict[str, str]) -> tuple[str, str]:
    return row["session_id"], row["act_id"]
