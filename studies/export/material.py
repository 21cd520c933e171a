"""What every format is made from, and the folder it writes its files into."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from studies.export.flow import Standing
from studies.export.readme import Sheet
from studies.export.sittings import Sitting, sittings
from studies.export.tables import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A study's sessions, pseudonymous by construction.

    tables: session first, then acts, then the row tables. sessions: the standing of each. on_table: told each
    table's name as its turn comes.
    """

    study_id: str
    tables: tuple[Dataset, ...]
    sessions: Sequence[Standing]
    with_words: bool
    on_table: Callable[[str], None]

    def sittings(self) -> Iterator[Sitting]:
        """Sessions with consent to take part, one at a time with all their rows."""
        return sittings(self.tables)

    def table(self, name: str) -> Dataset:
        """One table by its name."""
        return next(table for table in self.tables if table.name == name)


@dataclass(frozen=True, slots=True)
class Files:
    """A new folder; ``sheets`` is what was put into it, in order."""

    folder: Path
    sheets: list[Sheet] = field(default_factory=list)

    @contextmanager
    def open(self, name: str, doc: str) -> Iterator[BinaryIO]:
        """A new file to write bytes to; its folders are made."""
        path = self.place(name)
        with path.open("xb") as stream:
            yield stream
        self.add(name, doc)

    def text(self, name: str, doc: str, text: str) -> None:
        """A new file with this text, lines as they are."""
        with self.open(name, doc) as stream:
            stream.write(text.encode())

    def json(self, name: str, doc: str, value: object) -> None:
        """A new file with this value as JSON to read."""
        self.text(name, doc, json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n")

    def place(self, name: str) -> Path:
        """Where a file of this name goes; its folders are made."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add(self, name: str, doc: str, n_rows: int | None = None) -> None:
        """Note a file that was written there."""
        self.sheets.append(Sheet(name, doc, n_rows, sha256(self.folder / name)))


def sha256(path: Path) -> str:
    """Of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
