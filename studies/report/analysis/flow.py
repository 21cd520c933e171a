"""Participant flow: how many came, how many got which cell, and how far they went (after CONSORT 2010)."""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.report.analysis.frames import Frames, truth
from studies.report.analysis.results import Column, Section, Table, table_of

ENDED_BY = {
    "stopped_by_learner": "stopped_by_learner",
    "stopped_by_experimenter": "stopped_by_experimenter",
    "away_too_long": "stopped_by_absence",
    "consent_withdrawn": "withdrawn",
    "criterion": "finished",
    "max_items": "finished",
}
"""Reason of a session's end -> where its participant stands."""
FATES = (
    "finished",
    "stopped_by_learner",
    "stopped_by_experimenter",
    "stopped_by_absence",
    "withdrawn",
    "open",
)
COUNTS = ("allocated", "never_opened", "no_answer", "refused", "consented", "began", *FATES, "analysed")
TITLES = {
    "allocated": "allocated",
    "never_opened": "never opened",
    "no_answer": "no answer on consent",
    "refused": "refused",
    "consented": "consented",
    "began": "began the lesson",
    "finished": "finished",
    "stopped_by_learner": "stopped by learner",
    "stopped_by_experimenter": "stopped by experimenter",
    "stopped_by_absence": "away too long",
    "withdrawn": "withdrew",
    "open": "still open",
    "analysed": "analyzed",
}


EVERY_PART = "every part"
"""The one group of a design within participants."""


def arm(sessions: pd.DataFrame) -> pd.Series:
    """What a session was allocated to: its between-subject cell; without one its condition.

    Where all differences are within participants everybody is in one group, ``every part``: the
    condition of a session is that of its first part alone.
    """
    ordered = sessions["sequence"].map(lambda one: isinstance(one, str) and "order=" in one).astype(bool)
    alone = sessions["condition"].mask(ordered, EVERY_PART)
    return sessions["cell"].where(sessions["cell"].notna() & (sessions["cell"] != ""), alone)


def fate(session: pd.Series) -> str:
    """Where one participant stands; each session is in one of these."""
    if not session["consented"]:
        if isinstance(session["end_reason"], str):
            return "refused"
        return "no_answer" if session["n_rows"] > 0 else "never_opened"
    reason = session["end_reason"]
    return ENDED_BY.get(reason, "finished") if isinstance(reason, str) else "open"


def flow(frames: Frames) -> Section:
    """One row for each cell, and one for all."""
    sessions = frames["session"]
    arms = arm(sessions)
    order = list(dict.fromkeys(arms.sort_values()))
    rows = [{"cell": name, **_counts(sessions[arms == name])} for name in order]
    rows.append({"cell": "all", **_counts(sessions)})
    study = frames.study
    came: list[dict[str, Any]] = [
        {"step": "personal links made", "n": int(study["n_invited"])},
        {"step": "arrivals by a recruitment service", "n": int(study["n_arrived"])},
        {"step": "sessions (allocated)", "n": len(sessions)},
        {"step": "places given again after a drop-out", "n": int(study["n_refilled"])},
        {"step": "sessions planned", "n": None if pd.isna(study["planned_n"]) else int(study["planned_n"])},
    ]
    n = rows[-1]
    return Section(
        id="flow",
        title="Participant flow",
        words=(
            f"{n['allocated']} sessions were allocated; in {n['consented']} of them consent to take part was "
            f"given, {n['finished']} finished the lesson, {n['withdrawn']} withdrew. Analyzed are "
            f"{n['analysed']}: everyone who consented and did not withdraw, as allocated, however far "
            f"they came.",
        ),
        tables=(
            table_of(
                "flow",
                "Participants by cell: from allocation to analysis.",
                [Column("cell", "cell"), *(Column(name, TITLES[name]) for name in COUNTS)],
                rows,
                notes=("Each session is in one of: never opened, no answer, refused, or one of the ends.",),
            ),
            table_of(
                "recruitment",
                "How participants came to the study.",
                [Column("step", "step"), Column("n", "n")],
                came,
            ),
        ),
    )


def _counts(sessions: pd.DataFrame) -> dict[str, int]:
    sessions = sessions.assign(consented=truth(sessions["consented"]))
    fates = [fate(one) for _, one in sessions.iterrows()]
    counted = {name: fates.count(name) for name in (*FATES, "refused", "no_answer", "never_opened")}
    return {
        "allocated": len(sessions),
        "consented": int(sessions["consented"].sum()),
        "began": int((sessions["consented"] & truth(sessions["began_lesson"])).sum()),
        "analysed": int(truth(sessions["analysed"]).sum()),
        **counted,
    }


def missing(frames: Frames) -> Section:
    """What should be there and is not, by condition."""
    rows: list[dict[str, Any]] = []
    for condition in frames.conditions():
        for what, expected, there in _expected(frames, condition):
            rows.append(
                {
                    "condition": condition,
                    "what": what,
                    "expected": expected,
                    "missing": expected - there,
                    "share": (expected - there) / expected if expected else None,
                }
            )
    return Section(
        id="missing",
        title="Missing data",
        words=("Nothing was filled in: every analysis uses the values that are there and says how many.",),
        tables=(_missing_table(rows),),
    )


def _missing_table(rows: list[dict[str, Any]]) -> Table:
    return table_of(
        "missing",
        "Missing values by condition.",
        [
            Column("condition", "condition"),
            Column("what", "what"),
            Column("expected", "expected"),
            Column("missing", "missing"),
            Column("share", "share missing", 3),
        ],
        rows,
        notes=(
            "A board that was stopped half way has no answers after it by design; it is not counted. "
            "Seconds count where the camera was agreed to.",
        ),
    )


def _of_the_camera(windows: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Windows of sessions in which the camera was agreed to: no others could have a score."""
    sessions = frames.sessions
    agreed = sessions.loc[truth(sessions["camera_consented"]), "session_id"]
    return windows[windows["session_id"].isin(agreed)]


def _expected(frames: Frames, condition: str) -> list[tuple[str, int, int]]:
    def of(name: str) -> pd.DataFrame:
        table = frames[name]
        return table[table["condition"] == condition]

    boards = of("board")
    boards = boards[boards["outcome"] != "stopped"]
    asked = of("validity_probe")
    asked = asked[asked["outcome"] == "asked"]
    answered = of("validity_answer")
    windows, acts = _of_the_camera(of("affect_window"), frames), of("act_whole")
    acts = acts[truth(acts["delivered"])]
    ends = of("questionnaire_end")
    sessions = frames.sessions[frames.sessions["condition"] == condition]
    return [
        ("sessions with an end", len(sessions), int(sessions["end_reason"].notna().sum())),
        ("trust and concentration answers after a board", len(boards), int(boards["trust"].notna().sum())),
        ("answers to the detector check", len(asked), int(answered["confused"].notna().sum())),
        ("seconds with a face score", len(windows), int(windows["confusion"].notna().sum())),
        ("reactions to delivered acts", len(acts), int(acts["reaction"].notna().sum())),
        ("items of questionnaires", int(ends["n_items"].sum()), int(ends["n_answered"].sum())),
    ]
