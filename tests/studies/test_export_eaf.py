"""ELAN files: valid by the schema of EAF 3.0, their values from the vocabularies, nothing over another."""

from __future__ import annotations

import csv
import itertools
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import xmlschema

from studies.export.eaf import VOCABULARIES, apart

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "EAFv3.0.xsd")


@pytest.fixture
def files(exported: Path) -> list[Path]:
    return sorted((exported / "eaf").glob("*.eaf"))


def tiers(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    root = ET.parse(path).getroot()
    at = {one.get("TIME_SLOT_ID"): int(one.get("TIME_VALUE", "")) for one in root.iter("TIME_SLOT")}
    return {
        tier.get("TIER_ID", ""): [
            (at[one.get("TIME_SLOT_REF1")], at[one.get("TIME_SLOT_REF2")], one[0].text or "")
            for one in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        for tier in root.iter("TIER")
    }


def test_every_session_with_consent_has_a_valid_file(files: list[Path]):
    assert [one.stem for one in files] == ["P001_s1", "P001_s7", "P002_s2", "P003_s3", "P004_s4"]
    assert [str(error) for one in files for error in SCHEMA.iter_errors(one)] == []


def test_the_schema_catches_harm(files: list[Path], tmp_path: Path):
    text = files[0].read_text(encoding="utf-8").replace("LINGUISTIC_TYPE_REF", "TYPE", 1)
    (tmp_path / "harmed.eaf").write_text(text, encoding="utf-8")
    assert not SCHEMA.is_valid(tmp_path / "harmed.eaf")


def test_values_come_from_the_tier_s_vocabulary(files: list[Path]):
    seen = {name: set[str]() for name in VOCABULARIES}
    for one in files:
        for name, spans in tiers(one).items():
            seen.setdefault(name, set()).update(value for _, _, value in spans)
    for name, words in VOCABULARIES.items():
        assert seen[name] <= set(words)
        assert seen[name], name


def test_annotations_of_a_tier_never_overlap(files: list[Path]):
    for one in files:
        for spans in tiers(one).values():
            assert all(begin < end for begin, end, _ in spans)
            assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


def test_an_act_lasts_from_its_delivery_to_the_reaction(exported: Path, files: list[Path]):
    with (exported / "csv" / "delivery.csv").open(encoding="utf-8", newline="") as stream:
        (delivery,) = [row for row in csv.DictReader(stream) if row["session_id"] == "s4"]
    ((begin, end, level),) = tiers(files[-1])["proactivity"]
    assert (begin, end, level) == (round(float(delivery["at_s"]) * 1000), 15_000, "suggestion")


def test_what_was_understood_stands_where_words_are_left_out(files: list[Path]):
    assert [value for _, _, value in tiers(files[-1])["learner_utterance"]] == ["ask_hint"]


def test_what_begins_at_once_is_set_apart_by_a_millisecond():
    assert apart([(5, 505, "b"), (5, 505, "a"), (900, 900, "c")]) == [
        (5, 6, "b"),
        (6, 505, "a"),
        (900, 901, "c"),
    ]
