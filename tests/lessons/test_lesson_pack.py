"""The shipped packs: they teach what they declare, and their hash names their exact content."""

from __future__ import annotations

import itertools
import re
import shutil
from pathlib import Path

import pytest

from tutorbot.core.lesson import Lesson, Problem
from tutorbot.errors import BadInput
from tutorbot.lessons import lesson_hash, list_packs, load_lesson, pack_folder, picture_path


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load_lesson("card-sorting")


def problem_of(lesson: Lesson, problem_id: str) -> Problem:
    return next(problem for problem in lesson.problems if problem.problem_id == problem_id)


def test_every_shipped_pack_loads_under_the_name_it_is_listed_by():
    assert "card-sorting" in list_packs()
    for name in list_packs():
        assert load_lesson(name).pack_id == name


def test_a_pack_is_found_by_id_folder_and_file_alike(lesson: Lesson):
    folder = pack_folder("card-sorting")
    assert load_lesson(folder) == lesson
    assert load_lesson(str(folder)) == lesson
    assert load_lesson(folder / "lesson.yml") == lesson


def test_an_unknown_pack_is_refused_with_the_known_ones_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"no lesson pack 'card-sortng'.*card-sorting"):
        load_lesson("card-sortng")
    with pytest.raises(BadInput, match=r"folder with a lesson\.yml"):
        load_lesson(tmp_path)


def test_the_eight_cards_are_all_combinations_of_three_binary_dimensions(lesson: Lesson):
    assert {card.features for card in lesson.cards} == set(itertools.product((0, 1), repeat=3))


def test_accessible_names_are_unique_and_say_every_feature(lesson: Lesson):
    names = [card.name for card in lesson.cards]
    assert len(set(names)) == len(names) == 8
    for card in lesson.cards:
        shape, colour, size = card.features
        expected = f"{('small', 'large')[size]} {('blue', 'red')[colour]} {('circle', 'triangle')[shape]}"
        assert card.name == expected
        assert card.card_id == expected.replace(" ", "-")


def test_type_ii_is_exclusive_or_of_shape_and_colour(lesson: Lesson):
    problem = problem_of(lesson, "type-ii")
    for card in lesson.cards:
        shape, colour, _size = card.features
        assert problem.box_of(card.card_id) == ("left" if shape == colour else "right"), card.card_id


def test_type_iv_needs_two_or_three_features_of_the_large_red_circle(lesson: Lesson):
    problem = problem_of(lesson, "type-iv")
    prototype = lesson.card("large-red-circle").features
    for card in lesson.cards:
        n_shared = sum(a == b for a, b in zip(card.features, prototype, strict=True))
        assert problem.box_of(card.card_id) == ("left" if n_shared >= 2 else "right"), card.card_id


def test_no_single_feature_solves_a_shipped_problem(lesson: Lesson):
    for problem in lesson.problems:
        for dimension, value in itertools.product(range(3), (0, 1)):
            by_one_feature = {card.card_id for card in lesson.cards if card.features[dimension] == value}
            assert by_one_feature != problem.left


def test_the_two_problems_agree_on_chance_level_so_the_first_rule_neither_helps_nor_hinders(lesson: Lesson):
    first, second = lesson.problems
    n_same = sum(first.box_of(card.card_id) == second.box_of(card.card_id) for card in lesson.cards)
    assert n_same == len(lesson.cards) / 2


def test_a_worked_step_of_two_cards_fills_both_boxes_and_never_the_whole_board(lesson: Lesson):
    for problem in lesson.problems:
        first, second = problem.worked_step[:2]
        assert {problem.box_of(first), problem.box_of(second)} == {"left", "right"}
        assert lesson.n_given + 2 < len(lesson.cards)
        assert set(problem.worked_step) == {card.card_id for card in lesson.cards}


def test_the_bottom_out_hint_names_the_rule_and_earlier_rungs_do_not(lesson: Lesson):
    for problem in lesson.problems:
        *earlier, last = problem.hints
        assert re.search(r"\b(go|goes) left\b", last)
        assert not any(re.search(r"\b(go|goes) left\b", hint) for hint in earlier)


def test_the_contrast_offer_names_both_cards_and_asks(lesson: Lesson):
    for problem in lesson.problems:
        for card_id in problem.contrast:
            assert lesson.card(card_id).name in problem.contrast_offer
        assert problem.contrast_offer.endswith("?")


def test_titles_and_instructions_do_not_give_the_rule_away(lesson: Lesson):
    for problem in lesson.problems:
        shown = f"{problem.title} {problem.instruction}".lower()
        assert not re.search(r"exclusive|type|family|prototype|together|at least two", shown)


def test_texts_never_say_right_for_correct(lesson: Lesson):
    for problem in lesson.problems:
        texts = [
            problem.instruction,
            *problem.hints,
            problem.contrast_text,
            problem.worked_text,
            problem.explanation,
        ]
        for text in texts:
            for found in re.finditer(r"\bright\b", text):
                before, after = text[: found.start()], text[found.end() :]
                assert re.search(r"\bgo(es)?\s$", before) or after.startswith(" box"), text


def test_the_pace_is_the_documented_pilot_values(lesson: Lesson):
    assert (lesson.n_given, lesson.most_attempts, lesson.criterion, lesson.most_items) == (2, 4, 2, 6)


def test_the_hash_changes_with_any_file_and_its_name_but_not_with_its_place(tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(pack_folder("card-sorting"), copy)
    original = lesson_hash("card-sorting")
    assert re.fullmatch(r"[0-9a-f]{64}", original)
    assert lesson_hash(copy) == original
    files = [path for path in copy.rglob("*") if path.is_file()]
    assert len(files) == 10
    for path in files:
        kept = path.read_bytes()
        path.write_bytes(kept + b"\n")
        assert lesson_hash(copy) != original, path.name
        path.write_bytes(kept)
    picture = copy / "cards" / "large-red-circle.svg"
    renamed = picture.rename(picture.with_name("other.svg"))
    assert lesson_hash(copy) != original
    renamed.rename(picture)
    assert lesson_hash(copy) == original
    (copy / "notes.txt").write_text("")
    assert lesson_hash(copy) != original


def test_hidden_files_do_not_count_for_the_hash(tmp_path: Path):
    copy = tmp_path / "copy"
    shutil.copytree(pack_folder("card-sorting"), copy)
    (copy / ".DS_Store").write_bytes(b"\0")
    assert lesson_hash(copy) == lesson_hash("card-sorting")


def test_every_card_has_its_picture(lesson: Lesson):
    for card in lesson.cards:
        assert picture_path("card-sorting", card).read_bytes().startswith(b"<svg")


def test_the_example_in_the_docs_is_a_pack_that_loads(tmp_path: Path):
    guide = (Path(__file__).parents[2] / "docs" / "lessons.md").read_text()
    (example,) = re.findall(r"^```yaml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    (tmp_path / "lesson.yml").write_text(example)
    (tmp_path / "cards").mkdir()
    for name in ("smooth leaf", "toothed leaf"):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><title>{name}</title></svg>'
        (tmp_path / "cards" / f"{name.replace(' ', '-')}.svg").write_text(svg)
    lesson = load_lesson(tmp_path)
    assert lesson.pack_id == "my-lesson"
    assert lesson.problems[0].left == {"smooth-leaf"}
