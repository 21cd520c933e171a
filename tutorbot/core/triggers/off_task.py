"""Off task: the learner has been away from the task window for long; no face can say this alone."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.values import behaviour_values


def off_task(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """An off-task candidate, or None."""
    away_s = evidence.behaviour.away_s
    if not evidence.interaction or away_s is None or away_s < settings.off_task_s:
        return None
    values = (("away_s", round(away_s, 1)), *behaviour_values(evidence))
    return Candidate(kind="off_task", basis=Basis.BEHAVIOUR_ONLY, signs=("away",), evidence=values)
