"""A table as CSV: RFC 4180 in UTF-8, and safe to open in a spreadsheet.

NULL is an empty cell, an empty text is ``""``; truth values are true and false; what has several
parts is JSON. A text that begins with one of ``= + - @ '``, a tab or a line end gets an apostrophe
in front, because a spreadsheet would run it as a formula; taking one leading apostrophe away gives
the text back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from studies.export.tables import Dataset, Values

UNSAFE = ("=", "+", "-", "@", "'", "\t", "\r", "\n")
QUOTED = frozenset('",\r\n')


def write_csv(dataset: Dataset, stream: TextIO) -> int:
    """Write header and rows; returns how many rows there were. ``stream`` must not translate line ends."""
    stream.write(_line(field.name for field in dataset.fields))
    n_rows = 0
    for values in dataset.rows():
        stream.write(csv_line(values))
        n_rows += 1
    return n_rows


def csv_line(values: Values) -> str:
    """One row of values as a line with its end."""
    return _line(cell(value) for value in values)


def cell(value: Any) -> str:
    """One value as it stands in the file, quoted where it has to be."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _quoted(f"'{value}" if value.startswith(UNSAFE) else value)
    return _quoted(json.dumps(value, ensure_ascii=False, allow_nan=False))


def _quoted(text: str) -> str:
    if text and not QUOTED.intersection(text) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"
