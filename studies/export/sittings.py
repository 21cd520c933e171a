"""One session at a time with all its rows, for formats that tell a session from beginning to end.

Memory holds one session, whatever the size of the study.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studies.export.tables import Dataset

Record = Mapping[str, Any]
"""Column -> value."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """session: its line of session.csv. rows: table -> its rows in order; tables without rows stand empty."""

    session: Record
    rows: Mapping[str, Sequence[Record]]

    @property
    def session_id(self) -> str:
        """Its id in the log."""
        return str(self.session["session_id"])

    @property
    def participant(self) -> str:
        """The pseudonym."""
        return str(self.session["participant"])

    def in_order(self) -> list[tuple[str, Record]]:
        """Every row with its table's name, by ``seq``."""
        rows = [(table, row) for table, found in self.rows.items() for row in found]
        rows.sort(key=lambda pair: pair[1]["seq"])
        return rows

    def origin(self) -> dt.datetime:
        """The calendar's time of session second 0: when the first row was stored, less its ``at_s``."""
        first = min((row for found in self.rows.values() for row in found[:1]), key=lambda row: row["seq"])
        return moment(first["at_utc"]) - dt.timedelta(seconds=first["at_s"])


def moment(at_utc: str) -> dt.datetime:
    """A stored time as a time."""
    return dt.datetime.fromisoformat(at_utc)


def sittings(tables: Sequence[Dataset]) -> Iterator[Sitting]:
    """Sessions with consent to take part, in the order of every export.

    tables: those of ``datasets``: session first, then acts, then the row tables.
    """
    sessions, _, *row_tables = tables
    readers = [(table.name, _names(table), table.reader()) for table in row_tables]
    for session in records(sessions):
        head = session["session_id"], session["participant"]
        rows = {
            table: [dict(zip(names, (*head, *row), strict=True)) for row in reader.plain(head[0])]
            for table, names, reader in readers
        }
        if session["consented"]:
            yield Sitting(session, rows)


def records(table: Dataset) -> Iterator[Record]:
    """A table's rows by the names of their columns."""
    names = _names(table)
    for values in table.rows():
        yield dict(zip(names, values, strict=True))


def _names(table: Dataset) -> tuple[str, ...]:
    return tuple(field.name for field in table.fields)
