"""Which levels the wizard of condition WZ could not have said now, and for how long that holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.safety import Restraint, forbidden
from tutorbot.core.settings import TutorSettings

SPOKEN = (ProactivityLevel.NOTIFICATION, ProactivityLevel.SUGGESTION, ProactivityLevel.INTERVENTION)
"""Levels that say something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Why a choice of a level would be refused now.

    reason: as in a trigger's row. left_s: seconds from now after which this reason is over; 0 where it may be
    over at any time; None where time alone does not end it: the board's end does, or nothing.
    """

    reason: str
    left_s: float | None


Limits = Mapping[ProactivityLevel, Limit]
"""Only of levels that would be refused."""


def limits(
    restraint: Restraint,
    settings: TutorSettings,
    *,
    said_ago_s: Sequence[float],
    act_open: bool,
    silent_left_s: float,
) -> Limits:
    """What binds the wizard, by level; in the order in which a choice is judged.

    said_ago_s: of each delivered act, seconds since. act_open: one is on its way or waits for a reaction.
    silent_left_s: seconds left of a turn that an act lowered to nothing takes in silence; 0 without one.
    """
    found = {}
    for level in SPOKEN:
        reason = forbidden(level, restraint, settings)
        if act_open:
            found[level] = Limit(reason="act_open", left_s=0.0)
        elif reason is not None:
            found[level] = Limit(
                reason=reason, left_s=_left_s(reason, level, restraint, settings, said_ago_s)
            )
        elif silent_left_s > 0:
            found[level] = Limit(reason="after_decline", left_s=silent_left_s)
    return found


def _left_s(
    reason: str,
    level: ProactivityLevel,
    restraint: Restraint,
    settings: TutorSettings,
    said_ago_s: Sequence[float],
) -> float | None:
    """Until this reason is over, if time alone ends it."""
    if reason == "cap_time":
        return _cap_left_s(settings, said_ago_s)
    if reason == "rest":
        since_s = restraint.since_act_s or 0.0
        stronger = restraint.same_item and level > restraint.last_level and not restraint.improved
        rest_s = min(settings.rest_s, settings.escalation_after_s) if stronger else settings.rest_s
        return max(0.0, rest_s - since_s)
    if reason == "just_helped":
        return max(0.0, settings.after_help_s - (restraint.help_ago_s or 0.0))
    return None


def _cap_left_s(settings: TutorSettings, said_ago_s: Sequence[float]) -> float | None:
    """Until so many acts have left the window that one more may come; None where none ever may."""
    counted = sorted((ago_s for ago_s in said_ago_s if ago_s < settings.most_acts_window_s), reverse=True)
    n_over = len(counted) - settings.most_acts
    return settings.most_acts_window_s - counted[n_over] if 0 <= n_over < len(counted) else None
