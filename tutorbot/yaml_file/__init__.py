"""Files that people write by hand: read and checked (``reading.py``), every mistake with line and column."""

from tutorbot.yaml_file.reading import (
    Behind,
    FileModel,
    Loc,
    Misfit,
    Misfits,
    load_yaml,
    parse_yaml,
    read_text,
)

__all__ = [
    "Behind",
    "FileModel",
    "Loc",
    "Misfit",
    "Misfits",
    "load_yaml",
    "parse_yaml",
    "read_text",
]
