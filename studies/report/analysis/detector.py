"""Detector validity in this very study: its scores and findings against what learners said when asked.

The two questions (confused? frustrated? 1..5) come after some findings and at random moments. Moments after
findings are sampled more often than they occur, so base rate and recall are honest for random moments
only; the tables keep ``random`` and ``all`` apart. The detector was not fitted to these people, so nothing
has to be held out; intervals resample whole people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from studies.report.analysis import ranking
from studies.report.analysis.frames import Frames, newest
from studies.report.analysis.ranking import Array, Estimate, over_people, too_few
from studies.report.analysis.results import Column, Section, Table, shown, table_of

CONSTRUCTS = {"confusion": "confused", "frustration": "frustrated"}
"""Score of the detector -> the question that checks it."""
CUTS = (3, 4)
"""Answers from here on count as the state: pilot values; 3 is looked at first."""
MOST_AGE_S = 3.0
"""A score older than this at the moment of asking does not belong to it (a score comes every second)."""


def detector(frames: Frames) -> Section:
    """Base rates, PPV, recall, macro-F1, AUC and PR-AUC, by person too."""
    moments = asked_moments(frames)
    n_people = moments["participant"].nunique()
    if moments.empty:
        words = (
            "Nobody analyzed answered how confused and frustrated they felt, so the detector was not checked."
        )
        return Section(id="detector", title="Detector validity", words=(words,))
    judged = _judged(moments)
    return Section(
        id="detector",
        title="Detector validity",
        words=(
            f"{len(moments)} answers of {n_people} people to the two questions. The state counts as "
            f"there from "
            f"answer {CUTS[0]} on (and from {CUTS[1]} on, as a check of that choice).",
            *_said(judged),
            "For comparison: AUC .65 for confusion and .63 for frustration in a real classroom, split by "
            "student (Bosch et al.).",
        ),
        tables=(judged, _people(moments)),
    )


def asked_moments(frames: Frames) -> pd.DataFrame:
    """A row for each answered check: answers, what had been found, and the newest scores at that moment."""
    asked = frames["validity_probe"]
    asked = asked[asked["outcome"] == "asked"]
    columns = ["session_id", "participant", "condition", "probe_id", "at_s", "why", "kind"]
    answers = frames["validity_answer"][["session_id", "probe_id", "confused", "frustrated"]]
    moments = asked[columns].merge(answers, on=["session_id", "probe_id"], how="inner")
    moments = moments.dropna(subset=["confused", "frustrated"], how="all").sort_values("at_s", kind="stable")
    windows = frames["affect_window"][["session_id", "at_s", *CONSTRUCTS]]
    if moments.empty or windows.empty:
        return moments.assign(confusion=np.nan, frustration=np.nan)
    return newest(moments, windows, "at_s", tolerance=MOST_AGE_S)


def _judged(moments: pd.DataFrame) -> Table:
    rows = []
    for construct, question in CONSTRUCTS.items():
        for cut in CUTS:
            for sample in ("random", "all"):
                own = moments if sample == "all" else moments[moments["why"] == "random"]
                own = own[own[question].notna()]
                truth = own[question].to_numpy(dtype=float) >= cut
                for metric, one, n in _metrics(own, construct, truth, sample):
                    rows.append(
                        {
                            "state": construct,
                            "cut": cut,
                            "moments": sample,
                            "n": n,
                            "n_people": own["participant"].nunique(),
                            "metric": metric,
                            "value": one.value,
                            "low": one.low,
                            "high": one.high,
                            "why": one.why,
                        }
                    )
    return table_of(
        "detector",
        "The detector against learners' own answers, with 95 % intervals over people.",
        [
            Column("state", "state"),
            Column("cut", "from answer"),
            Column("moments", "moments"),
            Column("n", "n"),
            Column("n_people", "people"),
            Column("metric", "metric"),
            Column("value", "value", 3),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
            Column("why", "why not"),
        ],
        rows,
        notes=(
            "ppv, recall and macro_f1 judge what the tutor had found at that moment; auc and pr_auc the "
            "score.",
            "auc_within is the mean over people who had both classes.",
        ),
    )


def _metrics(
    own: pd.DataFrame, construct: str, truth: Array, sample: str
) -> Iterator[tuple[str, Estimate, int]]:
    people = own["participant"].tolist()
    found = own["kind"].isin([construct, "both"]).to_numpy(dtype=bool)
    n = len(own)
    if n == 0:
        yield "base_rate", Estimate(value=None, why="no such moment was answered"), 0
        return
    yield "base_rate", over_people(lambda t: float(t.mean()), people, truth), n
    few = too_few(truth)
    measures: dict[str, Callable[..., float | None]] = {
        "recall": lambda t, f: ranking.share(f, t),
        "macro_f1": ranking.macro_f1,
    }
    if sample == "all":
        measures = {"ppv": ranking.share, **measures}
    for name, measure in measures.items():
        yield name, _or_why(few, measure, people, truth, found), n
    score = own[construct].to_numpy(dtype=float)
    seen = np.isfinite(score)
    names = [name for name, there in zip(people, seen, strict=True) if there]
    few = too_few(truth[seen]) or None
    if not seen.any():
        few = "no face score at any of these moments"
    yield "auc", _or_why(few, ranking.auc, names, truth[seen], score[seen]), int(seen.sum())
    yield "pr_auc", _or_why(few, ranking.average_precision, names, truth[seen], score[seen]), int(seen.sum())
    yield "auc_within", _within(names, truth[seen], score[seen]), int(seen.sum())


def _or_why(
    few: str | None, measure: Callable[..., float | None], people: list[str], *columns: Array
) -> Estimate:
    if few is not None:
        return Estimate(value=None, why=few)
    return over_people(measure, people, *columns)


def _within(people: list[str], truth: Array, score: Array) -> Estimate:
    names = np.asarray(people)
    found = [
        one
        for name in np.unique(names)
        if (one := ranking.auc(truth[names == name], score[names == name])) is not None
    ]
    if len(found) < ranking.LEAST_PEOPLE:
        why = f"{len(found)} people had both classes: at least {ranking.LEAST_PEOPLE} are needed"
        return Estimate(value=None, why=why)
    return Estimate(value=float(np.mean(found)))


def _people(moments: pd.DataFrame) -> Table:
    rows = []
    for participant, own in moments.groupby("participant"):
        for construct, question in CONSTRUCTS.items():
            answered = own[own[question].notna()]
            score, truth = answered[construct].to_numpy(dtype=float), answered[question].to_numpy() >= CUTS[0]
            seen = np.isfinite(score)
            rows.append(
                {
                    "participant": participant,
                    "state": construct,
                    "n": len(answered),
                    "base_rate": float(truth.mean()) if len(answered) else None,
                    "auc": ranking.auc(truth[seen], score[seen]) if seen.any() else None,
                }
            )
    return table_of(
        "detector_people",
        f"The same by person: share of answers from {CUTS[0]} on, and AUC of the score.",
        [
            Column("participant", "person"),
            Column("state", "state"),
            Column("n", "answers"),
            Column("base_rate", "base rate", 3),
            Column("auc", "AUC", 3),
        ],
        rows,
        shown=0,
    )


def _said(judged: Table) -> list[str]:
    words = []
    for row in judged.dicts():
        if row["metric"] == "auc" and row["cut"] == CUTS[0] and row["moments"] == "random":
            words.append(
                f"{row['state'].capitalize()}, at random moments: "
                + (
                    f"AUC {shown(row['value'], 3)} [{shown(row['low'], 3)}, {shown(row['high'], 3)}]."
                    if row["value"] is not None
                    else f"no AUC ({row['why']})."
                )
            )
    return words
