"""Reasons to speak, a file each; every one is a pure function of the evidence."""

from __future__ import annotations

from collections.abc import Callable

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.both import both, joined
from tutorbot.core.triggers.confusion import confusion
from tutorbot.core.triggers.frustration import frustration
from tutorbot.core.triggers.idle import idle
from tutorbot.core.triggers.low_trust import low_trust
from tutorbot.core.triggers.off_task import off_task
from tutorbot.core.triggers.repeated_error import repeated_error
from tutorbot.core.triggers.stuck import stuck

STRENGTH = {Basis.FACE_ONLY: 0, Basis.BEHAVIOUR_ONLY: 1, Basis.CORROBORATED: 2}

TRIGGERS: dict[str, Callable[[Evidence, TutorSettings], Candidate | None]] = {
    "both": both,
    "frustration": frustration,
    "confusion": confusion,
    "repeated_error": repeated_error,
    "stuck": stuck,
    "off_task": off_task,
    "idle": idle,
    "low_trust": low_trust,
}
"""By kind; what comes first counts first where two are equally well founded."""

AFFECT = frozenset({"both", "frustration", "confusion"})
"""Kinds that say something of the learner's affect; the others need no such guess."""
PLAIN = tuple(trigger for kind, trigger in TRIGGERS.items() if kind not in AFFECT)


def find_candidate(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """The one reason to speak that counts now, or None.

    The best founded one: behaviour beside a face before behaviour alone, and that before a face alone. On a
    tie the order of ``TRIGGERS``: affect first, and frustration, to which the tutor reacts sooner, before
    confusion; what is only a quiet offer comes last.
    """
    puzzled, annoyed = confusion(evidence, settings), frustration(evidence, settings)
    affect = (joined(puzzled, annoyed), annoyed, puzzled)
    plain = (trigger(evidence, settings) for trigger in PLAIN)
    found = [candidate for candidate in (*affect, *plain) if candidate is not None]
    return max(found, key=lambda candidate: STRENGTH[candidate.basis], default=None)
