"""People who judged: two observers against each other and the detector, and the wizard against the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from studies.report.analysis.agreement import Kappa, kappa_of
from studies.report.analysis.frames import Frames
from studies.report.analysis.ranking import auc, average_precision, over_people, too_few
from studies.report.analysis.results import Column, Section, Table, table_of

MOST_APART_S = 10.0
"""Two observations whose middles are further apart are not of the same moment: half a window."""
KAPPA = (
    Column("n", "pairs"),
    Column("agreement", "agreement", 3),
    Column("kappa", "kappa", 3),
    Column("low", "95 % from", 3),
    Column("high", "to", 3),
    Column("why", "why not"),
)
STATES = {"confusion": "confused", "frustration": "frustrated"}


def observers(frames: Frames) -> Section:
    """Kappa of each two observers over the moments both coded, and the detector against what was coded."""
    coded = frames["observation"]
    if coded.empty:
        words = "No observer coded anything in this study."
        return Section(id="observers", title="Observer coding", words=(words,))
    return Section(
        id="observers",
        title="Observer coding",
        words=(
            f"{len(coded)} observations, {coded['observer'].nunique()} observer(s). Two observations "
            f"are of the "
            f"same moment when their middles are at most {MOST_APART_S:g} s apart; each is used once. "
            f"Moments "
            "that one of them called unclear are left out.",
        ),
        tables=(_observer_kappas(coded), _counts(coded), _detector(frames, coded)),
    )


def matched(one: pd.DataFrame, other: pd.DataFrame) -> list[tuple[int, int]]:
    """Index pairs of two observers' rows of the same moment, nearest first, each row once."""
    candidates = [
        (abs(float(a["middle"]) - float(b["middle"])), i, j)
        for i, a in one.iterrows()
        for j, b in other[other["session_id"] == a["session_id"]].iterrows()
        if abs(float(a["middle"]) - float(b["middle"])) <= MOST_APART_S
    ]
    taken: list[tuple[int, int]] = []
    used_one, used_other = set(), set()
    for _, i, j in sorted(candidates):
        if i not in used_one and j not in used_other:
            taken.append((i, j))
            used_one.add(i)
            used_other.add(j)
    return sorted(taken)


def _observer_kappas(coded: pd.DataFrame) -> Table:
    coded = coded.assign(middle=(coded["from_s"] + coded["to_s"]) / 2)
    names = sorted(coded["observer"].unique())
    rows = []
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            pairs = matched(coded[coded["observer"] == first], coded[coded["observer"] == second])
            for what in ("affect", "behaviour"):
                said = [(coded.loc[i, what], coded.loc[j, what]) for i, j in pairs]
                said = [one for one in said if "unclear" not in one]
                kappa = kappa_of([a for a, _ in said], [b for _, b in said])
                rows.append({"observers": f"{first}, {second}", "what": what, **_kappa(kappa)})
    return table_of(
        "observer_kappa",
        "Agreement of observers over the moments both coded (Cohen's kappa).",
        [Column("observers", "observers"), Column("what", "what"), *KAPPA],
        rows,
    )


def _counts(coded: pd.DataFrame) -> Table:
    rows = []
    for what in ("affect", "behaviour"):
        for observer, own in coded.groupby("observer"):
            for value, n in own[what].value_counts().sort_index().items():
                rows.append(
                    {
                        "what": what,
                        "observer": observer,
                        "code": value,
                        "n": int(n),
                        "share": int(n) / len(own),
                    }
                )
    return table_of(
        "observations",
        "What observers coded.",
        [
            Column("what", "what"),
            Column("observer", "observer"),
            Column("code", "code"),
            Column("n", "observations"),
            Column("share", "share", 3),
        ],
        rows,
    )


def _detector(frames: Frames, coded: pd.DataFrame) -> Table:
    windows = frames["affect_window"]
    by_session = dict(tuple(windows.groupby("session_id")))
    clear = coded[coded["affect"] != "unclear"]
    rows = []
    for state, code in STATES.items():
        scores = np.array([_mean_score(by_session, one, state) for one in clear.itertuples()], dtype=float)
        seen = np.isfinite(scores)
        truth = (clear["affect"] == code).to_numpy()[seen]
        people = clear["participant"].to_numpy()[seen].tolist()
        few = too_few(truth)
        for metric, measure in (("auc", auc), ("pr_auc", average_precision)):
            row: dict[str, Any] = {"state": state, "n": int(seen.sum()), "metric": metric}
            row["base_rate"] = float(truth.mean()) if len(truth) else None
            if few is None:
                one = over_people(measure, people, truth, scores[seen])
                row |= {"value": one.value, "low": one.low, "high": one.high, "why": one.why}
            else:
                row["why"] = few
            rows.append(row)
    return table_of(
        "observer_detector",
        "The detector's mean score while an observer looked, against what was coded.",
        [
            Column("state", "state"),
            Column("metric", "metric"),
            Column("n", "observations"),
            Column("base_rate", "base rate", 3),
            Column("value", "value", 3),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
            Column("why", "why not"),
        ],
        rows,
    )


def _mean_score(by_session: dict[Any, pd.DataFrame], one: Any, state: str) -> float:
    windows = by_session.get(one.session_id)
    if windows is None:
        return float("nan")
    during = windows[(windows["at_s"] >= one.from_s) & (windows["at_s"] <= one.to_s)][state]
    return float(during.mean())


def wizard(frames: Frames) -> Section:
    """How far the wizard went along with the table of AD, and how long a choice took."""
    choices = frames["wizard_choice"]
    if choices.empty:
        words = "No wizard chose anything in this study."
        return Section(id="wizard", title="Wizard", words=(words,))
    asked = choices[choices["proposed"].notna()]
    level, proposed = (asked[name].astype(int).tolist() for name in ("level", "proposed"))
    latency = asked["latency_s"].dropna()
    rows = [
        {"what": "choices", "value": len(choices)},
        {"what": "about a proposal", "value": len(asked)},
        {"what": "of the wizard's own", "value": len(choices) - len(asked)},
        {"what": "vetoes", "value": int((asked["level"] == 0).sum())},
        {"what": "raised", "value": int((asked["level"] > asked["proposed"]).sum())},
        {"what": "lowered, vetoes included", "value": int((asked["level"] < asked["proposed"]).sum())},
        {"what": "latency, median s", "value": latency.median() if len(latency) else None},
        {"what": "latency, 25th percentile s", "value": latency.quantile(0.25) if len(latency) else None},
        {"what": "latency, 75th percentile s", "value": latency.quantile(0.75) if len(latency) else None},
    ]
    reasons = choices["reason"].dropna().value_counts().sort_index()
    rows += [{"what": f"reason {name}", "value": int(n)} for name, n in reasons.items()]
    return Section(
        id="wizard",
        title="Wizard",
        tables=(
            table_of(
                "wizard", "What the wizard chose.", [Column("what", "what"), Column("value", "value")], rows
            ),
            table_of(
                "wizard_kappa",
                "Agreement of the wizard's level (0 to 3) with the level proposed (Cohen's kappa).",
                [Column("weights", "weights"), *KAPPA],
                [
                    {"weights": "none", **_kappa(kappa_of(level, proposed, order=range(4)))},
                    {
                        "weights": "linear",
                        **_kappa(kappa_of(level, proposed, order=range(4), weights="linear")),
                    },
                ],
            ),
        ),
    )


def _kappa(kappa: Kappa) -> dict[str, Any]:
    return {column.name: getattr(kappa, column.name) for column in KAPPA}
