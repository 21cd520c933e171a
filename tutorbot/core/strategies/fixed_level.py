"""L1-A, L2-A, L3-A: the corroborated trigger at one fixed level, so that only the level differs."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Context, Decision, Moment, silence, speak
from tutorbot.core.triggers import AFFECT, find_candidate


@dataclass(frozen=True, slots=True)
class FixedLevel:
    """Ignores trust and the adaptive table; keeps rest, caps and delivery rules."""

    condition: str
    level: ProactivityLevel
    uses_face: bool = True
    follows_trust: bool = False
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The learner's state is the reason."""
        return find_candidate(evidence, settings)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The fixed level on corroborated evidence; a learner without camera is served from behaviour."""
        if candidate.kind not in AFFECT:
            return silence("condition")
        if candidate.basis is Basis.FACE_ONLY:
            return silence("face_only")
        return speak(self.level)
