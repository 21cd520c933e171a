"""Power by simulation: against numbers known without it, and honest where nothing is there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("scipy")
pytest.importorskip("statsmodels")

from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint

from studies.power.analysis import by_means, by_mixed_model, holm
from studies.power.answers import AnswerModel
from studies.power.design import Contrast, Design, Factor
from studies.power.grid import effects_of, ns_of
from studies.power.random_intercept import fit
from studies.power.run import Plan, Point, run, wilson
from studies.power.study import Studies, shifts, simulate
from studies.power.words import chosen, sentence, t_tests
from tutorbot.errors import BadInput

MODEL = AnswerModel(points=5, icc=0.5)


def factor(vary: str, *levels: str, name: str = "help") -> Factor:
    return Factor(id=name, vary=vary, levels=levels, conditions=levels)  # type: ignore[arg-type]


def design(*factors: Factor, n_answers: int = 6) -> Design:
    contrasts = tuple(
        Contrast(name=f"{level}-{one.levels[0]}", factor=one.id, high=level, low=one.levels[0])
        for one in factors
        for level in one.levels[1:]
    )
    return Design(
        study="s", measure="trust", factors=factors, n_answers=n_answers, points=5, contrasts=contrasts
    )


BETWEEN = design(factor("between", "C0", "AD"))
WITHIN = design(factor("within", "C0", "AD"))


def plan(of: Design, n: int, effect: float, **more: object) -> Plan:
    values = {"runs": 2000, "dropout": 0.0, "analysis": "means", "seed": 1, **more}
    return Plan(design=of, model=MODEL, ns=(n,), effects=(effect,), **values)  # type: ignore[arg-type]


def power(of: Design, n: int, effect: float, **more: object) -> Point:
    return run(plan(of, n, effect, **more), workers=1)[0]


def holds(point: Point, wanted: float) -> bool:
    low, high = point.interval
    return low - 0.005 <= wanted <= high + 0.005


@pytest.mark.parametrize(
    ("of", "n", "effect"),
    [  # what facts of the source study say can be found with power .80
        (BETWEEN, 128, 0.5),
        (BETWEEN, 40, 0.91),
        (WITHIN, 40, 0.45),
        (design(factor("between", "C0", "AD"), n_answers=1), 128, 0.5),
    ],
)
def test_known_sample_sizes_come_out_at_four_of_five(of: Design, n: int, effect: float):
    point = power(of, n, effect)
    assert holds(point, 0.80), (point.power, point.interval)


def test_the_mixed_model_finds_what_the_t_test_finds():
    assert holds(power(BETWEEN, 128, 0.5, analysis="mixed", runs=600), 0.80)


def test_power_follows_the_formula_of_the_paired_t_test():
    for n in (10, 25, 60):
        wanted = TTestPower().power(effect_size=0.4, nobs=n, alpha=0.05, alternative="two-sided")
        assert holds(power(WITHIN, n, 0.4), wanted)


@pytest.mark.parametrize("analysis", ["means", "mixed"])
@pytest.mark.parametrize("of", [BETWEEN, WITHIN])
def test_where_there_is_no_effect_one_study_in_twenty_finds_one(of: Design, analysis: str):
    assert holds(power(of, 60, 0.0, analysis=analysis, runs=1000), 0.05)


def test_holm_keeps_the_family_of_contrasts_at_one_in_twenty():
    family = design(factor("between", "C0", "L1", "L2", "L3"))
    model_shift = shifts(family, MODEL, 0.0)
    studies = simulate(family, MODEL, model_shift, n=80, runs=2000, dropout=0.0, rng=np.random.default_rng(4))
    any_found = int((holm(by_means(family, studies)) < 0.05).any(axis=1).sum())
    assert wilson(any_found, 2000)[0] < 0.05


def test_people_who_leave_cost_power_and_may_leave_before_their_first_answer():
    assert power(WITHIN, 40, 0.5, dropout=0.4).power < power(WITHIN, 40, 0.5).power - 0.05
    rng = np.random.default_rng(2)
    studies = simulate(WITHIN, MODEL, np.zeros((1, 2)), n=50, runs=40, dropout=1.0, rng=rng)
    answered = (~np.isnan(studies.answers)).sum(axis=(2, 3))
    assert answered.min() == 0
    assert answered.max() < 12
    assert answered.mean() == pytest.approx(5.5, abs=0.3)


def test_numbers_hang_on_the_seed_and_not_on_the_processes():
    of = plan(BETWEEN, 20, 0.5, runs=250)
    assert run(of, workers=1) == run(of, workers=2)
    assert run(of, workers=1) != run(replace(of, seed=2), workers=1)


def test_progress_is_told_to_the_last_study():
    done: list[int] = []
    run(plan(BETWEEN, 20, 0.5, runs=250), workers=1, on_done=done.append)
    assert done == [100, 100, 50]


def test_all_contrasts_together_are_found_no_more_often_than_the_rarest():
    points = {
        one.contrast: one
        for one in run(plan(design(factor("between", "C0", "L1", "L2")), 90, 0.6), workers=1)
    }
    assert set(points) == {"L1-C0", "L2-C0", "(all)"}
    assert points["(all)"].n_found <= min(points["L1-C0"].n_found, points["L2-C0"].n_found)


# ------------------------------------------------------------------ answers


def test_an_effect_is_that_of_peoples_mean_answers():
    rng = np.random.default_rng(5)
    for of, vary in ((BETWEEN, "between"), (WITHIN, "within")):
        studies = simulate(of, MODEL, shifts(of, MODEL, 0.6), n=40_000, runs=1, dropout=0.0, rng=rng)
        means = studies.answers[0].mean(axis=2)
        if vary == "between":
            low, high = means[studies.group == 0, 0], means[studies.group == 1, 0]
            found = (high.mean() - low.mean()) / np.sqrt((high.var() + low.var()) / 2)
        else:
            difference = means[:, 1] - means[:, 0]
            found = difference.mean() / difference.std()
        assert found == pytest.approx(0.6, abs=0.025)


def test_answers_are_spread_over_the_points_as_the_thresholds_say():
    latent = np.random.default_rng(6).standard_normal(100_000)
    share = np.bincount(MODEL.answers(latent), minlength=6)[1:] / 100_000
    assert share == pytest.approx([0.067, 0.242, 0.383, 0.242, 0.067], abs=0.005)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 21), st.floats(0, 0.9), st.floats(0.05, 0.8), st.integers(1, 24))
def test_the_shift_found_has_the_effect_asked_for(points: int, icc: float, effect: float, n_answers: int):
    model = AnswerModel(points=points, icc=icc)
    between = model.shift_for(effect, vary="between", n_answers=n_answers)
    assert model.d_between(between, n_answers) == pytest.approx(effect, abs=1e-6)
    assert model.shift_for(-effect, vary="between", n_answers=n_answers) == -between
    within = model.shift_for(effect, vary="within", n_answers=n_answers)
    assert model.d_within(within, n_answers) == pytest.approx(effect, abs=1e-6)


def test_an_effect_beyond_the_scale_is_refused():
    with pytest.raises(BadInput, match="An effect of 90 does not fit on a scale of 5 points"):
        MODEL.shift_for(90.0, vary="between", n_answers=6)


def test_contrasts_that_cannot_all_have_the_effect_come_near_it():
    of = design(factor("between", "C", "B", "A"))
    contrasts = [("A", "B"), ("B", "C"), ("A", "C")]
    of = replace(
        of, contrasts=tuple(Contrast(name=f"{a}{b}", factor="help", high=a, low=b) for a, b in contrasts)
    )
    c, b, a = shifts(of, MODEL, 0.5)[:, 0]
    assert a > b > c
    assert a - b == pytest.approx(b - c)


# ------------------------------------------------------------------ analysis


def mixed_design() -> Design:
    return design(factor("between", "C0", "AD"), factor("within", "easy", "hard", name="rules"), n_answers=4)


def one_study(of: Design, n: int, *, dropout: float = 0.2, seed: int = 7) -> Studies:
    rng = np.random.default_rng(seed)
    return simulate(of, MODEL, shifts(of, MODEL, 0.4), n=n, runs=3, dropout=dropout, rng=rng)


def test_p_of_means_is_scipys():
    of = mixed_design()
    studies = one_study(of, 31)
    p = by_means(of, studies)
    for number, answers in enumerate(studies.answers):
        people = [np.nanmean(one) if np.any(~np.isnan(one)) else np.nan for one in answers]
        groups = [np.array(people)[studies.group == group] for group in (1, 0)]
        assert p[number, 0] == pytest.approx(
            stats.ttest_ind(*groups, equal_var=False, nan_policy="omit").pvalue
        )
        parts = [
            [np.nanmean(one) if np.any(~np.isnan(one)) else np.nan for one in answers[:, part]]
            for part in (1, 0)
        ]
        difference = np.subtract(*map(np.array, parts))
        assert p[number, 1] == pytest.approx(stats.ttest_1samp(difference, 0, nan_policy="omit").pvalue)


def test_p_of_the_mixed_model_is_that_of_statsmodels():
    of = mixed_design()
    studies = one_study(of, 40)
    p = by_mixed_model(of, studies)
    for number, answers in enumerate(studies.answers):
        person, part, _ = np.nonzero(~np.isnan(answers))
        y = answers[~np.isnan(answers)]
        x = np.column_stack([np.ones(len(y)), studies.group[person] == 1, part == 1]).astype(float)
        theirs = MixedLM(y, x, groups=person).fit(reml=True, method="bfgs")
        assert np.isfinite(theirs.llf)
        assert p[number] == pytest.approx(theirs.pvalues[1:3], rel=0.01, abs=1e-6)
        ours = fit(y, x, person)
        assert ours is not None
        assert ours.estimates == pytest.approx(theirs.fe_params, abs=1e-3)
        assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse_fe, rel=0.005)


def test_people_who_do_not_differ_have_no_variance_of_their_own():
    rng = np.random.default_rng(8)
    person = np.repeat(np.arange(20), 6)
    y = np.tile(rng.standard_normal(6), 20)  # everybody has the same mean
    found = fit(y, np.ones((120, 1)), person)
    assert found is not None
    assert found.ratio == 0.0
    assert found.covariance[0, 0] == pytest.approx(y.var(ddof=1) / 120)


def test_a_model_without_anything_left_over_is_not_fitted():
    ones = np.ones((6, 1))
    assert fit(np.ones(6), ones, np.arange(6)) is None
    assert fit(np.arange(6.0), np.hstack([ones, ones]), np.repeat(np.arange(3), 2)) is None


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holms_p_is_that_of_statsmodels(p: list[float]):
    assert holm(np.array([p]))[0] == pytest.approx(multipletests(p, method="holm")[1])


def test_a_p_that_is_missing_counts_as_one():
    assert holm(np.array([[0.01, np.nan]]))[0] == pytest.approx([0.02, 1.0])


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_is_wilsons(runs: int, data: st.DataObject):
    found = data.draw(st.integers(0, runs))
    assert wilson(found, runs) == pytest.approx(proportion_confint(found, runs, method="wilson"), abs=1e-9)


# ------------------------------------------------------------------ words


def test_numbers_of_people_are_read_as_they_are_typed():
    assert ns_of("64,128", n_groups=2, planned=None) == (64, 128)
    assert ns_of("10..20:5", n_groups=2, planned=12) == (10, 12, 15, 20)
    found = ns_of("10..200", n_groups=3, planned=None)
    assert (found[0], found[-1], len(found)) == (9, 201, 10)
    assert all(n % 3 == 0 for n in found)
    assert ns_of(None, n_groups=2, planned=40)[0] == 20
    assert 40 in ns_of(None, n_groups=2, planned=40)


@pytest.mark.parametrize("text", ["", "ten", "20..10", "10..20:0", "-5", "3", "9000000"])
def test_numbers_that_make_no_study_are_refused(text: str):
    with pytest.raises(BadInput, match="--n"):
        ns_of(text, n_groups=2, planned=None)


def test_effects_are_numbers():
    assert effects_of("0.5, .3,0.5") == (0.5, 0.3)
    for text in ("", "big", "nan", "inf"):
        with pytest.raises(BadInput, match="--effect"):
            effects_of(text)


def point(n: int, found: int, contrast: str = "AD-C0", effect: float = 0.5) -> Point:
    return Point(n=n, effect=effect, contrast=contrast, n_found=found, runs=1000, failed=0)


def test_the_sentence_is_about_the_planned_number_or_the_first_that_is_enough():
    of = replace(plan(BETWEEN, 0, 0.5), ns=(100, 128, 200))
    points = [point(100, 700), point(128, 805), point(200, 900)]
    assert chosen(of, points, 100).n == 100
    assert chosen(of, points, None).n == 128
    weak = [point(n, 100) for n in of.ns]
    assert chosen(of, weak, None).n == 200


def test_the_sentence_says_everything_the_number_hangs_on():
    said = sentence(plan(BETWEEN, 128, 0.5, dropout=0.1), point(128, 805))
    for words in (
        "2000 studies",
        "5 points",
        "cumulative probit",
        "6 answers of each participant",
        "correlation 0.5",
        "10% drop-out",
        "seed 1",
        "Welch's t-test",
        "one planned contrast",
        "power .81, 95 % interval [.78, .83]",
        "d = 0.5 on trust (AD against C0) with n = 128 participants",
        "two-sided, alpha = .05",
    ):
        assert words in said, words
    within = sentence(plan(WITHIN, 40, 0.4), point(40, 700, effect=0.4))
    assert "d_z = 0.4" in within
    assert "the paired t-test within participants" in within
    assert "Welch" not in within
    assert t_tests(BETWEEN, WITHIN) == "Welch's t-test between and the paired t-test within participants"
