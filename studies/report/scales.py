"""Answers of questionnaires, scored by their instruments: the one place where a report asks for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from studies.instruments import Instrument, ScoreRule, load_instrument, score_frame, wide
from tutorbot.errors import BadInput

FILLING = ("session_id", "participant", "phase", "block", "part")
SCORE_COLUMNS = (
    *FILLING,
    "filling_n",
    "condition",
    "first_condition",
    "instrument",
    "version",
    "kind",
    "score",
    "value",
    "reason",
    "low",
    "high",
)
ITEM_COLUMNS = ("participant", "instrument", "score", "phase", "filling_n", "item_id", "value")
UNSCORED_COLUMNS = ("instrument", "version", "why")


def scored(answers: pd.DataFrame, texts: Path | None) -> dict[str, pd.DataFrame]:
    """questionnaire_score, questionnaire_item (reversed items turned) and what could not be scored.

    answers: rows of ``questionnaire_answer`` with participant, part and first_condition. texts: a folder
    with a lab's own instruments.
    """
    scores: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    unscored: list[dict[str, Any]] = []
    for (name, version), own in answers.groupby(["instrument", "version"], sort=True):
        try:
            instrument = load_instrument(str(name), texts=texts)
            if instrument.version != version:
                raise BadInput(
                    f"Version {version} was asked, and {instrument.version} is at hand.",
                    remedy="Name a folder with the version that was asked.",
                )
            if instrument.kind not in {"scale", "test"}:
                continue
            scores += _scores(instrument, own)
            items += _items(instrument, own)
        except BadInput as error:
            unscored.append({"instrument": name, "version": version, "why": str(error)})
    return {
        "questionnaire_score": pd.DataFrame(scores, columns=list(SCORE_COLUMNS)),
        "questionnaire_item": pd.DataFrame(items, columns=list(ITEM_COLUMNS)),
        "questionnaire_unscored": pd.DataFrame(unscored, columns=list(UNSCORED_COLUMNS)),
    }


def _scores(instrument: Instrument, answers: pd.DataFrame) -> list[dict[str, Any]]:
    keys = [*FILLING, "filling_n", "condition", "first_condition"]
    of_filling = answers.groupby(list(FILLING), dropna=False, sort=False)[keys].first()
    table = score_frame(instrument, answers)
    rows = []
    for index, (_, filling) in enumerate(of_filling.iterrows()):
        found = table.iloc[index]
        for rule in instrument.scores:
            low, high = limits(instrument, rule)
            rows.append(
                {
                    **{key: filling[key] for key in keys},
                    "instrument": instrument.id,
                    "version": instrument.version,
                    "kind": instrument.kind,
                    "score": rule.id,
                    "value": found[rule.id],
                    "reason": found[f"{rule.id}_reason"],
                    "low": low,
                    "high": high,
                }
            )
    return rows


def _items(instrument: Instrument, answers: pd.DataFrame) -> list[dict[str, Any]]:
    fillings = answers.groupby(list(FILLING), dropna=False, sort=False).first()
    known = fillings.reset_index()
    rows = []
    for rule in instrument.scores:
        table = wide(instrument, answers, rule)
        for index in range(len(table)):
            filling = known.iloc[index]
            rows += [
                {
                    "participant": filling["participant"],
                    "instrument": instrument.id,
                    "score": rule.id,
                    "phase": filling["phase"],
                    "filling_n": filling["filling_n"],
                    "item_id": item_id,
                    "value": table.iloc[index][item_id],
                }
                for item_id in table.columns
            ]
    return rows


def limits(instrument: Instrument, rule: ScoreRule) -> tuple[float | None, float | None]:
    """Least and most a score can be; None where its items have no scale."""
    lows, highs = [], []
    for item in instrument.items_of(rule):
        scale = instrument.scale_of(item)
        if item.correct is not None:
            lows.append(0.0)
            highs.append(1.0)
        elif scale is not None:
            lows.append(float(scale.low))
            highs.append(float(scale.high))
        else:
            return None, None
    n = len(lows) if rule.rule == "sum" else 1
    return (min(lows) * n, max(highs) * n) if lows else (None, None)
