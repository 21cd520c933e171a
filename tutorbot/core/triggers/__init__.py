"""Reasons to speak, a file each; every one is a pure function of the evidence."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.confusion import confusion
from tutorbot.core.triggers.frustration import frustration
from tutorbot.core.triggers.off_task import off_task

STRENGTH = {Basis.FACE_ONLY: 0, Basis.BEHAVIOUR_ONLY: 1, Basis.CORROBORATED: 2}


def find_candidate(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """The one reason to speak that counts now, or None.

    Confusion and frustration together make the joint class ``both`` (a face hardly tells them
    apart), which is treated as frustration; otherwise the better founded one counts, and on a
    tie frustration, to which the tutor reacts sooner.
    """
    puzzled, annoyed = confusion(evidence, settings), frustration(evidence, settings)
    if puzzled and annoyed and puzzled.basis == annoyed.basis:
        return Candidate(
            kind="both",
            basis=annoyed.basis,
            signs=tuple(dict.fromkeys((*puzzled.signs, *annoyed.signs))),
            evidence=annoyed.evidence,
        )
    found = [candidate for candidate in (annoyed, puzzled) if candidate]
    if found:
        return max(found, key=lambda candidate: STRENGTH[candidate.basis])
    return off_task(evidence, settings)
