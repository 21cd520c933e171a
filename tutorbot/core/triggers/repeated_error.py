"""Repeated error: many wrong checks of one board, whatever the face shows."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.values import behaviour_values


def repeated_error(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A candidate from errors alone, or None."""
    if not evidence.interaction or evidence.behaviour.n_errors < settings.errors_persisting:
        return None
    return Candidate(
        kind="repeated_error",
        basis=Basis.BEHAVIOUR_ONLY,
        signs=("repeated_errors",),
        evidence=behaviour_values(evidence),
    )
