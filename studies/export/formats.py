"""The formats an export can be had in: a line for each, and a module that writes it."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from studies.export import how_to_read as how
from studies.export.material import Files, Material
from studies.export.readme import HOW_TO_READ
from tutorbot.errors import BadInput, MissingPart

ALL = "all"
"""Every format."""


@dataclass(frozen=True, slots=True)
class Format:
    """name: as typed after --format. doc: what it is, in a few words. write: makes its files.

    how_to_read: of its README. papers: folder for the protocol
    files, where the format does not take them at its root. needs: module that must be installed. sessions_in:
    where every session has a line, with or without consent; None: only those with consent are here.
    """

    name: str
    doc: str
    write: Callable[[Material, Files], None]
    how_to_read: str
    papers: str = ""
    needs: str | None = None
    sessions_in: str | None = None


def _writer(module: str, name: str = "write") -> Callable[[Material, Files], None]:
    """A module's writer, imported when it is used."""

    def write(material: Material, files: Files) -> None:
        writer: Any = getattr(importlib.import_module(f"studies.export.{module}"), name)
        writer(material, files)

    return write


FORMATS = (
    Format(
        "csv",
        "tidy CSV tables, one row a session beside them, codebook",
        _writer("tidy", "write_long_and_wide"),
        how_to_read=HOW_TO_READ + how.WIDE,
        sessions_in="session.csv",
    ),
    Format(
        "parquet",
        "the same tables as typed columns",
        _writer("parquet"),
        how_to_read=how.PARQUET,
        sessions_in="session.parquet",
        needs="pyarrow",
    ),
    Format(
        "frictionless",
        "the CSV tables as a Data Package, every column described and checked",
        _writer("frictionless"),
        how_to_read=how.FRICTIONLESS,
        sessions_in="data/session.csv",
        papers="protocols/",
    ),
    Format(
        "psych-ds",
        "the CSV tables as Psych-DS names and describes them",
        _writer("psych_ds"),
        how_to_read=how.PSYCH_DS,
        sessions_in="the table session",
        papers="materials/",
    ),
    Format(
        "bids",
        "events and questionnaires as BIDS",
        _writer("bids"),
        how_to_read=how.BIDS,
        papers="sourcedata/",
    ),
    Format("datashop", "transactions for PSLC DataShop", _writer("datashop"), how_to_read=how.DATASHOP),
    Format("xapi", "xAPI statements for a learning record store", _writer("xapi"), how_to_read=how.XAPI),
    Format("eaf", "a file a session for ELAN", _writer("eaf"), how_to_read=how.EAF),
    Format("xdf", "a file a session as LabRecorder writes them", _writer("xdf"), how_to_read=how.XDF),
    Format(
        "mcap",
        "a bag a session for Foxglove and ROS 2",
        _writer("mcap_file"),
        how_to_read=how.MCAP,
        needs="mcap",
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
