"""The way through the lesson: boards, given cards, changes, the worked step, criterion and end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import LESSON, other
from tutorbot.core.course import Course, Item


def begun(seed: int = 1, block: int = 1) -> Course:
    course = Course(LESSON, seed)
    for _ in range(block):
        course.begin_block()
    course.begin_item(0.0)
    return course


def board(seed: int = 1, block: int = 1) -> Item:
    item = begun(seed, block).item
    assert item is not None
    return item


def filled(item: Item, n_wrong: int = 0) -> Item:
    for n, card in enumerate(card for card in item.order if card not in item.given):
        box = item.problem.box_of(card)
        item = item.with_card(card, other(box) if n < n_wrong else box)
    return item


seeds, blocks = st.integers(0, 1000), st.integers(1, len(LESSON.problems))

# ---------------------------------------------------------------- a board


@given(seeds, blocks)
def test_every_board_has_all_cards_and_an_example_in_each_box(seed: int, block: int):
    item = board(seed, block)
    assert sorted(item.order) == sorted(card.card_id for card in LESSON.cards)
    assert len(item.given) == LESSON.n_given == 2
    assert {item.boxes[card] for card in item.given} == {"left", "right"}
    assert all(item.boxes[card] == item.problem.box_of(card) for card in item.given)
    assert (item.complete, item.solved, item.n_right) == (False, False, 2)


def test_the_order_depends_on_the_seed_and_the_number_of_the_item():
    assert board(1).order == board(1).order
    assert len({board(seed).order for seed in range(10)}) > 5
    course = begun(1)
    assert course.item is not None
    first = course.item.order
    assert course.begin_item(10.0).order != first


def test_a_board_is_solved_when_every_card_is_in_its_box_and_complete_when_it_is_in_any():
    assert (filled(board()).complete, filled(board()).solved) == (True, True)
    wrong = filled(board(), n_wrong=3)
    assert (wrong.complete, wrong.solved, wrong.n_right) == (True, False, 5)


def test_a_card_can_go_back_to_the_table():
    item = board()
    card = item.order[-1]
    item = item.with_card(card, "left").with_card(card, None)
    assert card not in item.boxes


# ---------------------------------------------------------------- answer changes


def test_moves_before_the_first_check_are_no_answer_changes():
    item = filled(board())
    card = item.order[-1]
    assert item.with_card(card, "left").with_card(card, "right").with_card(card, None).n_changes == 0


def test_after_a_check_every_move_to_another_place_is_an_answer_change():
    item = replace(filled(board()), n_attempts=1)
    card = next(card for card in item.order if card not in item.given)
    away = other(item.boxes[card])
    moved = item.with_card(card, away)
    assert moved.n_changes == 1
    assert moved.with_card(card, away).n_changes == 1
    assert moved.with_card(card, None).n_changes == 2


# ---------------------------------------------------------------- the worked step


def test_a_worked_step_puts_the_two_most_useful_cards_right():
    item = board()
    worked = item.with_work("A1")
    useful = [card for card in item.problem.worked_step if card not in item.given][:2]
    assert {card: worked.boxes[card] for card in useful} == {
        card: item.problem.box_of(card) for card in useful
    }
    assert worked.marks == tuple((card, "filled") for card in useful)
    assert (worked.worked_act_id, worked.helped, worked.n_changes) == ("A1", True, 0)
    assert len(worked.placed) == len(item.placed) + 2


def test_a_worked_step_leaves_the_rest_to_the_learner_and_right_cards_alone():
    item = filled(board(), n_wrong=6)
    worked = item.with_work("A1")
    assert worked.n_right == item.n_right + 2
    almost = filled(board(), n_wrong=1).with_work("A1")
    assert (almost.solved, len(almost.marks)) == (True, 1)


@given(seeds, blocks, st.integers(0, 6), st.booleans())
def test_undoing_a_worked_step_brings_the_board_back(seed: int, block: int, n_wrong: int, full: bool):
    item = filled(board(seed, block), n_wrong) if full else board(seed, block)
    back = item.with_work("A1").without_work()
    assert back.boxes == item.boxes
    assert (back.worked_act_id, back.marks, back.before_work) == (None, (), ())
    assert back.helped


@given(seeds, blocks, st.integers(2, 6))
def test_undoing_lays_the_cards_back_in_one_order_whatever_the_process(seed: int, block: int, n_wrong: int):
    worked = filled(board(seed, block), n_wrong).with_work("A1")
    back = worked.without_work()
    assert [card for card, _ in back.placed][-2:] == [card for card, _ in worked.marks]


def test_undoing_keeps_what_the_learner_moved_since():
    item = board()
    worked = item.with_work("A1")
    by_tutor = [card for card, _ in worked.marks]
    free = next(card for card in item.order if card not in item.given and card not in by_tutor)
    moved = worked.with_card(free, "left").with_card(by_tutor[0], "left")
    back = moved.without_work()
    assert back.boxes == item.boxes | {free: "left", by_tutor[0]: "left"}


# ---------------------------------------------------------------- criterion, block, end


def play(course: Course, *first_tries: bool) -> None:
    """Finish the board that lies there and lay out the next, so often."""
    for n, first_try in enumerate(first_tries):
        if n:
            course.begin_item(0.0)
        course.finish_item(40.0, first_try=first_try)


def test_two_boards_in_a_row_at_the_first_check_end_a_block():
    course = begun()
    play(course, True)
    assert not course.block_over
    course.begin_item(0.0)
    play(course, True)
    assert (course.block_over, course.end_reason, course.finished) == (True, "criterion", False)


def test_a_board_that_took_more_checks_begins_the_row_again():
    course = begun()
    play(course, True, False, True)
    assert not course.block_over


def test_six_boards_end_a_block_without_the_criterion():
    course = begun()
    play(course, *[False] * 5)
    assert not course.block_over
    course.begin_item(0.0)
    play(course, False)
    assert (course.block_over, course.end_reason) == (True, "max_items")


def test_the_last_block_ends_the_lesson():
    course = begun(block=2)
    assert not course.finished
    play(course, True, True)
    assert (course.finished, course.end_reason) == (True, "criterion")
    assert course.most_items == 12


def test_boards_of_a_block_begun_anew_come_on_top_of_the_most_there_can_be():
    course = begun()
    play(course, False)
    course.begin_item(0.0)
    course.restart_block()
    assert course.begin_item(0.0).n == 3
    assert course.most_items == 14


def test_a_new_block_has_its_own_problem_and_its_own_row():
    course = begun()
    play(course, True, True)
    course.begin_block()
    assert course.problem is LESSON.problems[1]
    assert course.begin_item(0.0).item_id == "I3"
    play(course, True)
    assert not course.block_over


# ---------------------------------------------------------------- own pace


def test_the_own_median_counts_from_the_second_finished_board():
    course = begun()
    assert course.finish_item(30.0, first_try=False) == 30.0
    assert course.median_item_s(2) is None
    course.begin_item(30.0)
    assert course.finish_item(80.0, first_try=False) == 50.0
    assert course.median_item_s(2) == pytest.approx(40.0)
