"""What a broken ``lesson.yml`` is told: the place, the value, the remedy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.errors import BadFile
from tutorbot.lessons import load_lesson, pack_folder
from tutorbot.lessons.categories import CATEGORY_A, ProblemType

Break = Callable[[str, str], str]


@pytest.fixture
def complaint_on(tmp_path: Path) -> Break:
    """Replace one piece of the shipped lesson.yml by another and give back what loading says."""

    def change(old: str, new: str) -> str:
        folder = tmp_path / "pack"
        shutil.copytree(pack_folder("card-sorting"), folder)
        file = folder / "lesson.yml"
        text = file.read_text()
        assert old in text, "the piece to be broken does not stand in the shipped pack"
        file.write_text(text.replace(old, new, 1))
        with pytest.raises(BadFile) as caught:
            load_lesson(folder)
        return str(caught.value).replace(str(folder) + "/", "")

    return change


def line_of(piece: str, nth: int = 1) -> int:
    """Line of the nth occurrence of a piece in the shipped lesson.yml, from 1."""
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    at = -1
    for _ in range(nth):
        at = text.index(piece, at + 1)
    return text[:at].count("\n") + 1


def test_broken_yaml_gives_file_line_and_column(complaint_on: Break):
    complaint = complaint_on("    values: [circle, triangle]", "    values: [circle, triangle")
    assert re.match(r"lesson\.yml:\d+:\d+: not valid YAML", complaint)
    line = int(complaint.split(":")[1])
    assert abs(line - line_of("values: [circle, triangle]")) <= 1


CASES: dict[str, tuple[str, str, str, str]] = {
    "unknown key at the top": (
        "title: Sorting cards",
        "titel: Sorting cards",
        r"did you mean `title`",
        "title:",
    ),
    "missing key": ("title: Sorting cards\n", "", r"add `title:`", "schema: 1"),
    "another schema version": ("schema: 1", "schema: 2", r"should be 1, but it is 2", "schema: 1"),
    "pack id with capitals": ("pack: card-sorting", "pack: Card Sorting", r"pack: .*'Card Sorting'", "pack:"),
    "version that is a number": ('version: "1"', "version: 1", r"put the value in quotes", "version:"),
    "language that is none": ("language: en", "language: English", r"'English'", "language:"),
    "criterion beyond the most items": (
        "criterion: 2 ",
        "criterion: 7 ",
        r"7 boards .* cannot fit into 6",
        "criterion:",
    ),
    "pace that is no whole number": ("n_given: 2 ", "n_given: 2.5 ", r"2\.5", "n_given"),
    "no attempt at all": ("most_attempts: 4", "most_attempts: 0", r"most_attempts", "most_attempts"),
    "all cards given": ("n_given: 2 ", "n_given: 8 ", r"8 given cards leave nothing", "n_given"),
    "one value only": ("values: [small, large]", "values: [small]", r"values", "values: [small, large]"),
    "value twice": (
        "values: [small, large]",
        "values: [small, small]",
        r"'small' stands here twice",
        "values: [small",
    ),
    "dimension twice": ("- name: colour", "- name: shape", r"'shape' stands here twice", "- name: colour"),
    "card id twice": (
        "id: large-blue-circle",
        "id: small-blue-circle",
        r"stands here twice",
        "id: large-blue-circle",
    ),
    "card name twice": (
        "name: large blue circle",
        "name: Small blue circle",
        r"'small blue circle' stands here twice",
        "name: large blue circle",
    ),
    "picture twice": (
        "picture: large-blue-circle.svg",
        "picture: small-blue-circle.svg",
        r"stands here twice",
        "picture: large-blue-circle.svg",
    ),
    "feature that is no value": (
        "colour: blue, size: large",
        "colour: bleu, size: large",
        r"use blue, red",
        "size: large",
    ),
    "feature of no dimension": (
        "colour: blue, size: large",
        "hue: blue, size: large",
        r"'hue' is not a dim",
        "size: large",
    ),
    "same features twice": (
        "{shape: circle, colour: blue, size: large}",
        "{shape: circle, colour: blue, size: small}",
        r"same features as 'small-blue-circle'",
        "{shape: circle, colour: blue, size: large}",
    ),
    "picture outside the pack": (
        "picture: large-blue-circle.svg",
        "picture: ../../secret.svg",
        r"\.\./\.\./secret\.svg",
        "picture: large-blue-circle.svg",
    ),
    "picture that is absent": (
        "picture: large-blue-circle.svg",
        "picture: lost.svg",
        r"there is no file cards/lost\.svg",
        "picture: large-blue-circle.svg",
    ),
    "picture of another card": (
        "name: large blue circle",
        "name: huge blue circle",
        r"title 'large blue circle'; write <title>huge blue circle</title>",
        "picture: large-blue-circle.svg",
    ),
    "left box of another type": (
        "left: [small-blue-circle, large-blue-circle, small-red-triangle",
        "left: [small-blue-circle, large-blue-circle, small-blue-triangle",
        r"not the left box of type II .* it would be small-blue-circle",
        "left: [small-blue-circle",
    ),
    "type that does not fit the left box": (
        "type: IV",
        "type: V",
        r"not the left box of type V",
        "left: [large-red",
    ),
    "type that is none": ("type: IV", "type: VII", r"'VII'", "type: IV"),
    "mapping that does not fit the left box": (
        "{dimension: size, zero: large}",
        "{dimension: size, zero: small}",
        r"not the left box of type IV",
        "left: [large-red",
    ),
    "mapping to no dimension": (
        "{dimension: size, zero: large}",
        "{dimension: weight, zero: large}",
        r"'weight' is not a dimension; use shape, colour, size",
        "{dimension: size, zero: large}",
    ),
    "mapping to no value": (
        "{dimension: size, zero: large}",
        "{dimension: size, zero: huge}",
        r"'huge' is not a size; use small, large",
        "{dimension: size, zero: large}",
    ),
    "dimension mapped twice": (
        "{dimension: size, zero: large}\n      - {dimension: colour, zero: red}\n      - {dimension: shape",
        "{dimension: size, zero: large}\n      - {dimension: colour, zero: red}\n      - {dimension: size",
        r"'size' stands here twice",
        "- {dimension: shape, zero: circle}\n    left: [large-red",
    ),
    "mapping without a type": (
        "    type: IV\n",
        "",
        r"mapping stands without type; add `type:`",
        "mapping:\n      - {dimension: size, zero: large}",
    ),
    "unknown card in the left box": (
        "left: [large-red-circle",
        "left: [large-red-square",
        r"no card 'large-red-square'; cards are small-blue-circle",
        "left: [large-red-circle",
    ),
    "card twice in the left box": (
        "left: [large-red-circle, small-red-circle",
        "left: [large-red-circle, large-red-circle",
        r"'large-red-circle' stands here twice",
        "left: [large-red-circle",
    ),
    "two hints only": (
        "      - Blue circles and red triangles go left. Red circles and blue triangles go right.\n",
        "",
        r"there are 2 here; write 3: point, teach, bottom-out",
        "- One of the three things",
    ),
    "contrast of three cards": (
        "cards: [large-blue-circle, large-red-circle]",
        "cards: [large-blue-circle, large-red-circle, small-red-circle]",
        r"there are 3 here; write 2: the two cards to compare",
        "cards: [large-blue-circle, large-red-circle]",
    ),
    "mapping of two dimensions": (
        "      - {dimension: size, zero: large}\n",
        "",
        r"there are 2 here; write 3: one for each dimension",
        "  - {dimension: size, zero: large}",
    ),
    "empty hint": (
        "- Blue circles and red triangles go left. Red circles and blue triangles go right.",
        '- ""',
        r"hints\[2\]",
        "- Blue circles and red triangles go left.",
    ),
    "offer that does not ask": (
        "Shall I show you what differs?",
        "I can show you.",
        r"question mark",
        "offer:",
    ),
    "contrast with itself": (
        "cards: [large-blue-circle, large-red-circle]",
        "cards: [large-blue-circle, large-blue-circle]",
        r"compared with itself",
        "cards: [large-blue-circle, large-red-circle]",
    ),
    "contrast that differs in something else": (
        "cards: [large-blue-circle, large-red-circle]",
        "cards: [large-blue-circle, large-blue-triangle]",
        r"differ in shape, not in colour",
        "differs_in: [colour]",
    ),
    "contrast in the same box": (
        "boxes: different",
        "boxes: same",
        r"belong in different boxes",
        "boxes: different",
    ),
    "contrast with an unknown card": (
        "cards: [large-blue-circle, large-red-circle]",
        "cards: [large-blue-circle, large-red-square]",
        r"no card 'large-red-square'",
        "cards: [large-blue-circle, large-red-circle]",
    ),
    "worked step with an unknown card": (
        "        - large-blue-circle\n",
        "        - large-blue-square\n",
        r"no card 'large-blue-square'",
        "        - large-blue-circle\n",
    ),
    "worked step with a card twice": (
        "        - large-red-circle\n",
        "        - large-blue-circle\n",
        r"'large-blue-circle' stands here twice",
        "        - large-red-circle\n",
    ),
    "problem id twice": ("id: type-iv", "id: type-ii", r"'type-ii' stands here twice", "id: type-iv"),
    "text that names a state of mind": (
        "title: The first rule",
        "title: The confusing rule",
        r"'confusing' names a state of mind",
        "title: The first rule",
    ),
    "text that imposes": (
        "title: The first rule",
        "title: What you must find",
        r"'must' imposes",
        "title: The first",
    ),
    "text with mark-up": (
        "title: The first rule",
        "title: The <b>first</b> rule",
        r"'<' is mark-up",
        "title: The first",
    ),
}
"""Rule -> piece of the shipped file, what it becomes, what is said, and the piece whose line is named."""


@pytest.mark.parametrize("rule", CASES)
def test_a_broken_rule_is_told_with_its_line_and_a_remedy(rule: str, complaint_on: Break):
    old, new, said, where = CASES[rule]
    complaint = complaint_on(old, new)
    shown = [line for line in complaint.splitlines() if re.search(said, line)]
    assert shown, complaint
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    nth = text[: text.index(old)].count(where) + 1 if where in old else 1
    assert re.match(rf"lesson\.yml:{line_of(where, nth)}:\d+: \S.*; \S", shown[0]), complaint


def test_a_missing_feature_is_told_at_its_card(complaint_on: Break):
    complaint = complaint_on("colour: blue, size: large}", "colour: blue}")
    place = line_of("colour: blue, size: large}")
    assert f"lesson.yml:{place}:" in complaint
    assert "has no size; add one of small, large" in complaint


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path):
    folder = tmp_path / "pack"
    shutil.copytree(pack_folder("card-sorting"), folder)
    file = folder / "lesson.yml"
    text = file.read_text()
    text = text.replace("boxes: different", "boxes: same").replace("n_given: 2 ", "n_given: 8 ")
    file.write_text(text)
    (folder / "cards" / "small-red-circle.svg").unlink()
    with pytest.raises(BadFile) as caught:
        load_lesson(folder)
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    numbers = [int(line.removeprefix(f"{file}:").split(":")[0]) for line in lines]
    assert numbers == sorted(numbers)


def test_a_type_on_fewer_cards_is_refused(complaint_on: Break):
    card = (
        "  - id: large-red-triangle\n    name: large red triangle\n"
        "    features: {shape: triangle, colour: red, size: large}\n    picture: large-red-triangle.svg\n"
    )
    assert "type II needs three dimensions of two values and all eight cards" in complaint_on(card, "")


def without(text: str, *pieces: str) -> str:
    for piece in pieces:
        assert piece in text
        text = text.replace(piece, "", 1)
    return text


def written(folder: Path, text: str) -> Path:
    shutil.copytree(pack_folder("card-sorting"), folder)
    (folder / "lesson.yml").write_text(text)
    return folder


def test_the_left_box_is_worked_out_from_type_and_mapping_when_no_list_is_given(tmp_path: Path):
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    shorter = re.sub(r"\n    left: \[.*\]", "", text)
    assert shorter.count("left: [") == 0
    assert load_lesson(written(tmp_path / "pack", shorter)) == load_lesson("card-sorting")


def test_a_list_alone_is_enough_for_a_concept_of_ones_own(tmp_path: Path):
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    own = re.sub(r"    type: .*\n    mapping:.*\n(      - .*\n){3}", "", text)
    assert "mapping" not in own
    assert load_lesson(written(tmp_path / "pack", own)) == load_lesson("card-sorting")


def test_neither_list_nor_type_is_refused(tmp_path: Path):
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    neither = re.sub(r"    type: .*\n    mapping:.*\n(      - .*\n){3}    left: .*\n", "", text)
    with pytest.raises(BadFile, match=r"nothing says which cards go left; add `left:`"):
        load_lesson(written(tmp_path / "pack", neither))


def test_an_empty_box_is_refused(tmp_path: Path):
    text = (pack_folder("card-sorting") / "lesson.yml").read_text()
    own = re.sub(r"    type: .*\n    mapping:.*\n(      - .*\n){3}    left: .*\n", "    left: []\n", text)
    with pytest.raises(BadFile, match=r"0 of 8 cards go left, so one box stays empty"):
        load_lesson(written(tmp_path / "pack", own))


def test_the_six_types_are_those_of_the_source():
    written_as: dict[ProblemType, str] = {
        "I": "000 001 010 011",
        "II": "000 001 110 111",
        "III": "000 001 010 101",
        "IV": "000 001 010 100",
        "V": "000 001 010 111",
        "VI": "000 011 101 110",
    }
    for kind, stimuli in written_as.items():
        assert {"".join(map(str, bits)) for bits in CATEGORY_A[kind]} == set(stimuli.split())


@given(text=st.text(max_size=200))
def test_no_text_makes_the_loader_fail_in_any_other_way(tmp_path_factory: pytest.TempPathFactory, text: str):
    folder = tmp_path_factory.mktemp("pack")
    (folder / "lesson.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BadFile, match=r"lesson\.yml:\d+:\d+: "):
        load_lesson(folder)
