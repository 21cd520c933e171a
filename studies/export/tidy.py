"""Format csv: one CSV a table, with a codebook and value labels; on demand a table with one row a session."""

from __future__ import annotations

from studies.export.codebook import codebook, codebook_text, values
from studies.export.csv_file import write_csv
from studies.export.material import Files, Material
from studies.export.tables import Dataset
from studies.export.wide import wide


def write_long(material: Material, files: Files) -> None:
    """The tables of the log."""
    _write(material, files, material.tables)


def write_long_and_wide(material: Material, files: Files) -> None:
    """The tables of the log, and a row for each session."""
    _write(material, files, (*material.tables, wide(material.tables)))


def _write(material: Material, files: Files, tables: tuple[Dataset, ...]) -> None:
    for table in (*tables, codebook(tables), values()):
        material.on_table(table.name)
        name = f"{table.name}.csv"
        with files.place(name).open("x", encoding="utf-8", newline="") as stream:
            n_rows = write_csv(table, stream)
        files.add(name, table.doc, n_rows)
    files.text("codebook.md", "The codebook to read.", codebook_text(material.study_id, tables))
