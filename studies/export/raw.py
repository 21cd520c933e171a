"""A table of rows read a session at a time, straight from the database's driver.

A session's rows come in the order of their own index, so nothing is sorted or joined, no row object
is made, and memory holds one session whatever the size of the study.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from studies.export.fields import Field

Batch = list[tuple[Any, ...]]
"""Some rows, as the driver gives them."""
SESSION = "of_session"
"""Name of the parameter of a query that says which session."""


class SessionRows:
    """The rows of one table, any session's, inside the transaction under way."""

    def __init__(
        self,
        connection: Connection,
        query: Select[Any],
        fields: Sequence[Field],
        on_rows: Callable[[int], None],
    ) -> None:
        """query: these fields of a session's rows in order, its id as ``SESSION``. on_rows: told how many."""
        compiled = query.compile(dialect=connection.dialect)
        self.names = tuple(field.name for field in fields)
        self._sql, self._given = str(compiled), dict(compiled.params)
        self._places = compiled.positiontup  # None: the driver takes parameters by name
        self._driver: Any = connection.connection.driver_connection
        self._failure = connection.dialect.loaded_dbapi.Error
        self._on_rows = on_rows
        self._truths = [place for place, field in enumerate(fields) if field.kind == "boolean"]
        self._lists = [place for place, field in enumerate(fields) if field.kind == "json"]

    def raw(self, session_id: str) -> Batch:
        """As the driver gives them: truth values may be 0 and 1, JSON its text.

        Raises: DBAPIError: as SQLAlchemy does.
        """
        given: Any = {**self._given, SESSION: session_id}
        if self._places is not None:
            given = tuple(given[name] for name in self._places)
        cursor = self._driver.cursor()
        try:
            cursor.execute(self._sql, given)
            rows: Batch = cursor.fetchall()
        except self._failure as error:
            raise DBAPIError(self._sql, None, error) from error
        finally:
            with suppress(self._failure):  # the database may be closed by then
                cursor.close()
        if rows:
            self._on_rows(len(rows))
        return rows

    def plain(self, session_id: str) -> Batch:
        """With truth values and lists in place of what a driver gives for them.

        Raises: DBAPIError; json.JSONDecodeError: where a cell that should hold JSON does not.
        """
        rows = self.raw(session_id)
        if not self._truths and not self._lists:
            return rows
        return [self._plain(row) for row in rows]

    def columns(self, session_id: str) -> Mapping[str, Sequence[Any]]:
        """The same by column; each is empty where the session has no rows here."""
        if rows := self.plain(session_id):
            return dict(zip(self.names, zip(*rows, strict=True), strict=True))
        return dict.fromkeys(self.names, ())

    def _plain(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        cells = list(row)
        for place in self._truths:
            if cells[place] is not None:
                cells[place] = bool(cells[place])
        for place in self._lists:
            if isinstance(cells[place], str):
                cells[place] = json.loads(cells[place])
        return tuple(cells)
