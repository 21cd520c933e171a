"""A whole study as a folder of files: written beside its place, then put there in one step."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select

from studies.export.flow import Standing, Tally, n_in, n_of, standings, tally
from studies.export.formats import Format, chosen_formats
from studies.export.material import Files, Material
from studies.export.readme import HOW_TO_READ, readme
from studies.export.span import EVER, Span
from studies.export.tables import datasets
from studies.export.tidy import write_long
from studies.log import migrations
from studies.log.database import log_engine, shown, snapshot, sqlite_file, write
from studies.log.models import ROW_TABLES, ProtocolFile, Session, Study
from studies.log.store import audit, require_whole, utc_now
from tutorbot.core.events import Consent
from tutorbot.errors import BadInput

PLAIN = Format("csv", "CSV with a codebook", write_long, how_to_read=HOW_TO_READ, sessions_in="session.csv")
"""What is written when no format is asked for."""
TEST_FOLDER = "TEST-NOT-DATA"
"""Where try-out sessions go when they are asked for, so that nobody takes them for data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: sessions that are data, and try-outs that are not (left out or set apart).

    tally: condition -> state -> sessions that are data. n_consented: those in N.
    """

    n_sessions: int
    n_consented: int
    tally: Tally
    n_test_sessions: int


def export_study(
    url: str,
    study_id: str,
    out: Path,
    *,
    include_test: bool = False,
    with_words: bool = False,
    formats: Sequence[str] = (),
    span: Span = EVER,
    on_table: Callable[[str], None] = lambda name: None,
    on_rows: Callable[[int, int], None] = lambda done, total: None,
    noted_in: str | None = None,
) -> Exported:
    """Write a study's sessions into the new folder ``out``: as CSV with a codebook, or in other formats.

    The same database gives the same bytes. Sessions of a ``test_only`` protocol are no data: they
    are left out, or with ``include_test`` put into a folder of their own. formats: names in ``FORMATS``, or
    all; each gets a folder of its own in ``out``. span: sessions begun outside of it are left out. on_table:
    told each table's or format's name as its turn comes. on_rows: told how many rows of the log were read,
    and how many there are to read in all. noted_in: URL of the log whose audit says so, where ``url`` is a
    copy of it.
    Raises: BadInput: if ``out`` exists, the study is not known or has no data, there is no such format, or
    the disk fills; MissingPart: if a format's package is not installed; LogUnwritable, LogDamaged.
    """
    require_new(out)
    asked = chosen_formats(formats)
    engine = log_engine(url)
    noting = engine if noted_in is None else log_engine(noted_in)
    try:
        path = sqlite_file(engine.url)
        if path is not None and not path.exists():
            raise BadInput(f"There is no study log {str(path)!r}.", remedy="Name the database with --db.")
        with half_written(out) as folder:
            with snapshot(engine) as connection:
                migrations.require_head(connection)
                _require_study(connection, study_id)
                _require_purpose(connection, study_id, span)
                require_whole(connection, study_id)
                data, tests = (
                    standings(connection, study_id, test_only=only, span=span) for only in (False, True)
                )
                done = _counted(study_id, data, tests, include_test, span)
                counter = _Counter(on_rows, _n_rows(connection, study_id, include_test, asked, span))
                job = _Job(connection, study_id, with_words, asked, span, on_table, counter.add)
                job.write_to(folder, data, test_only=False)
                if include_test and tests:
                    (folder / TEST_FOLDER).mkdir()
                    job.write_to(folder / TEST_FOLDER, tests, test_only=True)
            detail = _detail(done, formats, span, include_test=include_test, with_words=with_words)
            with write(noting) as connection:
                audit(
                    connection,
                    study_id,
                    at_utc=utc_now(),
                    actor="operator",
                    action="export",
                    detail=detail,
                )
            require_new(out)
            folder.rename(out)
    finally:
        engine.dispose()
        noting.dispose()
    return done


def n_tables() -> int:
    """How many tables ``on_table`` will be told of for one set of sessions."""
    return len(ROW_TABLES) + 4


def require_new(out: Path) -> None:
    """Pass when a folder can be made there. Raises: BadInput."""
    if out.exists() or out.is_symlink():
        raise BadInput(f"{str(out)!r} is there already.", remedy="Name a folder that does not exist yet.")
    if not out.absolute().parent.is_dir():
        raise BadInput(
            f"There is no folder {str(out.absolute().parent)!r} to put {out.name!r} in.",
            remedy="Make it first.",
        )


@contextmanager
def half_written(out: Path, what: str = "export") -> Iterator[Path]:
    """A folder beside ``out`` that is gone afterwards, unless it was renamed. Raises: BadInput."""
    folder = out.absolute().parent / f".{out.name}.part-{os.getpid()}"
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise BadInput(
            f"The {what} could not be written to {str(out)!r} ({error.strerror or error}).",
            remedy="Free some space or name another place; nothing was left behind.",
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_study(connection: Connection, study_id: str) -> None:
    known = connection.execute(select(Study.id).order_by(Study.id)).scalars().all()
    if study_id not in known:
        raise BadInput(
            f"The study log {shown(connection.engine.url)} holds no study {study_id!r}.",
            remedy=f"It holds {', '.join(known)}." if known else "It holds none yet.",
        )


def _require_purpose(connection: Connection, study_id: str, span: Span) -> None:
    """Pass when somebody was asked for the purpose that sessions are chosen by."""
    if span.agreed is None:
        return
    asked = ROW_TABLES[Consent].c
    rows = select(asked.purpose).join(Session, Session.id == asked.session_id)
    known = connection.execute(rows.where(Session.study_id == study_id).distinct()).scalars().all()
    if span.agreed not in known:
        raise BadInput(
            f"Nobody in study {study_id!r} was asked for consent to {span.agreed!r}.",
            remedy=f"Asked was for {', '.join(sorted(known))}."
            if known
            else "Nobody was asked for anything yet.",
        )


def _counted(
    study_id: str, data: Sequence[Standing], tests: Sequence[Standing], include_test: bool, span: Span
) -> Exported:
    if not data and not (include_test and tests):
        if span != EVER:
            raise BadInput(
                f"Study {study_id!r} has no data in these days. {span.words}",
                remedy="Choose other days with --since and --until.",
            )
        raise BadInput(
            f"Study {study_id!r} has no data, only {n_of(len(tests), 'session')} of a test_only protocol.",
            remedy="Use --include-test to look at them in a folder marked as no data.",
        )
    by_condition = tally(data)
    return Exported(
        n_sessions=len(data),
        n_consented=sum(n_in(states) for states in by_condition.values()),
        tally=by_condition,
        n_test_sessions=len(tests),
    )


@dataclass(slots=True)
class _Counter:
    """How many rows were read so far, of how many."""

    tell: Callable[[int, int], None]
    total: int
    done: int = 0

    def add(self, n_rows: int) -> None:
        """So many more were read."""
        self.done += n_rows
        self.tell(min(self.done, self.total), self.total)


def _n_rows(
    connection: Connection, study_id: str, include_test: bool, asked: Sequence[Format], span: Span
) -> int:
    """Rows of the log that an export will read, once for each format."""
    chosen = select(func.coalesce(func.sum(Session.n_rows), 0)).where(
        Session.study_id == study_id, *span.clauses
    )
    if not include_test:
        chosen = chosen.where(Session.test_only.is_(False))
    return int(connection.execute(chosen).scalar_one()) * max(1, len(asked))


@dataclass(frozen=True, slots=True)
class _Job:
    """What is written, and from where."""

    connection: Connection
    study_id: str
    with_words: bool
    formats: Sequence[Format]
    span: Span
    on_table: Callable[[str], None]
    on_rows: Callable[[int], None]

    def write_to(self, folder: Path, sessions: Sequence[Standing], *, test_only: bool) -> None:
        """All files of the sessions that are data, or of those that are not."""
        tables = datasets(
            self.connection,
            self.study_id,
            sessions,
            test_only=test_only,
            with_words=self.with_words,
            span=self.span,
            on_rows=self.on_rows,
        )
        watch = self.on_table if not self.formats else lambda name: None
        material = Material(
            study_id=self.study_id,
            tables=tables,
            sessions=sessions,
            with_words=self.with_words,
            on_table=watch,
        )
        if not self.formats:
            self._write(PLAIN, material, folder, test_only)
        for one in self.formats:
            self.on_table(one.name)
            (folder / one.name).mkdir()
            self._write(one, material, folder / one.name, test_only)

    def _write(self, one: Format, material: Material, folder: Path, test_only: bool) -> None:
        """One format with the protocols in force and its README."""
        files = Files(folder)
        one.write(material, files)
        for name, text in self._protocols(test_only):
            files.text(f"{one.papers}{name}", "A protocol file in force.", text)
        text = readme(
            self.study_id,
            files.sheets,
            tally(material.sessions),
            test_only=test_only,
            with_words=self.with_words,
            how_to_read=one.how_to_read,
            sessions_in=one.sessions_in,
            span=self.span,
        )
        (folder / "README.txt").write_bytes(text.encode())

    def _protocols(self, test_only: bool) -> Iterator[tuple[str, str]]:
        """The protocol files that were in force, byte for byte, under their hashes."""
        study_id = self.study_id
        used = select(Session.protocol_hash).where(
            Session.study_id == study_id, Session.test_only == test_only, *self.span.clauses
        )
        chosen = (
            select(ProtocolFile.hash, ProtocolFile.text)
            .where(ProtocolFile.study_id == study_id, ProtocolFile.hash.in_(used))
            .order_by(ProtocolFile.hash)
        )
        for protocol_hash, text in self.connection.execute(chosen):
            yield f"protocol-{protocol_hash[:12]}.yml", text


def _detail(
    done: Exported, formats: Sequence[str], span: Span, *, include_test: bool, with_words: bool
) -> str:
    """What the audit log says of an export."""
    detail = f"{n_of(done.n_sessions, 'session')}, {done.n_consented} with consent"
    if include_test:
        detail += f", {n_of(done.n_test_sessions, 'test session')} set apart"
    if with_words:
        detail += ", with learners' words"
    if formats:
        detail += f", as {' '.join(formats)}"
    if span != EVER:
        detail += f", begun from {span.since or 'the first'} to {span.until or 'the last'}"
    return detail
