"""What leaves the log in an export, as tables of plain values: pseudonymous by construction.

Every format takes its tables from here. The participant's link, the audit log and database row
numbers never come this way; what learners wrote comes only where it was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    Table,
    bindparam,
    case,
    null,
    select,
)

from studies.export.acts import ACT_FIELDS, ACT_TABLES, acts
from studies.export.fields import Field
from studies.export.flow import FLOW_FIELDS, Standing, in_order
from studies.export.raw import SESSION, Batch, SessionRows
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
"""Sessions fetched at a time, so that memory does not grow with the study."""
HEAD = ("session_id", "participant")
"""The first two columns of every table of rows: whose they are."""

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of an export.

    name: file name without ending. doc: what one row is. rows: yields the rows, once per call.
    of: reads them a session at a time, without the columns ``HEAD``, which are the session's; given names,
    reads these columns alone, and nobody is told of the rows. pieces: yields the columns of about so many
    rows at a time, as the database's driver gives them (truth values may be 0 and 1, JSON its text). Both are
    None where rows are put together here.
    """

    name: str
    doc: str
    fields: tuple[Field, ...]
    rows: Callable[[], Iterator[Values]]
    of: Callable[[Collection[str] | None], SessionRows] | None = None
    pieces: Callable[[int], Iterator[Sequence[Sequence[Any]]]] | None = None

    def reader(self, names: Collection[str] | None = None) -> SessionRows:
        """What reads this table of the log a session at a time. names: the columns wanted; None: all."""
        assert self.of is not None, f"{self.name} is no table of the log"
        return self.of(names)


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
    rows = tuple(_row_dataset(connection, kind, sessions, with_words, on_rows) for kind in ROW_TABLES)
    return (
        _sessions(connection, study_id, sessions, test_only, span),
        Dataset(
            "acts",
            "One proactive act: what caused it, what was asked for, allowed and delivered, how it was taken.",
            ACT_FIELDS,
            lambda: acts(
                ((one.session_id, one.participant, one.condition) for one in sessions),
                {one.name: one.reader(ACT_TABLES[one.name]) for one in rows if one.name in ACT_TABLES},
            ),
        ),
        *rows,
    )


def _sessions(
    connection: Connection, study_id: str, sessions: Sequence[Standing], test_only: bool, span: Span
) -> Dataset:
    """The session table, with what its rows say about each session beside the condition."""
    table = Base.metadata.tables["session"]
    where = (Session.study_id == study_id, Session.test_only == test_only, *span.clauses)
    query = in_order(select(*table.columns).where(*where)).execution_options(yield_per=BATCH)
    fields = [_field(column) for column in table.columns]
    fields[0] = replace(fields[0], name="session_id")
    place = [field.name for field in fields].index("condition") + 1

    def rows() -> Iterator[Values]:
        for values, standing in zip(connection.execute(query), sessions, strict=True):
            yield (*values[:place], *standing.values, *values[place:])

    return Dataset(
        "session",
        "One sitting of one participant: how far it came, and everything that was in force.",
        (*fields[:place], *FLOW_FIELDS, *fields[place:]),
        rows,
    )


def _row_dataset(
    connection: Connection,
    kind: type[Row],
    sessions: Sequence[Standing],
    with_words: bool,
    on_rows: Callable[[int], None],
) -> Dataset:
    """A row table. sessions: whose rows, in order."""
    table = ROW_TABLES[kind]
    hidden = {name for of_kind, name in WORDS if of_kind is kind and not with_words}
    own = [column for column in table.columns if column.name not in ("id", "session_id")]
    head = (table.c.session_id, Base.metadata.tables["session"].c.participant)
    fields = tuple(_field(column, withheld=column.name in hidden) for column in (*head, *own))

    def of(names: Collection[str] | None) -> SessionRows:
        wanted = [column for column in own if names is None or column.name in names]
        shown = [_shown(table, column, column.name in hidden, with_words) for column in wanted]
        query = select(*shown).where(table.c.session_id == bindparam(SESSION)).order_by(table.c.seq)
        read = [field for field in fields[len(HEAD) :] if names is None or field.name in names]
        return SessionRows(connection, query, read, on_rows if names is None else no_one)

    def rows() -> Iterator[Values]:
        reader = of(None)
        for one in sessions:
            for values in reader.plain(one.session_id):
                yield one.session_id, one.participant, *values

    def pieces(size: int) -> Iterator[Sequence[Sequence[Any]]]:
        return _pieces(of(None), sessions, size)

    return Dataset(kind.table, table.comment or "", fields, rows, of, pieces)


def _pieces(
    reader: SessionRows, sessions: Sequence[Standing], size: int
) -> Iterator[Sequence[Sequence[Any]]]:
    """Columns of the rows of whole sessions, about so many rows at a time."""
    ids: list[str] = []
    people: list[str] = []
    rows: Batch = []
    for one in sessions:
        found = reader.raw(one.session_id)
        ids += [one.session_id] * len(found)
        people += [one.participant] * len(found)
        rows += found
        if len(rows) >= size:
            yield ids, people, *zip(*rows, strict=True)
            ids, people, rows = [], [], []
    if rows:
        yield ids, people, *zip(*rows, strict=True)


def _shown(table: Table, column: Column[Any], hidden: bool, with_words: bool) -> Any:
    """What is read in a column's place."""
    if hidden:
        return null().label(column.name)
    if column.name == "text" and table.name == TutorSaid.table and not with_words:
        return case((table.c.wording_id == TYPED, "(typed by the wizard)"), else_=column).label(column.name)
    return column


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
