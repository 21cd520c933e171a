"""A table of rows read once, a session at a time: for what joins the tables of a session in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Record = Mapping[str, Any]
"""Column -> value."""


class BySession:
    """Rows in the order of the sessions, read from the first session to the last."""

    def __init__(self, names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> None:
        """names: of the columns; the first is the session's id."""
        self._names, self._rows = names, rows
        self._next = next(rows, None)

    def of(self, session_id: str) -> list[Record]:
        """The rows of the session that comes next; none when it has none in this table."""
        found: list[Record] = []
        names, row, rows = self._names, self._next, self._rows
        while row is not None and row[0] == session_id:
            found.append(dict(zip(names, row, strict=True)))
            row = next(rows, None)
        self._next = row
        return found
