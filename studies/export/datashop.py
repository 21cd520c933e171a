"""Format datashop: one file of transactions for PSLC DataShop (LearnSphere), tab-delimited.

A check of the board is an ATTEMPT with its RESULT, a hint the learner asks for a HINT_REQUEST with its
HINT_MSG. Help the learner did not ask for has no student response: its tutor response is a HINT_MSG of
subtype ``proactive:<level>``, without an outcome, so that it counts neither as an error nor as a hint
request. What the tutor knew at that moment stands in custom fields (CF).
Source: pslcdatashop.web.cmu.edu/help, import format of tab-delimited files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from studies.export.material import Files, Material
from studies.export.sittings import Record, Sitting
from tutorbot.core.acts import ProactivityLevel

HEADINGS = {
    "Sample Name": 100,
    "Anon Student Id": 55,
    "Session Id": 255,
    "Time": 255,
    "Time Zone": 50,
    "Student Response Type": 30,
    "Student Response Subtype": 30,
    "Tutor Response Type": 30,
    "Tutor Response Subtype": 30,
    "Level (Block)": 100,
    "Problem Name": 255,
    "Problem Start Time": 255,
    "Step Name": 255,
    "Outcome": 30,
    "Selection": 255,
    "Action": 255,
    "Input": 255,
    "Feedback Text": 65535,
    "Help Level": 255,
    "Total Num Hints": 255,
    "Condition Name": 80,
    "Condition Type": 255,
    "KC (Concept)": 50,
    "CF (Proactivity Level)": 255,
    "CF (Trigger Source)": 255,
    "CF (Affect Confusion)": 255,
    "CF (Affect Frustration)": 255,
    "CF (Trust)": 255,
    "CF (Reaction)": 255,
    "CF (Wizard Override)": 255,
    "CF (Log Row)": 255,
}
"""Columns in their order, and the most characters each may have."""
STEP, HINTS = "sort the board", 3


def write(material: Material, files: Files) -> None:
    """``transactions.txt``."""
    with files.open("transactions.txt", "Transactions, one a line, in the order of DataShop.") as stream:
        stream.write(_line({name: name for name in HEADINGS}))
        for sitting in material.sittings():
            for transaction in transactions(sitting):
                stream.write(_line(transaction))


def transactions(sitting: Sitting) -> Iterator[Mapping[str, Any]]:
    """The transactions of one session, in order."""
    seen = _Seen(sitting)
    for table, row in sitting.in_order():
        seen.look(table, row)
        told = _TOLD.get(table)
        if told is not None and seen.item is not None:
            own = told(row, seen)
            if own is not None:
                yield {**seen.common(row), **own}


class _Seen:
    """What was in force at a row of a session."""

    def __init__(self, sitting: Sitting) -> None:
        self.item: Record | None = None
        self._session = sitting.session
        self._window: Record = {}
        self._trust: Record = {}
        self.triggers: dict[str, Record] = {}
        self.acts = {row["act_id"]: row for row in sitting.rows["act"]}
        self.reactions = {row["act_id"]: row for row in sitting.rows["reaction"]}

    def look(self, table: str, row: Record) -> None:
        """Take in what a row changes."""
        if table == "item":
            self.item = row
        elif table == "affect_window":
            self._window = row
        elif table == "trust_state":
            self._trust = row
        elif table == "trigger":
            self.triggers[row["trigger_id"]] = row

    def common(self, row: Record) -> dict[str, Any]:
        """Columns every transaction has. Raises: KeyError: before the first item."""
        item = self.item or {}
        return {
            "Sample Name": "All Data",
            "Anon Student Id": self._session["participant"],
            "Session Id": self._session["session_id"],
            "Time": _time(row["at_utc"]),
            "Time Zone": "UTC",
            "Level (Block)": f"block {item['block']} {item['problem']}",
            "Problem Name": f"{item['problem']} board {item['n']}",
            "Problem Start Time": _time(item["at_utc"]),
            "Step Name": STEP,
            "Condition Name": row["condition"],
            "Condition Type": "proactivity",
            "KC (Concept)": item["problem"],
            "CF (Affect Confusion)": self._window.get("confusion"),
            "CF (Affect Frustration)": self._window.get("frustration"),
            "CF (Trust)": self._trust.get("trust"),
            "CF (Log Row)": row["seq"],
        }


def _attempt(row: Record, seen: _Seen) -> Mapping[str, Any]:
    return {
        "Student Response Type": "ATTEMPT",
        "Tutor Response Type": "RESULT",
        "Outcome": "CORRECT" if row["correct"] else "INCORRECT",
        "Selection": "board",
        "Action": "check",
        "Input": f"{row['n_right']} of {row['n_cards']} right",
    }


def _hint(row: Record, seen: _Seen) -> Mapping[str, Any]:
    """A hint on request; or, in the course of an act, what the offer led to."""
    told = {
        "Tutor Response Type": "HINT_MSG",
        "Selection": "board",
        "Action": "hint",
        "Help Level": row["step"],
        "Total Num Hints": HINTS,
    }
    if row["act_id"] is None:
        return {**told, "Student Response Type": "HINT_REQUEST", "Outcome": "HINT"}
    level = _word(seen.acts.get(row["act_id"], {}).get("level"))
    return {**told, "Tutor Response Subtype": f"accepted:{level}", "CF (Proactivity Level)": level}


def _act(row: Record, seen: _Seen) -> Mapping[str, Any] | None:
    """An act that reached the learner."""
    if not row["delivered"]:
        return None
    act = seen.acts.get(row["act_id"], {})
    trigger = seen.triggers.get(str(act.get("trigger_id")), {})
    chosen = row["condition"] == "WZ" and act.get("level_offered") != act.get("level")
    return {
        "Tutor Response Type": "HINT_MSG",
        "Tutor Response Subtype": f"proactive:{_word(row['level'])}",
        "Selection": "tutor",
        "Action": act.get("move"),
        "Input": row["act_id"],
        "Feedback Text": row["wording_id"],
        "CF (Proactivity Level)": _word(row["level"]),
        "CF (Trigger Source)": trigger.get("kind"),
        "CF (Reaction)": seen.reactions.get(row["act_id"], {}).get("reaction"),
        "CF (Wizard Override)": str(chosen).lower() if row["condition"] == "WZ" else None,
    }


_TOLD = {"attempt": _attempt, "hint": _hint, "delivery": _act}


def _word(level: int | None) -> str:
    return "unknown" if level is None else ProactivityLevel(level).word


def _time(at_utc: str) -> str:
    """``2026-11-24 09:00:01.000``."""
    return at_utc.replace("T", " ").removesuffix("Z")


def _line(values: Mapping[str, Any]) -> bytes:
    cells = (_cell(values.get(name), most) for name, most in HEADINGS.items())
    return ("\t".join(cells) + "\n").encode()


def _cell(value: Any, most: int) -> str:
    return "" if value is None else " ".join(str(value).split())[:most]
