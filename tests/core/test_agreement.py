"""Cohen's kappa against worked examples, and which observations belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.agreement import Look, agreement, matched


def table(*counts: tuple[object, object, int]) -> list[tuple[object, object]]:
    return [(first, second) for first, second, n in counts for _ in range(n)]


@pytest.mark.parametrize(
    ("pairs", "share", "kappa"),
    [
        # 50 proposals, 35 alike; by chance .5 * .6 + .5 * .4 = .5: kappa .4
        (table(("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)), 0.7, 0.4),
        # Cohen (1960), table 1: proportions .25 .13 .12 / .12 .02 .16 / .03 .15 .02, kappa -.09
        (
            table(
                (1, 1, 25), (1, 2, 13), (1, 3, 12), (2, 1, 12), (2, 2, 2), (2, 3, 16),
                (3, 1, 3), (3, 2, 15), (3, 3, 2),
            ),
            0.29,
            None,
        ),
        (table((1, 1, 3), (2, 2, 4)), 1.0, 1.0),
        (table((1, 2, 5), (2, 1, 5)), 0.0, -1.0),
    ],
)  # fmt: skip
def test_worked_examples(pairs: list[tuple[object, object]], share: float, kappa: float | None):
    found = agreement(pairs)
    assert found.n == len(pairs)
    assert found.share == pytest.approx(share)
    if kappa is not None:
        assert found.kappa == pytest.approx(kappa)
    else:
        chance = 0.50 * 0.40 + 0.30 * 0.30 + 0.20 * 0.30
        assert found.kappa == pytest.approx((0.29 - chance) / (1 - chance))
        assert found.kappa == pytest.approx(-0.09, abs=0.005)


def test_without_anything_to_compare_there_is_no_number():
    assert (agreement(()).n, agreement(()).share, agreement(()).kappa) == (0, None, None)


def test_one_code_throughout_says_nothing_beyond_chance():
    found = agreement([("a", "a")] * 9)
    assert (found.share, found.kappa) == (1.0, None)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=40))
def test_kappa_is_the_same_from_both_sides_and_at_most_one(pairs: list[tuple[int, int]]):
    found, turned = agreement(pairs), agreement([(second, first) for first, second in pairs])
    assert found == turned
    assert found.kappa is None or -1.0 - 1e-9 <= found.kappa <= 1.0


def look(from_s: float, to_s: float, code: str = "x") -> Look:
    return Look(from_s=from_s, to_s=to_s, code=code)


def test_looks_that_overlap_belong_together_and_each_once():
    first = [look(0, 8, "a"), look(20, 35, "b"), look(60, 70, "c")]
    second = [look(3, 9, "d"), look(34, 40, "e"), look(22, 30, "f"), look(80, 90, "g")]
    assert [(a.code, b.code) for a, b in matched(first, second)] == [("a", "d"), ("b", "f")]


def test_windows_that_only_touch_are_no_pair():
    assert matched([look(0, 5)], [look(5, 10)]) == ()


@given(*[st.lists(st.tuples(st.floats(0, 200), st.floats(0.1, 20)), max_size=12) for _ in range(2)])
def test_no_look_is_used_twice(first: list[tuple[float, float]], second: list[tuple[float, float]]):
    looks = [
        [look(at_s, at_s + s, f"{n}-{i}") for i, (at_s, s) in enumerate(many)]
        for n, many in enumerate((first, second))
    ]
    pairs = matched(*looks)
    for side in (0, 1):
        codes = [pair[side].code for pair in pairs]
        assert len(codes) == len(set(codes))
    assert all(min(a.to_s, b.to_s) > max(a.from_s, b.from_s) for a, b in pairs)
