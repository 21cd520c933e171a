"""What one session needs to know of its study, as plain values; bootstrap makes it from the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutorbot.core.tutor import Setup
from tutorbot.ports import LogHeader

# Single items in our own wording (docs/log.md, table probe); the scale is 1..5.
TRUST_ITEM = "How much do you trust the tutor right now?"
CONCENTRATION_ITEM = "How concentrated were you on the last board?"
SCALE_LOW, SCALE_HIGH = "not at all", "completely"

DEBRIEF = (
    "Thank you for taking part.",
    "This tutor sometimes spoke up by itself. We study when and how strongly it should do that: it "
    "watched how the sorting went (checks, time, changed answers) and, only if you had agreed, guessed "
    "from your face how things were going. Such guesses are often wrong, and no picture was kept.",
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
    scale_low: str = SCALE_LOW
    scale_high: str = SCALE_HIGH
    debrief: tuple[str, ...] = DEBRIEF


Planner = Callable[[LogHeader], Plan]
"""Makes a session's plan from what its log says, so that a changed protocol file changes no running one."""
