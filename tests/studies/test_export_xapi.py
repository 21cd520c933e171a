"""xAPI statements: by the specification's rules, told once, and of what happened."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from studies.export.xapi import ADL, ADL_VERBS, OURS

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "xapi_statement.json").read_text(encoding="utf-8"))
RULES = Draft202012Validator(SCHEMA)


@pytest.fixture
def statements(exported: Path) -> list[dict[str, Any]]:
    lines = (exported / "xapi" / "statements.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def verbs(statements: list[dict[str, Any]]) -> Counter[str]:
    return Counter(one["verb"]["id"].rpartition("/")[2] for one in statements)


def n_rows(exported: Path, table: str, *, but: str = "s5,") -> int:
    lines = (exported / "csv" / f"{table}.csv").read_text(encoding="utf-8").splitlines()[1:]
    return sum(1 for line in lines if not line.startswith(but))


def test_every_statement_keeps_the_rules_of_the_specification(statements: list[dict[str, Any]]):
    assert len(statements) > 100
    for one in statements:
        RULES.validate(one)
        assert "null" not in json.dumps(one)


@pytest.mark.parametrize(
    "harm",
    [
        {"actor": {"name": "Ann"}},
        {"verb": {"id": "asked", "display": {"en": "asked"}}},
        {"result": {"score": {"scaled": 1.5}}},
        {"mood": "good"},
        {"id": "1"},
    ],
)
def test_the_rules_catch_harm(statements: list[dict[str, Any]], harm: dict[str, Any]):
    assert not RULES.is_valid({**statements[0], **harm})


def test_ids_are_each_their_own_and_a_session_is_one_registration(statements: list[dict[str, Any]]):
    ids = [one["id"] for one in statements]
    assert len(set(ids)) == len(ids)
    assert len({one["context"]["registration"] for one in statements}) == 5  # with consent
    learners = {one["actor"]["account"]["name"] for one in statements}
    assert learners == {"P001", "P002", "P003", "P004", "tutor"}


def test_what_happened_is_told(exported: Path, statements: list[dict[str, Any]]):
    told = verbs(statements)
    assert told["initialized"] == 5
    assert told["answered"] == n_rows(exported, "attempt") + n_rows(exported, "questionnaire_answer")
    assert told["offered-help"] == n_rows(exported, "delivery")
    assert told["reacted-to-help"] == n_rows(exported, "reaction")
    assert told["reported-trust"] == told["reported-concentration"] == n_rows(exported, "probe")
    assert told["terminated"] == n_rows(exported, "session_end")


def test_own_verbs_are_in_the_profile_and_others_are_adl_s(exported: Path, statements: list[dict[str, Any]]):
    profile = json.loads((exported / "xapi" / "profile.jsonld").read_text(encoding="utf-8"))
    own = {one["id"] for one in profile["concepts"]}
    adl = {f"{ADL}/verbs/{verb}" for verb in ADL_VERBS}
    assert {one["verb"]["id"] for one in statements} <= own | adl
    assert all(one.startswith(OURS) for one in own)
