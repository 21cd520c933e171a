"""The ``studies`` command: check a protocol, export a study, try policies on simulated learners."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from studies.assign_cli import add_commands as add_assign
from studies.erasure.cli import purge, withdraw
from studies.export.flow import flow_line, n_of
from studies.export.formats import ALL, FORMATS
from studies.export.span import Span
from studies.export.study import export_study
from studies.identity_cli import key_app
from studies.instruments.cli import app as instrument_app
from studies.log.cli import audit, backup, compact, merge
from studies.planning.cli import add_commands as add_planning
from studies.power.cli import add_commands as add_power
from studies.protocol import Protocol
from studies.report.cli import report_command
from studies.simulation.folder import SimulationFolder
from studies.simulation.plots import require_plots, sensitivity, trade_off
from studies.simulation.summary import Learners, csv_rows, table
from studies.trust.cli import fit_trust
from tutorbot.bootstrap.parts import open_log
from tutorbot.bootstrap.reporting import criterion_of
from tutorbot.bootstrap.simulate import Job, jobs_of, made_of, run_jobs
from tutorbot.bootstrap.study import VERSION, find_protocol, lesson_of
from tutorbot.errors import BadInput, TutorbotError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The life cycle of a study: its protocol and its data.",
)

DEFAULT_DB = "sqlite:///var/tutorbot.db"
DEFAULT_AT = 0.65
"""AUC of a face-only detector in a real classroom (Bosch et al.), and so the one to look at first."""


@app.callback()
def studies() -> None:
    """The life cycle of a study: its protocol and its data."""


@app.command()
def export(
    study: Annotated[str, typer.Argument(help="Study id, the `id` of its protocol, e.g. pilot.")],
    out: Annotated[Path, typer.Argument(help="Folder to create; an existing one is refused.")],
    db: Annotated[str, typer.Option(help="Database of the study log.")] = DEFAULT_DB,
    include_test: Annotated[
        bool, typer.Option("--include-test", help="Add try-out sessions, in a folder marked as no data.")
    ] = False,
    with_words: Annotated[
        bool, typer.Option("--with-words", help="Add what learners wrote; left out otherwise.")
    ] = False,
    format_: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"{', '.join(one.name for one in FORMATS)} or {ALL}; may stand more than once. "
            "Each gets a folder of its own in OUT. Left out: CSV with a codebook, in OUT itself.",
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="Leave out sessions begun before this day, UTC.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DAY", help="Leave out sessions begun after this day, UTC.")
    ] = None,
    agreed: Annotated[
        str | None,
        typer.Option(metavar="PURPOSE", help="Take only people who agree to this purpose, e.g. sharing."),
    ] = None,
) -> None:
    """Write a study as pseudonymous files: CSV with a codebook, or the formats of other tools."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=None)
        done = export_study(
            db,
            study,
            out,
            include_test=include_test,
            with_words=with_words,
            formats=format_ or (),
            span=Span.of(since, until, agreed),
            on_table=lambda name: progress.update(task, description=name),
            on_rows=lambda done, total: progress.update(task, completed=done, total=total),
        )
    typer.echo(
        f"{n_of(done.n_sessions, 'session')} of {study} written to {out}, "
        f"{done.n_consented} with consent to take part"
    )
    for condition, states in done.tally.items():
        typer.echo(f"  {flow_line(condition, states)}")
    if done.n_test_sessions:
        where = "set apart in TEST-NOT-DATA" if include_test else "left out"
        tests = n_of(done.n_test_sessions, "session")
        typer.echo(f"{tests} of a test_only protocol {where}: never data")


StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study or a protocol file.")]
NOption = Annotated[int, typer.Option("--n", min=1, help="Learners in each condition.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same learners.")]
BoardsOption = Annotated[
    int, typer.Option(min=0, help="Boards for everybody, in full blocks; 0: by the lesson's criterion.")
]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are cores.")]
DaskOption = Annotated[str | None, typer.Option(metavar="URL", help="Address of a Dask scheduler.")]
ParametersOption = Annotated[
    Path | None, typer.Option(help="What learners are made of; the shipped learner.toml.")
]


@app.command()
def simulate(
    study: StudyArgument,
    out: Annotated[Path, typer.Option(help="Folder for the figures; gone on with if it is there.")],
    n: NOption = 100,
    seed: SeedOption = 1,
    condition: Annotated[
        list[str] | None, typer.Option(help="Condition; may stand more than once. All of the protocol's.")
    ] = None,
    auc: Annotated[
        float, typer.Option(min=0.5, max=0.999, help="Of the detector that sees the learners.")
    ] = 0.65,
    camera: Annotated[bool, typer.Option("--camera/--no-camera", help="Whether the learners agree.")] = True,
    boards: BoardsOption = 12,
    parameters: ParametersOption = None,
    workers: WorkersOption = None,
    dask: DaskOption = None,
) -> None:
    """Play a study with simulated learners and write the figures of each.

    Simulated learners are for trying a study out; they are no evidence about people. A run that was stopped
    goes on with the same command.
    """
    protocol = find_protocol(study)
    chosen = condition or list(protocol.conditions)
    jobs = jobs_of(
        protocol.text,
        chosen,
        n=n,
        seed=seed,
        aucs=[auc if camera else None],
        boards=boards or None,
        parameters=parameters,
    )
    folder = _simulated(jobs, out, protocol, workers=workers, dask=dask)
    rows = folder.rows(job.name for job in jobs)
    path = folder.finish(rows)
    groups = {name: Learners([row for row in rows if row["condition"] == name]) for name in chosen}
    typer.echo(table(groups, chosen[0]))
    typer.echo(f"{n_of(n, 'learner')} in each of {n_of(len(chosen), 'condition')}: {path}")


@app.command()
def compare(
    study: StudyArgument,
    out: Annotated[Path, typer.Option(help="Folder for tables and plots; gone on with if it is there.")],
    conditions: Annotated[
        str, typer.Option(help="Conditions, commas between them; others are compared to the first.")
    ] = "C0,L1-A,L2-A,L3-A,AD,NB",
    n: NOption = 200,
    seed: SeedOption = 1,
    auc: Annotated[
        str, typer.Option(help="Of the detector; commas between several give the sensitivity plot.")
    ] = "0.55,0.65,0.75,0.85,0.95",
    at: Annotated[
        float | None,
        typer.Option(help="The AUC that is printed; .65 where it is among --auc, else the first."),
    ] = None,
    boards: BoardsOption = 12,
    parameters: ParametersOption = None,
    workers: WorkersOption = None,
    dask: DaskOption = None,
) -> None:
    """Compare conditions on the same simulated learners: trust, concentration, task, acts, false acts.

    Prints means with 95 % intervals over learners, and differences of the same learners to the first
    condition.
    """
    require_plots()
    protocol = find_protocol(study)
    names = list(dict.fromkeys(name.strip() for name in conditions.split(",")))
    aucs = _aucs(auc)
    if at is None:
        at = DEFAULT_AT if DEFAULT_AT in aucs else aucs[0]
    if at not in aucs:
        raise BadInput(f"--at {at:g} is not among --auc {auc}.", remedy="Name one of them.")
    jobs = jobs_of(
        protocol.text, names, n=n, seed=seed, aucs=aucs, boards=boards or None, parameters=parameters
    )
    folder = _simulated(jobs, out, protocol, workers=workers, dask=dask)
    groups = {
        (name, f"{value:g}"): Learners(
            folder.rows(job.name for job in jobs if (job.condition, job.auc) == (name, value))
        )
        for value in aucs
        for name in names
    }
    shown = {name: groups[name, f"{at:g}"] for name in names}
    typer.echo(
        f"AUC of the detector {at:g}; {n_of(n, 'learner')}, the same in each condition; 95 % intervals"
    )
    typer.echo(table(shown, names[0]))
    folder.finish(csv_rows(groups, names[0]), name="compare.csv")
    trade_off(shown, out / "trade-off.svg")
    sensitivity(groups, out / "sensitivity.svg")
    typer.echo(f"Written: compare.csv, trade-off.svg and sensitivity.svg in {out}")


app.command(name="fit-trust")(fit_trust)
for command in (withdraw, purge, merge, backup, compact, audit):
    app.command()(command)
app.add_typer(key_app, name="key")
app.command(name="report")(report_command(VERSION, criterion_of))
add_assign(app, find_protocol=find_protocol, open_log=open_log)
app.add_typer(instrument_app, name="instrument")
add_power(app, find_protocol=find_protocol, lesson_of=lesson_of)
add_planning(app, find_protocol=find_protocol, lesson_of=lesson_of)


def _aucs(text: str) -> list[float]:
    try:
        found = [float(word) for word in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(0.5 <= value < 1 for value in found):
        raise BadInput(f"--auc is {text!r}.", remedy="Give numbers from .5 to below 1, commas between them.")
    return list(dict.fromkeys(found))


def _simulated(
    jobs: Sequence[Job], out: Path, protocol: Protocol, *, workers: int | None, dask: str | None
) -> SimulationFolder:
    """Do what is not there yet, with a progress bar."""
    folder = SimulationFolder(out, {"study": protocol.id, "protocol": protocol.sha256, **made_of(jobs[0])})
    todo = [job for job in jobs if not folder.has(job.name)]
    total, left = sum(job.n for job in jobs), sum(job.n for job in todo)
    if left < total:
        typer.echo(f"{total - left} of {total} sessions are there already.", err=True)
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("sessions", total=total, completed=total - left)
        try:
            for job, figures in run_jobs(todo, workers=workers or len(os.sched_getaffinity(0)), dask=dask):
                folder.add(job.name, [asdict(one) for one in figures])
                progress.update(task, advance=job.n)
        except KeyboardInterrupt:
            typer.echo(f"Stopped. The same command goes on from here; {out} holds what is done.", err=True)
            raise typer.Exit(1) from None
    return folder


def main() -> None:
    """Run a command; errors become one line and an exit code: 1 failed, 2 wrong usage."""
    try:
        app()
    except TutorbotError as error:
        typer.echo(f"studies: {error}", err=True)
        sys.exit(2 if isinstance(error, BadInput) else 1)


if __name__ == "__main__":
    main()
