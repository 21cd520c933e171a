from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affect.smoothing import OneEuro


def made(beta: float = 80.0) -> OneEuro:
    return OneEuro(min_cutoff_hz=0.05, beta=beta, derivative_hz=1.0)


def test_the_first_sample_passes_and_so_does_one_after_a_reset() -> None:
    euro = made()
    assert euro.step(np.array([3.0]), 0.0) == 3.0
    euro.step(np.array([9.0]), 0.1)
    euro.reset()
    assert euro.step(np.array([5.0]), 0.2) == 5.0


def test_small_jitter_is_damped_and_a_jump_is_followed() -> None:
    euro = made()
    jitter = 0.001 * np.where(np.arange(50) % 2, 1, -1)
    out = [float(euro.step(np.array([x]), k / 10)[0]) for k, x in enumerate(jitter)]
    assert np.std(out[10:]) < 0.5 * np.std(jitter)
    assert float(euro.step(np.array([1.0]), 5.0)[0]) > 0.9


def test_a_sample_that_is_not_later_changes_nothing() -> None:
    euro = made()
    euro.step(np.array([1.0]), 1.0)
    assert euro.step(np.array([7.0]), 1.0) == euro.step(np.array([7.0]), 0.5) == 1.0


def test_a_near_face_is_filtered_like_a_far_one() -> None:
    far, near = made(), made()
    for k, x in enumerate([0.0, 1.0, 1.5, 1.4]):
        a = far.step(np.array([x]), k / 10, scale=1.0)
        b = near.step(np.array([x * 50]), k / 10, scale=50.0)
        assert b / 50 == pytest.approx(a)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=40))
def test_the_filter_never_leaves_the_range_of_what_it_saw(samples: list[float]) -> None:
    euro = made()
    for k, x in enumerate(samples):
        value = float(euro.step(np.array([x]), k / 10)[0])
        assert min(samples) - 1e-9 <= value <= max(samples) + 1e-9
