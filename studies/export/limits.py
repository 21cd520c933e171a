"""What a column may hold, for formats that can say so: ranges, closed lists of words, and their meanings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studies.export.fields import Field
from studies.export.values import VALUE_LISTS
from studies.log.row_tables import CHOICES, RANGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """least, most: ends of the range, both allowed; None: no range. words: value -> meaning; empty: any."""

    least: int | None = None
    most: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def limits(table: str, column: Field) -> Limits:
    """Of one column. The words of a list in a cell (kind json) are not limited here."""
    least, most = RANGES.get(table, {}).get(column.name, (None, None))
    if column.kind == "json":
        return Limits()
    words: Mapping[str, str] = dict.fromkeys(CHOICES.get(table, {}).get(column.name, ()), "")
    for one in VALUE_LISTS:
        if f"{table}.{column.name}" in one.columns or f"*.{column.name}" in one.columns:
            words = {**words, **one.meanings}
    if column.kind == "integer" and words:
        numbers = [int(word) for word in words]
        least, most = (min(numbers), max(numbers)) if least is None else (least, most)
    return Limits(least=least, most=most, words=words)
