"""The commands ``studies power`` and ``studies preregister``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.console import Console
from rich.progress import Progress

from studies.power.answers import AnswerModel
from studies.power.design import Design, design_of
from studies.power.grid import effects_of, ns_of
from studies.power.output import read_summary, require_new, require_plots, write
from studies.power.preregistration import preregistration
from studies.power.run import Analysis, Plan, Point, run
from studies.power.words import chosen, sentence, table
from studies.protocol import Protocol
from studies.protocol.arms import arms, parts
from tutorbot.core.lesson import Lesson
from tutorbot.errors import BadInput

FindProtocol = Callable[[str], Protocol]
LessonOf = Callable[[Protocol], Lesson]
StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study or a protocol file.")]
NOption = Annotated[
    str | None, typer.Option("--n", help="Participants: 10..200, 10..200:20 or 64,128; around the planned n.")
]
EffectOption = Annotated[
    str, typer.Option(help="d between, d_z within participants; commas between several.")
]
RunsOption = Annotated[
    int,
    typer.Option(min=100, max=1_000_000, help="Simulated studies for each n and effect; fewer are refused."),
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same numbers.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder to create for table, curve and sentence.")]
MeasureOption = Annotated[
    str | None, typer.Option(help="trust, concentration or an instrument, e.g. fks.absorption.")
]
AnalysisOption = Annotated[
    str | None,
    typer.Option(help="means (t-tests, as the report's contrasts) or mixed (single answers)."),
]
IccOption = Annotated[
    float, typer.Option(min=0.0, max=0.95, help="Share of an answer's variance that is the person's own.")
]
DropoutOption = Annotated[
    float, typer.Option(min=0.0, max=0.9, help="Share of participants who leave at some moment.")
]
BoardsOption = Annotated[
    int | None, typer.Option(min=1, max=1000, help="Boards in a part of a session; as many as may come.")
]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are cores.")]


def add_commands(app: typer.Typer, *, find_protocol: FindProtocol, lesson_of: LessonOf) -> None:
    """Add both commands to ``studies``; the two functions know where protocols and lessons lie."""

    @app.command()
    def power(
        study: StudyArgument,
        n: NOption = None,
        effect: EffectOption = "0.5",
        runs: RunsOption = 2000,
        seed: SeedOption = 1,
        out: OutOption = None,
        measure: MeasureOption = None,
        analysis: AnalysisOption = None,
        icc: IccOption = 0.5,
        dropout: DropoutOption = 0.1,
        boards: BoardsOption = None,
        workers: WorkersOption = None,
    ) -> None:
        """Simulate a study many times and say how often it finds an effect, by number of participants.

        Prints a table and the sentence for the preregistration.
        """
        if out is not None:
            require_new(out)
            require_plots()
        protocol = find_protocol(study)
        n_boards = boards or boards_of(protocol, lesson_of)
        design = design_of(protocol, n_boards=n_boards, measure=measure, texts=texts_of(protocol, study))
        planned = protocol.sample.n if protocol.sample is not None else None
        plan = Plan(
            design=design,
            model=AnswerModel(points=design.points, icc=icc),
            ns=ns_of(n, n_groups=len(design.groups), planned=planned),
            effects=effects_of(effect),
            runs=runs,
            dropout=dropout,
            analysis=_analysis(analysis, design),
            seed=seed,
        )
        points = _simulated(plan, workers or len(os.sched_getaffinity(0)))
        about = chosen(plan, points, planned)
        typer.echo(table(points))
        for note in design.notes:
            typer.echo(f"note: {note}")
        typer.echo(sentence(plan, about))
        if out is not None:
            write(out, plan, points, about, protocol_sha256=protocol.sha256)
            typer.echo(f"Written: power.csv, power.svg, power.png and power.json in {out}")

    @app.command()
    def preregister(
        study: StudyArgument,
        out: Annotated[Path, typer.Argument(metavar="OUT.md", help="File to write; a present one stays.")],
        power: Annotated[
            Path | None, typer.Option(metavar="FOLDER", help="What `studies power --out` wrote.")
        ] = None,
    ) -> None:
        """Write the stub of a preregistration, filled from the protocol; what it cannot know says FILL IN."""
        protocol = find_protocol(study)
        found = read_summary(power) if power is not None else None
        if found is not None and found.get("protocol_sha256") != protocol.sha256:
            raise BadInput(
                f"{power} was simulated from another version of protocol {protocol.id!r}.",
                remedy="Run `studies power` again with this one.",
            )
        text = preregistration(
            protocol,
            n_boards=boards_of(protocol, lesson_of),
            power=found["sentence"] if found is not None else None,
            texts=texts_of(protocol, study),
        )
        try:
            with out.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            raise BadInput(f"{out} is there already.", remedy="Name a new file.") from None
        except OSError as error:
            raise BadInput(f"{out} cannot be written ({error.strerror}).", remedy="Name another.") from None
        n_open = text.count("FILL IN")
        typer.echo(f"Written: {out}. {n_open} places still say FILL IN.")


def boards_of(protocol: Protocol, lesson_of: LessonOf) -> int:
    """Boards in the shortest part of a session, if every block goes on to its last board."""
    lesson = lesson_of(protocol.model_copy(update={"problems": ()}))
    every = len(protocol.problems) or len(lesson.problems)
    found = [len(part.problems) or every for arm in arms(protocol) for part in parts(protocol, arm.cell, "")]
    return min(found or [every]) * lesson.most_items


def texts_of(protocol: Protocol, study: str) -> Path | None:
    """Folder of the lab's own instruments, beside the protocol's file."""
    texts = protocol.instruments.texts
    return Path(study).parent / texts if texts is not None else None


def _analysis(given: str | None, design: Design) -> Analysis:
    if given is None:
        return "means"  # the test of the report's planned contrasts
    for known in get_args(Analysis):
        if given == known:
            return cast("Analysis", known)
    raise BadInput(f"--analysis is {given!r}.", remedy="Write mixed or means.")


def _simulated(plan: Plan, workers: int) -> tuple[Point, ...]:
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        total = plan.runs * len(plan.ns) * len(plan.effects)
        task = progress.add_task("studies", total=total)
        try:
            return run(plan, workers=workers, on_done=lambda done: progress.update(task, advance=done))
        except KeyboardInterrupt:
            typer.echo("Stopped; nothing was written.", err=True)
            raise typer.Exit(1) from None
