"""A whole report as a folder: written beside its place, then put there in one step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, select

from studies.export.csv_file import csv_line
from studies.export.flow import Standing, standings
from studies.export.study import TEST_FOLDER, half_written, require_new
from studies.log import migrations
from studies.log.database import log_engine, shown, snapshot, sqlite_file, write
from studies.log.models import Study as StudyRow
from studies.log.store import audit, require_whole, utc_now
from studies.report.analysis.frames import Frames, read
from studies.report.analysis.results import Section, Table, plain
from studies.report.analysis.sections import SECTIONS
from studies.report.html import Cover, page
from studies.report.notebook import write_notebook
from studies.report.pdf import require_pdf, write_pdf
from studies.report.plots import pictures
from studies.report.source import TAKEN, CriterionOf, Study, frames_of
from studies.report.wide_long import long, wide
from tutorbot.errors import BadInput

N_STEPS = len(TAKEN) + len(SECTIONS) + 4
"""Steps that ``told`` hears of for one set of sessions."""
TRY_OUT = "Try-out sessions of a test_only protocol: no data. Nothing here says anything about people."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for. texts: folder with a lab's own instruments. version: of this software."""

    url: str
    study_id: str
    include_test: bool
    pdf: bool
    version: str
    criterion_of: CriterionOf = lambda protocol, lesson_hash: None
    texts: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What was written. n_analysed: sessions the numbers are about."""

    n_sessions: int
    n_analysed: int
    n_tables: int
    n_test_sessions: int


def write_report(wanted: Wanted, out: Path, told: Callable[[str], None] = lambda step: None) -> Reported:
    """Write the report of a study into the new folder ``out``. The same log gives the same numbers.

    Raises: BadInput: if ``out`` exists, the study is not known or has no data; MissingPart: a package of
    `make env-analysis`; LogUnwritable, LogDamaged.
    """
    require_new(out)
    if wanted.pdf:
        require_pdf()
    engine = log_engine(wanted.url)
    try:
        path = sqlite_file(engine.url)
        if path is not None and not path.exists():
            raise BadInput(f"There is no study log {str(path)!r}.", remedy="Name the database with --db.")
        with half_written(out, "report") as folder:
            with snapshot(engine) as connection:
                migrations.require_head(connection)
                data, tests = _sessions(connection, wanted)
                if data:
                    done = _write(connection, wanted, folder, data, test_only=False, told=told)
                if tests and wanted.include_test:
                    apart = folder / TEST_FOLDER
                    apart.mkdir()
                    of_tests = _write(connection, wanted, apart, tests, test_only=True, told=told)
                    done = done if data else of_tests
            with write(engine) as connection:
                detail = f"report of {len(data)} sessions"
                audit(
                    connection,
                    wanted.study_id,
                    at_utc=utc_now(),
                    actor="operator",
                    action="export",
                    detail=detail,
                )
            require_new(out)
            folder.rename(out)
    finally:
        engine.dispose()
    n_analysed, n_tables = done
    return Reported(
        n_sessions=len(data), n_analysed=n_analysed, n_tables=n_tables, n_test_sessions=len(tests)
    )


def _sessions(connection: Connection, wanted: Wanted) -> tuple[tuple[Standing, ...], tuple[Standing, ...]]:
    known = connection.execute(select(StudyRow.id).order_by(StudyRow.id)).scalars().all()
    if wanted.study_id not in known:
        raise BadInput(
            f"The study log {shown(connection.engine.url)} holds no study {wanted.study_id!r}.",
            remedy=f"It holds {', '.join(known)}." if known else "It holds none yet.",
        )
    require_whole(connection, wanted.study_id)
    data, tests = (standings(connection, wanted.study_id, test_only=only) for only in (False, True))
    if not data and not (wanted.include_test and tests):
        raise BadInput(
            f"Study {wanted.study_id!r} has no data, only {len(tests)} try-out sessions of a test_only "
            f"protocol.",
            remedy="Use --include-test for a report on them that is marked as no data.",
        )
    return data, tests


def _write(
    connection: Connection,
    wanted: Wanted,
    folder: Path,
    sessions: tuple[Standing, ...],
    *,
    test_only: bool,
    told: Callable[[str], None],
) -> tuple[int, int]:
    """All files of one set of sessions. Returns: sessions analyzed, and tables."""
    study = Study(
        connection=connection,
        study_id=wanted.study_id,
        test_only=test_only,
        standings=sessions,
        criterion_of=wanted.criterion_of,
        texts=wanted.texts,
    )
    frames = frames_of(study, told)
    told("data")
    _write_data(folder / "data", {**frames, "wide": wide(frames), "long": long(frames)})
    again = read(folder / "data")
    sections = _computed(again, told)
    tables = [table for section in sections for table in section.tables]
    (folder / "tables").mkdir()
    for table in tables:
        _write_table(folder / "tables" / f"{table.id}.csv", table)
    title = f"Report: {again.study['title']}"
    made = (
        f"Made by tutorbot {wanted.version} from {len(sessions)} sessions. Every number stands in "
        f"tables/, the "
        "data in data/, the code in report.ipynb and analysis/."
    )
    cover = Cover(title=title, made=made, warning=TRY_OUT if test_only else None)
    _write_shown(folder, cover, again, sections, pdf=wanted.pdf, told=told)
    return len(again.sessions), len(tables)


def _computed(frames: Frames, told: Callable[[str], None]) -> list[Section]:
    sections = []
    for name, compute in SECTIONS.items():
        told(name)
        sections.append(compute(frames))
    return sections


def _write_shown(
    folder: Path,
    cover: Cover,
    frames: Frames,
    sections: Sequence[Section],
    *,
    pdf: bool,
    told: Callable[[str], None],
) -> None:
    told("page")
    drawn = pictures(frames, {one.id: one for one in sections})
    (folder / "report.html").write_text(page(cover, sections, drawn), encoding="utf-8")
    told("notebook")
    write_notebook(folder, cover.title, sections)
    told("pdf")
    if pdf:
        write_pdf(folder / "report.pdf", cover, sections, drawn)


def _write_data(folder: Path, frames: Mapping[str, pd.DataFrame]) -> None:
    folder.mkdir()
    for name, frame in frames.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            stream.write(csv_line(tuple(str(column) for column in frame.columns)))
            for row in frame.itertuples(index=False, name=None):
                stream.write(csv_line(tuple(_whole(value) for value in row)))


def _write_table(path: Path, table: Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(csv_line(tuple(column.name for column in table.columns)))
        for row in table.rows:
            stream.write(csv_line(row))


def _whole(value: object) -> object:
    """A value of Python's own; what pandas turned into a float only because of gaps is whole again."""
    found = plain(value)
    return None if found is pd.NaT or found is pd.NA else found
