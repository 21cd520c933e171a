"""One row for each session, for tools that want a table: what happened in it, in numbers.

Questionnaires come as they were answered, a column for each item: nothing is reversed or summed here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from studies.export.fields import Field
from studies.export.sittings import Record, records
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


Columns = Mapping[str, Mapping[str, Sequence[Any]]]
"""Table -> column -> a session's values in order; those named in ``NEEDED``."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the wide table and how it is had from a session's rows."""

    field: Field
    of: Callable[[Columns], Any]


def mean(values: Iterable[float | None]) -> float | None:
    """Of those that are known; None of none."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _mean_of(name: str, table: str, column: str, doc: str) -> Measure:
    field = Field(name, "number", f"{doc}: mean of {table}.{column}", True)
    return Measure(field, lambda found: mean(found[table][column]))


def _edge_of(name: str, place: int, table: str, column: str, doc: str) -> Measure:
    def edge(found: Columns) -> float | None:
        values = found[table][column]
        return float(values[place]) if values else None

    return Measure(Field(name, "number", f"{doc} {table}.{column}", True), edge)


def _count_of(
    name: str,
    table: str,
    doc: str,
    columns: Sequence[str],
    which: Callable[..., bool] = lambda *cells: True,
) -> Measure:
    """How many rows of a table there are whose values in these columns are such."""

    def count(found: Columns) -> int:
        values = (found[table][column] for column in columns)
        return sum(1 for cells in zip(*values, strict=True) if which(*cells))

    return Measure(Field(name, "integer", doc), count)


def _first_try(found: Columns) -> float | None:
    boards = found["item_end"]
    pairs = zip(boards["first_try"], boards["outcome"], strict=True)
    return mean(float(first) for first, outcome in pairs if outcome != "stopped")


def _last_reactions(found: Columns) -> Counter[str]:
    """How each act was taken: an undone step was accepted first, so an act's last reaction counts."""
    seen = found["reaction"]
    return Counter(dict(zip(seen["act_id"], seen["reaction"], strict=True)).values())


MEASURES = (
    _mean_of("trust_mean", "probe", "trust", "answers to the single trust item, 1..5"),
    _edge_of("trust_first", 0, "probe", "trust", "the first"),
    _edge_of("trust_last", -1, "probe", "trust", "the last"),
    _mean_of("concentration_mean", "probe", "concentration", "answers to the concentration item, 1..5"),
    _count_of("n_probes", "probe", "answers to the two single items", ["trust"]),
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
    _count_of("n_checks", "attempt", "checks of a board", ["correct"]),
    _count_of("n_checks_right", "attempt", "checks that were right", ["correct"], bool),
    Measure(
        Field(
            "first_try_share", "number", "share of the finished boards that were right at once, alone", True
        ),
        _first_try,
    ),
    _count_of(
        "n_hints_asked",
        "hint",
        "hints the learner asked for unprompted",
        ["act_id"],
        lambda act: act is None,
    ),
    _count_of(
        "n_left",
        "attention",
        "times the learner left the task window",
        ["state"],
        lambda state: state == "left",
    ),
    *(
        _count_of(
            f"n_{word}s",
            "delivery",
            f"acts of level {level} that reached the learner",
            ["delivered", "level"],
            lambda delivered, of_level, level=level: bool(delivered) and of_level == level,
        )
        for level, word in LEVELS.items()
    ),
    *(
        Measure(
            Field(f"n_{word}", "integer", f"acts whose last reaction was {word}"),
            lambda found, word=word: _last_reactions(found)[word],  # type: ignore[misc]
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


ANSWERS = "questionnaire_answer"


def asked(answers: Dataset, sessions: Dataset) -> dict[Asked, str]:
    """Every item that somebody answered, in order, and its kind: number, or text where options are chosen.

    answers: the table questionnaire_answer. sessions: the table session.
    """
    reader = answers.reader(NEEDED[ANSWERS])
    found: dict[Asked, str] = {}
    for session in records(sessions):
        for row in _answers(reader.columns(session["session_id"])):
            found[Asked.of(row)] = "text" if row["choice"] is not None else found.get(Asked.of(row), "number")
    return dict(sorted(found.items()))


def answers_of(rows: Iterable[Record]) -> dict[Asked, Record]:
    """The answer that stands for each item, of a session's: the last one given."""
    return {Asked.of(row): row for row in rows}


def _answers(columns: Mapping[str, Sequence[Any]]) -> Iterator[Record]:
    names = NEEDED[ANSWERS]
    for cells in zip(*(columns[name] for name in names), strict=True):
        yield dict(zip(names, cells, strict=True))


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
    sessions, by_name = tables[0], {table.name: table for table in tables}
    items = asked(by_name[ANSWERS], sessions)
    own = tuple(field for name in FROM_SESSION for field in sessions.fields if field.name == name)
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
        readers = {name: by_name[name].reader(columns) for name, columns in NEEDED.items()}
        for session in records(sessions):
            found = {name: reader.columns(session["session_id"]) for name, reader in readers.items()}
            answers = answers_of(_answers(found[ANSWERS]))
            yield (
                *(session[name] for name in FROM_SESSION),
                *(measure.of(found) for measure in MEASURES),
                *(answer(answers.get(item), kind) for item, kind in items.items()),
            )

    return Dataset(
        "wide",
        "One session in numbers: means, counts, answers.",
        (*own, *(measure.field for measure in MEASURES), *of_items),
        rows,
    )
