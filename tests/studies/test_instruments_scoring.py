"""Scores: each key against sums done by hand here, laws for all keys, and why there is none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studies.instruments import Instrument, Scores, load_instrument, score, shipped
from studies.instruments.scoring import Answer
from tutorbot.errors import BadInput
from tutorbot.yaml_file import parse_yaml

SHIPPED = {name: load_instrument(name) for name in shipped()}
SCORED = [name for name, one in SHIPPED.items() if one.scores]


def numbered(prefix: str, values: list[int]) -> dict[str, float]:
    return {f"{prefix}-{n}": float(value) for n, value in enumerate(values, start=1)}


BY_HAND: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]] = {
    "hct": (
        {f"{letter}{n}": value for letter, value in
         (("r", 2.0), ("t", 3.0), ("u", 4.0), ("f", 5.0), ("p", 7.0)) for n in range(1, 6)},
        {"reliability": 2, "technical-competence": 3, "understandability": 4, "faith": 5, "attachment": 7},
    ),
    "toast": (
        numbered("toast", [1, 7, 1, 1, 7, 7, 7, 1, 7]),  # items 1, 3, 4, 8 are understanding
        {"understanding": 1, "performance": 7},
    ),
    "jian": (numbered("jian", [1] * 5 + [7] * 7), {"distrust": 1, "trust": 7}),
    "tia": (  # reversed 5, 7, 10, 15, 16: full trust throughout
        numbered("tia", [5, 5, 5, 5, 1, 5, 1, 5, 5, 1, 5, 5, 5, 5, 1, 1, 5, 5, 5]),
        {"reliability": 5, "understanding": 5, "familiarity": 5, "developers": 5, "propensity": 5,
         "trust": 5},
    ),
    "tps-hri-14": (
        numbered("tps", [100] * 8 + [50, 100, 50, 100, 100, 50]),  # (11 x 100 + 3 x 50) / 14
        {"trust": 1250 / 14},
    ),
    "mdmt": (
        {f"{name}-{n}": value for name, value in
         (("reliable", 7.0), ("capable", 5.0), ("ethical", 2.0), ("sincere", 0.0)) for n in range(1, 5)},
        {"reliable": 7, "capable": 5, "ethical": 2, "sincere": 0, "performance": 6, "moral": 1},
    ),
    "fks": (
        numbered("fks", [1, 7, 1, 7, 7, 1, 7, 7, 7, 1, 2, 3, 4]),  # absorption: 1, 3, 6, 10
        {"absorption": 1, "fluency": 7, "worry": 3, "flow": 4.6},
    ),
    "sssq": (
        {f"sssq-{n}": value for value, numbers in
         ((4.0, (1, 3, 4, 6, 7, 8, 9, 10)), (2.0, (2, 5, 11, 12, 13, 17, 21, 22)),
          (1.0, (14, 15, 16, 18, 19, 20, 23, 24))) for n in numbers},
        {"distress": 4, "engagement": 2, "worry": 1},
    ),
    "ues-sf": (
        {f"{letters}-s-{n}": value for letters, value in
         (("fa", 1.0), ("pu", 2.0), ("ae", 3.0), ("rw", 5.0)) for n in range(1, 4)},
        {"focused-attention": 1, "perceived-usability": 4, "aesthetic-appeal": 3, "reward": 5,
         "engagement": 3.25},
    ),
    "nasa-tlx": (
        {"mental": 5, "physical": 10, "temporal": 15, "performance": 20, "effort": 25, "frustration": 45},
        {"load": 20},
    ),
    "klepsch": (
        {"icl-1": 1, "icl-2": 2, "ecl-1": 3, "ecl-2": 4, "ecl-3": 5, "gcl-1": 6, "gcl-2": 7, "gcl-3": 5},
        {"intrinsic": 1.5, "extraneous": 4, "germane": 6},
    ),
    "ati": (numbered("ati", [6, 6, 1, 6, 6, 1, 6, 1, 6]), {"affinity": 6}),
    "trust-1": ({"trust": 3}, {"trust-now": 3}),
    "concentration-1": ({"concentration": 5}, {"concentration-now": 5}),
}  # fmt: skip


def test_every_scored_instrument_is_worked_by_hand_here():
    assert sorted(BY_HAND) == SCORED


@pytest.mark.parametrize("name", SCORED)
def test_a_key_gives_the_scores_worked_by_hand(name: str):
    answers, wanted = BY_HAND[name]
    scores = score(SHIPPED[name], answers)
    assert scores.values == pytest.approx(wanted)
    assert {one.reason for one in scores.scores.values()} == {None}


@st.composite
def filled_in(draw: st.DrawFn) -> tuple[Instrument, dict[str, Answer]]:
    """A shipped instrument and answers to all, some or none of its items."""
    instrument = SHIPPED[draw(st.sampled_from(SCORED))]
    answers: dict[str, Answer] = {}
    for item in instrument.items:
        scale = instrument.scale_of(item)
        assert scale is not None
        steps = st.integers(0, round((scale.high - scale.low) / scale.step))
        step = draw(st.none() | steps)
        answers[item.id] = None if step is None else scale.low + step * scale.step
    return instrument, answers


@given(filled_in())
def test_a_score_lies_on_the_scale_or_has_a_reason_for_not_being_there(
    case: tuple[Instrument, dict[str, Answer]],
):
    instrument, answers = case
    scale = instrument.scale
    assert scale is not None
    for one in score(instrument, answers).scores.values():
        assert (one.value is None) == (one.reason is not None)
        assert one.value is None or scale.low - 1e-9 <= one.value <= scale.high + 1e-9
        assert one.n_answered <= one.n_items


@given(st.sampled_from(SCORED), st.floats(0, 1))
def test_turning_an_answer_round_twice_changes_nothing(name: str, share: float):
    scale = SHIPPED[name].scale
    assert scale is not None
    value = scale.low + round(share * (scale.high - scale.low) / scale.step) * scale.step
    assert scale.reversed(scale.reversed(value)) == pytest.approx(value)
    assert scale.holds(scale.reversed(value))


@given(st.sampled_from(SCORED), st.booleans())
def test_the_same_answer_to_every_item_gives_that_answer_where_nothing_is_reversed(name: str, high: bool):
    instrument = SHIPPED[name]
    scale = instrument.scale
    assert scale is not None
    value = scale.high if high else scale.low
    scores = score(instrument, dict.fromkeys(instrument.ids, value))
    for rule in instrument.scores:
        items = instrument.items_of(rule)
        n_reversed = sum(item.reversed for item in items)
        wanted = (value * (len(items) - n_reversed) + scale.reversed(value) * n_reversed) / len(items)
        assert scores.values[rule.id] == pytest.approx(wanted)


def test_a_fifth_of_a_score_may_be_missing_and_not_more():
    hct = SHIPPED["hct"]
    answers: dict[str, Answer] = {f"r{n}": 6.0 for n in range(1, 5)}
    assert score(hct, answers).values["reliability"] == 6.0
    del answers["r4"]
    missing = score(hct, answers).scores["reliability"]
    assert missing.value is None
    assert missing.reason == "2 of 5 items are without an answer, at most 1 may be"
    assert score(hct, {}).scores["faith"].reason == "no item was answered"


def test_what_does_not_apply_counts_neither_as_an_answer_nor_as_missing():
    mdmt = SHIPPED["mdmt"]
    scores = score(mdmt, {"reliable-1": 6.0, "reliable-2": 4.0}, ["reliable-3", "reliable-4"])
    assert scores.values["reliable"] == 5.0
    assert scores.scores["reliable"].n_not_applicable == 2
    few = score(mdmt, {"reliable-1": 6.0}, ["reliable-2", "reliable-3", "reliable-4"]).scores["reliable"]
    assert few.reason == "only 1 of 4 items apply, at least 50% must"
    none = score(mdmt, {}, [f"sincere-{n}" for n in range(1, 5)]).scores["sincere"]
    assert none.reason == "no item applies"


OWN = """\
id: own
version: "1"
title: Own
kind: KIND
citation: own
licence: {name: CC0-1.0, texts_shipped: true}
key: {checked: own, source: own}
languages: [en]
scale: {low: 0, high: 4}
items:
ITEMS
REST
"""


def own(kind: str, items: str, rest: str) -> Instrument:
    text = OWN.replace("KIND", kind).replace("ITEMS", items).replace("REST", rest)
    return parse_yaml(text, Instrument, name="own.yml")


THREE = "\n".join(
    f"  - {{id: a{n}, text: {{en: q}}{', reversed: true' if n == 3 else ''}}}" for n in (1, 2, 3)
)


def test_a_sum_stands_for_missing_items_with_the_persons_mean():
    one = own("scale", THREE, "total: {id: all, title: All, rule: sum}\nmissing: {most: 1}")
    assert score(one, {"a1": 1.0, "a2": 4.0, "a3": 4.0}).values["all"] == 5.0  # 1 + 4 + (4 - 4)
    assert score(one, {"a1": 1.0, "a2": 4.0}).values["all"] == 7.5  # 2.5 x 3


def test_weights_are_of_the_items_that_were_answered():
    rest = "total: {id: all, title: All, rule: weighted, weights: {a1: 1, a2: 3}}\nmissing: {most: 1}"
    one = own("scale", THREE, rest)
    assert score(one, {"a1": 4.0, "a2": 2.0, "a3": 0.0}).values["all"] == pytest.approx((4 + 6) / 4)
    assert score(one, {"a2": 2.0}).values["all"] == 2.0


def test_a_test_counts_right_answers_by_number_and_by_option():
    items = """\
  - {id: t1, text: {en: q}, correct: 3}
  - {id: t2, text: {en: q}, answer: choice, correct: left, options: {left: {en: l}, right: {en: r}}}"""
    one = own("test", items, "total: {id: right, title: Right, rule: sum}")
    assert score(one, {"t1": 3.0, "t2": "left"}).values["right"] == 2.0
    assert score(one, {"t1": 2.0, "t2": "left"}).values["right"] == 1.0
    assert score(one, {"t1": 2.0, "t2": "right"}).values["right"] == 0.0
    assert score(one, {"t1": 2.0}).values["right"] is None


def checks_of(answer: Answer) -> Scores:
    return score(SHIPPED["attention-1"], {"choose-2": answer})


def test_an_instruction_check_is_passed_by_the_expected_answer_alone():
    assert checks_of(2.0).checks_passed
    assert not checks_of(3.0).checks_passed
    assert not checks_of(None).checks_passed
    assert score(SHIPPED["jian"], {}).checks_passed


@pytest.mark.parametrize(
    ("answers", "skipped", "said"),
    [
        ({"jian-13": 1.0}, (), "has no item 'jian-13'"),
        ({"jian-1": 8.0}, (), "8.0 to item 'jian-1' of 'jian' is no point of its scale"),
        ({"jian-1": 1.5}, (), "no point of its scale"),
        ({}, ("jian-1",), 'offers no "does not apply"'),
    ],
)
def test_answers_that_cannot_be_are_refused(answers: dict[str, Answer], skipped: tuple[str, ...], said: str):
    with pytest.raises(BadInput, match=said):
        score(SHIPPED["jian"], answers, skipped)
