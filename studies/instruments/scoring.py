"""From answers to scores: reversed items turned, missing ones counted, a reason where there is none."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from studies.instruments.model import Instrument, Item, Missing, ScoreRule
from tutorbot.errors import BadInput

Answer = float | str | None
"""A number on the scale, the id of an option, or None: no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One score of one person. value: None where there is none, for the ``reason``.

    n_items: items it is made of. n_answered: of these, answered. n_not_applicable: "does not apply".
    """

    id: str
    value: float | None
    reason: str | None
    n_items: int
    n_answered: int
    n_not_applicable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All scores of one filling in. checks: passed or not by item; an unanswered check is not passed."""

    instrument: str
    version: str
    scores: Mapping[str, Score]
    checks: Mapping[str, bool]

    @property
    def values(self) -> dict[str, float | None]:
        """Score -> its value, None where there is none."""
        return {name: one.value for name, one in self.scores.items()}

    @property
    def checks_passed(self) -> bool:
        """Whether every attention and instruction check was answered as asked."""
        return all(self.checks.values())


def score(
    instrument: Instrument, answers: Mapping[str, Answer], not_applicable: Collection[str] = ()
) -> Scores:
    """Score one filling in; answers as given, not reversed. An item that is not named was not answered.

    Raises: BadInput: an unknown item, an answer that is no point of its scale, an item that always applies.
    """
    _require_fit(instrument, answers, not_applicable)
    return Scores(
        instrument=instrument.id,
        version=instrument.version,
        scores=MappingProxyType(
            {rule.id: _score(instrument, rule, answers, not_applicable) for rule in instrument.scores}
        ),
        checks=MappingProxyType(dict(_checks(instrument, answers))),
    )


def counted(instrument: Instrument, item: Item, answer: Answer) -> float | None:
    """An answer as it counts: reversed where the item is, 1 or 0 in a test; None: no answer."""
    if answer is None or (isinstance(answer, float | int) and math.isnan(answer)):
        return None
    if item.correct is not None:
        return float(answer == item.correct)
    if isinstance(answer, str):
        return None
    scale = instrument.scale_of(item)
    return scale.reversed(answer) if item.reversed and scale is not None else float(answer)


def _score(
    instrument: Instrument, rule: ScoreRule, answers: Mapping[str, Answer], not_applicable: Collection[str]
) -> Score:
    items = instrument.items_of(rule)
    applying = [item for item in items if item.id not in not_applicable]
    values = {item.id: counted(instrument, item, answers.get(item.id)) for item in applying}
    given = {name: value for name, value in values.items() if value is not None}
    reason = _reason(rule.missing or instrument.missing, len(items), len(applying), len(given))
    return Score(
        id=rule.id,
        value=None if reason else _value(rule, given, len(applying)),
        reason=reason,
        n_items=len(items),
        n_answered=len(given),
        n_not_applicable=len(items) - len(applying),
    )


def _reason(missing: Missing, n_items: int, n_applying: int, n_given: int) -> str | None:
    """Why there is no score; None when there is."""
    if n_given == 0:
        return "no item was answered" if n_applying else "no item applies"
    if n_applying < missing.least_applying * n_items:
        return f"only {n_applying} of {n_items} items apply, at least {missing.least_applying:.0%} must"
    most = (
        missing.most if missing.most is not None else math.floor((missing.share or 0.0) * n_applying + 1e-9)
    )
    if n_applying - n_given > most:
        return f"{n_applying - n_given} of {n_applying} items are without an answer, at most {most} may be"
    return None


def _value(rule: ScoreRule, given: Mapping[str, float], n_applying: int) -> float:
    if rule.rule == "weighted":
        total = math.fsum(rule.weights[name] for name in given)
        return math.fsum(rule.weights[name] * value for name, value in given.items()) / total
    mean = math.fsum(given.values()) / len(given)
    return mean * n_applying if rule.rule == "sum" else mean


def _checks(instrument: Instrument, answers: Mapping[str, Answer]) -> Iterator[tuple[str, bool]]:
    for item in instrument.items:
        if item.check is not None:
            yield item.id, answers.get(item.id) == item.check.expected


def _require_fit(
    instrument: Instrument, answers: Mapping[str, Answer], not_applicable: Collection[str]
) -> None:
    for name in (*answers, *not_applicable):
        if name not in instrument.ids:
            raise BadInput(
                f"Instrument {instrument.id!r} has no item {name!r}.",
                remedy=f"It has {', '.join(instrument.ids)}: check that this is the version that was asked.",
            )
    for name in not_applicable:
        if not instrument.item(name).may_not_apply:
            raise BadInput(
                f'Item {name!r} of {instrument.id!r} offers no "does not apply".',
                remedy="Hand in None for an item that was not answered.",
            )
    for name, answer in answers.items():
        scale = instrument.scale_of(instrument.item(name))
        if scale is None or answer is None or (isinstance(answer, float) and math.isnan(answer)):
            continue
        if isinstance(answer, str) or not scale.holds(answer):
            raise BadInput(
                f"The answer {answer!r} to item {name!r} of {instrument.id!r} is no point of its scale.",
                remedy=f"It goes from {scale.low:g} to {scale.high:g} in steps of {scale.step:g}.",
            )
