"""What one session needs to know of its study, as plain values; bootstrap makes it from the protocol."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tutorbot.core.evidence import Watcher
from tutorbot.core.setup import Setup
from tutorbot.ports import LogHeader
from tutorbot.session.stage_texts import NO_STAGES, StageTexts
from tutorbot.session.words import EN

# Single items in our own wording (docs/log.md, tables probe and validity_answer), in English.
TRUST_ITEM, CONCENTRATION_ITEM = EN.trust_item, EN.concentration_item
CONFUSED_ITEM, FRUSTRATED_ITEM = EN.confused_item, EN.frustrated_item
SCALE_LOW, SCALE_HIGH = EN.scale_low, EN.scale_high


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The texts of a session and what it may use.

    setup: what the decisions depend on. consent_version: logged with every consent.
    camera_paragraph: None where the study uses no camera. camera_refused: why the camera stays off even
    if the learner would agree; None when it may run. robot_camera_paragraph, robot_camera_refused: the same
    of the robot's camera, in force once ``watcher`` is the robot. banner: shown on every page of a test-only
    study.
    language: that of all the texts here, and of what the session says itself (``words``). trust_item ..
    scale_high: None for the session's own items. debrief: empty for the session's own.
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
    trust_item: str | None = None
    concentration_item: str | None = None
    confused_item: str | None = None
    frustrated_item: str | None = None
    scale_low: str | None = None
    scale_high: str | None = None
    debrief: tuple[str, ...] = ()
    stages: StageTexts = NO_STAGES
    watcher: Watcher = Watcher.PAGE
    robot_camera_paragraph: str | None = None
    robot_camera_refused: str | None = "This study does not use a robot's camera."


Planner = Callable[[LogHeader], Plan]
"""Makes a session's plan from what its log says, so that a changed protocol file changes no running one."""
