"""C0: the reactive baseline; it answers when asked and never starts."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.evidence import Candidate
from tutorbot.core.strategies.base import Context, Decision, silence


@dataclass(frozen=True, slots=True)
class Reactive:
    """Every would-be trigger is logged as suppressed by the condition."""

    condition: str = "C0"
    uses_face: bool = True
    follows_trust: bool = False

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """Always silence."""
        return silence("condition")
