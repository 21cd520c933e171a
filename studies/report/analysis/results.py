"""What an analysis hands back: frozen tables with their captions, and sentences made of their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

HASH = 64
"""Letters of a sha256, of which the page shows the first; the CSV holds all."""


@dataclass(frozen=True, slots=True)
class Column:
    """digits: shown after the point of a number that is not whole; the CSV holds it in full."""

    name: str
    title: str
    digits: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of the report, and one file under ``tables/``. A cell that is None says: there is none.

    id: of the file. caption: what one row is. notes: what has to be known to read it.
    shown: rows above this number stand in the CSV alone; None: all are shown.
    """

    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()
    shown: int | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """The same for pandas."""
        return pd.DataFrame(list(self.rows), columns=[column.name for column in self.columns])

    def dicts(self) -> list[dict[str, Any]]:
        """A mapping for each row."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the report. words: sentences whose numbers stand in the tables."""

    id: str
    title: str
    words: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()

    def table(self, name: str) -> Table:
        """The table of that name. Raises: KeyError."""
        return next_of(self.tables, name)


def next_of(tables: Iterable[Table], name: str) -> Table:
    """The table of that name. Raises: KeyError."""
    for table in tables:
        if table.id == name:
            return table
    raise KeyError(name)


def table_of(
    name: str,
    caption: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Any]],
    *,
    notes: Sequence[str] = (),
    shown: int | None = None,
) -> Table:
    """A table of mappings; a key that is missing is an empty cell, one without a column an error."""
    names = [column.name for column in columns]
    found = list(rows)
    for row in found:
        unknown = set(row) - set(names)
        if unknown:
            raise KeyError(f"table {name} has no column {sorted(unknown)}")
    return Table(
        id=name,
        caption=caption,
        columns=tuple(columns),
        rows=tuple(tuple(plain(row.get(one)) for one in names) for row in found),
        notes=tuple(notes),
        shown=shown,
    )


def plain(value: Any) -> Any:
    """A value of Python's own: NumPy's numbers turned, and NaN and infinity made None."""
    if value is None or isinstance(value, str | bool):
        return value
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def shown(value: Any, digits: int = 2) -> str:
    """A value as the page shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value == round(value) and abs(value) >= 1e6:
            return f"{value:.0f}"
        text = f"{value:.{digits}f}"
        return text[1:] if text.startswith("-") and float(text) == 0 else text
    text = str(value)
    return f"{text[:12]}…" if len(text) == HASH and " " not in text else text


def p_text(value: float | None) -> str:
    """A p value in a sentence."""
    if value is None:
        return "p not computed"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    found = list(names)
    return " and ".join([", ".join(found[:-1]), found[-1]]) if len(found) > 1 else "".join(found)
