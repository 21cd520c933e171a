"""The formats an export can be had in: a line for each, and a module that writes it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from studies.export.material import Files, Material
from studies.export.readme import HOW_TO_READ
from tutorbot.errors import BadInput, MissingPart

ALL = "all"
"""Every format."""


@dataclass(frozen=True, slots=True)
class Format:
    """name: as typed after --format. doc: what it is, in a few words. write: makes its files.

    how_to_read: of its README. n_passes: how often it goes through the rows. papers: folder for the protocol
    files, where the format does not take them at its root. needs: module that must be installed.
    """

    name: str
    doc: str
    write: Callable[[Material, Files], None]
    how_to_read: str
    n_passes: int = 1
    papers: str = ""
    needs: str | None = None


def _writer(module: str, name: str = "write") -> Callable[[Material, Files], None]:
    """A module's writer, imported when it is used."""

    def write(material: Material, files: Files) -> None:
        writer: Any = getattr(importlib.import_module(f"studies.export.{module}"), name)
        writer(material, files)

    return write


PARQUET = """\
How to read the tables
  Apache Parquet; R reads it with arrow::read_parquet(), Python with pandas.read_parquet().
  NULL is unknown or not applicable. Times of day are timestamps in UTC, at_s counts seconds from the start of
  the session. Lists and pairs are JSON in a text column. wide.parquet has one row for each session.
  codebook.parquet says what every column means, and so does the field metadata `doc`; values.parquet says
  what the words and numbers in the cells mean."""

ONE_FILE_A_SESSION = "One file for each session with consent to take part, named {name}."

FORMATS = (
    Format(
        "csv",
        "tidy CSV tables, one row a session beside them, codebook",
        _writer("tidy", "write_long_and_wide"),
        how_to_read=HOW_TO_READ,
        n_passes=2,
    ),
    Format(
        "parquet",
        "the same tables as typed columns",
        _writer("parquet"),
        how_to_read=PARQUET,
        n_passes=2,
        needs="pyarrow",
    ),
)
"""Every format there is, in the order they are written."""


def chosen_formats(names: Sequence[str]) -> tuple[Format, ...]:
    """The formats of these names, each once; none for none.

    Raises: BadInput: naming those there are; MissingPart: if a package is not installed.
    """
    known = [one.name for one in FORMATS]
    for name in names:
        if name not in (*known, ALL):
            raise BadInput(
                f"There is no export format {name!r}.", remedy=f"There are {', '.join(known)}, and {ALL}."
            )
    found = tuple(one for one in FORMATS if ALL in names or one.name in names)
    for one in found:
        _require(one)
    return found


def _require(one: Format) -> None:
    if one.needs is not None and importlib.util.find_spec(one.needs) is None:
        raise MissingPart(
            f"Package {one.needs} is not installed; --format {one.name} needs it.",
            remedy="Run `make env-analysis`.",
        )
