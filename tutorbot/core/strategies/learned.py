"""RL: a learned policy chooses the level; rest, caps and the trust rules hold outside of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Context, Decision, Moment, silence, speak
from tutorbot.core.triggers import find_candidate

KINDS = ("confusion", "frustration", "both", "stuck", "repeated_error", "off_task", "idle", "low_trust")
BASES = (Basis.FACE_ONLY, Basis.CORROBORATED, Basis.BEHAVIOUR_ONLY)
FEATURES: tuple[str, ...] = (
    *KINDS,
    *(basis.value for basis in BASES),
    "trust",
    "persists",
    "suggested",
    "n_errors",
    "item_s",
    "since_act_s",
    "n_acts",
    "possible",
)
"""What a policy is shown, each about 0..1."""


class Policy(Protocol):
    """Something learned that chooses a level."""

    def level(self, features: tuple[float, ...]) -> int:
        """0..3 for what is known (``FEATURES``). The same features must always give the same level."""


def features_of(candidate: Candidate, context: Context) -> tuple[float, ...]:
    """(len(FEATURES),) what a policy is shown of a reason to speak."""
    item_s = dict(candidate.evidence).get("item_s") or 0.0
    since_s = 600.0 if context.since_act_s is None else context.since_act_s
    return (
        *(float(candidate.kind == kind) for kind in KINDS),
        *(float(candidate.basis is basis) for basis in BASES),
        (context.trust - 1) / 4,
        float(context.persists),
        float(context.suggested),
        min(1.0, context.n_errors / 4),
        min(1.0, float(item_s) / 120),
        min(1.0, since_s / 600),
        min(1.0, context.n_acts / 6),
        float(context.possible),
    )


@dataclass(frozen=True, slots=True)
class Learned:
    """Asks a policy. Raises: ValueError: ``decide`` without one."""

    condition: str
    policy: Policy | None = None
    uses_face: bool = True
    follows_trust: bool = True
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The learner's state is the reason."""
        return find_candidate(evidence, settings)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The policy's level; a face alone is worth a NOTIFICATION at most, whatever the policy says."""
        if self.policy is None:
            raise ValueError("condition RL needs a policy; see docs/simulation.md")
        level = ProactivityLevel(self.policy.level(features_of(candidate, context)))
        if candidate.basis is Basis.FACE_ONLY:
            level = min(level, ProactivityLevel.NOTIFICATION)
        return silence("policy") if level is ProactivityLevel.NONE else speak(level)
