"""Reports in a folder: their means and plots were made with everybody, and name nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from studies.erasure.names import files_under

SHOWN = frozenset({"report.html", "report.ipynb", "report.pdf"})
"""What `studies report` writes for a reader, at the top of its folder."""
PARTS = frozenset({"data", "tables", "analysis"})
"""Its folders beside them."""
WITH_THEM = (
    "report, made with them: numbers, tables and plots still count them; delete it and make it again "
    "with `studies report`"
)
UNSURE = (
    "report without its data: whether it was made with them cannot be told; delete it and make it again "
    "with `studies report`"
)


def reports_in(root: Path, touched: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Folders of reports that were made with a person, or may have been, and why they go out of date.

    touched: files that lose something of the person. A report that has its data and does not name them was
    made without them.
    """
    folders = sorted({path.parent for path in files_under(root) if path.name in SHOWN})
    for folder in folders:
        if any(_belongs(path, folder) for path in touched):
            yield folder, WITH_THEM
        elif not (folder / "data" / "session.csv").is_file():
            yield folder, UNSURE


def _belongs(path: Path, report: Path) -> bool:
    """Whether a file is the report's own, and not of an export that lies beside it."""
    if not path.is_relative_to(report):
        return False
    first, *rest = path.relative_to(report).parts
    return first in PARTS if rest else first in SHOWN
