"""What the commands that start the pages say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from tutorbot.config import Settings

if TYPE_CHECKING:
    from tutorbot.bootstrap.pages import Announcement

STUDY_HELP = (
    "A shipped study (levels, pilot, pilot-camera, three-by-two, within) or the path of a protocol file."
)


def say_where(start: Announcement, settings: Settings) -> None:
    """The addresses, the password and what to know, a line each."""
    typer.echo(f"Study:        {start.title}")
    if start.robot is not None:
        again = f", whose session stood {start.robot.stands}" if start.robot.again else ""
        typer.echo(f"Robot:        {start.robot.robot}, beside {start.robot.participant}{again}")
        typer.echo(f"Their page:   {start.base}{start.robot.page}")
        if start.robot.body is not None:
            typer.echo(f"Robot's page: {start.base}{start.robot.body}   (press Start there)")
        if start.robot.bag is not None:
            typer.echo(f"Bag:          {start.robot.bag}")
    else:
        typer.echo(f"Participants: {start.participant}")
    if start.elsewhere is not None:
        path = "/join" if start.robot is None else start.robot.page
        typer.echo(f"On a tablet:  {start.elsewhere}{path}")
        if start.robot is not None and start.robot.body is not None:
            typer.echo(f"              {start.elsewhere}{start.robot.body}   (the robot's page)")
    typer.echo(f"Console:      {start.console}   (opens once)")
    if start.password is not None:
        typer.echo(f"Password:     {start.password}   (opens the console; shown only now)")
    typer.echo(f"Camera:       {start.camera}")
    typer.echo(f"Study log:    {settings.db}")
    for note in start.notes:
        typer.echo(f"Note:         {note}")
    typer.echo("Stop with Ctrl-C. A participant's link goes on where it was once it is started again.")
    sys.stdout.flush()
