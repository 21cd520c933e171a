"""What the words and numbers in a study's cells mean: the value labels of an export.

Each list is closed: a test holds it to the tutor's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from studies.export.fields import Field
from studies.export.flow import STATES
from tutorbot.core.observing import AFFECTS, BEHAVIOURS
from tutorbot.core.settings import TutorSettings
from tutorbot.core.wizard_reasons import WIZARD_REASONS

SHIPPED = {field.name: getattr(TutorSettings(), field.name) for field in fields(TutorSettings)}


def _set_by(*names: str) -> str:
    """Which settings a meaning rests on; a protocol may have changed them."""
    return f"(settings, as shipped: {', '.join(f'{name} {SHIPPED[name]:g}' for name in names)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueList:
    """The values some columns may hold.

    name: what the list is of. columns: where they stand, e.g. ``trigger.signs``; ``*`` is every file.
    meanings: value -> what it means.
    """

    name: str
    columns: tuple[str, ...]
    meanings: Mapping[str, str]


LEVELS = {
    "0": "none: silence; the tutor answers when it is asked",
    "1": "notification: says that help is there, without any content",
    "2": "suggestion: offers one concrete next step, to be accepted or declined",
    "3": "intervention: announces a partly worked step, places it on the board and explains it",
}

CONDITIONS = {
    "C0": "reactive: answers when asked, never speaks up; what would have been an act is logged as "
    "suppressed with reason condition",
    "L1-A": "fixed level 1: each corroborated or behaviour-only reason gets a notification, whatever the "
    "trust; a face alone, and reasons other than confusion and frustration, never lead to an act",
    "L2-A": "fixed level 2: the same reasons get a suggestion",
    "L3-A": "fixed level 3: the same reasons get an intervention",
    "L1-E": "fixed level 1 on every wrong check, whatever the face and the times say",
    "L2-E": "fixed level 2 on every wrong check",
    "L3-E": "fixed level 3 on every wrong check",
    "L1-T": f"fixed level 1 after so much work without an act {_set_by('interval_s')}",
    "L2-T": "fixed level 2 at the same interval",
    "L3-T": "fixed level 3 at the same interval",
    "L1-Y": "fixed level 1, yoked: at the times of the acts of a finished L1-A session of the study",
    "L2-Y": "fixed level 2, yoked to a finished L2-A session",
    "L3-Y": "fixed level 3, yoked to a finished L3-A session",
    "AD": "adaptive, with the face: the level follows the reason and the trust estimate by one table "
    "(docs/proactivity.md); a learner without camera is served from behaviour only",
    "NB": "adaptive, behaviour only: the same table, and no face is ever looked at",
    "WZ": "wizard: a person at the console decides; level_offered is what the table of AD would have done",
    "RL": "learned: a policy trained on simulated learners chooses the level; rest, caps and the trust rules "
    "hold outside of it",
}

SIGNS = {
    "face_confusion": "the face showed confusion for the whole dwell time, longer while the learner was "
    f"getting on {_set_by('enter', 'leave', 'dwell_confusion_s', 'grace_s')}",
    "face_frustration": "the face showed frustration for the whole dwell time "
    f"{_set_by('enter', 'leave', 'dwell_frustration_s')}",
    "slow_item": "on this board longer than the learner's own median times a factor; before there is a "
    f"median, longer than a fixed time {_set_by('slow_factor', 'median_after_items', 'slow_first_s')}",
    "error": f"at least so many wrong checks of this board {_set_by('errors_confusion')}",
    "answer_changes": f"at least so many cards moved after a check {_set_by('changes_confusion')}",
    "stuck": '"I\'m stuck" was pressed or said on this board not long ago ' + _set_by("said_counts_s"),
    "said_confused": "the learner wrote on this board not long ago that it is not understood "
    f"{_set_by('said_counts_s')}",
    "errors_in_row": f"at least so many wrong checks in a row {_set_by('errors_frustration')}",
    "rapid_answers": "at least so many checks within a few seconds "
    f"{_set_by('rapid_answers', 'rapid_within_s')}",
    "negative_words": "the learner wrote something negative about the task on this board not long ago "
    f"{_set_by('said_counts_s')}",
    "wrong_check": "the last check was wrong, and no act had come since",
    "due": "the interval was over, or the next act of the matched run was due",
    "repeated_errors": f"at least so many wrong checks of this board {_set_by('errors_persisting')}",
    "no_input": f"no input on this board for so long {_set_by('idle_s')}",
    "low_trust": "the trust estimate was low, and no act had come for so much work "
    f"{_set_by('trust_low', 'repair_after_s', 'most_repairs')}",
    "wizard": "the wizard chose to speak, with nothing found",
    "away": f"away from the page, without input, for so long {_set_by('off_task_s')}",
}

BASES = {
    "face_only": "the face alone, with no sign in behaviour beside it",
    "corroborated": "the face, and at least one sign in behaviour beside it",
    "behaviour_only": "signs in behaviour alone: no face in sight or none looked at, or a reason for which "
    "the face does not matter",
    "wizard": "a person at the console wanted it",
    "timetable": "no sign of the learner's: an interval, or the times of another run",
}

KINDS = {
    "confusion": "signs of confusion",
    "frustration": "signs of frustration",
    "both": "signs of both on the same basis, treated as frustration",
    "stuck": "the learner said to be stuck and had not got on since",
    "repeated_error": "many wrong checks of one board",
    "off_task": "away from the page",
    "idle": "without input for long",
    "low_trust": "trust is low and the tutor has long been quiet: it says that the learner decides",
    "error": "a wrong check, in a condition that speaks on every error",
    "interval": "a set time without an act is over",
    "yoked": "the matched run had an act here",
    "wizard": "an act of the wizard's own, with nothing found",
}

MOVES = {
    "signal_presence": "level 1: says that help is there",
    "give_control": "level 1: says that the learner decides when there is help",
    "offer_contrast": "level 2: offers to compare two cards",
    "ask_before_step": "level 2: asks whether it may place a worked step",
    "worked_step": "level 3: places some cards on the board and explains",
}

REACTIONS = {
    "accepted": "said yes, asked for the help, or worked on after a worked step",
    "declined": "said no or not now",
    "ignored": f"no reaction in time {_set_by('react_timeout_s')}",
    "undone": "took a worked step back",
    "lapsed": "the board, a pause or the session ended before the learner reacted: no reaction, not counted "
    "as ignored, trust untouched",
}

OUTCOMES = {
    "allowed": "it led to an act",
    "waiting": "it passed and waits for the right moment (reason says what for)",
    "suppressed": "it led to no act (reason says why)",
}

REASONS = {
    "condition": "the condition never acts on such a reason",
    "face_only": "the condition does not act on the face alone",
    "policy": "the learned policy said silence",
    "low_trust": "the table says silence at low trust",
    "after_decline": f"one level lower after a decline, and that is silence {_set_by('lowered_acts')}",
    "act_open": "another act was on its way or had no reaction yet",
    "rest": f"too soon after the last act {_set_by('rest_s', 'escalation_after_s')}",
    "just_helped": f"too soon after a hint the learner asked for {_set_by('after_help_s')}",
    "cap_item": f"most acts on this board reached {_set_by('most_acts_per_item')}",
    "cap_time": f"most acts in a stretch of time reached {_set_by('most_acts', 'most_acts_window_s')}",
    "wizard": "waits: the wizard had not chosen yet",
    "wizard_veto": "the wizard chose that nothing is said on this account, until the board is over",
    "wizard_delay": "waits: the wizard chose, and put it off by some seconds (wizard_choice.delay_s)",
    "stop_rule": f"the trust answer fell too far after INTERVENTIONs {_set_by('stop_fall')}",
    "check_in": f"waits: the study's two questions are open or about to be {_set_by('check_in_waits_s')}",
    "talking": "waits: the learner said something that has no answer yet",
    "learner_busy": f"waits: the learner did something just now {_set_by('input_pause_s')}",
    "just_answered": f"waits: the board was checked just now {_set_by('after_answer_s')}",
    "dialogue_down": "waits: the dialogue manager cannot be reached",
    "evidence_gone": "it waited, and its signs no longer held",
    "no_consent": "it waited on the face's account, and the consent to the camera was taken back",
    "item_over": "it waited, and the board was finished",
    "paused": "it waited, and the learner paused",
    "ended": "it waited, and the session ended",
}

CHECK_IN_OUTCOMES = {
    "asked": "the two questions were put",
    "expired": f"nobody answered, and they were withdrawn {_set_by('check_in_expires_s')}",
    "dropped": "the board, a pause, the page or the session ended first",
}

CHECK_IN_GROUNDS = {
    "found": "after a finding of confusion, frustration or both, by the toss of a coin",
    "random": f"at a moment drawn beforehand {_set_by('check_in_every_s')}",
}

END_REASONS = {
    "criterion": "the learner met the lesson's criterion in the last block",
    "max_items": "the last block's most boards were reached",
    "stopped_by_learner": 'the learner pressed "End now"',
    "stopped_by_experimenter": "the experimenter ended it from the console",
    "away_too_long": "the learner came back later than the protocol allows",
    "consent_refused": "the learner did not agree to take part",
    "consent_withdrawn": "the learner took the consent to take part back",
}

ACTION_KINDS = {
    "baseline_done": "the learner has read the text at the start",
    "place": "the learner put a card into a box (value) or took it out (none)",
    "check": "the learner had the board checked",
    "stuck": 'the learner pressed "I\'m stuck"',
    "undo": "the learner took a worked step (target) back",
    "pause": "the learner took a break",
    "unpause": "the learner came back from it",
    "end": 'the learner pressed "End now"',
    "experimenter_pause": "the experimenter paused the session from the console",
    "experimenter_unpause": "the experimenter let it go on",
    "robot_pause": "the robot was away for long: the session waits until the experimenter lets it go on",
    "experimenter_restart": "the experimenter had the block begun anew from the console",
    "experimenter_end": "the experimenter ended it from the console",
}

ROBOT_SPEECH = {
    "spoken": "the robot said it to its end, as far as the robot tells",
    "stopped": "it was cut short: the learner spoke, or the session was paused or ended",
    "shown": "a gesture and the page instead of words: an act of level 1 on a robot with a body for it",
    "stale": "it had waited too long, or was no longer wanted, and was not said",
    "lost": "the robot could not be reached, before or while it was said",
    "silent": "the robot told no end in a time that the length allows",
    "refused": "the robot answered that it cannot say it",
}

ROBOT_HEARING = {
    "taken": "it became what the learner said",
    "self_heard": "the robot's own words: it spoke, or had just spoken, and they were much the same",
    "repeated": "the same words again before they were answered: they count once",
    "unsure": "its speech recognition was not sure enough, and the learner was asked to say it again",
    "not_now": "nothing can be said to the tutor at this point of the session",
}

VALUE_LISTS = (
    ValueList(
        name="level",
        columns=(
            "acts.level_offered",
            "acts.level_allowed",
            "acts.level",
            "acts.level_delivered",
            "trigger.level_offered",
            "trigger.level_allowed",
            "act.level_offered",
            "act.level",
            "delivery.level",
        ),
        meanings=LEVELS,
    ),
    ValueList(name="condition", columns=("*.condition",), meanings=CONDITIONS),
    ValueList(name="state", columns=("session.state",), meanings=STATES),
    ValueList(name="end reason", columns=("session.end_reason", "session_end.reason"), meanings=END_REASONS),
    ValueList(name="kind", columns=("acts.kind", "trigger.kind"), meanings=KINDS),
    ValueList(name="basis", columns=("acts.basis", "trigger.basis"), meanings=BASES),
    ValueList(name="sign", columns=("acts.signs", "trigger.signs"), meanings=SIGNS),
    ValueList(name="outcome", columns=("trigger.outcome",), meanings=OUTCOMES),
    ValueList(name="reason", columns=("trigger.reason",), meanings=REASONS),
    ValueList(name="check-in", columns=("validity_probe.outcome",), meanings=CHECK_IN_OUTCOMES),
    ValueList(name="check-in ground", columns=("validity_probe.why",), meanings=CHECK_IN_GROUNDS),
    ValueList(name="move", columns=("acts.move", "act.move"), meanings=MOVES),
    ValueList(name="action", columns=("action.kind",), meanings=ACTION_KINDS),
    ValueList(
        name="wizard reason",
        columns=("wizard_choice.reason", "wizard_line.reason"),
        meanings=WIZARD_REASONS,
    ),
    ValueList(name="observed affect", columns=("observation.affect",), meanings=AFFECTS),
    ValueList(name="observed behaviour", columns=("observation.behaviour",), meanings=BEHAVIOURS),
    ValueList(name="robot speech", columns=("robot_speech.outcome",), meanings=ROBOT_SPEECH),
    ValueList(name="robot hearing", columns=("robot_hearing.outcome",), meanings=ROBOT_HEARING),
    ValueList(name="reaction", columns=("acts.reaction", "reaction.reaction"), meanings=REACTIONS),
)
"""Every list there is."""

VALUE_FIELDS = (
    Field("list", "text", "what the values are of: level, condition, sign, ..."),
    Field("value", "text", "the value as it stands in a cell, or in a cell's list"),
    Field("meaning", "text", "what it means"),
    Field("columns", "text", "where it stands, as file.column; * is every file that has the column"),
)


def value_rows() -> Iterator[tuple[str, ...]]:
    """Rows in the order of ``VALUE_FIELDS``."""
    for one in VALUE_LISTS:
        for value, meaning in one.meanings.items():
            yield one.name, value, meaning, " ".join(one.columns)
