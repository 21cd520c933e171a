"""The numbers behind a candidate, as they are logged with it."""

from __future__ import annotations

from tutorbot.core.evidence import Evidence, Pairs


def behaviour_values(evidence: Evidence) -> Pairs:
    """Behaviour on the item, rounded to what a reader needs."""
    b = evidence.behaviour
    return (
        ("item_s", round(b.item_s, 1)),
        ("median_item_s", None if b.median_item_s is None else round(b.median_item_s, 1)),
        ("n_errors", b.n_errors),
        ("n_errors_in_row", b.n_errors_in_row),
        ("n_changes", b.n_changes),
        ("n_rapid", b.n_rapid),
    )


def face_values(evidence: Evidence) -> Pairs:
    """Face scores and how long they have held; empty without sight of a face."""
    face = evidence.face
    if face is None:
        return ()
    return (
        ("confusion", _rounded(face.confusion)),
        ("confusion_held_s", round(face.confusion_held_s, 1)),
        ("frustration", _rounded(face.frustration)),
        ("frustration_held_s", round(face.frustration_held_s, 1)),
        ("coverage", round(face.coverage, 3)),
    )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)
