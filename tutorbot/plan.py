"""What one session needs to know of its study, as plain values; bootstrap makes it from the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutorbot.core.tutor import Setup
from tutorbot.ports import LogHeader


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
    trust_item: str
    concentration_item: str
    scale_low: str
    scale_high: str
    debrief: tuple[str, ...]
    cards_at: str


Planner = Callable[[LogHeader], Plan]
"""Makes a session's plan from what its log says, so that a changed protocol file changes no running one."""
