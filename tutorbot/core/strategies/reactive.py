"""C0: the reactive baseline; it answers when asked and never starts."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.evidence import Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Context, Decision, Moment, silence
from tutorbot.core.triggers import find_candidate


@dataclass(frozen=True, slots=True)
class Reactive:
    """Every would-be trigger is logged as suppressed by the condition."""

    condition: str = "C0"
    uses_face: bool = True
    follows_trust: bool = False
    asks_again: bool = False

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The learner's state is the reason."""
        return find_candidate(evidence, settings)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """Always silence."""
        return silence("condition")
