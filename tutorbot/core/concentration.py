"""How concentrated the learner seems: behaviour, and with consent the face, as one index.

It is logged to be studied, with its uncertainty. No trigger and no level rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.settings import TutorSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Focus:
    """What a concentration index is made of, at one moment.

    away: not on the page. idle_s: since the last input. guesses: checks in quick succession, as
    ``TutorSettings.rapid_within_s`` counts them. n_changes: cards moved after a check, on this board.
    slowness: how long the learner last took to begin or go on after a check, in own medians; None at first.
    face: the detector's concentration index 0..1 from eyes, gaze and head; None without sight or consent.
    """

    away: bool
    idle_s: float
    guesses: int
    n_changes: int
    slowness: float | None
    face: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """index: 0..1. sd: its uncertainty, a standard deviation. parts: name and value 0..1 of each part."""

    index: float
    sd: float
    parts: tuple[tuple[str, float], ...]

    def cause(self, before: Concentration | None) -> str:
        """The part that moved most since then; ``start`` at first, or the part that came or went."""
        if before is None:
            return "start"
        old, new = dict(before.parts), dict(self.parts)
        other = sorted(old.keys() ^ new.keys())
        if other:
            return other[0]
        return max(new, key=lambda name: abs(new[name] - old[name]))


def concentration(focus: Focus, settings: TutorSettings) -> Concentration:
    """The weighted mean of what is known; nothing of it counts while the learner is away."""
    span_s = max(1.0, settings.idle_full_s - settings.idle_from_s)
    idle = min(1.0, max(0.0, (focus.idle_s - settings.idle_from_s) / span_s))
    guessing = 0.5 if focus.guesses >= settings.rapid_answers else 0.0
    parts = {
        "page": 0.0 if focus.away else 1.0,
        "activity": 1.0 - idle,
        "steadiness": 1.0 - guessing - 0.5 * min(1.0, focus.n_changes / settings.changes_unsteady),
    }
    weights = {"activity": settings.focus_activity, "steadiness": settings.focus_steadiness}
    if focus.slowness is not None:
        span = max(1e-9, settings.slowness_full - settings.slow_factor)
        late = min(1.0, max(0.0, (focus.slowness - settings.slow_factor) / span))
        parts["promptness"] = 1.0 - late
        weights["promptness"] = settings.focus_promptness
    if focus.face is not None:
        parts["face"] = focus.face
        weights["face"] = settings.focus_face
    total = sum(weights.values())
    mean = sum(weight * parts[name] for name, weight in weights.items()) / total if total else 1.0
    return Concentration(
        index=parts["page"] * mean,
        sd=settings.focus_sd if focus.face is None else settings.focus_sd_face,
        parts=tuple(parts.items()),
    )
