"""The one reason that counts when there are several."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import behaviour, evidence, face
from tutorbot.core.evidence import Basis, Evidence, FaceEvidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers import find_candidate

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


def test_off_task_counts_only_where_nothing_else_does():
    assert found(None, away_s=40.0) == ("off_task", "behaviour_only")
    assert found(None, away_s=40.0, n_errors_in_row=2) == ("frustration", "behaviour_only")


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
)
faces = st.builds(face, confusion_held_s=st.floats(0, 60), frustration_held_s=st.floats(0, 60))


@given(st.none() | faces, behaviours)
def test_a_basis_never_claims_more_than_there_is(seen, done):
    candidate = find_candidate(Evidence(at_s=0.0, item_id="I1", face=seen, behaviour=done), SETTINGS)
    if candidate is None:
        return
    of_face = [sign for sign in candidate.signs if sign.startswith("face_")]
    of_behaviour = [sign for sign in candidate.signs if not sign.startswith("face_")]
    assert bool(of_face) == (candidate.basis is not Basis.BEHAVIOUR_ONLY)
    assert bool(of_behaviour) == (candidate.basis is not Basis.FACE_ONLY)
    if candidate.basis is Basis.BEHAVIOUR_ONLY and candidate.kind != "off_task":
        assert seen is None
