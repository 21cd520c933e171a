"""Taking a person's rows out of one file, by its format; everything else stays byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from studies.erasure.names import Names

LONGEST_RECORD = 64 << 20
"""Bytes of one record of a table; more means that its quotes do not match."""


@dataclass(slots=True)
class Taken:
    """n: rows, lines or entries that went. named: texts in them, which may be names of files; others: texts
    in the entries of an index that stay.

    whole: nothing sensible is left, or it could not be read: the file has to go.
    """

    n: int = 0
    named: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    whole: bool = False


def filter_records(source: Path, target: Path, names: Names) -> Taken:
    """CSV and TSV: records without the person's; a quoted cell may hold line ends."""
    return _filter(source, target, names, _records)


def filter_lines(source: Path, target: Path, names: Names) -> Taken:
    """JSON lines."""
    return _filter(source, target, names, iter)


def _filter(source: Path, target: Path, names: Names, split: Callable[[BinaryIO], Iterator[bytes]]) -> Taken:
    taken = Taken()
    with source.open("rb") as stream, target.open("wb") as out:
        for record in split(stream):
            if names.within(record.rstrip(b"\r\n")):
                taken.n += 1
            else:
                out.write(record)
    return taken


def _records(stream: BinaryIO) -> Iterator[bytes]:
    record = b""
    for line in stream:
        record += line
        if record.count(b'"') % 2 == 0 or len(record) > LONGEST_RECORD:
            yield record
            record = b""
    if record:
        yield record


def filter_json(source: Path, target: Path, names: Names) -> Taken:
    """JSON: of a list the elements that name the person, of an object the keys and records that do."""
    text = source.read_text(encoding="utf-8", errors="surrogateescape")
    taken = Taken()
    try:
        whole = json.loads(text)
    except ValueError:
        taken.whole = True
        return taken
    if _is_theirs(whole, names):
        taken.whole = True
        taken.named = list(_texts(whole))
        return taken
    pruned = _pruned(whole, names, taken)
    taken.others = list(_texts(pruned)) if taken.n else []
    indent = 2 if "\n" in text.strip() else None
    made = json.dumps(pruned, ensure_ascii=False, indent=indent) + ("\n" if text.endswith("\n") else "")
    if names.within_text(made):
        taken.whole = True
    target.write_text(made, encoding="utf-8", errors="surrogateescape")
    return taken


def _pruned(node: Any, names: Names, taken: Taken) -> Any:
    if isinstance(node, list):
        kept = []
        for element in node:
            if any(names.within_text(text) for text in _texts(element)):
                _take(element, taken)
            else:
                kept.append(element)
        return kept
    if not isinstance(node, dict):
        return node
    made = {}
    for key, value in node.items():
        if names.within_text(key) or _is_theirs(value, names):
            _take({key: value}, taken)
        else:
            made[key] = _pruned(value, names, taken)
    return made


def _take(node: Any, taken: Taken) -> None:
    taken.n += 1
    taken.named.extend(_texts(node))


def _is_theirs(value: Any, names: Names) -> bool:
    """A text that names the person, or a record one of whose own values does."""
    values = value.values() if isinstance(value, dict) else [value]
    return any(isinstance(one, str) and names.within_text(one) for one in values)


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for element in node:
            yield from _texts(element)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _texts(value)


def filter_parquet(source: Path, target: Path, names: Names) -> Taken:
    """Parquet, batch by batch; without pyarrow nobody can look into it, so the file has to go."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return Taken(whole=True)
    taken = Taken()
    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid:
        return Taken(whole=True)
    with file:
        groups = file.metadata
        packed = groups.row_group(0).column(0).compression if groups.num_row_groups else "SNAPPY"
        with pq.ParquetWriter(target, file.schema_arrow, compression=packed) as writer:
            for batch in file.iter_batches():
                mine = _mask(batch, names)
                taken.n += sum(mine)
                writer.write_batch(batch.filter(pa.array([not one for one in mine], pa.bool_())))
    return taken


def _mask(batch: Any, names: Names) -> list[bool]:
    """Which rows of a batch name the person in any of their texts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    mine = [False] * batch.num_rows
    for column in batch.columns:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            found = pc.match_substring_regex(column.cast(kind), names.pattern).to_pylist()
        elif pa.types.is_nested(kind):
            found = [any(names.within_text(text) for text in _texts(value)) for value in column.to_pylist()]
        else:
            continue
        mine = [before or bool(now) for before, now in zip(mine, found, strict=True)]
    return mine
