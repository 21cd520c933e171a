"""The rules by which DataShop takes tab-delimited transactions, ported from its verifier.

Source: LearnSphere/DataShop, DatasetVerificationTool.java, ImportConstants.java and the help on the format.
"""

from __future__ import annotations

import datetime as dt
import re

ORDER = (
    "Row",
    "Sample Name",
    "Anon Student Id",
    "Session Id",
    "Time",
    "Time Zone",
    "Duration (sec)",
    "Student Response Type",
    "Student Response Subtype",
    "Tutor Response Type",
    "Tutor Response Subtype",
    "Level",
    "Problem Name",
    "Problem View",
    "Problem Start Time",
    "Step Name",
    "Attempt At Step",
    "Outcome",
    "Selection",
    "Action",
    "Input",
    "Feedback Text",
    "Feedback Classification",
    "Help Level",
    "Total Num Hints",
    "Condition Name",
    "Condition Type",
    "KC",
    "KC Category",
    "School",
    "Class",
    "CF",
)
REQUIRED = ("Anon Student Id", "Session Id", "Time", "Level", "Problem Name", "Selection", "Action", "Input")
REPEATABLE = (
    "Level",
    "Selection",
    "Action",
    "Input",
    "Condition Name",
    "Condition Type",
    "KC",
    "KC Category",
    "CF",
)
LONGEST = {
    "Anon Student Id": 55,
    "Session Id": 255,
    "Time Zone": 50,
    "Student Response Type": 30,
    "Student Response Subtype": 30,
    "Tutor Response Type": 30,
    "Tutor Response Subtype": 30,
    "Level": 100,
    "Problem Name": 255,
    "Step Name": 255,
    "Outcome": 30,
    "Selection": 255,
    "Action": 255,
    "Input": 255,
    "Feedback Text": 65535,
    "Feedback Classification": 255,
    "Condition Name": 80,
    "Condition Type": 255,
    "KC": 50,
    "School": 100,
    "Class": 75,
    "CF": 255,
}
WORDS = {
    "Student Response Type": ("", "ATTEMPT", "HINT_REQUEST"),
    "Tutor Response Type": ("", "RESULT", "HINT_MSG"),
    "Outcome": ("", "CORRECT", "INCORRECT", "HINT"),
}
NEVER_EMPTY = ("Anon Student Id", "Session Id", "Time", "Level", "Problem Name")


def kind(heading: str) -> str:
    """``Level`` of ``Level (Block)``."""
    return heading if heading == "Duration (sec)" else re.sub(r" \(.*\)$", "", heading)


def problems(text: str) -> list[str]:
    """What DataShop would complain about, in order; empty: it takes the file."""
    header, *lines = text.removesuffix("\n").split("\n")
    headings = header.split("\t")
    found = _of_headings(headings)
    for number, line in enumerate(lines, start=2):
        cells = line.split("\t")
        if len(cells) != len(headings):
            found.append(f"line {number}: {len(cells)} cells")
            continue
        found += [f"line {number}: {one}" for one in _of_row(headings, cells)]
    return found


def _of_headings(headings: list[str]) -> list[str]:
    kinds = [kind(one) for one in headings]
    found = [f"no {one}" for one in REQUIRED if one not in kinds]
    found += [f"{one} is no heading" for one in kinds if one not in ORDER]
    found += [f"{one} twice" for one in set(kinds) if kinds.count(one) > 1 and one not in REPEATABLE]
    found += [f"{one} twice" for one in set(headings) if "(" in one and headings.count(one) > 1]
    places = [ORDER.index(one) for one in kinds if one in ORDER]
    if places != sorted(places):
        found.append("headings out of order")
    named = [re.search(r"\((.*)\)$", one) for one in headings if kind(one) in ("Level", "KC", "CF")]
    found += [
        "a name of a Level, KC or CF" for one in named if not one or not re.fullmatch(r"[\w -]+", one[1])
    ]
    if kinds.count("Condition Name") < kinds.count("Condition Type"):
        found.append("a Condition Type without its Condition Name")
    return found


def _of_row(headings: list[str], cells: list[str]) -> list[str]:
    row = {kind(one): cell for one, cell in zip(headings, cells, strict=True)}
    found = [f"{one} is empty" for one in NEVER_EMPTY if not row.get(one)]
    for heading, cell in zip(headings, cells, strict=True):
        if len(cell) > LONGEST.get(kind(heading), 65535):
            found.append(f"{heading} is too long")
    found += [f"{one} {row[one]!r}" for one, words in WORDS.items() if row.get(one, "") not in words]
    if not any(row.get(one) for one in ("Step Name", "Selection", "Action")):
        found.append("no step, selection or action")
    if row.get("Tutor Response Type") and row.get("Outcome") and not row.get("Step Name"):
        found.append("an outcome without its step")
    if row.get("Feedback Classification") and not row.get("Feedback Text"):
        found.append("a classification without its feedback")
    for one in ("Time", "Problem Start Time"):
        if one in row and not _is_time(row[one]):
            found.append(f"{one} {row[one]!r} is no time")
    for one in ("Help Level", "Total Num Hints"):
        if row.get(one) and not row[one].isdigit():
            found.append(f"{one} is no whole number")
    return found


def _is_time(text: str) -> bool:
    try:
        dt.datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")  # noqa: DTZ007
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", text) is not None
