"""AD and NB: the level follows affect and trust by one table (pilot values)."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import Move, ProactivityLevel
from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Context, Decision, Moment, silence, speak
from tutorbot.core.triggers import find_candidate
from tutorbot.core.trust import TrustBand

NONE, NOTIFICATION = ProactivityLevel.NONE, ProactivityLevel.NOTIFICATION
SUGGESTION, INTERVENTION = ProactivityLevel.SUGGESTION, ProactivityLevel.INTERVENTION
LOW, MID, HIGH = TrustBand.LOW, TrustBand.MID, TrustBand.HIGH

ASK_FIRST = "ask_first"
"""A SUGGESTION, and where one was made on this item already, the question before an INTERVENTION."""

TABLE: dict[str, dict[TrustBand, ProactivityLevel | str]] = {
    "confusion_face_only": {LOW: NONE, MID: NOTIFICATION, HIGH: NOTIFICATION},
    "confusion_first": {LOW: NOTIFICATION, MID: SUGGESTION, HIGH: SUGGESTION},
    "confusion_persists": {LOW: NOTIFICATION, MID: SUGGESTION, HIGH: ASK_FIRST},
    "frustration_face_only": {LOW: NONE, MID: NOTIFICATION, HIGH: NOTIFICATION},
    "frustration_first": {LOW: NOTIFICATION, MID: SUGGESTION, HIGH: SUGGESTION},
    "frustration_persists": {LOW: SUGGESTION, MID: ASK_FIRST, HIGH: INTERVENTION},
    "repeated_error": {LOW: NOTIFICATION, MID: NOTIFICATION, HIGH: SUGGESTION},
    "stuck": {LOW: NOTIFICATION, MID: NOTIFICATION, HIGH: SUGGESTION},
    "off_task": {LOW: NOTIFICATION, MID: NOTIFICATION, HIGH: SUGGESTION},
    "idle": {LOW: NOTIFICATION, MID: NOTIFICATION, HIGH: SUGGESTION},
    "low_trust": {LOW: NOTIFICATION, MID: NONE, HIGH: NONE},
}


def row_of(candidate: Candidate, context: Context) -> str:
    """The table row a candidate belongs to.

    The joint class is read as frustration. With many errors, corroborated confusion stands where frustration
    that persists does.
    """
    if candidate.kind in TABLE:
        return candidate.kind
    affect = "confusion" if candidate.kind == "confusion" else "frustration"
    if candidate.basis is Basis.FACE_ONLY:
        return f"{affect}_face_only"
    if context.n_errors >= context.errors_persisting:
        return "frustration_persists"
    return f"{affect}_persists" if context.persists else f"{affect}_first"


@dataclass(frozen=True, slots=True)
class Adaptive:
    """Affect and trust by the table; NB is the same without a face."""

    condition: str
    uses_face: bool
    follows_trust: bool = True
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The learner's state is the reason."""
        return find_candidate(evidence, settings)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The table's level; ``focus_first`` intervenes on persisting frustration at mid trust."""
        row = row_of(candidate, context)
        cell = TABLE[row][context.band]
        if row == "frustration_persists" and context.band is MID and context.objective == "focus_first":
            cell = INTERVENTION
        if cell == ASK_FIRST:
            if context.suggested:
                return Decision(level=SUGGESTION, move=Move.ASK_BEFORE_STEP)
            return speak(SUGGESTION)
        if cell is NONE:
            return silence("low_trust")
        assert isinstance(cell, ProactivityLevel)
        if row == "low_trust":
            return Decision(level=cell, move=Move.GIVE_CONTROL)
        return speak(cell)
