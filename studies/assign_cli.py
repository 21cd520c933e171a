"""``studies links`` and ``studies assign``: who is let in, and who got what."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection, select

from studies.allocation import list_hash, list_text
from studies.log import migrations
from studies.log.database import log_engine, snapshot, sqlite_file, write
from studies.log.freeze import require_same_protocol
from studies.log.invitations import PersonalLink, invite, preview
from studies.log.models import AllocationList, Place, Session
from studies.log.places import counts, write_list
from studies.log.store import SqlStudyLog, audit, ensure_study, utc_now
from studies.protocol import Protocol
from tutorbot.errors import BadInput

FindProtocol = Callable[[str], Protocol]
OpenLog = Callable[[str], SqlStudyLog]
DEFAULT_DB = "sqlite:///var/tutorbot.db"
AUDIT_COLUMNS = (
    "n",
    "origin",
    "list_n",
    "refill_of",
    "stratum",
    "cell",
    "sequence",
    "participant",
    "given_at_utc",
    "released_at_utc",
    "released_why",
    "list_hash",
    "reason",
)
"""Columns of the allocation audit: one place a row, in the order they were given out."""


def add_commands(app: typer.Typer, *, find_protocol: FindProtocol, open_log: OpenLog) -> None:
    """Add ``links`` and ``assign`` to a command. find_protocol, open_log: as the running system does it."""

    @app.command()
    def links(
        study: Annotated[str, typer.Argument(help="Shipped study, e.g. pilot, or a protocol file.")],
        out: Annotated[Path, typer.Argument(help="CSV file to write; an existing one is refused.")],
        n: Annotated[
            int, typer.Option("--n", help="How many personal links to make.", min=1, max=10_000)
        ] = 1,
        base_url: Annotated[
            str, typer.Option(help="Address the participants reach the server at.")
        ] = "http://127.0.0.1:8800",
        stratum: Annotated[
            str, typer.Option(help="Stratum of these participants, e.g. prior=yes; empty without strata.")
        ] = "",
        preview_cells: Annotated[
            bool, typer.Option("--preview", help="One link per cell instead, to try it out; never data.")
        ] = False,
        db: Annotated[str, typer.Option(help="Database of the study log.")] = DEFAULT_DB,
    ) -> None:
        """Make personal links; the pseudonym is fixed now, the place when the link is first opened.

        Keep the file apart from the data: whoever has a link can take part in its name.
        """
        if out.exists():
            raise BadInput(f"{str(out)!r} is there already.", remedy="Name a file that does not exist yet.")
        protocol = find_protocol(study)
        open_log(db).close()
        engine = log_engine(db)
        try:
            with write(engine) as connection:
                ensure_study(connection, protocol.id)
                require_same_protocol(connection, protocol)
                made = (
                    preview(connection, protocol)
                    if preview_cells
                    else invite(connection, protocol, n, stratum)
                )
                write_links(out, made, base_url.rstrip("/"))
                what = "previews" if preview_cells else "personal links"
                audit(
                    connection,
                    protocol.id,
                    at_utc=utc_now(),
                    actor="operator",
                    action="links",
                    detail=f"{len(made)} {what}",
                )
        finally:
            engine.dispose()
        typer.echo(f"{len(made)} links written to {out}. Whoever has one can take part: keep the file safe.")

    @app.command()
    def assign(
        study: Annotated[str, typer.Argument(help="Shipped study, e.g. pilot, or a protocol file.")],
        out: Annotated[
            Path | None, typer.Argument(help="Folder to write the audit to; none: only say it.")
        ] = None,
        db: Annotated[str, typer.Option(help="Database of the study log.")] = DEFAULT_DB,
        fix: Annotated[
            bool, typer.Option("--fix", help="Write the list down now, before the first participant.")
        ] = False,
    ) -> None:
        """Say how places are given out, the list's hash to preregister, and who got what so far.

        The audit folder gets `list.json` (the list as it was drawn) and `places.csv` (one place a row, with
        refills of drop-outs); both hold pseudonyms only.
        """
        protocol = find_protocol(study)
        if fix:
            _fix(db, protocol, open_log)
        typer.echo(f"{protocol.id}: {protocol.allocation.method}, seed {protocol.seed}")
        typer.echo(f"list hash {list_hash(protocol)}")
        engine = log_engine(db, read_only=True)
        path = sqlite_file(engine.url)
        try:
            if path is not None and not path.exists():
                typer.echo("no study log yet: nobody has a place")
                if out is not None:
                    write_audit(out, [list_text(protocol)], [])
                return
            with snapshot(engine) as connection:
                migrations.require_head(connection)
                for cell, one in counts(connection, protocol.id).items():
                    typer.echo(f"{cell or 'all'}: {one.completed} completed, {one.running} running")
                if out is not None:
                    write_audit(out, _lists(connection, protocol), places(connection, protocol.id))
        finally:
            engine.dispose()
        if out is not None:
            typer.echo(f"audit written to {out}")


def write_links(out: Path, made: Sequence[PersonalLink], base_url: str) -> None:
    """The links as CSV, readable by its owner alone. Raises: BadInput: it cannot be written."""
    try:
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("participant", "address", "stratum", "cell"))
            for one in made:
                rows.writerow((one.code, f"{base_url}/p/{one.link}", one.stratum, one.cell or ""))
    except OSError as error:
        out.unlink(missing_ok=True)
        raise BadInput(
            f"The links could not be written to {str(out)!r} ({error.strerror}).",
            remedy="Name another place; no link was made.",
        ) from error


def _fix(db: str, protocol: Protocol, open_log: OpenLog) -> None:
    open_log(db).close()
    engine = log_engine(db)
    try:
        with write(engine) as connection:
            at_utc = utc_now()
            ensure_study(connection, protocol.id)
            require_same_protocol(connection, protocol)
            found = write_list(connection, protocol, at_utc)
            audit(connection, protocol.id, at_utc=at_utc, actor="operator", action="allocation", detail=found)
    finally:
        engine.dispose()


def _lists(connection: Connection, protocol: Protocol) -> list[Any]:
    chosen = (
        select(AllocationList.hash, AllocationList.made_at_utc, AllocationList.text)
        .where(AllocationList.study_id == protocol.id)
        .order_by(AllocationList.made_at_utc, AllocationList.hash)
    )
    found = [{"hash": one, "made_at_utc": at_utc, **text} for one, at_utc, text in connection.execute(chosen)]
    return found or [list_text(protocol)]


def places(connection: Connection, study_id: str) -> list[dict[str, Any]]:
    """Every place given out, in order, with the pseudonym that got it."""
    own = [getattr(Place, name) for name in AUDIT_COLUMNS if name != "participant"]
    chosen = (
        select(*own, Session.participant)
        .join(Session, Session.id == Place.session_id)
        .where(Place.study_id == study_id)
        .order_by(Place.n)
    )
    return [dict(row) for row in connection.execute(chosen).mappings()]


def write_audit(out: Path, lists: Sequence[Any], rows: Sequence[dict[str, Any]]) -> None:
    """Both files into a new folder. Raises: BadInput: it is there, or cannot be written."""
    try:
        out.mkdir()
        text = json.dumps(lists, indent=1, ensure_ascii=False, sort_keys=True)
        (out / "list.json").write_text(text + "\n", encoding="utf-8")
        with (out / "places.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(AUDIT_COLUMNS)
            for row in rows:
                reason = None if row["reason"] is None else json.dumps(row["reason"], sort_keys=True)
                writer.writerow([{**row, "reason": reason}[name] for name in AUDIT_COLUMNS])
    except FileExistsError:
        raise BadInput(
            f"{str(out)!r} is there already.", remedy="Name a folder that does not exist yet."
        ) from None
    except OSError as error:
        raise BadInput(
            f"The audit could not be written to {str(out)!r} ({error.strerror}).",
            remedy="Name another place.",
        ) from error
