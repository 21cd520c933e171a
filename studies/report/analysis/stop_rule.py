"""The stop rule: what became of trust after an INTERVENTION, for each learner and over the whole study.

A change is the learner's trust answer (1..5) after a delivered INTERVENTION less the last one before it,
as in the tutor's own rule (docs/proactivity.md).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from studies.report.analysis.effects import Mean, mean_of
from studies.report.analysis.frames import Frames, truth
from studies.report.analysis.results import Column, Section, table_of

INTERVENTION = 3


def changes(frames: Frames) -> pd.DataFrame:
    """A row for each change: session, participant, condition, change."""
    acts = frames["act_whole"]
    acts = acts[truth(acts["delivered"]) & (acts["level_delivered"] == INTERVENTION)]
    delivered = dict(tuple(acts.groupby("session_id")["delivered_seq"]))
    rows: list[dict[str, Any]] = []
    for session_id, answers in frames["probe"].sort_values("seq", kind="stable").groupby("session_id"):
        when = delivered.get(session_id)
        if when is None:
            continue
        before: Any = None
        for answer in answers.itertuples():
            if before is not None and ((when > before.seq) & (when < answer.seq)).any():
                rows.append(
                    {
                        "session_id": session_id,
                        "participant": answer.participant,
                        "condition": answer.condition,
                        "change": float(answer.trust - before.trust),
                    }
                )
            before = answer
    return pd.DataFrame(rows, columns=["session_id", "participant", "condition", "change"])


def stop_rule(frames: Frames) -> Section:
    """By condition and over all, and whether the study's rule is met."""
    found = changes(frames)
    met = frames["stop_rule"]
    rows = []
    for condition in [*frames.conditions(), "all"]:
        own = found if condition == "all" else found[found["condition"] == condition]
        stopped = met if condition == "all" else met[met["condition"] == condition]
        one = mean_of(own.groupby("participant")["change"].mean().to_numpy())
        rows.append(
            {
                "condition": condition,
                "n_changes": len(own),
                "n_people": one.n,
                "mean_change": one.mean,
                "sd": one.sd,
                "low": one.low,
                "high": one.high,
                "learners_stopped": stopped["session_id"].nunique(),
            }
        )
    fall, least = float(frames.study["stop_fall"]), int(frames.study["stop_least"])
    overall = mean_of(found.groupby("participant")["change"].mean().to_numpy())
    return Section(
        id="stop_rule",
        title="Stop rule",
        words=(verdict(overall, len(found), fall, least),),
        tables=(
            table_of(
                "stop_rule",
                "Change of the trust answer over an INTERVENTION: means over people of each person's mean.",
                [
                    Column("condition", "condition"),
                    Column("n_changes", "changes"),
                    Column("n_people", "people"),
                    Column("mean_change", "mean change"),
                    Column("sd", "SD"),
                    Column("low", "95 % from"),
                    Column("high", "to"),
                    Column("learners_stopped", "learners who met their own rule"),
                ],
                rows,
            ),
        ),
    )


def verdict(overall: Mean, n_changes: int, fall: float, least: int) -> str:
    """Whether the study's rule is met, in a sentence."""
    rule = f'the rule of the study, "mean trust falls by more than {fall:g} after INTERVENTION"'
    if overall.mean is None:
        return f"No trust answer followed an INTERVENTION, so {rule}, is not met."
    span = (
        f" (95 % interval {overall.low:.2f} to {overall.high:.2f}, {overall.n} people)"
        if overall.low is not None and overall.high is not None
        else f" ({overall.n} person, so no interval)"
    )
    change = f"Trust changed by {overall.mean:.2f} on average after INTERVENTION{span}"
    if n_changes < least:
        return f"{change}. That rests on {n_changes} answers; {rule}, is looked at from {least} on."
    if overall.mean < -fall:
        return f"{change}: {rule}, IS MET. The study should not go on before somebody has looked at it."
    return f"{change}: {rule}, is not met."
