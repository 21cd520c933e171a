"""Many fillings in at once, and how consistent a scale is: alpha and omega against other ways to them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from studies.instruments import alpha, load_instrument, omega, score, score_frame, wide
from studies.instruments.reliability import feldt
from tutorbot.errors import BadInput

pd = pytest.importorskip("pandas")
pytest.importorskip("statsmodels")


def answers(*rows: tuple[object, ...]):
    columns = ["session_id", "instrument", "phase", "item_id", "value", "not_applicable"]
    return pd.DataFrame(rows, columns=columns)


def test_a_table_of_answers_becomes_a_row_per_filling_in():
    table = answers(
        ("s1", "nasa-tlx", "post", "mental", 50.0, False),
        ("s1", "jian", "post", "jian-1", 1.0, False),
        *(("s1", "jian", "post", f"jian-{n}", 2.0, False) for n in range(2, 6)),
        ("s1", "jian", "pre", "jian-1", 7.0, False),
        ("s2", "jian", "post", "jian-6", 3.0, False),
    )
    scores = score_frame(load_instrument("jian"), table)
    assert scores[["session_id", "phase"]].to_numpy().tolist() == [
        ["s1", "post"],
        ["s1", "pre"],
        ["s2", "post"],
    ]
    assert scores["distrust"].iloc[0] == pytest.approx(1.8)
    assert math.isnan(scores["distrust"].iloc[1])
    assert scores["distrust_reason"].iloc[1] == "4 of 5 items are without an answer, at most 1 may be"
    assert scores["trust_n_answered"].tolist() == [0, 0, 1]


def test_a_later_answer_to_an_item_takes_the_earlier_ones_place():
    table = answers(
        ("s", "trust-1", "post", "trust", 1.0, False),
        ("s", "trust-1", "post", "trust", 4.0, False),
    )
    assert score_frame(load_instrument("trust-1"), table)["trust-now"].tolist() == [4.0]


def test_the_table_scores_as_one_by_one_with_what_does_not_apply():
    mdmt = load_instrument("mdmt")
    given = {"reliable-1": 6.0, "reliable-2": 4.0}
    rows = [("s", "mdmt", "post", name, value, "false") for name, value in given.items()]
    rows += [("s", "mdmt", "post", f"reliable-{n}", np.nan, "true") for n in (3, 4)]
    table = score_frame(mdmt, answers(*rows))
    one_by_one = score(mdmt, given, ["reliable-3", "reliable-4"]).values
    assert table["reliable"].tolist() == [one_by_one["reliable"]]


def test_no_answers_give_an_empty_table_with_its_columns():
    scores = score_frame(load_instrument("trust-1"), answers())
    assert len(scores) == 0
    assert {"session_id", "phase", "trust-now"} <= set(scores.columns)


def test_a_table_of_something_else_is_refused():
    with pytest.raises(BadInput, match="no column 'value'"):
        score_frame(load_instrument("jian"), pd.DataFrame({"item_id": ["jian-1"]}))


def test_wide_turns_reversed_items_and_leaves_gaps():
    ati = load_instrument("ati")
    table = pd.DataFrame(
        {"session_id": ["a", "a", "b"], "item_id": ["ati-1", "ati-3", "ati-1"], "value": [2, 1, 5]}
    )
    assert ati.total is not None
    found = wide(ati, table, ati.total)
    assert found["ati-3"].tolist()[0] == 6.0
    assert math.isnan(found["ati-3"].tolist()[1])
    assert found["ati-1"].tolist() == [2.0, 5.0]


def one_factor(loadings: list[float], n: int, seed: int = 3):
    """n people on items that share one factor; unique variances are 1."""
    dice = np.random.default_rng(seed)
    factor = dice.normal(size=(n, 1))
    return pd.DataFrame(factor * np.array(loadings) + dice.normal(size=(n, len(loadings))))


def test_alpha_of_a_small_table_by_hand():
    # variances: a .7, b .7, their sum (2, 3, 5, 6, 4) 2.5; so 2 x (1 - 1.4 / 2.5)
    table = pd.DataFrame({"a": [1, 2, 3, 3, 2], "b": [1, 1, 2, 3, 2]})
    assert alpha(table).value == pytest.approx(0.88)


def test_alpha_is_that_of_the_mean_covariance_formula():
    table = one_factor([1.0, 0.8, 0.6, 1.2], 50)
    covariances = np.cov(table.to_numpy(), rowvar=False)
    k = 4
    mean_variance = np.trace(covariances) / k
    mean_covariance = (covariances.sum() - np.trace(covariances)) / (k * (k - 1))
    found = alpha(table)
    assert found.value == pytest.approx(k * mean_covariance / (mean_variance + (k - 1) * mean_covariance))
    assert found.low < found.value < found.high


def test_the_interval_of_alpha_is_that_of_published_examples():
    # MRC CBU statistics wiki, FAQ/cafun: feldt1.return(0.913, 873, 20)
    assert feldt(0.913, n=873, k=20) == pytest.approx((0.9044024, 0.9211588), abs=1e-6)
    # R package statpsych, ci.cronbach(.05, .85, 7, 89), which has n (k - 1) degrees of freedom below
    assert feldt(0.85, n=89, k=7) == pytest.approx((0.7971254, 0.8931436), abs=1e-4)


def test_omega_finds_the_reliability_that_was_put_in():
    loadings = [1.0, 0.7, 0.5, 1.3, 0.9]
    true = sum(loadings) ** 2 / (sum(loadings) ** 2 + len(loadings))
    table = one_factor(loadings, 4000)
    assert omega(table).value == pytest.approx(true, abs=0.01)
    assert alpha(table).value < omega(table).value


def test_omega_equals_alpha_where_all_items_measure_equally_well():
    table = one_factor([1.0] * 6, 4000)
    assert omega(table).value == pytest.approx(alpha(table).value, abs=0.005)


def test_rows_with_a_gap_are_left_out_and_counted():
    table = one_factor([1.0] * 4, 40)
    table.iloc[3, 1] = np.nan
    assert (alpha(table).n, alpha(table).n_left_out) == (39, 1)
    assert omega(table).value == pytest.approx(omega(table.drop(index=3)).value)


@pytest.mark.parametrize(
    ("table", "of", "reason"),
    [
        (one_factor([1.0], 20), alpha, "1 item, at least 2 are needed"),
        (one_factor([1.0] * 2, 20), omega, "2 items, at least 3 are needed"),
        (one_factor([1.0] * 3, 2), alpha, "2 complete rows, at least 3 are needed"),
        (one_factor([1.0] * 5, 5), omega, "5 complete rows are not more than the 5 items"),
        (
            pd.DataFrame({"a": [1, 1, 1], "b": [2, 2, 2]}),
            alpha,
            "the sum of the items is the same for everybody",
        ),
        (one_factor([1.0] * 3, 20).assign(same=3.0), omega, "an item has the same answer from everybody"),
        (one_factor([1.0] * 3, 20).assign(twin=lambda t: t[0]), omega, "an item follows from the others"),
    ],
)
def test_where_reliability_cannot_be_computed_the_reason_is_given(table, of, reason: str):
    found = of(table)
    assert found.value is None
    assert found.reason == reason
