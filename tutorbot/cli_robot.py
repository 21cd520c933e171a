"""``tutorbot robot``: try a robot, and run a session on one."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tutorbot.cli_guard import guarded
from tutorbot.cli_pilot import STUDY_HELP, say_where
from tutorbot.config import Settings
from tutorbot.core.comeback import Then
from tutorbot.core.evidence import Watcher

robot_app = typer.Typer(
    help="Robots behind a rosbridge server, Furhat, and a robot in the browser.", no_args_is_help=True
)

BRIDGE_HELP = (
    "Address of the robot's bridge, e.g. ws://192.168.1.20:9090; a Furhat's own is port 9000; sim has none."
)
PROFILE_HELP = (
    "Name of a robot profile, furhat, the path of a file of your own, or sim: a robot in the browser."
)
PREFIX_HELP = "Stands for {prefix} in the profile's names."

MARKS = {"ok": "green", "failed": "red", "not in profile": "dim", "not tried": "yellow"}


@robot_app.callback()
def robot() -> None:
    """Robots behind a rosbridge server, Furhat, and a robot in the browser."""


@robot_app.command()
def check(  # noqa: PLR0917  # a command's options are its arguments
    profile: Annotated[str, typer.Option(help=PROFILE_HELP)],
    bridge: Annotated[str | None, typer.Option(help=BRIDGE_HELP, show_default="none")] = None,
    prefix: Annotated[str | None, typer.Option(help=PREFIX_HELP, show_default="its own")] = None,
    language: Annotated[str, typer.Option(help="Of the sentences it says, en or de.")] = "en",
    listen: Annotated[
        float, typer.Option(help="Seconds to wait for speech and for a touch; 0: not tried.", min=0, max=600)
    ] = 0.0,
    camera: Annotated[
        bool, typer.Option("--camera", help="Look at one picture of its camera, which is not kept.")
    ] = False,
    host: Annotated[
        str | None,
        typer.Option(help="With sim: address to serve its page on.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="With sim: port to serve its page on.", show_default="8800")
    ] = None,
    pause: Annotated[
        float, typer.Option(help="Seconds after each motion, to see it in.", min=0, max=60)
    ] = 1.5,
) -> None:
    """Try every part of a robot: it speaks, falls silent and moves. Exit 1 when one failed.

    Nothing of what is heard or seen is kept. Stand clear of the robot: its gestures are tried.
    """

    def run() -> None:
        from tutorbot.bootstrap.robot_check import Notes, Tried, Wish, check_robot
        from tutorbot.bootstrap.robot_tried import reachable
        from tutorbot.bootstrap.robots import RobotPlace

        settings = Settings.from_environment(host=host, port=port)
        place = RobotPlace(profile=profile, bridge=bridge, prefix=prefix, key=settings.furhat_key)
        notes, wish = Notes(), Wish(language=language, listen_s=listen, camera=camera, pause_s=pause)

        def say(what: str) -> None:
            typer.echo(what, err=True)

        async def tried() -> list[Tried]:
            async with reachable(place, settings, say=say) as one:
                return [row async for row in check_robot(one, wish, notes, prompt=say)]

        with Console(stderr=True).status("Trying the robot ..."):
            rows = asyncio.run(tried())
        table = Table(title=escape(f"Robot of profile {place}"))
        for column in ("part", "outcome", "what to know"):
            table.add_column(column)
        for row in rows:
            table.add_row(row.part, f"[{MARKS[row.outcome]}]{row.outcome}[/]", escape(row.detail))
        Console().print(table)
        for complaint in dict.fromkeys(notes.complaints):
            typer.echo(f"Complaint: {complaint}")
        if any(row.outcome == "failed" for row in rows):
            raise typer.Exit(1)

    guarded(run)


@robot_app.command()
def run(  # noqa: PLR0917  # a command's options are its arguments
    profile: Annotated[str, typer.Option(help=PROFILE_HELP)],
    bridge: Annotated[str | None, typer.Option(help=BRIDGE_HELP, show_default="none")] = None,
    prefix: Annotated[str | None, typer.Option(help=PREFIX_HELP, show_default="its own")] = None,
    participant: Annotated[
        str | None,
        typer.Option(help="Go on with this one's session, e.g. P007; without it somebody new is taken in."),
    ] = None,
    then: Annotated[
        Then, typer.Option(help="With --participant: go on, begin the block anew, or end the session.")
    ] = Then.CONTINUE,
    camera: Annotated[
        Watcher,
        typer.Option(help="Which camera may watch the learner, with consent: the page's or the robot's."),
    ] = Watcher.PAGE,
    bag: Annotated[
        Path | None,
        typer.Option(help="Folder to keep the session's topics in, as MCAP; no camera or sound."),
    ] = None,
    hold_after: Annotated[
        float,
        typer.Option(
            help="Seconds the robot may be away before the session waits for you at the console; 0: never.",
            min=0,
        ),
    ] = 30.0,
    study: Annotated[str | None, typer.Option(help=STUDY_HELP, show_default="pilot")] = None,
    host: Annotated[
        str | None,
        typer.Option(help="Address to serve the pages on; 0.0.0.0 for a tablet.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to serve the pages on.", show_default="8800")] = None,
    db: Annotated[
        str | None,
        typer.Option(help="Study log as SQLAlchemy URL.", show_default="sqlite:///var/tutorbot.db"),
    ] = None,
) -> None:
    """Run a session on a robot: it speaks and hears, the board is on a page. Ctrl-C stops it.

    Starts all that `tutorbot pilot` starts, sees that the robot answers, and prints the page of the one
    participant who sits before it; open it on the robot's tablet or any browser beside it. With
    `--profile sim` it prints the robot's own page, too.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    def start() -> None:
        from tutorbot.bootstrap.pages import Announcement, serve_pilot
        from tutorbot.bootstrap.robot_session import RobotChoice
        from tutorbot.bootstrap.robots import RobotPlace

        settings = Settings.from_environment(study=study, host=host, port=port, db=db)
        place = RobotPlace(profile=profile, bridge=bridge, prefix=prefix, key=settings.furhat_key)
        choice = RobotChoice(
            place=place,
            hold_after_s=hold_after,
            participant=participant,
            then=then,
            bag=bag,
            watcher=camera,
        )
        status = Console(stderr=True).status(
            "Starting the tutor and its dialogue model, calling the robot ..."
        )

        def announce(what: Announcement) -> None:
            status.stop()
            say_where(what, settings)

        with status:
            asyncio.run(serve_pilot(settings, announce=announce, robot=choice))
        typer.echo("Stopped.", err=True)

    guarded(start)
