"""When being away is a reason to speak."""

from __future__ import annotations

import pytest

from tests.builders import evidence, face
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.off_task import off_task


@pytest.mark.parametrize(("away_s", "speaks"), [(None, False), (29.9, False), (30.0, True)])
def test_thirty_seconds_away_are_off_task(away_s: float | None, speaks: bool):
    candidate = off_task(evidence(away_s=away_s), TutorSettings())
    assert (candidate is not None) == speaks


def test_no_face_says_that_a_learner_is_off_task():
    seen = face(confusion_held_s=100.0, frustration_held_s=100.0)
    assert off_task(evidence(seen), TutorSettings()) is None


def test_an_off_task_candidate_says_for_how_long():
    candidate = off_task(evidence(away_s=42.04), TutorSettings())
    assert candidate is not None
    assert (candidate.kind, candidate.basis, candidate.signs) == ("off_task", "behaviour_only", ("away",))
    assert candidate.evidence[0] == ("away_s", 42.0)
