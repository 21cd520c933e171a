"""Confusion: the face has shown it long enough, or, without a face, behaviour shows it twice over."""

from __future__ import annotations

from tutorbot.core.evidence import Basis, Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.signs import confusion_signs
from tutorbot.core.triggers.values import behaviour_values, face_values


def dwell_needed_s(evidence: Evidence, settings: TutorSettings) -> float:
    """Confusion resolved by the learner helps learning, so progress earns grace."""
    ago = evidence.behaviour.progress_ago_s
    progressing = ago is not None and ago <= settings.grace_s
    return settings.dwell_confusion_s + (settings.grace_s if progressing else 0.0)


def confusion(evidence: Evidence, settings: TutorSettings) -> Candidate | None:
    """A confusion candidate, or None."""
    face = evidence.face
    if face is not None and not face.confusion_held_s >= dwell_needed_s(evidence, settings):
        return None
    signs = confusion_signs(evidence, settings)
    if face is None:
        if len(signs) < settings.signs_alone and "stuck" not in signs:
            return None
        basis = Basis.BEHAVIOUR_ONLY
    else:
        basis = Basis.CORROBORATED if signs else Basis.FACE_ONLY
        signs = ("face_confusion", *signs)
    values = face_values(evidence) + behaviour_values(evidence)
    return Candidate(kind="confusion", basis=basis, signs=signs, evidence=values)
