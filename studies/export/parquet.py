"""Format parquet: the tables of the log and one row a session, as columns with types.

Columns are built straight from the driver's rows, some at a time, so that neither a row object nor
a whole table is ever held. Lists and pairs stay JSON text, as in the CSV.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from studies.export.codebook import codebook, values
from studies.export.fields import Field
from studies.export.material import Files, Material
from studies.export.tables import Dataset
from studies.export.wide import wide

GROUP = 32_768
"""Rows of one row group, or a few more: what is held in memory, and what a reader can skip."""
PIECE = 2_048
"""Rows turned into columns at a time: few enough to stay in the processor's cache."""
TYPES = {
    "text": pa.string(),
    "json": pa.string(),
    "time": pa.timestamp("ms", tz="UTC"),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}
"""Kind of a field -> type of its column."""


def write(material: Material, files: Files) -> None:
    """Every table of the log, the codebook, the value labels and a row for each session, a file each."""
    tables = (*material.tables, wide(material.tables))
    for table in (*tables, codebook(tables, ending="parquet"), values()):
        name = f"{table.name}.parquet"
        n_rows = write_table(table, files.place(name))
        files.add(name, table.doc, n_rows)


def schema_of(table: Dataset) -> pa.Schema:
    """Names, types and meanings of a table's columns."""
    return pa.schema(
        [
            pa.field(one.name, TYPES[one.kind], nullable=one.may_be_empty, metadata={"doc": one.doc})
            for one in table.fields
        ],
        metadata={"doc": table.doc},
    )


def write_table(table: Dataset, path: Path) -> int:
    """One table as a file; returns how many rows it has."""
    schema, n_rows = schema_of(table), 0
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
        for group in _groups(table, schema):
            writer.write_table(group, row_group_size=group.num_rows)
            n_rows += group.num_rows
    return n_rows


def _groups(table: Dataset, schema: pa.Schema) -> Iterator[pa.Table]:
    """A table's rows, so many at a time as make a row group."""
    parts: list[pa.RecordBatch] = []
    for columns in _pieces(table):
        arrays = [_array(field, cells) for field, cells in zip(table.fields, columns, strict=True)]
        parts.append(pa.record_batch(arrays, schema=schema))
        if sum(part.num_rows for part in parts) >= GROUP:
            yield pa.Table.from_batches(parts)
            parts = []
    if parts:
        yield pa.Table.from_batches(parts)


def _pieces(table: Dataset) -> Iterator[Sequence[Sequence[Any]]]:
    """A table's columns, some rows at a time."""
    if table.pieces is not None:
        yield from table.pieces(PIECE)
        return
    rows = table.rows()
    while piece := tuple(itertools.islice(rows, PIECE)):
        yield tuple(zip(*piece, strict=True))


def _array(field: Field, cells: Sequence[Any]) -> pa.Array:
    if field.kind == "time":
        return pa.array(cells, pa.string()).cast(TYPES["time"])
    if field.kind == "boolean":
        return (
            pa.array(cells, pa.int8(), from_pandas=False).cast(pa.bool_())
            if _whole(cells)
            else pa.array(cells, pa.bool_())
        )
    if field.kind == "json":
        cells = [one if one is None or isinstance(one, str) else _json(one) for one in cells]
    return pa.array(cells, TYPES[field.kind])


def _whole(cells: Sequence[Any]) -> bool:
    """Whether a driver gives truth values as 0 and 1."""
    first = next((one for one in cells if one is not None), None)
    return first is not None and not isinstance(first, bool)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
