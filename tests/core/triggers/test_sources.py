"""What a study does not let count as evidence is no reason to speak."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.builders import Drive, evidence, face, no_camera, setup
from tutorbot.core.events import Act, Trigger
from tutorbot.core.evidence import EvidenceSource, FaceEvidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers import TRIGGERS, find_candidate

DONE = {"n_errors": 3, "n_errors_in_row": 3, "n_changes": 9, "n_rapid": 3, "item_s": 200.0, "idle_s": 90.0}
SAID = {"stuck_ago_s": 5.0, "negative_ago_s": 5.0, "confused_ago_s": 5.0}
PUZZLED = face(confusion_held_s=60.0, frustration_held_s=60.0)


def found(sources: set[str], seen: FaceEvidence | None, **changes: Any) -> tuple[str, str] | None:
    counting = frozenset(EvidenceSource(name) for name in sources)
    candidate = find_candidate(replace(evidence(seen, **changes), sources=counting), TutorSettings())
    return None if candidate is None else (candidate.kind, candidate.basis.value)


@pytest.mark.parametrize("kind", sorted(set(TRIGGERS) - {"low_trust"}))
def test_nothing_that_counts_is_no_reason_of_any_kind(kind: str):
    everything = replace(evidence(**DONE, **SAID, away_s=90.0), sources=frozenset())
    assert TRIGGERS[kind](everything, TutorSettings()) is None


def test_what_was_done_counts_where_interaction_does():
    assert found({"interaction"}, None, **DONE) == ("both", "behaviour_only")
    assert found({"self_report"}, None, **DONE) is None
    assert found({"self_report"}, None, away_s=90.0) is None
    assert found({"self_report"}, face(), idle_s=90.0, n_errors=3) is None


def test_what_was_said_counts_where_self_report_does():
    assert found({"self_report"}, None, **SAID) == ("both", "behaviour_only")
    assert found({"interaction"}, None, **SAID) is None
    assert found({"interaction"}, face(), stuck_ago_s=5.0) is None


@pytest.mark.parametrize(
    ("sources", "basis"),
    [({"webcam"}, "face_only"), ({"webcam", "interaction"}, "corroborated")],
)
def test_a_face_is_corroborated_only_by_what_counts(sources: set[str], basis: str):
    assert found(sources, PUZZLED, **DONE) == ("both", basis)


def test_a_session_goes_by_its_studys_sources():
    told = replace(setup("NB"), sources=frozenset({EvidenceSource.SELF_REPORT}))
    drive = Drive(told).begin(camera=False).wrong(4).wrong(4).wrong(4).seconds(120, no_camera)
    assert drive.of(Trigger) == []
    drive.press_stuck().seconds(31, no_camera)
    assert drive.last(Act).level == 2  # by what was told; three errors would have made it an INTERVENTION row
