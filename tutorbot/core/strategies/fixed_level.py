"""L1-A, L2-A, L3-A: the corroborated trigger at one fixed level, so that only the level differs."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.evidence import Basis, Candidate
from tutorbot.core.strategies.base import Context, Decision, silence, speak


@dataclass(frozen=True, slots=True)
class FixedLevel:
    """Ignores trust and the adaptive table; keeps rest, caps and delivery rules."""

    condition: str
    level: ProactivityLevel
    uses_face: bool = True
    follows_trust: bool = False

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The fixed level on corroborated evidence; a learner without camera is served from behaviour."""
        if candidate.kind == "off_task":
            return silence("condition")
        if candidate.basis is Basis.FACE_ONLY:
            return silence("face_only")
        return speak(self.level)
