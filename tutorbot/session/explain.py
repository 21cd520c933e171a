"""Why the tutor spoke, or did not: one act of a log taken apart, from its rows alone.

Everything here is a pure function of the session's set-up and its rows. No learner's words come this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import (
    Act,
    BlockBegun,
    Delivery,
    ItemBegun,
    ReactionSeen,
    RobotSpeech,
    Row,
    StopRuleMet,
    Trigger,
    TrustState,
    TutorSaid,
)
from tutorbot.core.evidence import Basis, Candidate, EvidenceSource
from tutorbot.core.settings import TutorSettings
from tutorbot.core.setup import Setup
from tutorbot.core.strategies import STRATEGIES, Context
from tutorbot.core.strategies.adaptive import TABLE, Adaptive, row_of
from tutorbot.core.strategies.learned import Learned
from tutorbot.core.strategies.wizard import Wizard
from tutorbot.core.trust import TrustBand, band_of
from tutorbot.errors import BadInput, LogDamaged
from tutorbot.session.robot_talk import QUESTION_AGAIN

SomeRow = TypeVar("SomeRow", bound=Row)
Value = float | int | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRobot:
    """What became of an act's words on the robot.

    at_s: when it began to say them; else when it was known that it does not. again: said once more, as nobody
    answered.
    """

    outcome: str
    at_s: float
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said. text: the tutor's words; None when it never was said, and ``failed`` says why.

    at_s: when it was said; else when it was decided. board: running number in the session, from 1.
    on_robot: in order; empty without a robot.
    """

    text: str | None
    failed: str | None
    at_s: float
    decided_s: float
    level: int
    move: str
    board: int
    item_id: str
    problem: str
    follows_act_id: str | None
    on_robot: tuple[OnRobot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the act rests on: its trigger as it was when it was allowed."""

    trigger_id: str
    kind: str
    basis: str
    signs: tuple[str, ...]
    evidence: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which rule made the level.

    row, cell: of the adaptive table; None in other conditions, and for a step that was agreed to.
    fixed_level: of a condition with one level for all; else None. level_asked: before the trust rules.
    lowered_by: trust rules that took something off: after_decline, low_trust, stop_rule.
    by_hand: a person chose the level; ``level_asked`` is then what the table proposed, 0 for nothing.
    holds: False when this version of the rules would have asked for another level than the log says.
    """

    condition: str
    objective: str
    band: str
    row: str | None
    cell: str | None
    fixed_level: int | None
    level_asked: int
    level: int
    lowered_by: tuple[str, ...]
    holds: bool
    by_hand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Triggers noted with this outcome and reason. outcome: suppressed, waiting, or failed (never said)."""

    outcome: str
    reason: str
    n_here: int
    n_elsewhere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustMove:
    """Everything one cause did to the trust estimate so far. total: sum of its changes."""

    cause: str
    n: int
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The estimate when the act was decided, 1..5, its band, and what had moved it.

    sd: its uncertainty; None in logs that did not keep it.
    start: the first estimate; None when there was none. after: estimate after the reaction, if one moved it.
    """

    then: float
    sd: float | None
    band: str
    start: float | None
    moved: tuple[TrustMove, ...]
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """What the learner did, so many seconds after it was said, and what showed it."""

    reaction: str
    latency_s: float
    via: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One act, taken apart. since_act_id: the last act said before it. reaction: None while it is open."""

    act_id: str
    said: Said
    seen: Seen
    rule: Rule
    since_act_id: str | None
    held_back: tuple[HeldBack, ...]
    trust: Trust
    reaction: Reacted | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The acts of a session, and how often a trigger was noted as suppressed, by reason.

    n_triggers: reasons to speak that were found; one that was noted several times counts once.
    """

    acts: tuple[Explanation, ...]
    n_triggers: int
    suppressed: tuple[tuple[str, int], ...]


def summarised(setup: Setup, rows: Sequence[Row]) -> Summary:
    """All acts of a session. Raises: LogDamaged: an act without its trigger or its board."""
    triggers = _of(Trigger, rows)
    reasons = Counter(row.reason or "unknown" for row in triggers if row.outcome == "suppressed")
    return Summary(
        acts=tuple(explained(setup, rows, act.act_id) for act in _of(Act, rows)),
        n_triggers=len({row.trigger_id for row in triggers}),
        suppressed=tuple(reasons.most_common()),
    )


def explained(setup: Setup, rows: Sequence[Row], act_id: str) -> Explanation:
    """One act. Raises: BadInput: naming the acts there are; LogDamaged: its trigger or board is missing."""
    place, act = _place_of(rows, act_id)
    before = rows[:place]
    trigger = _cause(act, before)
    delivery = next((row for row in _of(Delivery, rows) if row.act_id == act.act_id), None)
    reaction = next((row for row in _of(ReactionSeen, rows) if row.act_id == act.act_id), None)
    since, held_back = _held_back(act, before)
    return Explanation(
        act_id=act.act_id,
        said=_said(act, rows, delivery),
        seen=Seen(
            trigger_id=trigger.trigger_id,
            kind=trigger.kind,
            basis=trigger.basis,
            signs=trigger.signs,
            evidence=trigger.evidence,
        ),
        rule=_rule(setup, act, trigger, before),
        since_act_id=since,
        held_back=held_back,
        trust=_trust(setup.settings, act, rows, place),
        reaction=None
        if reaction is None
        else Reacted(reaction=reaction.reaction, latency_s=reaction.latency_s, via=reaction.via),
    )


def _of(kind: type[SomeRow], rows: Sequence[Row]) -> list[SomeRow]:
    return [row for row in rows if isinstance(row, kind)]


def _place_of(rows: Sequence[Row], act_id: str) -> tuple[int, Act]:
    for place, row in enumerate(rows):
        if isinstance(row, Act) and row.act_id == act_id:
            return place, row
    acts = [row.act_id for row in _of(Act, rows)]
    raise BadInput(
        f"The session has no act {act_id!r}.",
        remedy=f"It has {', '.join(acts)}."
        if acts
        else "The tutor never spoke up in it; without --act you are told what was suppressed.",
    )


def _cause(act: Act, before: Sequence[Row]) -> Trigger:
    """The trigger as it was when it was allowed; for an agreed step, that of its question."""
    for row in reversed(before):
        if isinstance(row, Trigger) and row.trigger_id == act.trigger_id and row.outcome == "allowed":
            return row
    raise LogDamaged(
        f"Act {act.act_id} has no allowed trigger {act.trigger_id} before it.",
        remedy="Run `tutorbot replay` on the session; it names the first row that does not fit.",
    )


def _said(act: Act, rows: Sequence[Row], delivery: Delivery | None) -> Said:
    board = next((row for row in _of(ItemBegun, rows) if row.item_id == act.item_id), None)
    if board is None:
        raise LogDamaged(
            f"Act {act.act_id} stands on board {act.item_id}, which never began.",
            remedy="Run `tutorbot replay` on the session; it names the first row that does not fit.",
        )
    words = [row.text for row in _of(TutorSaid, rows) if row.act_id == act.act_id]
    delivered = delivery is not None and delivery.delivered
    return Said(
        text=" ".join(words) if delivered else None,
        failed=None if delivery is None or delivered else delivery.reason or "unknown",
        at_s=delivery.at_s if delivery is not None and delivered else act.at_s,
        decided_s=act.at_s,
        level=act.level,
        move=act.move,
        board=board.n,
        item_id=act.item_id,
        problem=board.problem,
        follows_act_id=act.follows_act_id,
        on_robot=tuple(
            OnRobot(
                outcome=row.outcome,
                at_s=row.at_s if row.began_s is None else row.began_s,
                again=row.wording_id == QUESTION_AGAIN,
            )
            for row in _of(RobotSpeech, rows)
            if row.act_id == act.act_id
        ),
    )


# ------------------------------------------------------------ the rule


def _rule(setup: Setup, act: Act, trigger: Trigger, before: Sequence[Row]) -> Rule:
    band = _band(setup.settings, before, trigger)
    condition = condition_at(setup, before)
    strategy = STRATEGIES.get(condition)
    row = cell = fixed_level = None
    holds = True
    if isinstance(strategy, Learned):
        strategy = None  # what a policy says is for `tutorbot replay` to ask again
    by_hand = isinstance(strategy, Wizard) and act.follows_act_id is None
    if strategy is not None and trigger.basis in set(Basis) and act.follows_act_id is None:
        context = _context(setup, act, trigger, before, band)
        candidate = Candidate(
            kind=trigger.kind, basis=Basis(trigger.basis), signs=trigger.signs, evidence=trigger.evidence
        )
        asked = strategy.decide(candidate, context).level
        holds = by_hand or int(asked) == act.level_offered
        if by_hand:
            row = row_of(candidate, context) if candidate.basis is not Basis.WIZARD else None
            cell = None if row is None else _cell(row, band)
        elif isinstance(strategy, Adaptive):
            row = row_of(candidate, context)
            cell = _cell(row, band)
        else:
            fixed_level = int(asked)
    return Rule(
        condition=condition,
        objective=setup.objective,
        band=band.value,
        row=row,
        cell=cell,
        fixed_level=fixed_level,
        level_asked=act.level_offered,
        level=act.level,
        lowered_by=() if by_hand else _lowered_by(setup.settings, act, before, band),
        holds=holds,
        by_hand=by_hand,
    )


def _cell(row: str, band: TrustBand) -> str:
    cell = TABLE[row][band]
    return cell.word if isinstance(cell, ProactivityLevel) else cell


def condition_at(setup: Setup, before: Sequence[Row]) -> str:
    """The condition in force after these rows: of the part the newest block belongs to."""
    block = next((row for row in reversed(before) if isinstance(row, BlockBegun)), None)
    if block is None or not setup.parts:
        return setup.condition
    return setup.parts[block.part - 1].condition


def _context(setup: Setup, act: Act, trigger: Trigger, before: Sequence[Row], band: TrustBand) -> Context:
    """What the condition knew when it decided, as far as the log tells."""
    values = dict(trigger.evidence)
    n_errors, counts = values.get("n_errors"), EvidenceSource.INTERACTION in setup.sources
    said = [row.act_id for row in _of(Delivery, before) if row.delivered]
    return Context(
        band=band,
        persists=trigger.persists,
        suggested=any(
            one.act_id in said and one.item_id == act.item_id and one.level == ProactivityLevel.SUGGESTION
            for one in _of(Act, before)
        ),
        n_errors=n_errors if isinstance(n_errors, int) and counts else 0,
        errors_persisting=setup.settings.errors_persisting,
        objective=setup.objective,
    )


def _band(settings: TutorSettings, before: Sequence[Row], trigger: Trigger) -> TrustBand:
    """The band that was in force; the logged estimate is rounded and may lie just beyond an edge."""
    states = _of(TrustState, before)
    return TrustBand(states[-1].band) if states else band_of(trigger.trust, settings)


def _lowered_by(settings: TutorSettings, act: Act, before: Sequence[Row], band: TrustBand) -> tuple[str, ...]:
    """The trust rules that took something off what the condition asked for, in their order."""
    level, found = act.level_offered, []
    if level > act.level and _still_lowered(settings, before) > 0:
        found.append("after_decline")
        level -= 1
    if level > act.level and band is TrustBand.LOW:
        found.append("low_trust")
    elif level > act.level and _of(StopRuleMet, before):
        found.append("stop_rule")
    return tuple(found)


def _still_lowered(settings: TutorSettings, before: Sequence[Row]) -> int:
    """Acts that still had to be one level lower after a decline; one in silence is one of them."""
    left, silent_s = 0, None
    for row in before:
        if isinstance(row, ReactionSeen) and row.reaction == "declined":
            left = settings.lowered_acts
        elif isinstance(row, Delivery) and row.delivered:
            left = max(0, left - 1)
        elif (
            isinstance(row, Trigger)
            and row.reason == "after_decline"
            and (silent_s is None or row.at_s - silent_s >= settings.rest_s)
        ):
            left, silent_s = left - 1, row.at_s
    return left


# ------------------------------------------------------------ what came before, and after


def _held_back(act: Act, before: Sequence[Row]) -> tuple[str | None, tuple[HeldBack, ...]]:
    """Since the last act that was said: (its id, what was noted and led to no words)."""
    since, begin = None, 0
    for place, row in enumerate(before):
        if isinstance(row, Delivery) and row.delivered:
            since, begin = row.act_id, place + 1
    item_of = {row.act_id: row.item_id for row in _of(Act, before)}
    here: Counter[tuple[str, str]] = Counter()
    elsewhere: Counter[tuple[str, str]] = Counter()
    for row in before[begin:]:
        if isinstance(row, Trigger) and row.outcome != "allowed":
            item_id, about = row.item_id, (row.outcome, row.reason or "unknown")
        elif isinstance(row, Delivery):
            item_id, about = item_of.get(row.act_id, ""), ("failed", row.reason or "unknown")
        else:
            continue
        (here if item_id == act.item_id else elsewhere)[about] += 1
    return since, tuple(
        HeldBack(
            outcome=outcome,
            reason=reason,
            n_here=here[outcome, reason],
            n_elsewhere=elsewhere[outcome, reason],
        )
        for outcome, reason in sorted(here | elsewhere)
    )


def _trust(settings: TutorSettings, act: Act, rows: Sequence[Row], place: int) -> Trust:
    before = _of(TrustState, rows[:place])
    trigger = _cause(act, rows[:place])
    changes: dict[str, list[float]] = {}
    for row in before:
        if row.cause != "start":
            changes.setdefault(row.cause, []).append(row.delta)
    caused = [row for row in _of(TrustState, rows[place:]) if row.act_id == act.act_id]
    return Trust(
        then=before[-1].trust if before else trigger.trust,
        sd=before[-1].sd if before else None,
        band=_band(settings, rows[:place], trigger).value,
        start=next((row.trust for row in before if row.cause == "start"), None),
        moved=tuple(
            TrustMove(cause=cause, n=len(deltas), total=round(sum(deltas), 4))
            for cause, deltas in changes.items()
        ),
        after=caused[0].trust if caused else None,
    )
