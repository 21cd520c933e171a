"""The simulated concept learner: what is hard for people is hard for it, and help helps."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.lesson import Box
from tutorbot.lessons import load_lesson
from tutorbot.lessons.categories import CATEGORY_A, CUBE
from tutorbot.simulation.concept import Bits, ConceptLearner, ConceptParameters, likely_left
from tutorbot.simulation.concept_gate import PUBLISHED, keeps_order, shj_board_errors, shj_errors
from tutorbot.simulation.learner import Knowledge

FEATURES: dict[str, Bits] = {f"{a}{b}{c}": (a, b, c) for a, b, c in CUBE}
ALIKE = ConceptParameters(rate_sd=0.0)
XOR: dict[str, Box] = {
    card: "left" if bits in CATEGORY_A["II"] else "right" for card, bits in FEATURES.items()
}
some_boxes = st.lists(st.tuples(st.sampled_from(sorted(FEATURES)), st.sampled_from(["left", "right"])))


def learner(seed: int = 1, parameters: ConceptParameters = ALIKE) -> ConceptLearner:
    left = [card for card, box in XOR.items() if box == "left"]
    return ConceptLearner(FEATURES, parameters, random.Random(seed), left=left)


def errors(of: ConceptLearner) -> float:
    """Mean probability of a wrong box over the eight cards."""
    return sum(1 - of.p_left(card) if box == "left" else of.p_left(card) for card, box in XOR.items()) / len(
        XOR
    )


# ---------------------------------------------------------------- the gate


def test_the_published_errors_keep_the_order_and_a_change_of_any_neighbours_breaks_it():
    assert keeps_order(PUBLISHED)
    for one, other in [("I", "II"), ("II", "III"), ("II", "V"), ("IV", "VI")]:
        assert not keeps_order({**PUBLISHED, one: PUBLISHED[other], other: PUBLISHED[one]})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_errors_card_by_card_keep_the_published_order_and_lie_near_the_published_numbers(seed: int):
    found = shj_errors(CATEGORY_A, 40, seed)
    assert keeps_order(found), found
    for kind, published in PUBLISHED.items():
        assert found[kind] == pytest.approx(published, abs=0.025), kind


@pytest.mark.parametrize("seed", [1, 2])
def test_errors_keep_the_order_when_only_the_number_of_right_cards_is_told(seed: int):
    found = shj_board_errors(CATEGORY_A, 40, seed)
    assert keeps_order(found), found
    assert found["VI"] < 0.45
    assert all(found[kind] > error for kind, error in shj_errors(CATEGORY_A, 40, seed).items())


def test_without_learning_where_to_look_type_two_is_no_longer_easy():
    found = shj_errors(CATEGORY_A, 40, 1, replace(ALIKE, attention_rate=0.0))
    assert not keeps_order(found)


def test_the_same_seed_gives_the_same_errors_and_another_seed_others():
    assert shj_errors(CATEGORY_A, 3, 1) == shj_errors(CATEGORY_A, 3, 1)
    assert shj_errors(CATEGORY_A, 3, 1) != shj_errors(CATEGORY_A, 3, 2)
    assert shj_board_errors(CATEGORY_A, 2, 1) == shj_board_errors(CATEGORY_A, 2, 1)


# ---------------------------------------------------------------- learning


def test_it_is_what_a_simulated_session_asks_of_knowledge():
    knowledge: Knowledge = learner()
    assert knowledge.p_left("000") == 0.5


def test_it_learns_a_shipped_problem_from_its_cards():
    lesson = load_lesson("shj")
    features = {card.card_id: (card.features[0], card.features[1], card.features[2]) for card in lesson.cards}
    for problem in lesson.problems:
        knows = ConceptLearner(features, ALIKE, random.Random(1))
        for card in list(features) * 30:
            knows.learn(card, problem.box_of(card))
        assert {card for card in features if knows.p_left(card) > 0.5} == problem.left


def test_what_is_learned_of_one_card_carries_over_to_cards_that_look_alike():
    knows = learner()
    knows.learn("000", "left")
    assert knows.p_left("000") > knows.p_left("001") > knows.p_left("011") > knows.p_left("111") > 0.5


def test_attention_leaves_a_dimension_that_makes_no_difference():
    knows = learner()
    for card in list(XOR) * 8:
        knows.learn(card, XOR[card])
    one, two, three = knows.attention
    assert min(one, two) > 0.4
    assert three < 0.1


@given(some_boxes)
def test_beliefs_stay_probabilities_and_attention_sums_to_one(shown: list[tuple[str, Box]]):
    knows = learner()
    for card, box in shown:
        knows.learn(card, box)
    assert all(0 < knows.p_left(card) < 1 for card in FEATURES)
    assert min(knows.attention) >= 0
    assert sum(knows.attention) == pytest.approx(1)


def test_left_and_right_are_alike_to_it():
    knows, mirrored = learner(), learner()
    for card, box in list(XOR.items())[:5] * 3:
        knows.learn(card, box)
        mirrored.learn(card, "right" if box == "left" else "left")
    assert all(knows.p_left(card) == pytest.approx(1 - mirrored.p_left(card)) for card in FEATURES)


def test_learners_differ_in_pace_and_the_same_seed_is_the_same_learner():
    def after_one(seed: int) -> float:
        knows = learner(seed, ConceptParameters())
        knows.learn("000", "left")
        return knows.p_left("011")

    assert after_one(1) == after_one(1)
    assert len({after_one(seed) for seed in range(5)}) == 5


@pytest.mark.parametrize("cards", [{}, {"a": (0, 0, 0), "b": (0, 0, 0)}, {"a": (0, 0, 2)}, {"a": (0, 1)}])
def test_cards_that_are_no_different_corners_of_the_cube_are_refused(cards: dict[str, Bits]):
    with pytest.raises(ValueError, match="three dimensions"):
        ConceptLearner(cards, ALIKE, random.Random(1))


# ---------------------------------------------------------------- help


def test_a_contrast_with_the_dimensions_named_makes_learning_faster():
    helped, alone = learner(), learner()
    helped.compare({"000": "left", "010": "right"}, (1, 1, 0), share=0.8)
    assert helped.attention == pytest.approx((7 / 15, 7 / 15, 1 / 15), abs=0.05)
    for card, box in XOR.items():
        helped.learn(card, box)
        alone.learn(card, box)
    assert errors(helped) < errors(alone) - 0.05


def test_being_told_the_rule_closes_a_share_of_the_gap_each_time():
    knows = learner()
    assert errors(knows) == 0.5
    knows.taught(0.5)
    assert errors(knows) == pytest.approx(0.25)
    knows.taught(0.5)
    assert errors(knows) == pytest.approx(0.125)
    knows.taught(0.0)
    assert errors(knows) == pytest.approx(0.125)


def test_help_without_words_and_attention_to_nothing_are_refused():
    silent = ConceptLearner(FEATURES, ALIKE, random.Random(1))
    with pytest.raises(ValueError, match="give the left box"):
        silent.taught(0.5)
    with pytest.raises(ValueError, match="attention cannot go"):
        silent.attend((0, 0, 0))
    with pytest.raises(ValueError, match="attention cannot go"):
        silent.attend((1, 0, 0), share=1.5)


# ---------------------------------------------------------------- whole boards


def test_a_board_told_all_right_is_learned_card_by_card():
    knows = learner()
    for _ in range(8):
        knows.learn_board(XOR, 8)
    assert errors(knows) < 0.05


def test_a_board_half_right_teaches_nobody_who_knows_nothing():
    assert likely_left(dict.fromkeys(XOR, 0.5), [(XOR, 4)]) == dict.fromkeys(XOR, 0.5)


def test_two_checks_that_differ_in_one_card_tell_its_box():
    turned: dict[str, Box] = {**XOR, "000": "right"}
    believed = likely_left(dict.fromkeys(XOR, 0.5), [(turned, 4), (XOR, 5)])
    assert believed["000"] == 1.0
    assert believed["001"] == pytest.approx(4 / 7)


def test_known_cards_lay_the_count_on_the_others_and_a_contradiction_teaches_nothing():
    p_left = {**dict.fromkeys(XOR, 0.5), "000": 1.0, "010": 0.0}
    assert likely_left(p_left, [(XOR, 2)])["001"] == 0.0
    assert likely_left(p_left, [(XOR, 1)]) == p_left
    knows = learner()
    knows.learn_board(XOR, 2, known=["000", "010"])
    assert knows.p_left("000") > 0.5 > knows.p_left("001")


@given(st.lists(st.floats(0.01, 0.99), min_size=3, max_size=3), st.integers(0, 3))
def test_a_count_is_weighed_over_every_rule(p: list[float], n_right: int):
    cards = ["000", "010", "111"]
    placed = {card: XOR[card] for card in cards}
    weights = {
        rule: (
            (1 if sum(box == XOR[card] for card, box in zip(cards, rule, strict=True)) == n_right else 0)
            * (p[0] if rule[0] == "left" else 1 - p[0])
            * (p[1] if rule[1] == "left" else 1 - p[1])
            * (p[2] if rule[2] == "left" else 1 - p[2])
        )
        for rule in itertools.product(("left", "right"), repeat=3)
    }
    total = sum(weights.values())
    expected = {
        card: sum(w for rule, w in weights.items() if rule[i] == "left") / total
        for i, card in enumerate(cards)
    }
    assert likely_left(dict(zip(cards, p, strict=True)), [(placed, n_right)]) == pytest.approx(expected)
