"""``tutorbot robot``: what can be done with a robot without a session."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tutorbot.cli_guard import guarded

robot_app = typer.Typer(help="Robots behind a rosbridge server.", no_args_is_help=True)

MARKS = {"ok": "green", "failed": "red", "not in profile": "dim", "not tried": "yellow"}


@robot_app.callback()
def robot() -> None:
    """Robots behind a rosbridge server."""


@robot_app.command()
def check(  # noqa: PLR0917  # a command's options are its arguments
    bridge: Annotated[str, typer.Option(help="Address of the robot's bridge, e.g. ws://192.168.1.20:9090.")],
    profile: Annotated[str, typer.Option(help="Name of a robot profile, or the path of a file of your own.")],
    prefix: Annotated[
        str | None, typer.Option(help="Stands for {prefix} in the profile's names.", show_default="its own")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the sentences it says, en or de.")] = "en",
    listen: Annotated[
        float, typer.Option(help="Seconds to wait for speech and for a touch; 0: not tried.", min=0, max=600)
    ] = 0.0,
    camera: Annotated[
        bool, typer.Option("--camera", help="Look at one picture of its camera, which is not kept.")
    ] = False,
) -> None:
    """Try every part of a robot: it speaks, falls silent and moves. Exit 1 when one failed.

    Nothing of what is heard or seen is kept. Stand clear of the robot: its gestures are tried.
    """

    def run() -> None:
        from tutorbot.bootstrap.robot_check import Notes, Tried, Wish, check_robot, robot_at

        notes, wish = Notes(), Wish(language=language, listen_s=listen, camera=camera)

        async def tried() -> list[Tried]:
            one, motions = robot_at(bridge, profile, prefix)
            return [row async for row in check_robot(one, motions, wish, notes)]

        with Console(stderr=True).status("Trying the robot ..."):
            rows = asyncio.run(tried())
        table = Table(title=escape(f"Robot of profile {profile} at {bridge}"))
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
