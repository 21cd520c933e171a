"""What goes to and fro between learner and tutor in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerTurn:
    """One thing the learner said, as the dialogue manager understood it.

    text: the learner's own words; never put into a log message.
    intent: name of the best intent, e.g. ``ask_hint``; ``nlu_fallback`` when none was sure.
    confidence: 0..1 of that intent.
    entities: (name, value) pairs in the order found.
    """

    text: str
    intent: str
    confidence: float
    entities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TutorLine:
    """One whole message from the tutor to the learner.

    wording_id: which wording of which text was chosen, e.g. ``suggestion/2``.
    act_id: the proactive act it belongs to; None for an answer.
    choices: quick replies the page may offer, each the exact words that will be said.
    """

    text: str
    wording_id: str
    act_id: str | None = None
    choices: tuple[str, ...] = ()
