"""What leaves the log in an export, as tables of plain values: pseudonymous by construction.

Every format takes its tables from here. The participant's link, the audit log and database row
numbers never come this way; what learners wrote comes only where it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Double, Integer, Select, Table, case, null, select

from studies.export.acts import ACT_FIELDS, ACT_TABLES, acts
from studies.export.by_session import BySession
from studies.export.fields import Field
from studies.export.flow import FLOW_FIELDS, Standing, in_order
from studies.export.raw import Batch, plain, raw_batches
from studies.export.span import EVER, Span
from studies.log.models import ROW_TABLES, Base, Session
from tutorbot.core.events import (
    LearnerSaid,
    Note,
    QuestionnaireAnswer,
    Row,
    TutorSaid,
    Understood,
    WizardLine,
)

WORDS: frozenset[tuple[type[Row], str]] = frozenset(
    {
        (LearnerSaid, "text"),
        (Understood, "entities"),
        (QuestionnaireAnswer, "text"),
        (Note, "text"),
        (WizardLine, "text"),
    }
)
"""Columns that hold words somebody typed, a learner or an experimenter; left empty unless asked for."""
WITHHELD = "(left out of this export: people's own words)"
TYPED = "wizard/typed"
"""Wording of a line that a wizard typed: its words are withheld where the tutor said them, too."""
BATCH = 1000
"""Rows fetched at a time, so that memory does not grow with the study."""

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of an export.

    name: file name without ending. doc: what one row is. rows: yields the rows, once per call.
    raw: yields them in batches of so many as the database's driver gives them (truth values may be 0 and 1,
    JSON its text). only: the same table with some of its columns, for those who need no more; nobody is told
    of the rows. Both are None where rows are put together here.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[Values]]
    raw: Callable[[int], Iterator[Batch]] | None = None
    only: Callable[[Sequence[str]], Dataset] | None = None


def no_one(n_rows: int) -> None:
    """Nobody watches."""


def datasets(
    connection: Connection,
    study_id: str,
    sessions: Sequence[Standing],
    *,
    test_only: bool,
    with_words: bool,
    span: Span = EVER,
    on_rows: Callable[[int], None] = no_one,
) -> tuple[Dataset, ...]:
    """All tables of a study's sessions: those that are data, or (``test_only``) those that never are.

    sessions: the standing of each of them, in order. on_rows: told how many rows of the row tables were
    read since it was last told.
    """
    chosen = _Chosen(study_id, test_only, with_words, span, on_rows)
    rows = tuple(_row_dataset(connection, kind, chosen) for kind in ROW_TABLES)
    return (
        _sessions(connection, sessions, chosen),
        Dataset(
            "acts",
            "One proactive act: what caused it, what was asked for, allowed and delivered, how it was taken.",
            ACT_FIELDS,
            lambda: acts(
                ((one.session_id, one.participant, one.condition) for one in sessions), _for_acts(rows)
            ),
        ),
        *rows,
    )


def _for_acts(tables: Sequence[Dataset]) -> dict[str, BySession]:
    """The tables an act is put together from; nobody is told of their rows a second time."""
    some = [table for table in tables if table.name in ACT_TABLES]
    whole = [table.only([field.name for field in table.fields]) for table in some if table.only is not None]
    return {table.name: BySession([field.name for field in table.fields], table.rows()) for table in whole}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Which sessions of which study, and what of them."""

    study_id: str
    test_only: bool
    with_words: bool
    span: Span
    on_rows: Callable[[int], None]

    def in_order(self, chosen: Select[Any]) -> Select[Any]:
        """A query over ``Session``, held to these sessions, in the order of every export."""
        where = (Session.study_id == self.study_id, Session.test_only == self.test_only, *self.span.clauses)
        return in_order(chosen.where(*where))


def _sessions(connection: Connection, sessions: Sequence[Standing], chosen: _Chosen) -> Dataset:
    """The session table, with what its rows say about each session beside the condition."""
    table = Base.metadata.tables["session"]
    query = chosen.in_order(select(*table.columns))
    fields = [_field(column) for column in table.columns]
    fields[0] = replace(fields[0], name="session_id")
    place = [field.name for field in fields].index("condition") + 1

    def rows() -> Iterator[Values]:
        for values, standing in zip(_stream(connection, query), sessions, strict=True):
            yield (*values[:place], *standing.values, *values[place:])

    return Dataset(
        "session",
        "One sitting of one participant: how far it came, and everything that was in force.",
        (*fields[:place], *FLOW_FIELDS, *fields[place:]),
        rows,
    )


def _row_dataset(
    connection: Connection, kind: type[Row], chosen: _Chosen, names: Sequence[str] | None = None
) -> Dataset:
    """A row table, or these of its columns."""
    table = ROW_TABLES[kind]
    columns = [column for column in _columns(table) if names is None or column.name in names]
    hidden = {name for of_kind, name in WORDS if of_kind is kind and not chosen.with_words}
    shown = [_shown(table, column, column.name in hidden, chosen.with_words) for column in columns]
    query = select(*shown).join_from(table, Session, Session.id == table.c.session_id)
    query = chosen.in_order(query).order_by(table.c.seq)

    fields = tuple(_field(column, withheld=column.name in hidden) for column in columns)

    def rows() -> Iterator[Values]:
        n_rows = 0
        for n_rows, values in enumerate(plain(raw_batches(connection, query, BATCH), fields), start=1):
            if n_rows % BATCH == 0:
                chosen.on_rows(BATCH)
            yield values
        chosen.on_rows(n_rows % BATCH)

    def raw(size: int) -> Iterator[Batch]:
        for batch in raw_batches(connection, query, size):
            chosen.on_rows(len(batch))
            yield batch

    return Dataset(
        kind.table,
        table.comment or "",
        fields,
        rows,
        raw,
        lambda some: _row_dataset(connection, kind, replace(chosen, on_rows=no_one), some),
    )


def _shown(table: Table, column: Column[Any], hidden: bool, with_words: bool) -> Any:
    """What is read in a column's place."""
    if hidden:
        return null().label(column.name)
    if column.name == "text" and table.name == TutorSaid.table and not with_words:
        return case((table.c.wording_id == TYPED, "(typed by the wizard)"), else_=column).label(column.name)
    return column


def _columns(table: Table) -> list[Column[Any]]:
    """A row table's columns for export: the participant in place of the database's row number."""
    participant = Base.metadata.tables["session"].c.participant
    own = [column for column in table.columns if column.name != "id"]
    return [own[0], participant, *own[1:]]


def _field(column: Column[Any], *, withheld: bool = False) -> Field:
    comment = column.comment or ""
    return Field(
        column.name,
        _kind(column),
        f"{comment} {WITHHELD}" if withheld else comment,
        may_be_empty=bool(column.nullable) or withheld,
    )


def _kind(column: Column[Any]) -> str:
    if column.name.endswith("at_utc"):
        return "time"
    for sort, name in ((Boolean, "boolean"), (Integer, "integer"), (Double, "number"), (JSON, "json")):
        if isinstance(column.type, sort):
            return name
    return "text"


def _stream(connection: Connection, chosen: Select[Any]) -> Iterator[Values]:
    result = connection.execution_options(yield_per=BATCH).execute(chosen)
    for row in result:
        yield tuple(row)
