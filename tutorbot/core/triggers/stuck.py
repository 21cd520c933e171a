"""Stuck: the learner said so and has not got on since, whatever the face shows."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.signs import said_lately
from tutorbot.core.triggers.values import behaviour_values


def stuck(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A candidate from the learner's own word, or None."""
    said_s, progress_s = evidence.behaviour.stuck_ago_s, evidence.behaviour.progress_ago_s
    got_on = said_s is not None and progress_s is not None and progress_s < said_s
    if not evidence.self_report or said_s is None or got_on or not said_lately(said_s, settings):
        return None
    values = (("stuck_ago_s", round(said_s, 1)), *behaviour_values(evidence))
    return Candidate(kind="stuck", basis=Basis.BEHAVIOUR_ONLY, signs=("stuck",), evidence=values)
