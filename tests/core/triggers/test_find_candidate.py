"""The one reason that counts when there are several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import behaviour, evidence, face
from tutorbot.core import triggers
from tutorbot.core.evidence import Basis, Evidence, FaceEvidence, Standing
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers import AFFECT, STRENGTH, TRIGGERS, find_candidate

SETTINGS = TutorSettings()
BOTH = face(confusion_held_s=20.0, frustration_held_s=10.0)


def found(seen: FaceEvidence | None, **changes: Any) -> tuple[str, str] | None:
    candidate = find_candidate(evidence(seen, **changes), SETTINGS)
    return None if candidate is None else (candidate.kind, candidate.basis.value)


def test_without_a_reason_there_is_none():
    assert found(None) is None
    assert found(face()) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("both", "face_only")),
        ({"n_errors": 1, "n_errors_in_row": 2}, ("both", "corroborated")),
        ({"stuck_ago_s": 0.0}, ("both", "corroborated")),
        ({"n_errors": 1}, ("confusion", "corroborated")),
        ({"n_errors_in_row": 2}, ("frustration", "corroborated")),
    ],
)
def test_of_confusion_and_frustration_the_better_founded_counts_and_equals_are_joined(
    changes: dict[str, Any], expected: tuple[str, str]
):
    assert found(BOTH, **changes) == expected


def test_the_joint_class_has_the_signs_of_both_once_each():
    candidate = find_candidate(evidence(BOTH, stuck_ago_s=0.0, n_errors=1), SETTINGS)
    assert candidate is not None
    assert candidate.signs == ("face_confusion", "error", "stuck", "face_frustration")


def test_a_file_each_and_each_reason_by_its_name():
    files = {path.stem for path in Path(triggers.__file__).parent.glob("*.py")}
    assert files - {"__init__", "signs", "values"} == set(TRIGGERS)
    low = Standing(low_trust=True, quiet_s=200.0, n_repairs=0)
    everything = evidence(BOTH, standing=low, stuck_ago_s=0.0, n_errors=3, idle_s=70.0)
    for kind, trigger in TRIGGERS.items():
        given_it = replace(everything, behaviour=behaviour(away_s=40.0)) if kind == "off_task" else everything
        candidate = trigger(given_it, SETTINGS)
        assert candidate is not None, kind
        assert candidate.kind == kind


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"away_s": 40.0}, "off_task"),
        ({"away_s": 40.0, "n_errors_in_row": 2}, "frustration"),
        ({"away_s": 40.0, "idle_s": 90.0}, "off_task"),
        ({"idle_s": 90.0}, "idle"),
        ({"idle_s": 90.0, "item_s": 90.0, "n_errors": 1}, "confusion"),
    ],
)
def test_without_a_face_affect_counts_first_and_what_is_only_quiet_last(
    changes: dict[str, Any], expected: str
):
    assert found(None, **changes) == (expected, "behaviour_only")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"n_errors": 2, "n_errors_in_row": 2}, None),
        ({"n_errors": 3}, "repeated_error"),
        ({"stuck_ago_s": 10.0}, "stuck"),
        ({"stuck_ago_s": 10.0, "n_errors": 3}, "repeated_error"),
        ({"idle_s": 60.0}, "idle"),
    ],
)
def test_beside_a_calm_face_only_plain_behaviour_speaks(changes: dict[str, Any], expected: str | None):
    assert found(face(), **changes) == (None if expected is None else (expected, "behaviour_only"))


def test_plain_behaviour_counts_before_a_face_alone():
    annoyed = face(frustration_held_s=10.0)
    assert found(annoyed) == ("frustration", "face_only")
    assert found(annoyed, idle_s=60.0) == ("idle", "behaviour_only")


def test_trust_is_won_back_only_where_there_is_no_other_reason():
    low = Standing(low_trust=True, quiet_s=180.0, n_repairs=0)
    for changes, kind in (({}, "low_trust"), ({"idle_s": 60.0}, "idle")):
        candidate = find_candidate(evidence(standing=low, **changes), SETTINGS)
        assert candidate is not None
        assert candidate.kind == kind


ago = st.none() | st.floats(0, 100)
behaviours = st.builds(
    behaviour,
    item_s=st.floats(0, 200),
    median_item_s=st.none() | st.floats(1, 100),
    n_errors=st.integers(0, 4),
    n_errors_in_row=st.integers(0, 4),
    n_changes=st.integers(0, 5),
    n_rapid=st.integers(0, 4),
    stuck_ago_s=ago,
    negative_ago_s=ago,
    confused_ago_s=ago,
    away_s=ago,
    progress_ago_s=ago,
    idle_s=st.floats(0, 100),
)
faces = st.builds(face, confusion_held_s=st.floats(0, 60), frustration_held_s=st.floats(0, 60))


standings = st.builds(
    Standing, low_trust=st.booleans(), quiet_s=st.floats(0, 400), n_repairs=st.integers(0, 1)
)


@given(st.none() | faces, behaviours, standings)
def test_of_all_reasons_the_first_of_the_best_founded_counts(seen, done, standing):
    whole = Evidence(at_s=0.0, item_id="I1", face=seen, behaviour=done, standing=standing)
    each = [trigger(whole, SETTINGS) for trigger in TRIGGERS.values()]
    strongest = max((STRENGTH[one.basis] for one in each if one), default=None)
    best = [one for one in each if one and STRENGTH[one.basis] == strongest]
    assert find_candidate(whole, SETTINGS) == (best[0] if best else None)


@given(st.none() | faces, behaviours)
def test_a_basis_never_claims_more_than_there_is(seen, done):
    candidate = find_candidate(Evidence(at_s=0.0, item_id="I1", face=seen, behaviour=done), SETTINGS)
    if candidate is None:
        return
    of_face = [sign for sign in candidate.signs if sign.startswith("face_")]
    of_behaviour = [sign for sign in candidate.signs if not sign.startswith("face_")]
    assert bool(of_face) == (candidate.basis is not Basis.BEHAVIOUR_ONLY)
    assert bool(of_behaviour) == (candidate.basis is not Basis.FACE_ONLY)
    if candidate.basis is Basis.BEHAVIOUR_ONLY and candidate.kind in AFFECT:
        assert seen is None
