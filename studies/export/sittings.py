"""One session at a time with all its rows, for formats that tell a session from beginning to end.

All row tables are read side by side, each in the order of the sessions, so that memory holds one
session whatever the size of the study.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from studies.export.by_session import BySession, Record
from studies.export.tables import Dataset


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


def sittings(tables: Sequence[Dataset], *, consented: bool = True) -> Iterator[Sitting]:
    """Sessions in the order of every export. consented: only those with consent to take part.

    tables: those of ``datasets``: session first, then acts, then the row tables, or some of them.
    """
    sessions, _, *row_tables = tables
    names = [field.name for field in sessions.fields]
    readers = {
        table.name: BySession([field.name for field in table.fields], table.rows()) for table in row_tables
    }
    for values in sessions.rows():
        session = dict(zip(names, values, strict=True))
        rows = {name: reader.of(session["session_id"]) for name, reader in readers.items()}
        if session["consented"] or not consented:
            yield Sitting(session, rows)
