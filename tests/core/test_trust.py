"""The running trust estimate: its steps, its bands, and its scale from 1 to 5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.acts import Reaction
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import after_answer, after_reaction, band_of

SETTINGS = TutorSettings()
on_scale = st.floats(1.0, 5.0)


@pytest.mark.parametrize(
    ("trust", "band"),
    [(1.0, "low"), (3.0, "low"), (3.001, "mid"), (4.0, "mid"), (4.001, "high"), (5.0, "high")],
)
def test_bands_end_at_three_and_at_four(trust: float, band: str):
    assert band_of(trust, SETTINGS) == band


@pytest.mark.parametrize(
    ("reaction", "after"), [("accepted", 3.65), ("ignored", 3.45), ("declined", 3.2), ("undone", 3.1)]
)
def test_each_reaction_has_its_step(reaction: str, after: float):
    assert after_reaction(3.5, Reaction(reaction), SETTINGS) == pytest.approx(after)


@pytest.mark.parametrize(("answer", "after"), [(1, 2.25), (3, 3.25), (5, 4.25)])
def test_an_answer_and_the_estimate_count_half_each(answer: int, after: float):
    assert after_answer(3.5, answer, SETTINGS) == pytest.approx(after)


@given(on_scale, st.lists(st.sampled_from(Reaction) | st.integers(1, 5), max_size=30))
def test_trust_never_leaves_its_scale(trust: float, happenings: list[Reaction | int]):
    for happening in happenings:
        if isinstance(happening, Reaction):
            trust = after_reaction(trust, happening, SETTINGS)
        else:
            trust = after_answer(trust, happening, SETTINGS)
        assert 1.0 <= trust <= 5.0


@given(on_scale, on_scale)
def test_more_trust_is_never_in_a_lower_band(one: float, two: float):
    order = ["low", "mid", "high"]
    assert order.index(band_of(min(one, two), SETTINGS)) <= order.index(band_of(max(one, two), SETTINGS))
