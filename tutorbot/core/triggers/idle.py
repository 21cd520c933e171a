"""Idle: the board is open, and there was no input for long."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.values import behaviour_values


def idle(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A candidate from the lack of input, or None."""
    idle_s = evidence.behaviour.idle_s
    if not evidence.interaction or not idle_s >= settings.idle_s:
        return None
    values = (("idle_s", round(idle_s, 1)), *behaviour_values(evidence))
    return Candidate(kind="idle", basis=Basis.BEHAVIOUR_ONLY, signs=("no_input",), evidence=values)
