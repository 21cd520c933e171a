"""Known answers: effect sizes, kappa, AUC, Holm, models, and what is said where there is no number."""

from __future__ import annotations

import math
import random

import pytest

pytest.importorskip("statsmodels")

import numpy as np
import pandas as pd
from scipy import stats
from sklearn import metrics

from studies.report.analysis import models
from studies.report.analysis.agreement import kappa_of
from studies.report.analysis.effects import between, correction, mean_of, within
from studies.report.analysis.flow import fate
from studies.report.analysis.judges import matched
from studies.report.analysis.learning import ancova, boards_to_criterion, normalised_change
from studies.report.analysis.outcomes import contrast, with_holm
from studies.report.analysis.ranking import auc, average_precision, macro_f1, over_people, too_few
from studies.report.analysis.results import Column, p_text, shown, table_of
from studies.report.analysis.stop_rule import verdict
from studies.report.picture import ticks

ONE, OTHER = [1.0, 2.0, 3.0, 4.0, 5.0], [3.0, 4.0, 5.0, 6.0, 7.0]


def test_hedges_g_of_two_like_groups_is_d_times_the_exact_correction():
    found = between(OTHER, ONE)
    d = 2 / math.sqrt(2.5)
    assert found.g is not None
    assert found.g.value == pytest.approx(d * correction(8))
    assert correction(8) == pytest.approx(0.9027, abs=5e-5)  # Hedges (1981), table 1


def test_the_interval_of_g_turns_into_itself_when_the_limits_are_taken_for_true():
    found = between(OTHER, ONE)
    assert found.g is not None
    scale = math.sqrt(2 / 5)
    t = (2 / math.sqrt(2.5)) / scale
    for limit, share in ((found.g.low, 0.975), (found.g.high, 0.025)):
        assert limit is not None
        ncp = limit / correction(8) / scale
        assert float(stats.nct.cdf(t, 8, ncp)) == pytest.approx(share, abs=1e-7)


def test_welch_is_scipys():
    found, known = between(OTHER, [1.0, 1.5, 9.0]), stats.ttest_ind(OTHER, [1.0, 1.5, 9.0], equal_var=False)
    assert (found.t, found.p, found.df) == pytest.approx((known.statistic, known.pvalue, known.df))


def test_a_paired_contrast_has_d_z_and_d_av_and_leaves_half_pairs_out():
    one, other = [2.0, 4.0, 5.0, 7.0, math.nan], [1.0, 2.0, 5.0, 4.0, 9.0]
    found = within(one, other)
    change = np.array([1.0, 2.0, 0.0, 3.0])
    assert (found.n, found.n_reference) == (4, None)
    assert found.d_z is not None
    assert found.d_av is not None
    assert found.d_z.value == pytest.approx(1.5 / change.std(ddof=1))
    spread = math.sqrt((np.var([2, 4, 5, 7], ddof=1) + np.var([1, 2, 5, 4], ddof=1)) / 2)
    assert found.d_av.value == pytest.approx(1.5 / spread)
    assert found.d_av.low / found.d_av.value == pytest.approx(found.d_z.low / found.d_z.value)  # type: ignore[operator]
    assert found.p == pytest.approx(stats.ttest_rel([2, 4, 5, 7], [1, 2, 5, 4]).pvalue)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ([], ONE, "nobody"),
        ([1.0], ONE, "fewer than two"),
        ([2.0, 2.0], [2.0, 2.0], "nobody differs"),
    ],
)
def test_a_contrast_without_enough_people_says_why(one: list[float], other: list[float], why: str):
    found = between(one, other)
    assert found.p is None
    assert found.g is None
    assert found.why is not None
    assert why in found.why


def test_pairs_without_enough_people_say_why():
    assert within([1.0], [math.nan]).why == "nobody has both values"
    assert within([1.0], [2.0]).why == "fewer than two people have both values"
    assert within([1.0, 2.0], [2.0, 3.0]).why == "everybody's difference is the same"


def test_a_mean_of_one_has_no_interval_and_of_none_is_none():
    assert mean_of([2.0]).low is None
    assert mean_of([]).mean is None
    assert mean_of([math.nan, 3.0]).n == 1


def test_the_design_is_within_where_people_have_both_and_between_elsewhere():
    both = pd.DataFrame({"A": [1.0, 2.0, 3.0], "B": [2.0, 4.0, 3.5]})
    apart = pd.DataFrame({"A": [1.0, 2.0, math.nan, math.nan], "B": [math.nan, math.nan, 3.0, 5.0]})
    assert contrast(both, "B", "A").design == "within"
    assert contrast(apart, "B", "A").design == "between"
    assert contrast(both, "C", "A").why == "a group has nobody with a value"


def test_holm_steps_down_and_never_falls():
    found = [{"found": between(OTHER, ONE)} for _ in range(4)]
    for one, p in zip(found, (0.01, 0.04, 0.03, 0.005), strict=True):
        object.__setattr__(one["found"], "p", p)
    assert [one["p_holm"] for one in with_holm(found)] == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_a_contrast_without_p_is_not_of_the_family():
    found = with_holm([{"found": between(OTHER, ONE)}, {"found": between([], ONE)}])
    assert found[0]["p_holm"] == found[0]["found"].p
    assert found[1]["p_holm"] is None
    assert found[0]["n_family"] == 1


# ---------------------------------------------------------------- kappa


def test_kappa_of_cohens_kind_of_table_is_known():
    one = ["y"] * 25 + ["n"] * 25
    other = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    found = kappa_of(one, other)
    assert found.agreement == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)


def test_a_linear_weight_counts_near_levels_half():
    one, other = [0, 1, 2, 3, 1, 2], [0, 2, 2, 3, 1, 1]
    found = kappa_of(one, other, order=range(4), weights="linear")
    assert found.kappa == pytest.approx(metrics.cohen_kappa_score(one, other, weights="linear"))


def test_kappa_of_one_word_throughout_has_no_meaning():
    assert "no meaning" in str(kappa_of(["a", "a"], ["a", "a"]).why)
    assert kappa_of([], []).why == "no pairs"


def test_observations_are_matched_to_the_nearest_once_and_not_across_sessions():
    one = pd.DataFrame({"session_id": ["s1", "s1"], "middle": [10.0, 14.0]}, index=[0, 1])
    other = pd.DataFrame({"session_id": ["s1", "s1", "s2"], "middle": [13.0, 40.0, 10.0]}, index=[2, 3, 4])
    assert matched(one, other) == [(1, 2)]


# ---------------------------------------------------------------- ranking


def test_auc_and_average_precision_are_scikit_learns_ties_and_all():
    dice = np.random.default_rng(3)
    truth, score = dice.random(200) < 0.2, np.round(dice.random(200), 1)
    assert auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score))
    assert average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score))
    said = score > 0.5
    assert macro_f1(truth, said) == pytest.approx(metrics.f1_score(truth, said, average="macro"))


def test_a_perfect_score_has_auc_one_and_a_constant_one_half():
    truth = np.array([False, False, True, True])
    assert auc(truth, np.array([0.1, 0.2, 0.8, 0.9])) == 1.0
    assert auc(truth, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5
    assert auc(np.array([True]), np.array([0.5])) is None


def test_few_people_get_no_interval_and_few_moments_nothing():
    truth = np.array([True, False] * 4)
    found = over_people(auc, ["a", "b", "c", "d"] * 2, truth, np.arange(8.0))
    assert found.low is None
    assert "only 4 people" in str(found.why)
    assert "at least 5" in str(too_few(truth))
    assert too_few(np.array([True, False] * 5)) is None


# ---------------------------------------------------------------- models


def lesson(n_people: int, n_boards: int, effect: float, *, seed: int = 5) -> pd.DataFrame:
    dice = random.Random(seed)
    rows = []
    for person in range(n_people):
        own, condition = dice.gauss(0, 0.6), ("C0", "AD")[person % 2]
        for number in range(1, n_boards + 1):
            value = 3 + own + effect * (condition == "AD") + dice.gauss(0, 0.7)
            answer = min(5, max(1, round(value)))
            rows.append((f"P{person:03d}", condition, number, float(answer)))
    return pd.DataFrame(rows, columns=["participant", "condition", "item_n", "trust"])


def test_an_effect_that_is_there_is_found_by_both_models_in_its_direction():
    boards = lesson(60, 6, 1.0)
    for fit in (
        models.mixed_model(boards, "trust", ["C0", "AD"]),
        models.ordinal_gee(boards, "trust", ["C0", "AD"]),
    ):
        (term,) = [one for one in fit.terms if one.term == "AD"]
        assert fit.converged
        assert term.low > 0


def test_a_mixed_model_that_does_not_converge_is_replaced_by_name(monkeypatch: pytest.MonkeyPatch):
    class Broken:
        def __init__(self, *_: object, **__: object) -> None: ...

        def fit(self, **_: object) -> object:
            raise np.linalg.LinAlgError("singular")

    monkeypatch.setattr(models.sm, "MixedLM", Broken)
    fit = models.mixed_model(lesson(12, 4, 0.5), "trust", ["C0", "AD"])
    assert fit.model.startswith("fallback")
    assert not fit.converged
    assert "these are not its numbers" in fit.told[-1]
    assert [term.term for term in fit.terms] == ["(intercept)", "AD", "board", "AD x board"]


@pytest.mark.parametrize(
    ("boards", "why"),
    [
        (lesson(2, 4, 0.5), "only 2 people"),
        (lesson(4, 1, 0.5), "answered more than once|too few"),
        (lesson(6, 4, 0.5).assign(trust=3.0), "every answer is the same"),
        (lesson(6, 4, 0.5).iloc[:0], "only 0 people"),
    ],
)
def test_a_model_that_makes_no_sense_says_why(boards: pd.DataFrame, why: str):
    import re

    for fit in (
        models.mixed_model(boards, "trust", ["C0", "AD"]),
        models.ordinal_gee(boards, "trust", ["C0", "AD"]),
    ):
        assert fit.terms == ()
        assert re.search(why, str(fit.why))


# ---------------------------------------------------------------- learning, stop rule, flow


def test_the_normalised_change_is_of_what_could_be_gained_or_lost():
    assert normalised_change(4, 7, 0, 10) == 0.5
    assert normalised_change(8, 6, 0, 10) == -0.25
    assert normalised_change(5, 5, 0, 10) == 0.0
    assert normalised_change(10, 10, 0, 10) is None
    assert normalised_change(0, 0, 0, 10) is None


def test_boards_to_criterion_counts_up_to_the_end_of_the_first_run():
    assert boards_to_criterion([0, 1, 1, 1], 2) == 3
    assert boards_to_criterion([1, 0, 1, 0], 2) is None
    assert boards_to_criterion([1, 1], math.nan) is None


def test_ancova_finds_a_gain_that_was_put_in():
    dice = random.Random(2)
    rows = []
    for n in range(40):
        pre, condition = dice.uniform(0, 6), ("C0", "AD")[n % 2]
        rows.append((condition, pre, 1 + 0.5 * pre + 2 * (condition == "AD")))
    found = ancova(pd.DataFrame(rows, columns=["condition", "pre", "post"]), ["C0", "AD"])
    assert {row["term"]: round(row["estimate"], 6) for row in found} == {
        "(intercept)": 1.0,
        "pre": 0.5,
        "AD": 2.0,
    }
    assert (
        "too few people"
        in ancova(pd.DataFrame(rows[:3], columns=["condition", "pre", "post"]), ["C0", "AD"])[0]["why"]
    )


def test_the_verdict_on_the_stop_rule_is_one_plain_sentence():
    assert "IS MET" in verdict(mean_of([-1.5, -1.2, -1.4]), 12, 1.0, 10)
    assert "is not met" in verdict(mean_of([-0.5, -1.2, -0.4]), 12, 1.0, 10)
    assert "is looked at from 10 on" in verdict(mean_of([-1.5, -1.2]), 3, 1.0, 10)
    assert "No trust answer" in verdict(mean_of([]), 0, 1.0, 10)


@pytest.mark.parametrize(
    ("consented", "n_rows", "reason", "expected"),
    [
        (False, 0, None, "never_opened"),
        (False, 3, None, "no_answer"),
        (False, 3, "consent_refused", "refused"),
        (True, 9, None, "open"),
        (True, 9, "stopped_by_experimenter", "stopped_by_experimenter"),
        (True, 9, "away_too_long", "stopped_by_absence"),
        (True, 9, "consent_withdrawn", "withdrawn"),
        (True, 9, "criterion", "finished"),
    ],
)
def test_a_session_stands_where_its_end_says(consented: bool, n_rows: int, reason: str | None, expected: str):
    session = pd.Series({"consented": consented, "n_rows": n_rows, "end_reason": reason}, dtype=object)
    assert fate(session) == expected


# ---------------------------------------------------------------- what is shown


def test_numbers_are_shown_plainly():
    assert [shown(one) for one in (None, True, 3, 0.126, -0.001, "a")] == [
        "–",
        "yes",
        "3",
        "0.13",
        "0.00",
        "a",
    ]
    assert shown("ab" * 32) == "abababababab…"
    assert (p_text(0.0004), p_text(0.05), p_text(None)) == ("p < .001", "p = .050", "p not computed")


def test_a_table_takes_no_value_without_a_column():
    with pytest.raises(KeyError, match="no column"):
        table_of("t", "c", [Column("a", "a")], [{"b": 1}])
    table = table_of("t", "c", [Column("a", "a")], [{"a": np.float64("nan")}, {"a": np.int64(2)}])
    assert table.rows == ((None,), (2,))


def test_ticks_are_round_and_inside():
    assert ticks(1, 5) == [1, 2, 3, 4, 5]
    assert ticks(0, 0.9) == [0, 0.2, 0.4, 0.6, 0.8]
    assert ticks(2, 2) == [2]
