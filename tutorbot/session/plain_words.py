"""What the words of a log mean, short enough for a sentence; an export's values.csv has them in full."""

from __future__ import annotations

from collections.abc import Mapping

Value = float | int | str | None

KINDS = {
    "confusion": "signs of confusion",
    "frustration": "signs of frustration",
    "both": "signs of confusion and frustration",
    "stuck": "the learner was stuck",
    "repeated_error": "repeated errors",
    "off_task": "the learner was away",
    "idle": "no input for long",
    "low_trust": "low trust after a long silence",
    "error": "a wrong check",
    "interval": "the interval was over",
    "yoked": "the matched run spoke then",
    "wizard": "the wizard's own choice",
}

BASES = {
    "face_only": "the face alone",
    "corroborated": "the face, with behaviour beside it",
    "behaviour_only": "behaviour alone",
    "timetable": "the time alone",
    "wizard": "a person's choice",
}

SIGNS = {
    "face_confusion": "the face showed confusion long enough",
    "face_frustration": "the face showed frustration long enough",
    "slow_item": "slow on this board",
    "error": "a wrong check on this board",
    "answer_changes": "cards moved after a check",
    "stuck": '"I\'m stuck" pressed or said',
    "said_confused": "said not to understand",
    "errors_in_row": "wrong checks in a row",
    "rapid_answers": "checks in quick succession",
    "negative_words": "said something negative about the task",
    "repeated_errors": "many wrong checks of this board",
    "away": "away from the page",
    "no_input": "no input on this board",
    "low_trust": "the trust estimate was low",
    "wrong_check": "the last check was wrong",
    "due": "an act was due",
    "wizard": "the wizard chose to speak",
}

REASONS = {
    "condition": "the condition never acts on it",
    "face_only": "the face alone does not do",
    "low_trust": "silence at low trust",
    "policy": "the learned policy said silence",
    "table": "silence by the table",
    "after_decline": "one level lower after a decline is silence",
    "act_open": "another act was open",
    "rest": "too soon after the last act",
    "just_helped": "too soon after a hint",
    "cap_item": "most acts on the board reached",
    "cap_time": "most acts in the time reached",
    "talking": "words without answer",
    "check_in": "the study's two questions were open",
    "wizard": "the wizard had not chosen",
    "wizard_veto": "the wizard's veto",
    "wizard_delay": "the wizard put it off",
    "stop_rule": "trust had fallen too far after INTERVENTIONs",
    "learner_busy": "the learner was busy",
    "just_answered": "the board was checked just now",
    "dialogue_down": "the dialogue manager was away",
    "evidence_gone": "its signs were gone",
    "no_consent": "the consent to the camera was taken back",
    "item_over": "the board was over",
    "item_end": "the board was over",
    "paused": "the learner paused",
    "pause": "the learner paused",
    "ended": "the session ended",
    "end": "the session ended",
    "stale": "it came too late",
    "dialogue_unreachable": "the dialogue manager did not answer",
}

REACTIONS = {
    "accepted": "accepted it",
    "declined": "declined it",
    "ignored": "let it pass",
    "undone": "took it back",
    "lapsed": "could not react before it was closed",
}

ON_ROBOT = {
    "spoken": "spoken",
    "stopped": "cut short by the learner or a pause",
    "shown": "shown by a gesture",
    "stale": "not said, it had waited too long",
    "lost": "not said, the robot was away",
    "silent": "begun, and no end was told",
    "refused": "refused by the robot",
}
"""What became of an act's words on the robot."""

CAUSES = {
    "start": "start",
    "probe": "own answers",
    "used_and_right": "help used and right",
    "error": "wrong checks",
}
"""Causes of a change of trust that are no reactions."""

ENDS = {
    "criterion": "finished, criterion met",
    "max_items": "finished, all boards done",
    "stopped_by_learner": "stopped by the learner",
    "stopped_by_experimenter": "stopped by the experimenter",
    "away_too_long": "ended, came back too late",
    "consent_refused": "did not agree to take part",
    "consent_withdrawn": "withdrew the consent",
}
"""How a session ended."""

_VALUES: Mapping[str, str] = {
    "item_s": "{} s on this board",
    "median_item_s": "own median {} s",
    "n_errors": "wrong checks {}",
    "n_errors_in_row": "in a row {}",
    "n_changes": "cards moved after a check {}",
    "n_rapid": "checks in quick succession {}",
    "confusion": "confusion evidence {}",
    "confusion_held_s": "held {} s",
    "frustration": "frustration evidence {}",
    "frustration_held_s": "held {} s",
    "coverage": "face usable in {} of the window",
    "away_s": "away {} s",
    "stuck_ago_s": "said {} s ago",
    "idle_s": "no input for {} s",
    "quiet_s": "{} s without an act",
    "due_item": "due on board {}",
    "due_s": "due after {} s",
}


def plain(words: Mapping[str, str], code: str) -> str:
    """The phrase for a code; one that has none is read as it stands."""
    return words.get(code, code.replace("_", " "))


def plain_value(name: str, value: Value) -> str:
    """A named value in words, e.g. ``60.0 s on this board``."""
    if name == "coverage" and isinstance(value, int | float):
        shown = f"{100 * value:.0f} %"
    else:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
    return _VALUES.get(name, f"{name} {{}}").format(shown)
