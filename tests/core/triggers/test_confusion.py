"""When confusion is a reason to speak: dwell, grace, corroboration, and behaviour without a face."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import evidence, face
from tutorbot.core.evidence import Candidate
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.confusion import confusion

SETTINGS = TutorSettings()


def found(held_s: float | None, **behaviour: Any) -> Candidate | None:
    """With the face holding so long, None without a face."""
    seen = None if held_s is None else face(confusion=0.8, confusion_held_s=held_s)
    return confusion(evidence(seen, **behaviour), SETTINGS)


def basis(candidate: Candidate | None) -> str | None:
    return None if candidate is None else candidate.basis.value


@pytest.mark.parametrize(("held_s", "expected"), [(19.9, None), (20.0, "face_only")])
def test_a_face_must_show_it_for_twenty_seconds(held_s: float, expected: str | None):
    assert basis(found(held_s)) == expected


@pytest.mark.parametrize(
    ("held_s", "progress_ago_s", "expected"),
    [
        (34.9, 0.0, None),
        (35.0, 0.0, "face_only"),
        (34.9, 15.0, None),
        (20.0, 15.1, "face_only"),
    ],
)
def test_progress_in_the_last_fifteen_seconds_earns_fifteen_seconds_of_grace(
    held_s: float, progress_ago_s: float, expected: str | None
):
    assert basis(found(held_s, progress_ago_s=progress_ago_s)) == expected


SIGNS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"item_s": 60.1}, {"item_s": 60.0}, "slow_item"),
    ({"item_s": 45.1, "median_item_s": 30.0}, {"item_s": 45.0, "median_item_s": 30.0}, "slow_item"),
    ({"n_errors": 1}, {"n_errors": 0}, "error"),
    ({"n_changes": 2}, {"n_changes": 1}, "answer_changes"),
    ({"stuck_ago_s": 60.0}, {"stuck_ago_s": 60.1}, "stuck"),
    ({"confused_ago_s": 60.0}, {"confused_ago_s": 60.1}, "said_confused"),
]


@pytest.mark.parametrize(("just", "not_yet", "sign"), SIGNS)
def test_a_sign_in_behaviour_corroborates_the_face(just: dict[str, Any], not_yet: dict[str, Any], sign: str):
    candidate = found(20.0, **just)
    assert candidate is not None
    assert (candidate.basis, candidate.signs) == ("corroborated", ("face_confusion", sign))
    assert basis(found(20.0, **not_yet)) == "face_only"


def test_frustration_signs_do_not_corroborate_confusion():
    assert basis(found(20.0, n_errors_in_row=2, n_rapid=3, negative_ago_s=1.0)) == "face_only"


@pytest.mark.parametrize("sign", [just for just, _, name in SIGNS if name != "stuck"])
def test_without_a_face_one_sign_is_not_enough(sign: dict[str, Any]):
    assert found(None, **sign) is None


def test_without_a_face_two_signs_are_enough_and_so_is_being_stuck():
    two = found(None, n_errors=1, n_changes=2)
    assert two is not None
    assert (two.basis, two.signs) == ("behaviour_only", ("error", "answer_changes"))
    assert basis(found(None, stuck_ago_s=0.0)) == "behaviour_only"


def test_a_face_in_sight_that_shows_nothing_outweighs_behaviour():
    assert found(0.0, n_errors=3, n_changes=5, stuck_ago_s=1.0) is None


def test_the_values_behind_a_candidate_go_with_it():
    candidate = found(21.25, n_errors=1, item_s=33.333)
    assert candidate is not None
    values = dict(candidate.evidence)
    assert (values["confusion"], values["confusion_held_s"]) == (0.8, 21.2)
    assert (values["item_s"], values["n_errors"], values["median_item_s"]) == (33.3, 1, None)
    behaviour_only = found(None, stuck_ago_s=0.0)
    assert behaviour_only is not None
    assert "confusion" not in dict(behaviour_only.evidence)


def test_a_score_out_of_sight_is_logged_as_none():
    unseen = evidence(face(confusion=None, frustration=None, confusion_held_s=25.0))
    candidate = confusion(unseen, SETTINGS)
    assert candidate is not None
    assert dict(candidate.evidence)["confusion"] is None
