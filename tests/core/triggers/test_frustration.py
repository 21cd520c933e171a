"""When frustration is a reason to speak: sooner than confusion, and on one clear sign."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import evidence, face
from tutorbot.core.evidence import Candidate
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.frustration import frustration


def found(held_s: float | None, **behaviour: Any) -> Candidate | None:
    seen = None if held_s is None else face(frustration=0.8, frustration_held_s=held_s)
    return frustration(evidence(seen, **behaviour), TutorSettings())


def basis(candidate: Candidate | None) -> str | None:
    return None if candidate is None else candidate.basis.value


@pytest.mark.parametrize(("held_s", "expected"), [(9.9, None), (10.0, "face_only")])
def test_a_face_must_show_it_for_ten_seconds(held_s: float, expected: str | None):
    assert basis(found(held_s)) == expected


def test_progress_earns_no_grace_from_frustration():
    assert basis(found(10.0, progress_ago_s=0.0)) == "face_only"


SIGNS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"n_errors_in_row": 2}, {"n_errors_in_row": 1}, "errors_in_row"),
    ({"n_rapid": 3}, {"n_rapid": 2}, "rapid_answers"),
    ({"negative_ago_s": 60.0}, {"negative_ago_s": 60.1}, "negative_words"),
    ({"stuck_ago_s": 60.0}, {"stuck_ago_s": 60.1}, "stuck"),
]


@pytest.mark.parametrize(("just", "not_yet", "sign"), SIGNS)
def test_a_sign_in_behaviour_corroborates_the_face(just: dict[str, Any], not_yet: dict[str, Any], sign: str):
    candidate = found(10.0, **just)
    assert candidate is not None
    assert (candidate.basis, candidate.signs) == ("corroborated", ("face_frustration", sign))
    assert basis(found(10.0, **not_yet)) == "face_only"


@pytest.mark.parametrize(("just", "not_yet", "sign"), SIGNS)
def test_without_a_face_one_sign_is_enough(just: dict[str, Any], not_yet: dict[str, Any], sign: str):
    candidate = found(None, **just)
    assert candidate is not None
    assert (candidate.basis, candidate.signs) == ("behaviour_only", (sign,))
    assert found(None, **not_yet) is None


def test_confusion_signs_say_nothing_about_frustration():
    assert found(None, item_s=500.0, n_errors=3, n_changes=9, confused_ago_s=0.0) is None


def test_a_face_in_sight_that_shows_nothing_outweighs_behaviour():
    assert found(9.9, n_errors_in_row=4, stuck_ago_s=1.0) is None
