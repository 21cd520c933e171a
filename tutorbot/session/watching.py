"""Whose camera watches a learner: the text that is agreed to names it, and the log says which text it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tutorbot.core.events import Consent, Row
from tutorbot.core.evidence import Watcher
from tutorbot.session.plan import Plan
from tutorbot.session.words import words

ROBOT_TEXT = ", robot's camera"
"""Ends the version of a consent text that speaks of the robot's camera instead of the page's."""


def watched_by(plan: Plan, watcher: Watcher) -> Plan:
    """The same plan, as the learner is to read it who is watched by this camera or by none."""
    if watcher is Watcher.ROBOT:
        return replace(
            plan,
            watcher=watcher,
            consent_version=f"{plan.consent_version}{ROBOT_TEXT}",
            camera_paragraph=plan.robot_camera_paragraph,
            camera_refused=plan.robot_camera_refused,
        )
    if watcher is Watcher.NOBODY:
        refused = plan.camera_refused or words(plan.language).no_camera
        return replace(plan, watcher=watcher, camera_refused=refused)
    return plan


def agreed_watcher(rows: Sequence[Row]) -> Watcher | None:
    """The camera a learner was asked about; None: nobody was asked yet.

    Whoever was asked about one is never watched by another, whatever the operator chooses later.
    """
    for row in reversed(rows):
        if isinstance(row, Consent):
            return Watcher.ROBOT if row.version.endswith(ROBOT_TEXT) else Watcher.PAGE
    return None
