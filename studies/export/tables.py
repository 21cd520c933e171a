"""What leaves the log in an export, as tables of plain values: pseudonymous by construction.

Every format takes its tables from here. The participant's link, the audit log and database row
numbers never come this way; what learners wrote comes only where it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Double, Integer, Select, Table, select

from studies.export.acts import ACT_FIELDS, acts
from studies.export.fields import Field
from studies.export.flow import FLOW_FIELDS, Standing, in_order
from studies.log.models import ROW_TABLES, Base, Session
from tutorbot.core.events import LearnerSaid, Note, QuestionnaireAnswer, Row, Understood, WizardLine

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
BATCH = 1000
"""Rows fetched at a time, so that memory does not grow with the study."""

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of an export.

    name: file name without ending. doc: what one row is. rows: yields the rows, once per call.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[Values]]


def datasets(
    connection: Connection,
    study_id: str,
    sessions: Sequence[Standing],
    *,
    test_only: bool,
    with_words: bool,
) -> tuple[Dataset, ...]:
    """All tables of a study's sessions: those that are data, or (``test_only``) those that never are.

    sessions: the standing of each of them, in order.
    """
    rows = (
        _row_dataset(connection, kind, study_id, test_only=test_only, with_words=with_words)
        for kind in ROW_TABLES
    )
    return (
        _sessions(connection, study_id, sessions, test_only=test_only),
        Dataset(
            "acts",
            "One proactive act: what caused it, what was asked for, allowed and delivered, how it was taken.",
            ACT_FIELDS,
            lambda: acts(connection, [(one.session_id, one.participant, one.condition) for one in sessions]),
        ),
        *rows,
    )


def _sessions(
    connection: Connection, study_id: str, sessions: Sequence[Standing], *, test_only: bool
) -> Dataset:
    """The session table, with what its rows say about each session beside the condition."""
    table = Base.metadata.tables["session"]
    chosen = _in_order(select(*table.columns), study_id, test_only)
    fields = [_field(column) for column in table.columns]
    fields[0] = replace(fields[0], name="session_id")
    place = [field.name for field in fields].index("condition") + 1

    def rows() -> Iterator[Values]:
        for values, standing in zip(_stream(connection, chosen), sessions, strict=True):
            yield (*values[:place], *standing.values, *values[place:])

    return Dataset(
        "session",
        "One sitting of one participant: how far it came, and everything that was in force.",
        (*fields[:place], *FLOW_FIELDS, *fields[place:]),
        rows,
    )


def _in_order(chosen: Select[Any], study_id: str, test_only: bool) -> Select[Any]:
    return in_order(chosen.where(Session.study_id == study_id, Session.test_only == test_only))


def _row_dataset(
    connection: Connection, kind: type[Row], study_id: str, *, test_only: bool, with_words: bool
) -> Dataset:
    table = ROW_TABLES[kind]
    columns = _columns(table)
    hidden = {name for of_kind, name in WORDS if of_kind is kind and not with_words}
    chosen = select(*columns).join(Session, Session.id == table.c.session_id)
    chosen = _in_order(chosen, study_id, test_only).order_by(table.c.seq)
    places = [index for index, column in enumerate(columns) if column.name in hidden]

    def rows() -> Iterator[Values]:
        for values in _stream(connection, chosen):
            yield tuple(None if index in places else value for index, value in enumerate(values))

    return Dataset(
        kind.table,
        table.comment or "",
        tuple(_field(column, withheld=column.name in hidden) for column in columns),
        rows,
    )


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
