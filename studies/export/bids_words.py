"""What the columns of a BIDS export are called and mean."""

from __future__ import annotations

from studies.log.models import ROW_TABLES

TASK = "tutoring"
VALUE_OF = {
    "consent": "purpose",
    "baseline": "complete",
    "affect_window": "source",
    "action": "kind",
    "attention": "state",
    "probe": "item_id",
    "understood": "intent",
    "tutor_said": "wording_id",
    "health": "state",
    "undelivered": "reason",
    "validity_answer": "probe_id",
    "wizard_choice": "level",
    "observation": "affect",
    "device_check": "outcome",
    "comeback": "device",
    "phase": "phase",
    "resume_policy": "action",
    "block": "problem",
    "item": "problem",
    "attempt": "n",
    "item_end": "outcome",
    "hint": "step",
    "trigger": "outcome",
    "act": "move",
    "delivery": "delivered",
    "reaction": "reaction",
    "trust_state": "cause",
    "concentration_state": "cause",
    "validity_probe": "outcome",
    "stop_rule": "n",
    "state_change": "dest",
    "board_change": "kind",
    "session_end": "reason",
}
"""Table of the log -> the column that says most about one of its rows."""

COLUMNS = {
    "item_id": "lesson item (board), I1, I2 ... within the session",
    "act_id": "proactive act, A1, A2 ... within the session",
    "trigger_id": "finding that led to it, T1, T2 ... within the session",
    "level": "level of proactivity: 0 none, 1 notification, 2 suggestion, 3 intervention",
    "kind": "of a trigger: what was found; of an action: what the learner did",
    "correct": "of an attempt: true when every card was in its right box",
    "n_right": "of an attempt: cards in their right box",
    "n_cards": "of an attempt: cards on the board",
    "trust": "probe: answer 1..5; trust_state: estimate after the change; trigger: estimate then, 1..5",
    "concentration": "probe: answer 1..5; affect_window and concentration_state: index 0..1",
    "confusion": "evidence score 0..1 of the window that ends at onset",
    "frustration": "evidence score 0..1 likewise",
    "coverage": "share of the window with a usable face, 0..1",
    "confused": "self-report 1..5",
    "frustrated": "self-report 1..5",
    "behaviour": "as an observer coded it",
    "condition": "condition in force",
    "seq": "place of the row in the session's log",
}
EVENTS = ("onset", "duration", "trial_type", "value", "response_time", *COLUMNS)
"""Columns of an events file."""
SESSIONS = {
    "session_id": "session of the participant",
    "acq_time": "when the session was begun, UTC",
    "log_session": "id of the session in the study's log",
    "condition": "condition given to the participant",
    "cell": "between-subject levels",
    "sequence": "row of the order square",
    "state": "how far it came: finished, stopped, withdrawn or open",
    "duration_s": "seconds since the page was opened, breaks included",
    "task_s": "seconds spent on boards that ended",
    "n_items": "boards finished",
    "n_acts": "proactive acts that reached the learner",
}
"""Columns of a participant's sessions file and what they mean."""
DESCRIBED = {
    "TaskName": TASK,
    "TaskDescription": "Sorting cards with a tutor that may speak up by itself.",
    "onset": {"Description": "seconds since the session began", "Units": "s"},
    "duration": {
        "Description": "seconds; 0 for what takes no time. Boards, absences and observations last",
        "Units": "s",
    },
    "trial_type": {
        "LongName": "Table of the log",
        "Description": "what kind of event it is",
        "Levels": {kind.table: table.comment for kind, table in ROW_TABLES.items() if kind.table in VALUE_OF},
    },
    "value": {
        "LongName": "What happened",
        "Description": "; ".join(f"{table}: {column}" for table, column in VALUE_OF.items()),
    },
    "response_time": {"Description": "of a reaction: seconds since the act was delivered", "Units": "s"},
    **{name: {"Description": doc} for name, doc in COLUMNS.items()},
}
"""Sidecar of every events file."""
