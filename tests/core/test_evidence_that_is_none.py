"""What is missing, not a number, or from the past never makes the tutor say more."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import Drive, calm, confused, frustrated, replayed, setup, troubled
from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import Act, AffectWindow
from tutorbot.core.evidence import Behaviour, Evidence, FaceEvidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies import STRATEGIES, Context
from tutorbot.core.triggers import find_candidate
from tutorbot.core.trust import TrustBand

NO_NUMBERS = [math.nan, math.inf, -math.inf, 1.5, -0.2, None]
MAKERS = {"calm": calm, "confused": confused, "frustrated": frustrated, "troubled": troubled}
runs = st.lists(
    st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(1, 40), st.sampled_from([None, *NO_NUMBERS])),
    min_size=1,
    max_size=8,
)


def levels(condition: str, course: list[tuple[str, int, float | None]], *, spoilt: bool) -> list[int]:
    """Levels of the acts of a lesson in which every third window has lost its scores, or was left out."""
    drive = Drive(setup(condition)).begin().wrong()
    for name, n, bad in course:
        for k in range(n):
            drive.wait(1.0)
            window = MAKERS[name](drive.at_s)
            if k % 3 == 2:
                window = replace(window, confusion=bad, frustration=bad) if spoilt else no_scores(window)
            drive.put(window)
    return [act.level for act in drive.of(Act)]


def no_scores(window: AffectWindow) -> AffectWindow:
    return replace(window, confusion=None, frustration=None)


@pytest.mark.parametrize("condition", ["AD", "L3-A"])
@given(course=runs)
def test_a_score_that_is_no_number_is_read_as_no_sight(
    condition: str, course: list[tuple[str, int, float | None]]
):
    assert levels(condition, course, spoilt=True) == levels(condition, course, spoilt=False)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1.5])
def test_a_window_of_no_number_does_not_prolong_an_episode(bad: float):
    drive = Drive(setup("AD", idle_s=1000)).begin().wrong().seconds(10, confused)
    for _ in range(60):
        drive.tick(lambda at_s: replace(confused(at_s), confusion=bad, frustration=bad))
    assert drive.of(Act) == []


seconds = st.one_of(st.none(), st.floats(0, 120))
behaviours = st.builds(
    Behaviour,
    item_s=st.floats(0, 300),
    median_item_s=seconds,
    n_errors=st.integers(0, 5),
    n_errors_in_row=st.integers(0, 5),
    n_changes=st.integers(0, 5),
    n_rapid=st.integers(0, 5),
    stuck_ago_s=seconds,
    negative_ago_s=seconds,
    confused_ago_s=seconds,
    away_s=seconds,
    progress_ago_s=seconds,
    idle_s=st.floats(0, 300),
)
faces = st.builds(
    FaceEvidence,
    confusion=st.floats(0, 1),
    frustration=st.floats(0, 1),
    confusion_held_s=st.floats(0, 60),
    frustration_held_s=st.floats(0, 60),
    coverage=st.floats(0, 1),
)


def level_of(evidence: Evidence, condition: str, band: TrustBand) -> ProactivityLevel:
    candidate = find_candidate(evidence, TutorSettings())
    if candidate is None:
        return ProactivityLevel.NONE
    context = Context(
        band=band,
        persists=False,
        suggested=False,
        n_errors=evidence.behaviour.n_errors,
        errors_persisting=3,
        objective="trust_first",
    )
    return STRATEGIES[condition].decide(candidate, context).level


@given(behaviour=behaviours, face=faces, band=st.sampled_from(list(TrustBand)))
def test_a_sign_fewer_never_raises_the_level(behaviour: Behaviour, face: FaceEvidence, band: TrustBand):
    """Of behaviour, with the same face: what was not said or not seen is no reason to speak up more."""
    whole = Evidence(at_s=200.0, item_id="I1", face=face, behaviour=behaviour)
    less = [
        replace(behaviour, **{name: value})
        for name, value in {
            "stuck_ago_s": None,
            "negative_ago_s": None,
            "confused_ago_s": None,
            "away_s": None,
            "n_changes": 0,
            "n_rapid": 0,
            "n_errors": 0,
            "n_errors_in_row": 0,
            "idle_s": 0.0,
        }.items()
    ]
    for condition in ("AD", "NB", "L2-A", "C0"):
        most = level_of(whole, condition, band)
        for one in less:
            assert level_of(replace(whole, behaviour=one), condition, band) <= most


@given(back_s=st.floats(0.001, 500), n=st.integers(1, 40))
def test_time_that_runs_backwards_changes_nothing(back_s: float, n: int):
    straight = Drive(setup("AD")).begin().wrong().seconds(n, troubled).seconds(80, troubled)
    jumped = Drive(setup("AD")).begin().wrong().seconds(n, troubled)
    before = len(jumped.rows)
    outcome = jumped.put(frustrated(max(0.0, jumped.at_s - back_s)))
    assert (outcome.rows, outcome.effects) == ((), ())
    del jumped.rows[before:]
    jumped.seconds(80, troubled)
    assert jumped.rows == straight.rows
    assert replayed(straight) == straight.rows
