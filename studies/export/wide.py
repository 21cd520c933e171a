"""One row for each session, for tools that want a table: what happened in it, in numbers.

Questionnaires come as they were answered, a column for each item: nothing is reversed or summed here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from studies.export.by_session import Record
from studies.export.fields import Field
from studies.export.sittings import Sitting, sittings
from studies.export.tables import Dataset, Values

LEVELS = {1: "notification", 2: "suggestion", 3: "intervention"}
REACTIONS = ("accepted", "declined", "ignored", "undone", "lapsed")
FROM_SESSION = (
    "session_id",
    "participant",
    "condition",
    "state",
    "consented",
    "camera_consented",
    "end_reason",
    "duration_s",
    "task_s",
    "n_items",
    "n_acts",
    "cell",
    "sequence",
    "started_at_utc",
)
"""Columns taken over from session.csv."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the wide table and how it is had from a session."""

    field: Field
    of: Callable[[Sitting], Any]


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None of none."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _column(table: str, name: str) -> Callable[[Sitting], list[Any]]:
    return lambda sitting: [row[name] for row in sitting.rows[table]]


def _mean_of(name: str, table: str, column: str, doc: str) -> Measure:
    values = _column(table, column)
    return Measure(
        Field(name, "number", f"{doc}: mean of {table}.{column}", True), lambda one: mean(values(one))
    )


def _edge_of(name: str, place: int, table: str, column: str, doc: str) -> Measure:
    values = _column(table, column)
    return Measure(
        Field(name, "number", f"{doc} {table}.{column}", True),
        lambda one: float(values(one)[place]) if values(one) else None,
    )


def _count_of(name: str, table: str, doc: str, which: Callable[[Record], bool] = lambda row: True) -> Measure:
    return Measure(Field(name, "integer", doc), lambda one: sum(1 for row in one.rows[table] if which(row)))


def _first_try(sitting: Sitting) -> float | None:
    return mean(float(row["first_try"]) for row in sitting.rows["item_end"] if row["outcome"] != "stopped")


def _last_reactions(sitting: Sitting) -> Counter[str]:
    """How each act was taken: an undone step was accepted first, so an act's last reaction counts."""
    last = {row["act_id"]: row["reaction"] for row in sitting.rows["reaction"]}
    return Counter(last.values())


MEASURES = (
    _mean_of("trust_mean", "probe", "trust", "answers to the single trust item, 1..5"),
    _edge_of("trust_first", 0, "probe", "trust", "the first"),
    _edge_of("trust_last", -1, "probe", "trust", "the last"),
    _mean_of("concentration_mean", "probe", "concentration", "answers to the concentration item, 1..5"),
    _count_of("n_probes", "probe", "answers to the two single items"),
    _mean_of("trust_estimate_mean", "trust_state", "trust", "trust estimate after each change, 1..5"),
    _edge_of("trust_estimate_last", -1, "trust_state", "trust", "the last"),
    _mean_of(
        "concentration_index_mean", "concentration_state", "concentration", "index after each change, 0..1"
    ),
    _mean_of(
        "confusion_mean", "affect_window", "confusion", "evidence score 0..1 of each window with a face"
    ),
    _mean_of("frustration_mean", "affect_window", "frustration", "evidence score 0..1 likewise"),
    _mean_of("coverage_mean", "affect_window", "coverage", "share of each window with a usable face, 0..1"),
    _mean_of(
        "confused_said_mean", "validity_answer", "confused", "how confused the learner said to be, 1..5"
    ),
    _mean_of("frustrated_said_mean", "validity_answer", "frustrated", "how frustrated likewise, 1..5"),
    _count_of("n_checks", "attempt", "checks of a board"),
    _count_of("n_checks_right", "attempt", "checks that were right", lambda row: bool(row["correct"])),
    Measure(
        Field(
            "first_try_share", "number", "share of the finished boards that were right at once, alone", True
        ),
        _first_try,
    ),
    _count_of(
        "n_hints_asked", "hint", "hints the learner asked for unprompted", lambda row: row["act_id"] is None
    ),
    _count_of(
        "n_left", "attention", "times the learner left the task window", lambda row: row["state"] == "left"
    ),
    *(
        _count_of(
            f"n_{word}s",
            "delivery",
            f"acts of level {level} that reached the learner",
            lambda row, level=level: bool(row["delivered"]) and row["level"] == level,  # type: ignore[misc]
        )
        for level, word in LEVELS.items()
    ),
    *(
        Measure(
            Field(f"n_{word}", "integer", f"acts whose last reaction was {word}"),
            lambda one, word=word: _last_reactions(one)[word],  # type: ignore[misc]
        )
        for word in REACTIONS
    ),
)
"""Columns every study has."""


@dataclass(frozen=True, slots=True, order=True)
class Asked:
    """One item of a questionnaire at one time. block: 0 before and after the lesson."""

    instrument: str
    phase: str
    block: int
    item_id: str

    @classmethod
    def of(cls, row: Record) -> Asked:
        """The item a row answers."""
        return cls(row["instrument"], row["phase"], row["block"] or 0, row["item_id"])

    @property
    def when(self) -> str:
        """``pre``, ``block2``, ``post``."""
        return f"{self.phase}{self.block}" if self.block else self.phase

    @property
    def column(self) -> str:
        """Its column in the wide table."""
        return f"{self.instrument}.{self.when}.{self.item_id}"


NEEDED = {
    "affect_window": ("confusion", "frustration", "coverage"),
    "attempt": ("correct",),
    "attention": ("state",),
    "concentration_state": ("concentration",),
    "delivery": ("delivered", "level"),
    "hint": ("act_id",),
    "item_end": ("outcome", "first_try"),
    "probe": ("trust", "concentration"),
    "questionnaire_answer": (
        "instrument",
        "phase",
        "block",
        "item_id",
        "value",
        "choice",
        "not_applicable",
    ),
    "reaction": ("act_id", "reaction"),
    "trust_state": ("trust",),
    "validity_answer": ("confused", "frustrated"),
}
"""Table -> the columns that the measures above look at; no other is read."""


def _needed(tables: Sequence[Dataset]) -> list[Dataset]:
    """Session, acts and these columns of these tables."""
    few = [
        table.only(("session_id", *NEEDED[table.name]))
        for table in tables
        if table.only is not None and table.name in NEEDED
    ]
    return [*tables[:2], *few]


def asked(answers: Dataset) -> dict[Asked, str]:
    """Every item that somebody answered, in order, and its kind: number, or text where options are chosen.

    answers: the table questionnaire_answer.
    """
    if answers.only is not None:
        answers = answers.only(NEEDED["questionnaire_answer"])
    names = [field.name for field in answers.fields]
    found: dict[Asked, str] = {}
    for values in answers.rows():
        row = dict(zip(names, values, strict=True))
        found[Asked.of(row)] = "text" if row["choice"] is not None else found.get(Asked.of(row), "number")
    return dict(sorted(found.items()))


def answers_of(sitting: Sitting) -> dict[Asked, Record]:
    """The answer that stands for each item: the last one given."""
    return {Asked.of(row): row for row in sitting.rows["questionnaire_answer"]}


def answer(row: Record | None, kind: str) -> float | str | None:
    """What was answered: a number, or the option chosen; None: nothing, own words, or "does not apply"."""
    if row is None or row["not_applicable"]:
        return None
    number: float | None = row["value"]
    if kind == "number":
        return number
    chosen: str | None = row["choice"]
    return chosen if chosen is not None or number is None else f"{number:g}"


def wide(tables: Sequence[Dataset]) -> Dataset:
    """The wide table. tables: those of ``datasets``."""
    sessions = {field.name: field for field in tables[0].fields}
    items = asked(next(table for table in tables if table.name == "questionnaire_answer"))
    own = tuple(sessions[name] for name in FROM_SESSION)
    of_items = tuple(
        Field(
            item.column,
            kind,
            f"answer to item {item.item_id} of {item.instrument} ({item.when}), as given and not reversed; "
            "empty: none, words of the learner's own, or does not apply",
            True,
        )
        for item, kind in items.items()
    )

    def rows() -> Iterator[Values]:
        for sitting in sittings(_needed(tables), consented=False):
            answers = answers_of(sitting)
            yield (
                *(sitting.session[name] for name in FROM_SESSION),
                *(measure.of(sitting) for measure in MEASURES),
                *(answer(answers.get(item), kind) for item, kind in items.items()),
            )

    return Dataset(
        "wide",
        "One session in numbers: means, counts, answers.",
        (*own, *(measure.field for measure in MEASURES), *of_items),
        rows,
    )
