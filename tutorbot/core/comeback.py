"""What becomes of a learner who comes back after the page had been away."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Then(StrEnum):
    """What the protocol's rule does; the words of ``action`` in the log."""

    CONTINUE = "continue"
    RESTART_BLOCK = "restart_block"
    STOP = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeRule:
    """after_s: absence from which ``then`` holds; a shorter one just goes on (pilot value)."""

    after_s: float
    then: Then

    def action(self, away_s: float) -> Then:
        """What an absence of so many seconds leads to."""
        return self.then if away_s >= self.after_s else Then.CONTINUE
