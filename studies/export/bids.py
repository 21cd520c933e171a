"""Format bids: events of every session and questionnaires as BIDS keeps them (behaviour, phenotype).

Source: bids-specification 1.10, behavioural experiments and phenotypic data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import groupby
from typing import Any, BinaryIO

from studies.export.bids_words import DESCRIBED, EVENTS, SESSIONS, TASK, VALUE_OF
from studies.export.material import Files, Material
from studies.export.names import Labels
from studies.export.sittings import Record, Sitting
from studies.export.wide import ANSWERS, Asked, answer, answers_of, asked

VERSION = "1.10.0"


def write(material: Material, files: Files) -> None:
    """The whole dataset, ready for a validator."""
    description = {
        "Name": f"Study {material.study_id}",
        "BIDSVersion": VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "tutorbot"}],
    }
    files.json("dataset_description.json", "Name and kind of the dataset.", description)
    files.json(f"task-{TASK}_events.json", "What the columns of every events file mean.", DESCRIBED)
    items = asked(material.table(ANSWERS), material.table("session"))
    with _Phenotype(files, items) as phenotype:
        rows = list(_people(material, files, phenotype))
    files.text("participants.tsv", "One participant.", _table(("participant_id", "n_sessions"), rows))
    about = {"n_sessions": {"Description": "sessions with consent to take part"}}
    files.json("participants.json", "What the columns of participants.tsv mean.", about)


def _people(material: Material, files: Files, phenotype: _Phenotype) -> Iterator[Record]:
    """Write each participant's sessions; yields their lines of participants.tsv."""
    labels = Labels()
    for participant, sittings in groupby(material.sittings(), key=lambda one: one.participant):
        subject = f"sub-{labels.of(participant)}"
        lines = []
        for n, sitting in enumerate(sittings, start=1):
            session = f"ses-{n:02d}"
            name = f"{subject}/{session}/beh/{subject}_{session}_task-{TASK}_events.tsv"
            files.text(name, "Events of one session.", _table(EVENTS, events(sitting)))
            lines.append({**sitting.session, "session_id": session, "log_session": sitting.session_id})
            phenotype.add(subject, session, sitting)
        about = f"{subject}/{subject}_sessions"
        files.text(f"{about}.tsv", "The participant's sessions.", _table(tuple(SESSIONS), lines))
        files.json(f"{about}.json", "What its columns mean.", _described(SESSIONS))
        yield {"participant_id": subject, "n_sessions": len(lines)}


def events(sitting: Sitting) -> list[dict[str, Any]]:
    """The events of a session by onset. Questionnaires are in phenotype/, words nowhere."""
    durations = _durations(sitting)
    found = []
    for table, row in sitting.in_order():
        if table not in VALUE_OF:
            continue
        onset = row["from_s"] if table == "observation" else row["at_s"]
        event = {name: row.get(name) for name in EVENTS}
        event |= {
            "onset": onset,
            "duration": durations.get(row["seq"], 0),
            "trial_type": table,
            "value": row[VALUE_OF[table]],
            "response_time": row["latency_s"] if table == "reaction" else None,
        }
        found.append(event)
    return sorted(found, key=lambda event: (event["onset"], event["seq"]))


def _durations(sitting: Sitting) -> dict[int, float]:
    """Row -> seconds it lasted, for boards, absences and observations; other events take no time."""
    rows = sitting.rows
    ends = {row["item_id"]: row["at_s"] for row in rows["item_end"]}
    found = {row["seq"]: ends[row["item_id"]] - row["at_s"] for row in rows["item"] if row["item_id"] in ends}
    for left, back in zip(rows["attention"], rows["attention"][1:], strict=False):
        if (left["state"], back["state"]) == ("left", "returned"):
            found[left["seq"]] = back["at_s"] - left["at_s"]
    found |= {row["seq"]: max(0, row["to_s"] - row["from_s"]) for row in rows["observation"]}
    return {seq: round(seconds, 3) for seq, seconds in found.items()}


class _Phenotype:
    """A table for each instrument, written a session at a time."""

    def __init__(self, files: Files, items: Mapping[Asked, str]) -> None:
        self._files, self._items, self._stack = files, items, ExitStack()
        self._tables: dict[str, tuple[BinaryIO, list[Asked]]] = {}

    def __enter__(self) -> _Phenotype:
        for instrument, some in groupby(self._items, key=lambda item: item.instrument):
            items = list(some)
            name = f"phenotype/{instrument}"
            self._files.json(f"{name}.json", f"What the columns of {instrument}.tsv mean.", _tool(items))
            opened = self._files.open(f"{name}.tsv", f"Answers to {instrument}, one session a line.")
            stream = self._stack.enter_context(opened)
            stream.write(_line(("participant_id", "session_id", *map(_column, items))))
            self._tables[instrument] = stream, items
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def add(self, subject: str, session: str, sitting: Sitting) -> None:
        """A session's answers, where it has any."""
        answers = answers_of(sitting.rows[ANSWERS])
        given = {item.instrument for item in answers}
        for instrument in sorted(given):
            stream, items = self._tables[instrument]
            cells = [answer(answers.get(item), self._items[item]) for item in items]
            stream.write(_line((subject, session, *cells)))


def _column(item: Asked) -> str:
    return f"{item.when}_{item.item_id}"


def _tool(items: Sequence[Asked]) -> dict[str, Any]:
    instrument = items[0].instrument
    columns = {
        _column(item): {"Description": f"item {item.item_id}, asked {item.when}, as given and not reversed"}
        for item in items
    }
    session = {"session_id": {"Description": "session of the participant"}}
    return {"MeasurementToolMetadata": {"Description": f"Questionnaire {instrument}"}, **session, **columns}


def _described(columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"Description": doc} for name, doc in columns.items()}


def _table(columns: Sequence[str], rows: Sequence[Record]) -> str:
    lines = [_line(columns), *(_line([row.get(name) for name in columns]) for row in rows)]
    return b"".join(lines).decode()


def _line(cells: Sequence[Any]) -> bytes:
    return ("\t".join(map(_cell, cells)) + "\n").encode()


def _cell(value: Any) -> str:
    """Missing is n/a; no tab or line end inside a cell."""
    if value is None or value == "":
        return "n/a"
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(str(value).split()) or "n/a"
