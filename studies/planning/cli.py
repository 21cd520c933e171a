"""``studies new`` and ``studies check``: a protocol file to begin from, and all it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast

import typer

from studies.planning.burden import asked_of
from studies.planning.contents import LessonOf, require_all, require_contents
from studies.planning.flow_picture import FORMATS, draw, require_picture
from studies.planning.flow_steps import way_through
from studies.planning.outline import outline
from studies.planning.template import Design, write_new
from studies.power.cli import texts_of
from studies.protocol import PROTOCOLS, Protocol
from tutorbot.errors import BadFile, BadInput

FindProtocol = Callable[[str], Protocol]
SHIPPED = ", ".join(sorted(file.stem for file in PROTOCOLS.glob("*.yml")))


def add_commands(app: typer.Typer, *, find_protocol: FindProtocol, lesson_of: LessonOf) -> None:
    """Add both to a command. find_protocol, lesson_of: as the running system does it."""

    @app.command(name="new")
    def new(
        file: Annotated[
            Path, typer.Argument(metavar="FILE", help="File to write; an existing one is refused.")
        ],
        template: Annotated[
            str | None,
            typer.Option("--from", metavar="STUDY", help=f"Shipped study to begin from: {SHIPPED}."),
        ] = None,
        study_id: Annotated[
            str | None, typer.Option("--id", help="The study's id in the log; made of the file's name.")
        ] = None,
        title: Annotated[str | None, typer.Option(help="Title; participants read it.")] = None,
        design: Annotated[
            str | None, typer.Option(help="between, within or mixed: begins from a template of that design.")
        ] = None,
    ) -> None:
        """Write a protocol file to begin from, with FILL IN where only you can know the words."""
        made = write_new(
            file,
            template=template,
            study_id=study_id,
            title=title,
            design=cast("Design | None", design),
        )
        typer.echo(f"Written: {file}, study {made}, with a random seed of its own. What to do next:")
        for command, why in (
            (f"studies check {file}", "what it does and what is still to be filled in"),
            (f"studies power {file}", "how many participants it needs"),
            (f"studies assign {file}", "the hash of the allocation list, to preregister"),
            (f"tutorbot pilot --study {file}", "try it yourself; nothing is data while test_only is true"),
        ):
            typer.echo(f"  {command:40}  {why}")

    @app.command()
    def check(
        studies: Annotated[
            list[str], typer.Argument(metavar="STUDY", help="Shipped studies, e.g. pilot, or protocol files.")
        ],
        picture: Annotated[
            Path | None,
            typer.Option(help=f"Draw a participant's way through one study: {', '.join(FORMATS)}."),
        ] = None,
    ) -> None:
        """Say what a protocol does, or every mistake in it with line and column.

        A study is found and its lesson loaded as by `tutorbot pilot --study STUDY`. The picture is a flow
        chart on one A4 page for the ethics form; one that is there is replaced.
        """
        if picture is not None:
            _require_one(studies, picture)
        n_bad = 0
        for name in studies:
            try:
                protocol = find_protocol(name)
                require_contents(protocol, name, lesson_of=lesson_of)
            except BadInput as error:
                typer.echo(str(_whole(error, name, lesson_of)), err=True)
                n_bad += 1
                continue
            lesson, asked = lesson_of(protocol), asked_of(protocol, texts_of(protocol, name))
            typer.echo(outline(protocol, name, lesson, asked))
            if picture is not None:
                draw(way_through(protocol, lesson, asked), picture)
                typer.echo(f"  picture     {picture}")
        if n_bad:
            raise typer.Exit(1)


def _whole(error: BadInput, name: str, lesson_of: LessonOf) -> BadInput:
    """The error with what stands behind it: lesson and instruments of a file that has other mistakes."""
    if isinstance(error, BadFile) and Path(name).is_file():
        try:
            require_all(name, lesson_of=lesson_of)
        except BadFile as found:
            return found
    return error


def _require_one(studies: list[str], picture: Path) -> None:
    if len(studies) != 1:
        raise BadInput(
            f"--picture draws one study, and {len(studies)} are named.", remedy="Check them one at a time."
        )
    require_picture(picture)
