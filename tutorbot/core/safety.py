"""What binds every condition: rest, caps, delivery moment; and the trust rules of the adaptive ones."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import Move, ProactivityLevel
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import MOVE_OF_LEVEL, Decision, silence
from tutorbot.core.trust import TrustBand


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """What holds the tutor back at one moment.

    since_act_s: seconds since the last delivered act; None before the first.
    last_level: its level. same_item: it was on the current item.
    improved: the learner got better on the item since.
    acts_on_item, acts_in_window: delivered acts so far.
    lowered: acts that must still be one level lower after a decline.
    input_ago_s, answer_ago_s: seconds since the last input and the last check; None if none.
    help_ago_s: seconds since the last hint asked for on the item; None if none.
    talking: somebody's turn is under way. checking_in: the study's questions are open or due.
    stopped: the stop rule is met.
    """

    since_act_s: float | None
    last_level: ProactivityLevel
    same_item: bool
    improved: bool
    acts_on_item: int
    acts_in_window: int
    lowered: int
    band: TrustBand
    input_ago_s: float | None
    answer_ago_s: float | None
    help_ago_s: float | None
    talking: bool
    checking_in: bool = False
    stopped: bool = False


def bound_by_trust(decision: Decision, restraint: Restraint) -> Decision:
    """One level lower after a decline, and never INTERVENTION at low trust or once the stop rule is met."""
    level = decision.level
    if restraint.stopped and decision.move is Move.ASK_BEFORE_STEP:
        decision = Decision(level=level, move=MOVE_OF_LEVEL[level], reason=decision.reason)
    if level is ProactivityLevel.NONE:
        return decision
    if restraint.lowered > 0:
        level = ProactivityLevel(level - 1)
        if level is ProactivityLevel.NONE:
            return silence("after_decline")
    too_strong = restraint.band is TrustBand.LOW or restraint.stopped
    if too_strong and level is ProactivityLevel.INTERVENTION:
        level = ProactivityLevel.SUGGESTION
    if level is decision.level:
        return decision
    return Decision(level=level, move=MOVE_OF_LEVEL[level], reason=decision.reason)


def escalates(level: ProactivityLevel, restraint: Restraint, settings: TutorSettings) -> bool:
    """True when a stronger act on the same item may break the rest."""
    return (
        restraint.since_act_s is not None
        and restraint.same_item
        and level > restraint.last_level
        and not restraint.improved
        and restraint.since_act_s >= settings.escalation_after_s
    )


def forbidden(level: ProactivityLevel, restraint: Restraint, settings: TutorSettings) -> str | None:
    """Why an act of this level may not happen at all now; None when it may."""
    if restraint.stopped and level is ProactivityLevel.INTERVENTION:
        return "stop_rule"
    if restraint.acts_on_item >= settings.most_acts_per_item:
        return "cap_item"
    if restraint.acts_in_window >= settings.most_acts:
        return "cap_time"
    resting = restraint.since_act_s is not None and restraint.since_act_s < settings.rest_s
    if resting and not escalates(level, restraint, settings):
        return "rest"
    if restraint.help_ago_s is not None and restraint.help_ago_s < settings.after_help_s:
        return "just_helped"
    return None


def not_now(restraint: Restraint, settings: TutorSettings) -> str | None:
    """Why this very moment is wrong for speaking; None when it is right."""
    if restraint.talking:
        return "talking"
    if restraint.checking_in:
        return "check_in"
    if restraint.input_ago_s is not None and restraint.input_ago_s < settings.input_pause_s:
        return "learner_busy"
    if restraint.answer_ago_s is not None and restraint.answer_ago_s < settings.after_answer_s:
        return "just_answered"
    return None
