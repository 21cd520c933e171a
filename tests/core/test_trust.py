"""The running trust estimate: its steps, its bands, and its scale from 1 to 5."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.acts import Reaction
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import (
    RuleTrust,
    TrustCause,
    TrustEvent,
    after_answer,
    after_reaction,
    band_of,
    clamp_trust,
)

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


# ---------------------------------------------------------------- the rules as a trust model


def event(cause: str, **changes: Any) -> TrustEvent:
    return TrustEvent(cause=TrustCause(cause), **changes)


EVENTS = {
    "accepted": lambda trust: after_reaction(trust, Reaction.ACCEPTED, SETTINGS),
    "ignored": lambda trust: after_reaction(trust, Reaction.IGNORED, SETTINGS),
    "declined": lambda trust: after_reaction(trust, Reaction.DECLINED, SETTINGS),
    "undone": lambda trust: after_reaction(trust, Reaction.UNDONE, SETTINGS),
    "lapsed": lambda trust: trust,
    "error": lambda trust: trust,
    "start": lambda trust: trust,
    "used_and_right": lambda trust: clamp_trust(trust + SETTINGS.trust_used_and_right),
}


@given(st.lists(st.sampled_from(tuple(EVENTS)) | st.integers(1, 5), max_size=40), on_scale)
def test_the_rules_go_step_by_step_to_the_last_bit(happenings: list[str | int], start: float):
    chosen = replace(SETTINGS, trust_start=start)
    trust, told = start, []
    for happening in happenings:
        if isinstance(happening, int):
            trust = after_answer(trust, happening, SETTINGS)
            told.append(event("probe", answer=happening))
        else:
            trust = EVENTS[happening](trust)
            told.append(event(happening))
        assert RuleTrust(chosen).estimate(told).mean == trust


@pytest.mark.parametrize(
    ("causes", "sd"),
    [
        ([], 1.0),
        (["start", "lapsed", "error"], 1.0),
        (["accepted"], (1 + 0.15**2) ** 0.5),
        (["declined", "used_and_right"], (1 + 2 * 0.15**2) ** 0.5),
        (["ignored"] * 500, 2.0),
        ([4], (0.25 + 0.25 * 0.25) ** 0.5),
        ([4, 4], (0.25 * (0.25 + 0.0625) + 0.0625) ** 0.5),
        ([1, "undone"], (0.25 + 0.0625 + 0.15**2) ** 0.5),
    ],
)
def test_a_reaction_adds_doubt_and_an_answer_takes_it(causes: list[str | int], sd: float):
    told = [event("probe", answer=c) if isinstance(c, int) else event(c) for c in causes]
    assert RuleTrust(SETTINGS).estimate(told).sd == pytest.approx(sd)


def test_the_numbers_behind_the_doubt_are_settings():
    chosen = replace(
        SETTINGS, trust_start_sd=0.4, trust_step_sd=0.3, trust_answer_sd=0.2, trust_answer_weight=0.25
    )
    rules = RuleTrust(chosen)
    assert rules.estimate(()).sd == pytest.approx(0.4)
    assert rules.estimate([event("accepted")]).sd == pytest.approx(0.5)
    wanted = (0.75**2 * 0.25 + 0.25**2 * 0.04) ** 0.5
    assert rules.estimate([event("accepted"), event("probe", answer=3)]).sd == pytest.approx(wanted)
