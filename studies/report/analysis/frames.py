"""The data of a report as tables of pandas, read from its ``data`` folder: page and notebook see the same.

Cells that are empty are missing. Rows other than ``session`` are those of
the people who are analysed: they agreed to take part and did not take that back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TRUTH = {True: True, False: False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Frames:
    """All tables by name; ``study`` is what is known of the study as a whole."""

    tables: Mapping[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    @property
    def study(self) -> Mapping[str, Any]:
        """The single row of ``study.csv``."""
        return {str(name): value for name, value in self.tables["study"].iloc[0].items()}

    @property
    def sessions(self) -> pd.DataFrame:
        """Sessions of the people who are analysed."""
        sessions = self.tables["session"]
        return sessions[truth(sessions["analysed"])]

    def conditions(self) -> list[str]:
        """Conditions that are in the data, in the protocol's order; the first is the one to compare with."""
        here = set(self.sessions["condition"]) | set(self.tables["board"]["condition"])
        planned = words(self.study.get("conditions"))
        return [name for name in planned if name in here] + sorted(here - set(planned))

    def groupings(self) -> dict[str, list[str]]:
        """Column of ``board`` -> its levels in order. Cells come in where they group otherwise."""
        board = self.tables["board"]
        found = {"condition": self.conditions()}
        for column in ("cell", "cell_in_force"):
            known = board[board[column].notna()]
            levels = list(dict.fromkeys(known.sort_values("session_n", kind="stable")[column]))
            planned = words(self.study.get("cells"))
            levels = [one for one in planned if one in levels] + sorted(set(levels) - set(planned))
            if len(levels) > 1 and not any(_same_groups(board, column, other) for other in found):
                found[column] = levels
        return found


def read(folder: Path) -> Frames:
    """Every CSV of the folder. Raises: OSError."""
    return Frames({path.stem: read_csv(path) for path in sorted(folder.glob("*.csv"))})


def read_csv(path: Path) -> pd.DataFrame:
    """One of them; the apostrophe that keeps a spreadsheet from running a cell is taken away again."""
    frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for name in frame.columns:
        if not (pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name])):
            frame[name] = frame[name].map(_unguarded).astype(object)
    return frame


def _unguarded(value: Any) -> Any:
    return value[1:] if isinstance(value, str) and value.startswith("'") else value


def truth(values: pd.Series) -> pd.Series:
    """Truth values, what is missing counted as false."""
    return values.map(TRUTH).fillna(False).astype(bool)


def words(value: Any) -> list[str]:
    """Words with ``|`` between them; none of nothing."""
    return value.split("|") if isinstance(value, str) and value else []


def person_means(rows: pd.DataFrame, measure: str, by: str) -> pd.DataFrame:
    """Index participant, a column for each level: the mean of a person's values in it."""
    known = rows[rows[measure].notna() & rows[by].notna()]
    if known.empty:
        return pd.DataFrame(dtype=float)
    return known.groupby(["participant", by])[measure].mean().unstack()


def level_values(means: pd.DataFrame, level: str) -> np.ndarray[Any, Any]:
    """The people's values in one level, without those that have none."""
    if level not in means:
        return np.array([])
    return np.asarray(means[level].dropna(), dtype=float)


def newest(left: pd.DataFrame, right: pd.DataFrame, on: str, **how: Any) -> pd.DataFrame:
    """Beside each row the newest row of the same session in ``right``; ``on`` is the column that tells time.

    Empty tables are no trouble. how: further arguments of ``pandas.merge_asof``, e.g. a tolerance.
    """
    kind = "float64" if on == "at_s" else "int64"
    one, other = (
        frame.assign(**{on: frame[on].astype(kind), "session_id": frame["session_id"].astype("str")})
        for frame in (left, right)
    )
    return pd.merge_asof(
        one.sort_values(on, kind="stable"),
        other.sort_values(on, kind="stable"),
        on=on,
        by="session_id",
        **how,
    )


def _same_groups(board: pd.DataFrame, one: str, other: str) -> bool:
    """Two columns divide the boards in the same way."""
    pairs = board[[one, other]].drop_duplicates()
    return not pairs[one].duplicated().any() and not pairs[other].duplicated().any()
