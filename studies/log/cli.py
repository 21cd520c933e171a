"""``studies merge``, ``studies backup``, ``studies compact`` and ``studies audit``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import select

from studies.log import migrations
from studies.log.backup import back_up
from studies.log.database import log_engine, shown, snapshot
from studies.log.hold import take_hold
from studies.log.merge import merge as merge_logs
from studies.log.merge import n_steps
from studies.log.models import Audit
from studies.log.person import require_study
from studies.log.reader import ReadOnlyLog, log_url
from studies.log.scrub import compact as compact_log

DEFAULT_DB = "sqlite:///var/tutorbot.db"
DbOption = Annotated[str, typer.Option(help="Database of the study log.")]


def merge(
    logs: Annotated[list[str], typer.Argument(metavar="LOG...", help="Files of SQLite logs, or URLs.")],
    out: Annotated[Path, typer.Option(help="SQLite file to make; an existing one is refused.")],
) -> None:
    """Put the sessions of several machines into one new log; the logs themselves stay as they are."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=n_steps(len(logs)))
        done = merge_logs(logs, out, tell=lambda what: progress.update(task, advance=1, description=what))
    typer.echo(f"{out}: sessions: {done.n_sessions}, in several logs and taken once: {done.n_twice}")
    typer.echo(f"{done.codes}: people with a new pseudonym: {done.n_renamed}")
    if done.n_same_arrivals:
        typer.echo(
            f"Came on two machines by one recruitment id: {done.n_same_arrivals}; both sessions are kept."
        )


def backup(
    out: Annotated[Path, typer.Argument(help="File to make; an existing one is refused.")],
    db: DbOption = DEFAULT_DB,
) -> None:
    """Copy a log that may be in use, as of one moment, and check the copy."""
    n_bytes = back_up(db, out)
    typer.echo(f"{out}: {n_bytes} bytes, checked. What is erased from the log later stays in this copy.")


def compact(db: DbOption = DEFAULT_DB) -> None:
    """Write the database file anew without what was deleted; `studies withdraw` does so by itself."""
    ReadOnlyLog.look(db).close()  # says what is wrong with it
    engine = log_engine(log_url(db))
    try:
        release = take_hold(engine)
        try:
            note = compact_log(engine)
        finally:
            release()
    finally:
        engine.dispose()
    typer.echo(note or f"{shown(engine.url)} holds nothing that was deleted.")


def audit(
    study: Annotated[str, typer.Argument(help="Study id.")],
    db: DbOption = DEFAULT_DB,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list.")] = False,
) -> None:
    """Print who did what with a study's data: starts, stops, consents, exports, erasures, ..."""
    ReadOnlyLog.look(db).close()
    engine = log_engine(log_url(db), read_only=True)
    try:
        with snapshot(engine) as connection:
            migrations.require_head(connection)
            require_study(connection, study)
            chosen = select(Audit.__table__).where(Audit.study_id == study).order_by(Audit.id)
            rows = [dict(row) for row in connection.execute(chosen).mappings()]
    finally:
        engine.dispose()
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        where = f"  session {row['session_id']}" if row["session_id"] else ""
        typer.echo(f"{row['at_utc']}  {row['actor']:11} {row['action']:9} {row['detail']}{where}")
    if not rows:
        typer.echo("Nothing was noted yet.")
