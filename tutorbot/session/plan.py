"""What one session needs to know of its study, as plain values; bootstrap makes it from the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutorbot.core.tutor import Setup
from tutorbot.ports import LogHeader
from tutorbot.session.stage_texts import NO_STAGES, StageTexts

# Single items in our own wording (docs/log.md, tables probe and validity_answer); the scale is 1..5.
TRUST_ITEM = "How much do you trust the tutor right now?"
CONCENTRATION_ITEM = "How concentrated were you on the last board?"
CONFUSED_ITEM = "How confused did you feel just now?"
FRUSTRATED_ITEM = "How frustrated did you feel just now?"
SCALE_LOW, SCALE_HIGH = "not at all", "completely"


def debrief(*, speaks_up: bool, camera: bool) -> tuple[str, ...]:
    """What a participant reads at the end.

    speaks_up: the condition lets the tutor begin. camera: the session could use one, with consent.
    """
    studied = "We study when, and how strongly, a tutor should speak up by itself."
    own = "This one sometimes did." if speaks_up else "In your group it only answered when asked."
    watched = "For that it watched how the sorting went: checks, times and changed answers."
    if camera:
        watched += (
            " Only if you had agreed to the camera, it also guessed from your face how things were going. "
            "Such guesses are often wrong, and no picture was kept."
        )
    return (
        "Thank you for taking part.",
        f"{studied} {own} {watched}",
        "If you have questions, or want what was stored about you to be deleted, write to the contact below "
        "and name the code at the top of this page.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The texts of a session and what it may use.

    setup: what the decisions depend on. consent_version: logged with every consent.
    camera_paragraph: None where the study uses no camera. camera_refused: why the camera stays off even
    if the learner would agree; None when it may run. banner: shown on every page of a test-only study.
    """

    setup: Setup
    study_title: str
    test_only: bool
    banner: str | None
    consent_version: str
    consent_title: str
    consent_paragraphs: tuple[str, ...]
    consent_points: tuple[str, ...]
    camera_paragraph: str | None
    camera_refused: str | None
    baseline_title: str
    baseline_text: tuple[str, ...]
    baseline_s: float
    contact: str
    language: str
    cards_at: str
    trust_item: str = TRUST_ITEM
    concentration_item: str = CONCENTRATION_ITEM
    confused_item: str = CONFUSED_ITEM
    frustrated_item: str = FRUSTRATED_ITEM
    scale_low: str = SCALE_LOW
    scale_high: str = SCALE_HIGH
    debrief: tuple[str, ...] = debrief(speaks_up=True, camera=False)
    stages: StageTexts = NO_STAGES


Planner = Callable[[LogHeader], Plan]
"""Makes a session's plan from what its log says, so that a changed protocol file changes no running one."""
