"""What every column of an export means, and every value, as tables for programs and a text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from studies.export.fields import Field
from studies.export.tables import Dataset, Values
from studies.export.values import VALUE_FIELDS, VALUE_LISTS, value_rows

CODEBOOK_FIELDS = (
    Field("file", "text", "file of this export"),
    Field("column", "text", "column of that file"),
    Field("kind", "text", "text, integer, number, boolean, json or time (ISO 8601, UTC)"),
    Field("may_be_empty", "boolean", "true when a cell may be empty (NULL)"),
    Field("meaning", "text", "what a cell means"),
)


def codebook(tables: Sequence[Dataset], *, ending: str = "csv") -> Dataset:
    """The codebook as a table of its own. ending: of the files it speaks of."""

    def rows() -> Iterator[Values]:
        for table in tables:
            for field in table.fields:
                yield f"{table.name}.{ending}", field.name, field.kind, field.may_be_empty, field.doc

    return Dataset("codebook", "One column of this export.", CODEBOOK_FIELDS, rows)


def values() -> Dataset:
    """What the values in the cells mean, as a table of its own."""
    return Dataset("values", "One value that cells may hold, and what it means.", VALUE_FIELDS, value_rows)


def codebook_text(study_id: str, tables: Sequence[Dataset]) -> str:
    """The codebook in Markdown."""
    lines = [f"# Codebook of {study_id}", ""]
    for table in tables:
        lines += [f"## {table.name}.csv", "", table.doc, "", "| column | kind | empty? | meaning |"]
        lines += ["|---|---|---|---|"]
        for field in table.fields:
            empty = "may be" if field.may_be_empty else "never"
            lines.append(f"| `{field.name}` | {field.kind} | {empty} | {field.doc.replace('|', '/')} |")
        lines.append("")
    lines += ["## What the values mean", "", "The same lists for programs: values.csv.", ""]
    for one in VALUE_LISTS:
        lines += [f"### {one.name}", "", f"In {', '.join(map(_place, one.columns))}.", ""]
        lines += ["| value | meaning |", "|---|---|"]
        lines += [f"| `{value}` | {meaning} |" for value, meaning in one.meanings.items()]
        lines.append("")
    return "\n".join(lines)


def _place(column: str) -> str:
    """Where a value stands, to read."""
    return f"`{column.removeprefix('*.')}` of every file" if column.startswith("*.") else f"`{column}`"
