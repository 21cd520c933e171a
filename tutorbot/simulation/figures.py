"""A simulated session in numbers: what a study would see of it, and what only the simulator knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutorbot.core.events import Delivery, ItemEnded, ReactionSeen, Row
from tutorbot.simulation.mind import NEGATIVE, State
from tutorbot.simulation.session import SimulatedSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One learner in one condition.

    learner: index; the same index is the same person in every condition.
    trust, focus: mean answers to the single items, 1..5. trust_end: the learner's own at the end, 1..5.
    true_focus: mean focus 0..1 while at work; focus_negative: the same in seconds of confusion or
    frustration, None without any; share_negative: their share of the time.
    errors: wrong checks a board. first_try: share of boards right at the first check without help.
    item_s: mean seconds a board. acts_10min: acts in ten minutes of work.
    false_acts: acts on a learner who was neither confused nor frustrated.
    taken: accepted levels as a share of the levels said (acceptance depth), None without acts.
    reward: mean worth of a board (``parameters.Reward``).
    """

    condition: str
    learner: int
    trust: float
    trust_end: float
    focus: float
    true_focus: float
    focus_negative: float | None
    share_negative: float
    errors: float
    first_try: float
    item_s: float
    boards: int
    acts: int
    acts_10min: float
    false_acts: int
    taken: float | None
    reward: float
    session_s: float


def figures_of(condition: str, learner: int, session: SimulatedSession) -> Figures:
    """The figures of a session that was played to its end."""
    truth, rows = session.learner.truth, session.rows
    boards = [row for row in rows if isinstance(row, ItemEnded) and row.outcome != "stopped"]
    work_s = sum(truth.state_s.values())
    negative_s = sum(truth.state_s[state] for state in NEGATIVE)
    focus_negative = sum(truth.focus_sum[state] for state in NEGATIVE)
    wrong = sum(row.n_attempts - (row.outcome == "solved") for row in boards)
    return Figures(
        condition=condition,
        learner=learner,
        trust=mean(truth.trust_answers),
        trust_end=truth.trust[-1],
        focus=mean(truth.focus_answers),
        true_focus=sum(truth.focus_sum.values()) / work_s,
        focus_negative=focus_negative / negative_s if negative_s else None,
        share_negative=negative_s / work_s,
        errors=wrong / len(boards),
        first_try=mean([row.first_try for row in boards]),
        item_s=mean([row.duration_s for row in boards]),
        boards=len(boards),
        acts=len(truth.acts),
        acts_10min=600 * len(truth.acts) / work_s,
        false_acts=sum(act.state in {State.ENGAGED, State.BORED} for act in truth.acts),
        taken=_taken(rows),
        reward=mean(rewards_of(session)),
        session_s=rows[-1].at_s,
    )


def rewards_of(session: SimulatedSession) -> list[float]:
    """What each finished board was worth, in order."""
    boards = [row for row in session.rows if isinstance(row, ItemEnded) and row.outcome != "stopped"]
    return [
        session.learner.parameters.reward.of_board(
            trust_answer=answer,
            n_wrong=row.n_attempts - (row.outcome == "solved"),
            solved=row.outcome == "solved",
            item_s=row.duration_s,
        )
        for row, answer in zip(boards, session.learner.truth.trust_answers, strict=False)
    ]


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean. Raises: ZeroDivisionError: of nothing."""
    return sum(values) / len(values)


def _taken(rows: Sequence[Row]) -> float | None:
    level = {row.act_id: row.level for row in rows if isinstance(row, Delivery) and row.delivered}
    taken = sum(
        level[row.act_id] for row in rows if isinstance(row, ReactionSeen) and row.reaction == "accepted"
    )
    return taken / sum(level.values()) if level else None
