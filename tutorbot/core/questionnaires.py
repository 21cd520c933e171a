"""Questionnaires as the tutor needs them: which are asked when, what was answered, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tutorbot.core.events import QuestionnaireAnswer


class Part(StrEnum):
    """When a questionnaire is asked; the words of ``phase`` in the log."""

    PRE = "pre"
    BLOCK = "block"
    POST = "post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One item of a questionnaire.

    kind: scale, number, choice, choices or text. low, high: ends of a scale or number; None otherwise.
    options: ids that may be chosen. expected: of an attention or instruction check, the answer asked for.
    reversed: a high answer means little of what is measured. required: the learner cannot go on without it.
    """

    item_id: str
    kind: str = "scale"
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    required: bool = False
    may_not_apply: bool = False
    reversed: bool = False
    expected: str | None = None

    def fits(self, row: QuestionnaireAnswer) -> bool:
        """True when the row holds an answer this item can have, or takes one back."""
        if row.not_applicable:
            return self.may_not_apply and row.value is None and row.choice is None and row.text is None
        if self.kind in {"scale", "number"}:
            return row.choice is None and row.text is None and self._on_scale(row.value)
        if self.kind == "text":
            return row.value is None and row.choice is None
        chosen = (row.choice or "").split()
        few = self.kind == "choices" or len(chosen) <= 1
        return row.value is None and row.text is None and few and all(one in self.options for one in chosen)

    def _on_scale(self, value: float | None) -> bool:
        if value is None:
            return True
        low_enough = self.low is None or value >= self.low
        return low_enough and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """One instrument as it is asked in a session. instrument, version: its id and its file's version."""

    instrument: str
    version: str
    items: tuple[Question, ...]

    def item(self, item_id: str) -> Question | None:
        """The item of that id; None when there is none."""
        return next((item for item in self.items if item.item_id == item_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaires:
    """All that is asked in a session: before the lesson, after each part of it, and after the lesson."""

    pre: tuple[Questionnaire, ...] = ()
    block: tuple[Questionnaire, ...] = ()
    post: tuple[Questionnaire, ...] = ()

    def of(self, part: Part) -> tuple[Questionnaire, ...]:
        """Those of one phase, in order."""
        return {Part.PRE: self.pre, Part.BLOCK: self.block, Part.POST: self.post}[part]


NOTHING_ASKED = Questionnaires()
"""A session without questionnaires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustStart:
    """From which answers the trust estimate starts: items of an instrument asked before the lesson."""

    instrument: str
    items: tuple[str, ...]


def answered(row: QuestionnaireAnswer) -> bool:
    """True when the row holds an answer, and not one taken back."""
    if row.not_applicable or row.value is not None:
        return True
    return bool(row.choice) or bool(row.text and row.text.strip())


@dataclass(slots=True)
class Sheet:
    """One questionnaire before the learner. began_s: active session seconds at its first showing."""

    questionnaire: Questionnaire
    part: Part
    block: int | None
    began_s: float
    answers: dict[str, QuestionnaireAnswer] = field(default_factory=dict)

    def take(self, row: QuestionnaireAnswer) -> None:
        """Keep an answer; a later one of the same item takes its place."""
        self.answers[row.item_id] = row

    @property
    def missing(self) -> tuple[str, ...]:
        """Required items without an answer, in order."""
        return tuple(
            item.item_id
            for item in self.questionnaire.items
            if item.required and not self._is_answered(item.item_id)
        )

    @property
    def n_answered(self) -> int:
        """Items with an answer."""
        return sum(self._is_answered(item.item_id) for item in self.questionnaire.items)

    @property
    def checks(self) -> tuple[bool, ...]:
        """Of each attention check, whether it was answered as asked."""
        return tuple(
            self._given(item.item_id) == item.expected
            for item in self.questionnaire.items
            if item.expected is not None
        )

    def _is_answered(self, item_id: str) -> bool:
        row = self.answers.get(item_id)
        return row is not None and answered(row)

    def _given(self, item_id: str) -> str | None:
        row = self.answers.get(item_id)
        if row is None:
            return None
        if row.value is not None:
            return f"{row.value:g}"
        return row.choice if row.choice is not None else row.text


def starting_trust(
    start: TrustStart, questionnaire: Questionnaire, answers: Mapping[str, QuestionnaireAnswer]
) -> float | None:
    """Mean of the answers mapped linearly to 1..5, reversed items turned; None without any answer.

    Source: facts of the study, section 5 (7-point: 1 + (x - 1) * 4 / 6).
    """
    mapped = []
    for item_id in start.items:
        item, row = questionnaire.item(item_id), answers.get(item_id)
        if item is None or row is None or row.value is None or item.low is None or item.high is None:
            continue
        share = (row.value - item.low) / (item.high - item.low)
        mapped.append(1.0 + 4.0 * (1.0 - share if item.reversed else share))
    return sum(mapped) / len(mapped) if mapped else None
