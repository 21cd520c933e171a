"""The code to redo a report: a notebook, and the folder ``analysis`` with the very functions that made it.

The notebook needs pandas, SciPy and statsmodels, and nothing of this project.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from studies.report.analysis.results import Section
from tutorbot.errors import MissingPart

ELSEWHERE = {
    "studies.report.analysis": "analysis",
    "studies.instruments.reliability": "analysis.reliability",
    "tutorbot.errors": "analysis.errors",
}
"""Module here -> what it is called in the report's folder."""
ERRORS = '''"""What is raised where a package is missing."""


class MissingPart(Exception):
    """remedy: what to do now."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
'''
BEGIN = """import pandas as pd
from pathlib import Path

from analysis.frames import read, read_csv
from analysis.sections import SECTIONS

pd.set_option("display.max_rows", 60)
data = read(Path("data"))
sections = {}


def redo(name):
    \"\"\"Compute a section anew, hold each of its tables to the report's, and hand them back.\"\"\"
    sections[name] = SECTIONS[name](data)
    for table in sections[name].tables:
        stored = read_csv(Path("tables") / f"{table.id}.csv")
        assert list(stored.columns) == [column.name for column in table.columns], table.id
        assert len(stored) == len(table.rows), table.id
        fresh = table.frame
        for column in stored.columns:
            old, new = stored[column], fresh[column]
            assert (old.isna().to_numpy() == new.isna().to_numpy()).all(), (table.id, column)
            if pd.api.types.is_numeric_dtype(old) and not pd.api.types.is_bool_dtype(old):
                gap = (old.astype(float) - new.astype(float)).abs().max()
                assert not gap > 1e-9, (table.id, column, gap)
            else:
                same = old.dropna().astype(str).str.lower() == new.dropna().astype(str).str.lower()
                assert same.all(), (table.id, column)
    return {table.id: table.frame for table in sections[name].tables}"""
BY_HAND = """# The main contrast and the mixed model once more, by hand: change what you like.
import statsmodels.formula.api as smf
from scipy import stats

board = data["board"]
people = board.groupby(["participant", "condition"])["trust"].mean().unstack()
levels = data.conditions()
print(people.describe())
if len(levels) > 1 and people[levels[:2]].notna().sum().min() > 1:
    print(stats.ttest_ind(people[levels[1]].dropna(), people[levels[0]].dropna(), equal_var=False))
rows = board.dropna(subset=["trust"]).assign(board=board["item_n"] - 1)
if rows["participant"].nunique() > 2 and rows["trust"].nunique() > 1:
    condition = f"C(condition, Treatment({levels[0]!r}))"
    formula = "trust ~ board" if len(levels) < 2 else f"trust ~ {condition} * board"
    try:
        print(smf.mixedlm(formula, rows, groups=rows["participant"]).fit(reml=True).summary())
    except Exception as error:
        print("no mixed model:", error)"""


def write_notebook(folder: Path, title: str, sections: Sequence[Section]) -> None:
    """Write report.ipynb and its ``analysis`` beside it. Raises: MissingPart: without nbformat; OSError."""
    nbformat = _nbformat()
    _write_code(folder / "analysis")
    make = nbformat.v4
    cells = [
        make.new_markdown_cell(
            f"# {title}\n\nEvery number of the report, computed anew from `data/` by the code in "
            f"`analysis/` and "
            "held to `tables/`. Needs pandas, SciPy and statsmodels. Run the cells in order, in this folder."
        ),
        make.new_code_cell(BEGIN),
    ]
    for section in sections:
        cells.append(make.new_markdown_cell(f"## {section.title}\n\n" + "\n\n".join(section.words)))
        cells.append(make.new_code_cell(f'redo("{section.id}")'))
    cells += [make.new_markdown_cell("## By hand"), make.new_code_cell(BY_HAND)]
    for index, cell in enumerate(cells):
        cell["id"] = f"cell-{index}"
    book = make.new_notebook(
        cells=cells,
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.validate(book)
    (folder / "report.ipynb").write_text(nbformat.writes(book) + "\n", encoding="utf-8")


def _write_code(folder: Path) -> None:
    folder.mkdir()
    sources = [
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in resources.files("studies.report.analysis").iterdir()
        if entry.name.endswith(".py")
    ]
    of_scales = resources.files("studies.instruments").joinpath("reliability.py")
    sources += [("reliability.py", of_scales.read_text(encoding="utf-8")), ("errors.py", ERRORS)]
    for name, text in sorted(sources):
        (folder / name).write_text(_moved(text), encoding="utf-8")


def _moved(source: str) -> str:
    """Source code with its imports as they are in the report's folder."""
    for here, there in ELSEWHERE.items():
        source = source.replace(here, there)
    return source


def _nbformat() -> Any:
    try:
        return importlib.import_module("nbformat")
    except ModuleNotFoundError:
        raise MissingPart(
            "Package nbformat is not installed; the notebook of a report needs it.",
            remedy="Run `make env-analysis`.",
        ) from None
