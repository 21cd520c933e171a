"""Rows straight from the database's driver: for whole columns, and faster than by way of row objects."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.exc import DBAPIError

from studies.export.fields import Field

Batch = list[tuple[Any, ...]]
"""Some rows, as the driver gives them."""

_numbers = itertools.count(1)


def raw_batches(connection: Connection, query: Select[Any], size: int) -> Iterator[Batch]:
    """The rows of a query inside the transaction under way, at most ``size`` at a time.

    On PostgreSQL a cursor of the server's own, so that memory does not grow with the study.
    Raises: DBAPIError: as SQLAlchemy does.
    """
    compiled = query.compile(dialect=connection.dialect)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        cursor = driver.cursor(name=f"export_{next(_numbers)}")
        given: Any = dict(compiled.params)
    else:
        cursor = driver.cursor()
        given = tuple(compiled.params[name] for name in compiled.positiontup or ())
    try:
        cursor.execute(str(compiled), given)
        while batch := cursor.fetchmany(size):
            yield batch
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(str(compiled), None, error) from error
    finally:
        with suppress(connection.dialect.loaded_dbapi.Error):  # the database may be closed by then
            cursor.close()


def plain(batches: Iterable[Batch], fields: Sequence[Field]) -> Iterator[tuple[Any, ...]]:
    """Rows with truth values and lists in place of what a driver gives for them.

    Raises: json.JSONDecodeError: where a cell that should hold JSON does not.
    """
    truths = [place for place, field in enumerate(fields) if field.kind == "boolean"]
    lists = [place for place, field in enumerate(fields) if field.kind == "json"]
    for batch in batches:
        yield from batch if not truths and not lists else (_plain(row, truths, lists) for row in batch)


def _plain(row: tuple[Any, ...], truths: Sequence[int], lists: Sequence[int]) -> tuple[Any, ...]:
    cells = list(row)
    for place in truths:
        if cells[place] is not None:
            cells[place] = bool(cells[place])
    for place in lists:
        if isinstance(cells[place], str):
            cells[place] = json.loads(cells[place])
    return tuple(cells)
