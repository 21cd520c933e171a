"""``studies withdraw`` and ``studies purge``."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from studies.erasure.camera import erase_camera
from studies.erasure.erase import Tell, carry_out, erased_before, opened, prepared
from studies.erasure.plan import RETENTION, WISH, Erasure, Where
from studies.erasure.receipt import as_text, require_new, text_beside, write_receipt
from studies.erasure.retention import Retention, retentions
from studies.log import migrations
from studies.log.database import snapshot
from studies.log.person import find_person
from tutorbot.errors import BadInput

DEFAULT_DB = "sqlite:///var/tutorbot.db"
DbOption = Annotated[str, typer.Option(help="Database of the study log.")]
ExportsOption = Annotated[
    list[Path] | None,
    typer.Option(help="Folder of this study's exports; may stand more than once.", show_default=False),
]
BagsOption = Annotated[
    list[Path] | None,
    typer.Option(
        help="Folder of recorded topics with its index; may stand more than once.", show_default=False
    ),
]
KeyOption = Annotated[Path | None, typer.Option(help="The study's id key file.", show_default=False)]
TrackerOption = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Rasa's tracker store, where it is in SQL.", show_default=False),
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")]


def withdraw(
    code: Annotated[str, typer.Argument(help="Pseudonym of the person, e.g. P007.")],
    study: Annotated[str, typer.Option(help="Study id.", show_default=False)],
    db: DbOption = DEFAULT_DB,
    exports: ExportsOption = None,
    bags: BagsOption = None,
    key: KeyOption = None,
    rasa_tracker: TrackerOption = None,
    receipt: Annotated[
        Path | None,
        typer.Option(help="File for the receipt; withdrawal-STUDY-CODE.json here.", show_default=False),
    ] = None,
    partial: Annotated[
        str | None,
        typer.Option(
            metavar="camera",
            help="Only the scores of a camera whose consent was taken back.",
            show_default=False,
        ),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Remove one person from the log, exports, bags, Rasa's tracker store and the id key; give a receipt.

    A tombstone stays, so that counts survive. It happens whole or not at all. Who was removed before is
    removed from folders that were found since.
    """
    if partial not in (None, "camera"):
        raise BadInput(f"--partial is {partial!r}.", remedy="Write --partial camera, or leave it out.")
    where = Where(db=db, exports=tuple(exports or ()), bags=tuple(bags or ()), key=key, tracker=rasa_tracker)
    # Who it is comes first: the receipt of somebody erased before is there already.
    erased = _is_erased(where, study, code)
    name = f"{'camera' if partial else 'withdrawal'}-{study}-{code}"
    receipt = receipt or (_free(name) if erased else Path(f"{name}.json"))
    require_new(receipt)
    if partial:
        if where.beside_the_log:
            raise BadInput(
                "--partial camera takes scores out of the log alone.",
                remedy="Delete exports that hold them and export again; leave the other options out.",
            )
        _agree(yes, f"Delete the camera scores of {code} in {study} for good?")
        _give(receipt, erase_camera(db, study, code))
        return
    with working() as tell, prepared(where, study, code, tell=tell) as erasure:
        done = _asked(
            erasure, yes, tell, f"Remove {code} from {'what is named' if erased else study} for good?"
        )
    if done is None:
        typer.echo(f"Nothing was removed: {code} is in none of the places named.")
    else:
        _give(receipt, done)


def _is_erased(where: Where, study: str, code: str) -> bool:
    """Whether somebody was erased before and is looked for again; False: the log holds them.

    Raises: BadInput: saying when they were erased, if nothing to look into is named, or near codes.
    """
    engine = opened(where.db)
    try:
        with snapshot(engine) as connection:
            migrations.require_head(connection)
            if erased_before(connection, where, study, code) is not None:
                return True
            find_person(connection, study, code)
            return False
    finally:
        engine.dispose()


def _free(name: str) -> Path:
    """A file for a further receipt: ``withdrawal-pilot-P007-2.json`` where the first one is here."""
    names = (Path(f"{name}{'' if n == 1 else f'-{n}'}.json") for n in itertools.count(1))
    return next(one for one in names if not one.exists() and not text_beside(one).exists())


def _asked(erasure: Erasure, yes: bool, tell: Tell, question: str) -> dict[str, Any] | None:
    """The receipt; None: there is nothing to remove, so nobody is asked."""
    for line in erasure.lines():
        typer.echo(line)
    tell("")
    if erasure.idle:
        return None
    _agree(yes, question)
    return carry_out(erasure, WISH, tell=tell)


def _agree(yes: bool, question: str) -> None:
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():  # None: started without one, as some timers do
        raise BadInput("This cannot be taken back and has to be agreed to.", remedy="Add --yes.")
    typer.confirm(question, abort=True)


def _give(path: Path, receipt: Mapping[str, Any]) -> None:
    """The receipt to the terminal and into its files; a full disk does not lose it."""
    typer.echo(as_text(receipt), nl=False)
    try:
        write_receipt(path, receipt)
        typer.echo(f"Receipt in {path} and {text_beside(path)}")
    except OSError as error:
        typer.echo(
            f"The receipt could not be written ({error.strerror}); it stands above: keep it.", err=True
        )
        raise typer.Exit(1) from error
    if receipt["searched"]["left"]:
        raise typer.Exit(1)


def purge(
    study: Annotated[
        str | None, typer.Option(help="This study alone; all in the log otherwise.", show_default=False)
    ] = None,
    today: Annotated[
        str | None, typer.Option(metavar="DATE", help="Day to go by, e.g. 2027-03-01.", show_default=False)
    ] = None,
    db: DbOption = DEFAULT_DB,
    exports: ExportsOption = None,
    bags: BagsOption = None,
    key: KeyOption = None,
    rasa_tracker: TrackerOption = None,
    receipts: Annotated[Path, typer.Option(help="Folder for the receipts.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, change nothing.")] = False,
    yes: YesOption = False,
) -> None:
    """Remove everybody from studies whose retention date (the protocol's `retention_until`) is over.

    Tombstones, counts, protocols and the audit log stay.
    """
    day = _day(today)
    engine = opened(db)
    try:
        found = retentions(engine, study)
    finally:
        engine.dispose()
    due = [one for one in found if one.over(day) and one.n_people]
    for one in found:
        typer.echo(_standing(one, day))
    if not due:
        typer.echo("Nothing to remove.")
        if (exports or bags) and any(one.over(day) for one in found):
            typer.echo(
                "The folders named were not gone through. Delete what is left of a study whose date is over, "
                "or take out one person at a time with `studies withdraw`."
            )
        return
    if len(due) > 1 and (exports or bags or key or rasa_tracker):
        raise BadInput(
            f"Folders, key and store belong to one study; due are {', '.join(one.study_id for one in due)}.",
            remedy="Do one study at a time with --study.",
        )
    where = Where(db=db, exports=tuple(exports or ()), bags=tuple(bags or ()), key=key, tracker=rasa_tracker)
    paths = [receipts / f"purge-{one.study_id}-{day}.json" for one in due]
    if not dry_run:
        for path in paths:
            require_new(path)
        _agree(yes, f"Remove everybody from {', '.join(one.study_id for one in due)} for good?")
    for one, path in zip(due, paths, strict=True):
        with working() as tell, prepared(where, one.study_id, None, tell=tell) as erasure:
            for line in erasure.lines():
                typer.echo(line)
            done = None if dry_run else carry_out(erasure, RETENTION, tell=tell)
        if done is not None:
            _give(path, done)
    if dry_run:
        typer.echo("Nothing was changed (--dry-run).")


def _standing(one: Retention, day: dt.date) -> str:
    if one.until is None:
        return f"{one.study_id}: no protocol was in force"
    held = f"people: {one.n_people}, sessions: {one.n_sessions}"
    return f"{one.study_id}: keep until {one.until}{', OVER' if one.over(day) else ''}; {held}"


def _day(text: str | None) -> dt.date:
    if text is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--today is {text!r}.", remedy="Write a date like 2027-03-01.") from None


@contextmanager
def working() -> Iterator[Tell]:
    """What is being worked on, on a terminal alone; an empty text hides it while a question is asked."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task("", total=None)

        def tell(what: str) -> None:
            progress.update(task, description=what)
            if not what:
                progress.stop()
            elif not progress.live.is_started:
                progress.start()

        yield tell
