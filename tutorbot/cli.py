"""The command ``tutorbot``."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tutorbot.cli_guard import guarded
from tutorbot.cli_log import replay, why
from tutorbot.cli_pilot import STUDY_HELP, say_where
from tutorbot.cli_robot import robot_app
from tutorbot.config import Settings
from tutorbot.lessons.cli import lesson_app

app = typer.Typer(
    name="tutorbot",
    help="A robotic tutor that speaks up by itself, and the study tool around it.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
app.add_typer(lesson_app, name="lesson")
app.add_typer(robot_app, name="robot")
app.command()(replay)
app.command()(why)

DEMO_DB = "sqlite:///var/demo.db"

DB_HELP = "Study log as SQLAlchemy URL."


@app.command()
def pilot(
    study: Annotated[str | None, typer.Option(help=STUDY_HELP, show_default="pilot")] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to serve the pages on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve the pages on.", show_default="8800")] = None,
    db: Annotated[str | None, typer.Option(help=DB_HELP, show_default="sqlite:///var/tutorbot.db")] = None,
    key: Annotated[
        Path | None, typer.Option(help="Identity key file, for participants from a recruitment service.")
    ] = None,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate (PEM); a phone's camera needs HTTPS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Key (PEM) of the certificate.")] = None,
    blind: Annotated[
        bool | None, typer.Option("--blind", help="Consoles begin blinded: no condition is sent to them.")
    ] = None,
    console_password: Annotated[
        Path | None, typer.Option(help="Hash file of the console's password, see `console-password`.")
    ] = None,
) -> None:
    """Run the system: participant page, console, Rasa. Prints both addresses; Ctrl-C stops it."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    screen = Console(stderr=True)

    def run() -> None:
        from tutorbot.bootstrap.pages import Announcement, serve_pilot

        settings = Settings.from_environment(
            study=study,
            host=host,
            port=port,
            db=db,
            key=key,
            tls_cert=tls_cert,
            tls_key=tls_key,
            blind=blind,
            console_password=console_password,
        )
        status = screen.status("Starting the tutor and its dialogue model ...")

        def announce(start: Announcement) -> None:
            status.stop()
            say_where(start, settings)

        with status:
            asyncio.run(serve_pilot(settings, announce=announce))
        typer.echo("Stopped.", err=True)

    guarded(run)


@app.command()
def demo(
    learner: Annotated[
        str, typer.Option(help="Script: struggling, fluent or declining; or simulated, by a seeded model.")
    ] = "struggling",
    video: Annotated[Path | None, typer.Option(help="Recording to watch instead of the fetched one.")] = None,
    auc: Annotated[
        float | None,
        typer.Option(help="Of the detector that sees a simulated learner, .5 to .999.", show_default=".65"),
    ] = None,
    condition: Annotated[
        str | None, typer.Option(help="Study condition, e.g. AD, NB, C0, L2-A; default: the study's own.")
    ] = None,
    wizard: Annotated[
        str | None,
        typer.Option(help="Scripted wizard of WZ: agrees, vetoes or silent.", show_default="agrees"),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed plays the same session.")] = 1,
    study: Annotated[str, typer.Option(help=STUDY_HELP)] = "pilot-camera",
    db: Annotated[str, typer.Option(help=DB_HELP)] = DEMO_DB,
    as_json: Annotated[bool, typer.Option("--json", help="Print the line of counts alone.")] = False,
) -> None:
    """Play one whole session without a browser: real Rasa, scripted learner, real detector on a recording.

    A simulated learner is seen by a simulated detector of known AUC, unless --video is given. Prints what was
    said with the reason of every proactive act, and ends with one JSON line of counts. The clock is
    simulated, so that minutes of a session take seconds.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    def run() -> None:
        from tutorbot.bootstrap.demo import Choice, play_demo
        from tutorbot.demo.run import counts, transcript

        settings = Settings.from_environment(study=study, db=db)
        choice = Choice(learner=learner, condition=condition, seed=seed, video=video, auc=auc, wizard=wizard)
        with _progress() as progress:
            task = progress.add_task("starting Rasa and the detector", total=None)

            def on_second(at_s: float) -> None:
                progress.update(task, description=f"session at {at_s:.0f} s")

            result = asyncio.run(play_demo(settings, choice, on_second=on_second))
        if not as_json:
            header = result.header
            typer.echo(f"Session {header.session_id} of {header.participant} in {settings.db}")
            typer.echo(f"Condition {header.condition}, learner {learner}, seed {seed}; {result.watching}")
            for line in transcript(result.rows):
                typer.echo(line)
        summary = {
            "learner": learner,
            "condition": result.header.condition,
            "seed": seed,
            "session": result.header.session_id,
            **counts(result.rows),
        }
        typer.echo(json.dumps(summary))

    guarded(run)


@app.command("console-password")
def console_password(
    file: Annotated[Path, typer.Argument(help="File to create for the hash; an existing one is refused.")],
) -> None:
    """Make a password for the console of a longer-lived server: its hash to FILE, itself to the screen."""

    def run() -> None:
        from tutorbot.bootstrap.pages import make_console_password

        password = make_console_password(file)
        typer.echo(f"Password: {password}   (shown only now; start with --console-password {file})")

    guarded(run)


@app.command()
def doctor() -> None:
    """Check that everything the system needs is here; exit 1 and say what to do if something is missing."""

    def run() -> None:
        from tutorbot.bootstrap.doctor import examine

        findings = examine(Settings.from_environment())
        for finding in findings:
            mark = "ok     " if finding.fault is None else "MISSING"
            typer.echo(f"{mark}  {finding.what}: {finding.fault or finding.detail}")
        if any(finding.fault is not None for finding in findings):
            raise typer.Exit(1)

    guarded(run)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def main() -> None:
    """Entry point of the console script."""
    app()
