"""Who a folder says is in it: texts that look like session ids, and what the person of a session is called.

A tombstone keeps only a hash of each session id. The ids themselves stand in a folder's tables, texts and
file names, so they are found by hashing what looks like one.
"""

from __future__ import annotations

import csv
import json
import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studies.erasure.formats import LONGEST_RECORD
from studies.erasure.names import files_under

SESSION_ID = re.compile(
    rb"(?<![0-9A-Za-z])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z])"
)
"""What the tutor draws, with or without hyphens; other shapes are found in columns of sessions."""
SESSION_COLUMNS = frozenset({"session_id", "session", "Session Id", "log_session"})
PERSON_COLUMNS = frozenset({"participant", "participant_id", "Anon Student Id"})
"""Columns and keys of the exports and of indexes of bags."""


@dataclass(slots=True)
class Sightings:
    """ids: what may be session ids. called: (session id, pseudonym) where one place names both."""

    ids: set[str] = field(default_factory=set)
    called: set[tuple[str, str]] = field(default_factory=set)

    def pair(self, session_id: object, code: object) -> None:
        """A session and whose it is, where both are texts."""
        if isinstance(session_id, str) and session_id:
            self.ids.add(session_id)
            if isinstance(code, str) and code:
                self.called.add((session_id, code.removeprefix("sub-")))


def sightings(root: Path) -> Sightings:
    """Everything of a folder. Raises: OSError."""
    seen = Sightings()
    for path in files_under(root):
        name = str(path.relative_to(root))
        seen.ids.update(_ids(name.encode("utf-8", "surrogateescape")))
        code, _, rest = path.stem.partition("_")
        if looks_drawn(rest):
            seen.pair(rest, code)
        seen.ids.update(_ids_within(path))
        reader = READERS.get(path.suffix.lower())
        if reader is not None:
            with suppress(UnicodeDecodeError, ValueError, csv.Error):  # what is no such file has no columns
                reader(path, seen)
    return seen


def looks_drawn(text: str) -> bool:
    """Whether the whole text has the shape of a session id."""
    return SESSION_ID.fullmatch(text.encode("utf-8", "surrogateescape")) is not None


def _ids(data: bytes | mmap.mmap) -> Iterator[str]:
    for found in SESSION_ID.finditer(data):
        yield found.group().decode()


def _ids_within(path: Path) -> set[str]:
    if path.stat().st_size == 0:
        return set()
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return set(_ids(data))


def _of_table(path: Path, seen: Sightings) -> None:
    """CSV and TSV: columns of sessions, beside a column of people or in a file that is named for one."""
    csv.field_size_limit(LONGEST_RECORD)
    whose = path.stem.partition("_")[0] if path.stem.startswith("sub-") else None
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, delimiter="\t" if path.suffix.lower() in (".tsv", ".txt") else ",")
        header = next(rows, [])
        sessions = [n for n, name in enumerate(header) if name in SESSION_COLUMNS]
        person = next((n for n, name in enumerate(header) if name in PERSON_COLUMNS), None)
        for row in rows if sessions else ():
            if len(row) == len(header):
                for session in sessions:
                    seen.pair(row[session], whose if person is None else row[person])


def _of_json(path: Path, seen: Sightings) -> None:
    _walk(json.loads(path.read_text(encoding="utf-8")), seen)


def _of_lines(path: Path, seen: Sightings) -> None:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            with suppress(ValueError):  # a line that is none; the others may be
                _walk(json.loads(line), seen)


def _walk(node: Any, seen: Sightings) -> None:
    """Records with both, and records of a person under their session."""
    if isinstance(node, list):
        for one in node:
            _walk(one, seen)
    elif isinstance(node, dict):
        for name in SESSION_COLUMNS & node.keys():
            seen.pair(node[name], _person(node))
        for key, value in node.items():
            if isinstance(value, dict) and _person(value) is not None:
                seen.pair(key, _person(value))
            _walk(value, seen)


def _person(record: dict[str, Any]) -> object:
    return next((record[name] for name in sorted(PERSON_COLUMNS) if name in record), None)


def _of_parquet(path: Path, seen: Sightings) -> None:
    """Texts are packed in it, so its columns are read."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return
    with pq.ParquetFile(path) as file:
        texts = [one.name for one in file.schema_arrow if _is_text(pa, one.type)]
        person = next((name for name in texts if name in PERSON_COLUMNS), None)
        for batch in file.iter_batches(columns=texts):
            cells = batch.to_pydict()
            codes = cells[person] if person else [None] * batch.num_rows
            for name, column in cells.items():
                for text in set(column) - {None}:
                    seen.ids.update(_ids(text.encode("utf-8", "surrogateescape")))
                if name in SESSION_COLUMNS:
                    for session, code in set(zip(column, codes, strict=True)):
                        seen.pair(session, code)


def _is_text(pa: Any, kind: Any) -> bool:
    bare = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(bare) or pa.types.is_large_string(bare))


READERS = {
    ".csv": _of_table,
    ".tsv": _of_table,
    ".txt": _of_table,
    ".json": _of_json,
    ".jsonl": _of_lines,
    ".ndjson": _of_lines,
    ".parquet": _of_parquet,
}
