"""What the tutor did: levels asked for, allowed and delivered; exposure, and how learners took it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.report.analysis.effects import mean_of
from studies.report.analysis.frames import Frames, truth
from studies.report.analysis.results import Column, Section, Table, table_of

LEVELS = {1: "notification", 2: "suggestion", 3: "intervention"}
REACTIONS = ("accepted", "declined", "ignored", "undone", "lapsed")
PER_MIN = 20.0
CONDITION = Column("condition", "condition")


def manipulation(frames: Frames) -> Section:
    """Whether each condition did what it is for."""
    conditions = frames.conditions()
    return Section(
        id="manipulation",
        title="Manipulation checks",
        words=(
            "A reason to speak is found, a level is asked for, safety rules may lower it, and an act is "
            "delivered or not. A reason counts once: as it was allowed, or as it stood last.",
        ),
        tables=(
            _levels(frames, conditions),
            _suppressed(frames, conditions),
            _time_with_act(frames, conditions),
        ),
    )


def reasons_found(frames: Frames) -> pd.DataFrame:
    """One row for each reason: that in which it was allowed, else its last one.

    A reason is logged anew when its outcome changes; one that led to an act and still holds is then
    suppressed.
    """
    rows = frames["trigger"].assign(allowed=frames["trigger"]["outcome"] == "allowed")
    ordered = rows.sort_values(["allowed", "seq"], kind="stable")
    return ordered.groupby(["session_id", "trigger_id"]).tail(1)


def _levels(frames: Frames, conditions: list[str]) -> Table:
    reasons, acts = reasons_found(frames), frames["act_whole"]
    rows = []
    for condition in conditions:
        found, done = reasons[reasons["condition"] == condition], acts[acts["condition"] == condition]
        delivered = done[truth(done["delivered"])]
        allowed = found[found["outcome"] == "allowed"]
        for level, name in LEVELS.items():
            rows.append(
                {
                    "condition": condition,
                    "level": level,
                    "name": name,
                    "offered": int((found["level_offered"] == level).sum()),
                    "allowed": int((allowed["level_allowed"] == level).sum()),
                    "acts": int((done["level"] == level).sum()),
                    "delivered": int((delivered["level_delivered"] == level).sum()),
                    "share_delivered": int((delivered["level_delivered"] == level).sum()) / len(delivered)
                    if len(delivered)
                    else None,
                }
            )
    return table_of(
        "levels",
        "Levels asked for, allowed and delivered, by condition.",
        [
            CONDITION,
            Column("level", "level"),
            Column("name", "name"),
            Column("offered", "reasons asking for it"),
            Column("allowed", "of allowed reasons"),
            Column("acts", "acts decided"),
            Column("delivered", "acts delivered"),
            Column("share_delivered", "share of delivered acts", 3),
        ],
        rows,
        notes=(
            "One reason may lead to more than one act: a question and the step it announces, or the "
            "same again.",
        ),
    )


def _suppressed(frames: Frames, conditions: list[str]) -> Table:
    reasons = reasons_found(frames)
    rows = []
    for condition in conditions:
        found = reasons[reasons["condition"] == condition]
        kept = found[found["outcome"] == "suppressed"]
        counted = kept["reason"].fillna("(none)").value_counts().sort_index()
        rows += [
            {
                "condition": condition,
                "reason": str(reason),
                "n": int(n),
                "share": int(n) / len(found),
            }
            for reason, n in counted.items()
        ]
    return table_of(
        "suppressed",
        "Why reasons led to no act, by condition.",
        [CONDITION, Column("reason", "why"), Column("n", "reasons"), Column("share", "of all found", 3)],
        rows,
    )


def _time_with_act(frames: Frames, conditions: list[str]) -> Table:
    rows = []
    for condition in conditions:
        people = exposures(frames, condition)
        one = mean_of(people["share_with_act"].to_numpy())
        rows.append(
            {
                "condition": condition,
                "n_people": one.n,
                "share": one.mean,
                "sd": one.sd,
                "low": one.low,
                "high": one.high,
            }
        )
    return table_of(
        "time_with_act",
        "Share of the time on boards in which an act waited for the learner's reaction: means over people.",
        [
            CONDITION,
            Column("n_people", "people"),
            Column("share", "share of time", 3),
            Column("sd", "SD", 3),
            Column("low", "95 % from", 3),
            Column("high", "to", 3),
        ],
        rows,
        notes=("From delivery to the reaction, as logged, over the time spent on boards that ended.",),
    )


def exposures(frames: Frames, condition: str) -> pd.DataFrame:
    """A row for each person with time on boards in the condition: acts, time, reactions, depth."""
    boards = frames["board"][frames["board"]["condition"] == condition]
    task_s = boards.groupby("participant")["duration_s"].sum()
    task_s = task_s[task_s > 0]
    acts = frames["act_whole"]
    acts = acts[(acts["condition"] == condition) & truth(acts["delivered"])]
    by_person = dict(tuple(acts.groupby("participant")))
    rows = []
    for participant, seconds in task_s.items():
        own = by_person.get(participant, acts.iloc[:0])
        rows.append({"participant": participant, "task_s": float(seconds), **_exposure(own, float(seconds))})
    columns = ["participant", "task_s", "n_acts", "acts_per_20_min", "share_with_act", "depth", "prompt_s"]
    return pd.DataFrame(rows, columns=columns)


def _exposure(acts: pd.DataFrame, task_s: float) -> dict[str, Any]:
    reacted = acts[acts["reaction"].notna() & (acts["reaction"] != "lapsed")]
    taken = reacted["level_delivered"].where(reacted["reaction"] == "accepted", 0)
    prompt = reacted[reacted["reaction"] != "ignored"]["reaction_latency_s"]
    waited = acts["reaction_latency_s"].fillna(0).sum()
    return {
        "n_acts": len(acts),
        "acts_per_20_min": len(acts) / task_s * PER_MIN * 60,
        "share_with_act": min(1.0, float(waited) / task_s),
        "depth": float(taken.mean()) if len(reacted) else None,
        "prompt_s": float(prompt.median()) if len(prompt) else None,
    }


def exposure(frames: Frames) -> Section:
    """Acts by time, reactions, promptness and acceptance depth."""
    conditions = frames.conditions()
    return Section(
        id="exposure",
        title="Acts and exposure",
        words=(
            "Acceptance depth is how far a learner let the tutor go: the mean, over the acts reacted to, of "
            "the level taken, 0 when an act was declined, ignored or undone. A hint that was asked for "
            "is no act.",
        ),
        tables=(_exposure_table(frames, conditions), _reactions(frames, conditions)),
    )


EXPOSURE = {
    "n_acts": "acts delivered",
    "acts_per_20_min": "acts in 20 min on boards",
    "depth": "acceptance depth 0..3",
    "prompt_s": "seconds to a reaction (median of a person)",
    "task_s": "seconds on boards",
}


def _exposure_table(frames: Frames, conditions: list[str]) -> Table:
    rows = []
    for condition in conditions:
        people = exposures(frames, condition)
        for name, title in EXPOSURE.items():
            one = mean_of(people[name].astype(float).to_numpy())
            rows.append(
                {
                    "condition": condition,
                    "measure": name,
                    "title": title,
                    "n_people": one.n,
                    "mean": one.mean,
                    "sd": one.sd,
                    "low": one.low,
                    "high": one.high,
                    "median": one.median,
                }
            )
    return table_of("exposure", "Exposure by condition: over people.", mean_columns(), rows)


def mean_columns() -> list[Column]:
    """Columns of a table of means by condition."""
    return [
        CONDITION,
        Column("measure", "measure"),
        Column("title", "what it is"),
        Column("n_people", "people"),
        Column("mean", "mean"),
        Column("sd", "SD"),
        Column("low", "95 % from"),
        Column("high", "to"),
        Column("median", "median"),
    ]


def _reactions(frames: Frames, conditions: list[str]) -> Table:
    acts = frames["act_whole"]
    acts = acts[truth(acts["delivered"])]
    rows = []
    for condition in conditions:
        for level, name in LEVELS.items():
            own = acts[(acts["condition"] == condition) & (acts["level_delivered"] == level)]
            if len(own) == 0:
                continue
            counts = {one: int((own["reaction"] == one).sum()) for one in REACTIONS}
            reacted = len(own) - counts["lapsed"] - int(own["reaction"].isna().sum())
            rows.append(
                {
                    "condition": condition,
                    "level": level,
                    "name": name,
                    "delivered": len(own),
                    **counts,
                    "accepted_share": counts["accepted"] / reacted if reacted else None,
                    "median_s": own["reaction_latency_s"][
                        own["reaction"].isin(["accepted", "declined"])
                    ].median(),
                }
            )
    return table_of(
        "reactions",
        "Reactions to delivered acts, by condition and level.",
        [
            CONDITION,
            Column("level", "level"),
            Column("name", "name"),
            Column("delivered", "delivered"),
            *(Column(one, one) for one in REACTIONS),
            Column("accepted_share", "accepted, share of acts not lapsed", 3),
            Column("median_s", "median seconds to yes or no"),
        ],
        rows,
    )
