"""Frustration: shown by the face for a while, or, without a face, by one clear behavioural sign."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.signs import frustration_signs
from tutorbot.core.triggers.values import behaviour_values, face_values


def frustration(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A frustration candidate, or None."""
    face = evidence.face
    if face is not None and not face.frustration_held_s >= settings.dwell_frustration_s:
        return None
    signs = frustration_signs(evidence, settings)
    if face is None:
        if not signs:
            return None
        basis = Basis.BEHAVIOUR_ONLY
    else:
        basis = Basis.CORROBORATED if signs else Basis.FACE_ONLY
        signs = ("face_frustration", *signs)
    values = face_values(evidence) + behaviour_values(evidence)
    return Candidate(kind="frustration", basis=basis, signs=signs, evidence=values)
