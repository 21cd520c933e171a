"""What every trust model must do, whatever it is made of."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tutorbot.bootstrap.study import shipped_trust
from tutorbot.core.learned_trust import LearnedTrust
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import RuleTrust, TrustCause, TrustEvent, TrustModel

SETTINGS = TutorSettings()
MODELS = ("rules", "learned")
REACTIONS = (
    TrustCause.ACCEPTED,
    TrustCause.DECLINED,
    TrustCause.IGNORED,
    TrustCause.UNDONE,
    TrustCause.LAPSED,
)


def model_of(name: str, **changed: float) -> TrustModel:
    chosen = SETTINGS.overridden(changed)
    return RuleTrust(chosen) if name == "rules" else LearnedTrust(chosen, shipped_trust())


def answer(value: int) -> TrustEvent:
    return TrustEvent(cause=TrustCause.PROBE, answer=value)


def reaction(cause: TrustCause, level: int = 2, kind: str = "confusion") -> TrustEvent:
    return TrustEvent(cause=cause, level=level, kind=kind)


anything = st.lists(
    st.one_of(
        st.builds(answer, st.integers(1, 5)),
        st.builds(
            reaction,
            st.sampled_from(REACTIONS),
            st.integers(1, 3),
            st.sampled_from(("confusion", "frustration", "both", "off_task", "yoked")),
        ),
        st.just(TrustEvent(cause=TrustCause.ERROR)),
        st.just(TrustEvent(cause=TrustCause.USED_AND_RIGHT)),
    ),
    max_size=60,
)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=150, deadline=None)
@given(events=anything, start=st.floats(1.0, 5.0))
def test_every_estimate_lies_on_the_scale_and_is_not_certain(
    name: str, events: list[TrustEvent], start: float
):
    model = model_of(name, trust_start=start)
    for n in range(len(events) + 1):
        found = model.estimate(events[:n])
        assert 1.0 <= found.mean <= 5.0
        assert 0.0 < found.sd <= 2.0
        assert math.isfinite(found.mean + found.sd)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=50, deadline=None)
@given(events=anything)
def test_the_same_events_give_the_same_estimate(name: str, events: list[TrustEvent]):
    model = model_of(name)
    first = model.estimate(events)
    model.estimate(())
    assert model.estimate(tuple(events)) == first == model_of(name).estimate(events)


@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=100, deadline=None)
@given(events=anything)
def test_a_higher_answer_means_more_trust(name: str, events: list[TrustEvent]):
    model = model_of(name)
    means = [model.estimate([*events, answer(value)]).mean for value in range(1, 6)]
    assert means == sorted(means)
    assert means[0] < means[-1]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [1, 2, 5])
def test_a_first_answer_moves_the_mean_towards_it(name: str, value: int):
    model = model_of(name)
    before, after = model.estimate(()).mean, model.estimate([answer(value)]).mean
    assert abs(after - value) < abs(before - value)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("value", [1, 2, 4, 5])
def test_answers_of_one_mind_leave_less_doubt(name: str, value: int):
    """The learned spread is that of the next answer: it gets no smaller than people's answers scatter."""
    model = model_of(name)
    none, few, many = (model.estimate([answer(value)] * n).sd for n in (0, 2, 8))
    assert none > few
    assert none > many
    if name == "rules":
        assert few > many


@pytest.mark.parametrize("bad", [0, 6, -1, 2.5, math.nan, None, "4"])
def test_an_answer_off_the_scale_is_refused_before_any_model_sees_it(bad: Any):
    with pytest.raises(ValueError, match="is no answer to probe"):
        TrustEvent(cause=TrustCause.PROBE, answer=bad)


def test_an_answer_to_what_asked_none_is_refused():
    with pytest.raises(ValueError, match="4 is no answer to accepted"):
        TrustEvent(cause=TrustCause.ACCEPTED, answer=4)
