"""An explanation as a person reads it: five lines for an act, one in a list of acts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tutorbot.core.acts import Move, ProactivityLevel
from tutorbot.core.strategies.adaptive import ASK_FIRST
from tutorbot.session.explain import Explanation, HeldBack, Rule, Said, Summary, Trust
from tutorbot.session.plain_words import (
    BASES,
    CAUSES,
    KINDS,
    ON_ROBOT,
    REACTIONS,
    REASONS,
    SIGNS,
    plain,
    plain_value,
)

OUTCOMES = {"suppressed": "suppressed", "waiting": "waited", "failed": "decided and not said"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One answer in two forms. lines: to read. values: the same as one JSON object."""

    lines: tuple[str, ...]
    values: Mapping[str, Any]


def tell_act(session_id: str, one: Explanation) -> Telling:
    """One act in five lines."""
    return Telling(lines=five_lines(one), values={"session": session_id, **asdict(one)})


def tell_session(session_id: str, conditions: Sequence[str], summary: Summary) -> Telling:
    """All acts, a line each, and what was suppressed.

    conditions: of the session's parts in their order, one for a session of one part. Where they differ, each
    act's line names the one that was in force.
    """
    several = len(set(conditions)) > 1
    acts = (act_line(one, named=several) for one in summary.acts)
    lines = (*acts, suppressed_line(summary))
    return Telling(
        lines=(
            f"Session {session_id}, {'conditions' if several else 'condition'} "
            f"{', then '.join(conditions if several else conditions[:1])}",
            *(lines if summary.acts else silence_lines(summary)),
        ),
        values={
            "session": session_id,
            "condition": conditions[0],
            "conditions": list(conditions),
            **asdict(summary),
            "suppressed": dict(summary.suppressed),
        },
    )


def five_lines(one: Explanation) -> tuple[str, str, str, str, str]:
    """What was said; what was seen; which rule; what was held back before; trust and the learner."""
    return (
        f"{one.act_id}: {_said(one)}",
        f"Seen: {_seen(one)}",
        f"Rule: {_rule(one)}",
        f"Before: {_before(one)}",
        f"Trust: {_trust(one.trust)}. Learner: {_learner(one)}",
    )


def act_line(one: Explanation, *, named: bool = False) -> str:
    """One act in a list. named: with the condition in force, where a session has several."""
    condition = f"{one.rule.condition}: " if named else ""
    signs = f"{one.seen.kind}, {one.seen.basis}"
    follows = f", carries out {one.said.follows_act_id}" if one.said.follows_act_id else ""
    chosen = f"; a person chose it, {_proposed(one.rule)}" if one.rule.by_hand and not follows else ""
    return (
        f"{one.act_id:<4}{one.said.at_s:7.1f} s  board {one.said.board}  "
        f"{condition}{_level(one.said.level)} {one.said.move}{follows}: {signs}{chosen}; {_learner(one)}"
    )


def silence_lines(summary: Summary) -> tuple[str, ...]:
    """What is told of a session without an act."""
    if not summary.n_triggers:
        return ("The tutor never spoke up: no reason to speak was found.",)
    return (f"The tutor never spoke up. {suppressed_line(summary)}",)


def suppressed_line(summary: Summary) -> str:
    """What was suppressed in the whole session, by reason."""
    if not summary.suppressed:
        return "Nothing was suppressed."
    counted = "; ".join(f"{reason} {n} ({plain(REASONS, reason)})" for reason, n in summary.suppressed)
    return f"Suppressed: {counted}."


def _level(level: int) -> str:
    return ProactivityLevel(level).name


def _said(one: Explanation) -> str:
    said = one.said
    what = f"{_level(said.level)} ({said.move}) on board {said.board} ({said.item_id}, {said.problem})"
    if said.text is not None:
        return f'"{" ".join(said.text.split())}" at second {said.at_s:.1f}, {what}{_on_robot(said)}'
    if said.failed is None:
        return f"decided at second {said.decided_s:.1f}, not said yet, {what}"
    return f"never said ({plain(REASONS, said.failed)}), decided at second {said.decided_s:.1f}, {what}"


def _on_robot(said: Said) -> str:
    told = (
        f"{plain(ON_ROBOT, one.outcome)} at second {one.at_s:.1f}"
        + (", as nobody had answered" if one.again else "")
        for one in said.on_robot
    )
    return f"; on the robot: {', then '.join(told)}" if said.on_robot else ""


def _seen(one: Explanation) -> str:
    seen = one.seen
    signs = ", ".join(plain(SIGNS, sign) for sign in seen.signs)
    values = ", ".join(plain_value(name, value) for name, value in seen.evidence if value is not None)
    found = f"{plain(KINDS, seen.kind)}, from {plain(BASES, seen.basis)}: {signs} ({values})"
    if one.said.follows_act_id is None:
        return found
    return f"the learner said yes to {one.said.follows_act_id}, which rested on {found}"


def _rule(one: Explanation) -> str:
    rule, follows = one.rule, one.said.follows_act_id
    if follows is not None:
        return f"{rule.condition}: the step that {follows} asked for, at level {_level(rule.level)}"
    if rule.by_hand:
        return f"{rule.condition}: a person chose {_level(rule.level)}; {_proposed(rule)}"
    if rule.row is not None:
        cell = f"table row {rule.row} at {rule.band} trust is {rule.cell}"
        made = f"{cell}, objective {rule.objective}: {_asked(one)}"
    elif rule.fixed_level is not None:
        made = f"always {_level(rule.level_asked)}, whatever the trust"
    else:
        made = f"asked for {_level(rule.level_asked)}"
    parts = [f"{rule.condition}: {made}", _lowered(rule)]
    if not rule.holds:
        parts.append("this version of the rules would have asked for another level; replay the session")
    return "; ".join(parts)


def _proposed(rule: Rule) -> str:
    """What the table had for it, beside a person's choice."""
    if rule.row is None:
        return "nothing was proposed"
    return f"the table proposed {_level(rule.level_asked)} (row {rule.row} at {rule.band} trust)"


def _asked(one: Explanation) -> str:
    """What a cell of the table comes to here."""
    level = _level(one.rule.level_asked)
    if one.rule.cell != ASK_FIRST:
        return level
    if one.rule.level_asked == ProactivityLevel.INTERVENTION:
        return f"{level}, as this objective does not ask first"
    if one.said.move == Move.ASK_BEFORE_STEP:
        return f"{level}, the question before an INTERVENTION"
    return level


LOWERED = {
    "after_decline": "after a decline",
    "low_trust": "no INTERVENTION at low trust",
    "stop_rule": "no INTERVENTION any more, by the stop rule",
}


def _lowered(rule: Rule) -> str:
    if rule.level == rule.level_asked:
        return "the trust rules lowered nothing"
    by = ", ".join(LOWERED[name] for name in rule.lowered_by) or "a rule this version does not know"
    return f"lowered to {_level(rule.level)} ({by})"


def _before(one: Explanation) -> str:
    since = f"since {one.since_act_id}" if one.since_act_id else "since the session began"
    if not one.held_back:
        return f"nothing was held back {since}"
    here = _counted(one.held_back, here=True)
    elsewhere = _counted(one.held_back, here=False)
    return f"{since}, on this board: {here or 'nothing'}; on others: {elsewhere or 'nothing'}"


def _counted(held_back: Iterable[HeldBack], *, here: bool) -> str:
    def told() -> Iterator[str]:
        for one in held_back:
            n = one.n_here if here else one.n_elsewhere
            if n:
                yield f"{OUTCOMES[one.outcome]} {n} x {one.reason} ({plain(REASONS, one.reason)})"

    return ", ".join(told())


def _trust(trust: Trust) -> str:
    moves = [f"{plain(CAUSES, move.cause)} {move.total:+.2f} ({move.n} x)" for move in trust.moved]
    start = "" if trust.start is None else f"; start {trust.start:.2f}"
    sd = "" if trust.sd is None else f" +- {trust.sd:.2f}"
    return f"{trust.then:.2f}{sd} ({trust.band}){start}, moved by {', '.join(moves) or 'nothing yet'}"


def _learner(one: Explanation) -> str:
    if one.said.text is None:
        return "heard nothing" if one.said.failed is not None else "has not heard it yet"
    if one.reaction is None:
        return "has not reacted yet"
    seen = one.reaction
    after = "" if one.trust.after is None else f", trust then {one.trust.after:.2f}"
    return f"{plain(REACTIONS, seen.reaction)} after {seen.latency_s:.1f} s ({seen.via}){after}"
