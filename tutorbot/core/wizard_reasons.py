"""Why the wizard of condition WZ chose as they did: a short closed list, so that choices can be counted."""

from __future__ import annotations

from collections.abc import Mapping

WIZARD_REASONS: Mapping[str, str] = {
    "fits": "the proposal fits what is seen",
    "too_early": "the learner should try longer",
    "too_late": "help is overdue",
    "too_strong": "less would do",
    "too_weak": "more is needed",
    "misread": "the signs were misread",
    "getting_on": "the learner is getting on",
    "just_helped": "help came only just now",
    "social": "a word on the situation, not on the task",
    "technical": "something technical went wrong",
    "other": "another reason; a note says which",
}
"""Code -> phrase. A code is optional, and never changes what the tutor does."""

DELAYS_S = (5.0, 10.0, 20.0)
"""Seconds by which the wizard may put a choice off. P"""
