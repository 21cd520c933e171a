"""Rows straight from the database's driver, in batches: for formats that build whole columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Select

Batch = list[tuple[Any, ...]]
"""Some rows, as the driver gives them."""

_numbers = itertools.count(1)


def raw_batches(connection: Connection, query: Select[Any], size: int) -> Iterator[Batch]:
    """The rows of a query inside the transaction under way, at most ``size`` at a time.

    On PostgreSQL a cursor of the server's own, so that memory does not grow with the study.
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
    finally:
        cursor.close()
