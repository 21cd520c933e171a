"""Both: confusion and frustration on the same basis, a joint class, since a face hardly tells them apart."""

from __future__ import annotations

from tutorbot.core.evidence import Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.confusion import confusion
from tutorbot.core.triggers.frustration import frustration


def both(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A candidate of the joint class, or None."""
    return joined(confusion(evidence, settings), frustration(evidence, settings))


def joined(puzzled: Candidate | None, annoyed: Candidate | None) -> Candidate | None:
    """Both in one, or None; where one is better founded, that one counts alone."""
    if puzzled is None or annoyed is None or puzzled.basis is not annoyed.basis:
        return None
    return Candidate(
        kind="both",
        basis=annoyed.basis,
        signs=tuple(dict.fromkeys((*puzzled.signs, *annoyed.signs))),
        evidence=annoyed.evidence,
    )
