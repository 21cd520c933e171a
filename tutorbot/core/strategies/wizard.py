"""WZ: a person at the console decides; what the table of AD proposes is logged beside the choice."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.adaptive import Adaptive
from tutorbot.core.strategies.base import Context, Decision, Moment, silence
from tutorbot.core.triggers import find_candidate

PROPOSER = Adaptive("AD", uses_face=True)
"""Whose proposals the wizard sees."""


@dataclass(frozen=True, slots=True)
class Wizard:
    """Proposes; nothing is said before the wizard chose. Rest, caps and the moment of delivery hold."""

    condition: str = "WZ"
    uses_face: bool = True
    follows_trust: bool = False
    asks_again: bool = False

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The learner's state is the reason for a proposal."""
        return find_candidate(evidence, settings)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The proposal; none for an act of the wizard's own."""
        if candidate.basis is Basis.WIZARD:
            return silence("wizard")
        return PROPOSER.decide(candidate, context)
