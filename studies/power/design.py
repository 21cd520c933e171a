"""A study as a simulation of its power needs it: factors, answers of each person, and planned contrasts.

``design_of`` alone reads a protocol; everything behind it knows only ``Design``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from studies.instruments import Instrument, load_instrument
from studies.protocol import Protocol
from studies.protocol.flow import Hypothesis
from tutorbot.errors import BadInput

PROBES = ("trust", "concentration")
"""Measures that are asked with one item, 1 to 5, after every board."""
PROBE_POINTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What is varied. conditions: that of each level, None where the factor does not set the condition."""

    id: str
    vary: Literal["between", "within"]
    levels: tuple[str, ...]
    conditions: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two levels of one factor, ``high`` expected above ``low``. name: a hypothesis, or the levels."""

    name: str
    factor: str
    high: str
    low: str

    @property
    def words(self) -> str:
        """``AD against C0``."""
        return f"{self.high} against {self.low}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """Everything that decides the power, but n, effect and the model of an answer.

    measure: what is analysed. n_answers: of one person in one part. points: of the scale an answer is on.
    notes: what was assumed where the protocol says nothing.
    """

    study: str
    measure: str
    factors: tuple[Factor, ...]
    n_answers: int
    points: int
    contrasts: tuple[Contrast, ...]
    notes: tuple[str, ...] = ()

    def factor(self, name: str) -> Factor:
        """Raises: StopIteration: if there is none."""
        return next(one for one in self.factors if one.id == name)

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Combinations of between-subject levels; one empty where nothing is varied between people."""
        return _combined(self.factors, "between")

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Combinations of within-subject levels: the parts of everybody's session."""
        return _combined(self.factors, "within")


def design_of(
    protocol: Protocol, *, n_boards: int, measure: str | None = None, texts: Path | None = None
) -> Design:
    """The design of a protocol. n_boards: boards in one part of a session, each followed by one answer.

    measure: what is analysed; None: that of the first hypothesis which names one, else ``trust``.
    texts: folder of the lab's own instruments.
    Raises: BadInput: nothing is compared, or a measure that the protocol does not ask for.
    """
    chosen = measure or next((one.measure for one in protocol.hypotheses if one.measure), PROBES[0])
    factors = _factors(protocol)
    notes: list[str] = []
    contrasts = tuple(_planned(protocol, factors, chosen))
    if not contrasts:
        contrasts = tuple(_default(factors))
        notes.append("no hypothesis about it names a contrast: each level is compared to its factor's first")
    if not contrasts:
        raise BadInput(
            f"Protocol {protocol.id!r} compares nothing: everybody gets the same.",
            remedy="Give it a second condition or a factor.",
        )
    n_answers, points = _answers(protocol, chosen, n_boards, texts)
    return Design(
        study=protocol.id,
        measure=chosen,
        factors=factors,
        n_answers=n_answers,
        points=points,
        contrasts=contrasts,
        notes=tuple(notes),
    )


def _factors(protocol: Protocol) -> tuple[Factor, ...]:
    if protocol.factors:
        return tuple(
            Factor(
                id=one.id,
                vary=one.vary,
                levels=tuple(level.id for level in one.levels),
                conditions=tuple(level.condition for level in one.levels),
            )
            for one in protocol.factors
        )
    if protocol.allocation.method == "fixed":
        return ()
    names = protocol.conditions
    return (Factor(id="condition", vary="between", levels=names, conditions=names),)


def _planned(protocol: Protocol, factors: Sequence[Factor], measure: str) -> Iterator[Contrast]:
    """The contrasts of hypotheses about this measure."""
    for one in protocol.hypotheses:
        if one.measure in (None, measure) and len(one.contrast) == 2:
            yield _contrast(one, factors)


def _contrast(hypothesis: Hypothesis, factors: Sequence[Factor]) -> Contrast:
    high, low = hypothesis.contrast
    for factor in factors:
        if high in factor.conditions and low in factor.conditions:
            levels = [factor.levels[factor.conditions.index(name)] for name in (high, low)]
            return Contrast(name=hypothesis.id, factor=factor.id, high=levels[0], low=levels[1])
    raise BadInput(
        f"Hypothesis {hypothesis.id!r} compares {high!r} with {low!r}: no factor has both.",
        remedy="Name two conditions of the same factor.",
    )


def _default(factors: Sequence[Factor]) -> Iterator[Contrast]:
    for factor in factors:
        first = factor.levels[0]
        for level in factor.levels[1:]:
            yield Contrast(name=f"{level}-{first}", factor=factor.id, high=level, low=first)


def _answers(protocol: Protocol, measure: str, n_boards: int, texts: Path | None) -> tuple[int, int]:
    """Answers of one person in one part, and the points of their scale."""
    if measure in PROBES:
        return n_boards, PROBE_POINTS
    name, _, score = measure.partition(".")
    asked = {*protocol.instruments.pre, *protocol.instruments.block, *protocol.instruments.post}
    if name not in asked:
        known = ", ".join((*PROBES, *sorted(asked)))
        raise BadInput(
            f"Protocol {protocol.id!r} does not ask for {measure!r}.", remedy=f"It has {known}; name one."
        )
    return _of_score(load_instrument(name, texts=texts), score)


def _of_score(instrument: Instrument, score: str) -> tuple[int, int]:
    rules = {rule.id: rule for rule in instrument.scores}
    rule = rules.get(score) if score else instrument.total
    if rule is None:
        raise BadInput(
            f"Instrument {instrument.id!r} has no {'score ' + repr(score) if score else 'total'}.",
            remedy=f"It has {', '.join(f'{instrument.id}.{one}' for one in rules) or 'none at all'}.",
        )
    items = instrument.items_of(rule)
    scales = [scale for item in items if (scale := instrument.scale_of(item)) is not None]
    points = [round((scale.high - scale.low) / scale.step) + 1 for scale in scales]
    if len(points) < len(items):
        raise BadInput(f"{instrument.id!r} is not answered on a scale.", remedy="Name another measure.")
    return len(items), max(points)


def _combined(factors: Sequence[Factor], vary: str) -> tuple[tuple[str, ...], ...]:
    return tuple(product(*(one.levels for one in factors if one.vary == vary)))
