"""Scores of many at once: from the long table of answers, as exported, to a row per filling in."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from studies.instruments.model import Instrument, ScoreRule
from studies.instruments.scoring import Answer, Scores, counted, score
from tutorbot.errors import BadInput, MissingPart

if TYPE_CHECKING:
    import pandas as pd

ANSWER_COLUMNS = ("item_id", "value")
FILLING_IN = ("session_id", "participant", "phase", "block", "part")
"""Columns that tell one filling in from another, as far as the table has them."""


def score_frame(instrument: Instrument, frame: pd.DataFrame) -> pd.DataFrame:
    """A row per filling in with its scores, how many items were answered, and whether checks were passed.

    frame: one answer a row, as ``questionnaire_answer`` is exported: ``item_id`` and ``value``, and
    ``choice``, ``not_applicable`` and ``instrument`` where they are there; rows of other instruments are
    passed over. A later row of the same item takes an earlier one's place.
    Raises: BadInput: a column or an item that does not fit.
    """
    pandas = _pandas()
    keys, groups = _groups(instrument, frame)
    rows = [{**key, **_row(_scores(instrument, group))} for key, group in groups]
    empty = score(instrument, {})
    return pandas.DataFrame(rows, columns=[*keys, *_row(empty)])


def wide(instrument: Instrument, frame: pd.DataFrame, rule: ScoreRule) -> pd.DataFrame:
    """The items of one score, a row per filling in, reversed items turned: what alpha and omega take."""
    pandas = _pandas()
    items = instrument.items_of(rule)
    _, groups = _groups(instrument, frame)
    rows = []
    for _, group in groups:
        answers, skipped = _answers(instrument, group)
        given = {name: None if name in skipped else answer for name, answer in answers.items()}
        rows.append([counted(instrument, item, given.get(item.id)) for item in items])
    return pandas.DataFrame(rows, columns=[item.id for item in items], dtype=float)


def _groups(
    instrument: Instrument, frame: pd.DataFrame
) -> tuple[list[str], list[tuple[dict[str, Any], pd.DataFrame]]]:
    lacking = [name for name in ANSWER_COLUMNS if name not in frame.columns]
    if lacking:
        raise BadInput(
            f"The table of answers has no column {lacking[0]!r}.",
            remedy="Hand in questionnaire_answer as it is exported.",
        )
    if "instrument" in frame.columns:
        frame = frame[frame["instrument"] == instrument.id]
    keys = [name for name in FILLING_IN if name in frame.columns]
    if not keys:
        return keys, [({}, frame)]
    grouped = frame.groupby(keys, dropna=False, sort=False)
    return keys, [(dict(zip(keys, _tuple(key), strict=True)), group) for key, group in grouped]


def _tuple(key: Any) -> Sequence[Any]:
    return key if isinstance(key, tuple) else (key,)


def _scores(instrument: Instrument, group: pd.DataFrame) -> Scores:
    answers, skipped = _answers(instrument, group)
    return score(instrument, answers, skipped)


def _answers(instrument: Instrument, group: pd.DataFrame) -> tuple[dict[str, Answer], set[str]]:
    """Answers and items that do not apply, of one filling in; the last row of an item counts."""
    last = group.drop_duplicates("item_id", keep="last")
    answers: dict[str, Answer] = {}
    skipped: set[str] = set()
    for row in last.to_dict("records"):
        name = str(row["item_id"])
        if _is_true(row.get("not_applicable")):
            skipped.add(name)
        answers[name] = _answer(instrument, name, row)
    return answers, skipped


def _answer(instrument: Instrument, name: str, row: Mapping[Any, Any]) -> Answer:
    choice = row.get("choice")
    of_choice = name in instrument.ids and instrument.item(name).answer in ("choice", "choices")
    if of_choice and isinstance(choice, str) and choice:
        return choice
    value = row["value"]
    return None if value == "" or _pandas().isna(value) else float(value)


def _is_true(value: Any) -> bool:
    return str(value).lower() in ("true", "1", "1.0")


def _row(scores: Scores) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, one in scores.scores.items():
        row[name] = math.nan if one.value is None else one.value
        row[f"{name}_n_answered"] = one.n_answered
        row[f"{name}_reason"] = one.reason
    return {**row, "n_checks": len(scores.checks), "n_checks_passed": sum(scores.checks.values())}


def _pandas() -> Any:
    try:
        return importlib.import_module("pandas")
    except ModuleNotFoundError:
        raise MissingPart(
            "Package pandas is not installed; tables of scores need it.", remedy="Run `make env-analysis`."
        ) from None
