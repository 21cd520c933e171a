"""``tutorbot replay`` and ``tutorbot why``: what a session's log tells about its decisions."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from tutorbot.cli_guard import guarded
from tutorbot.errors import BadInput

DB_HELP = "Study log: the file of an SQLite one, or an SQLAlchemy URL."


def replay(
    db: Annotated[str, typer.Argument(help=DB_HELP)],
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="Session to replay.", show_default=False)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Replay every session in the log.")] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Also export the session's study, as `studies export` does, with all decisions made again.",
            show_default=False,
        ),
    ] = None,
    include_test: Annotated[
        bool, typer.Option("--include-test", help="With --export: add try-out sessions, marked as no data.")
    ] = False,
) -> None:
    """Make every decision of a session again from its logged inputs, and compare it with the logged one.

    Ends with 1 at the first difference and names row, second, table and fields. Sessions may run meanwhile.
    """

    def run() -> None:
        from tutorbot.bootstrap.past import Replayed, export_replayed, replay_sessions

        if (session is None) != every:
            raise BadInput(
                "A replay is of one session or of all.", remedy="Give either --session ID or --all."
            )
        if include_test and export is None:
            raise BadInput("There is no export to add try-outs to.", remedy="Give --export OUT too.")

        def tell(done: Replayed) -> None:
            if done.fault is not None:
                typer.echo(f"Error: Session {done.session_id}: {done.fault}", err=True)
                return
            if done.erased_from_s is not None:
                typer.echo(
                    f"Session {done.session_id}: {done.n_rows} rows, {done.n_decisions} decisions "
                    f"recomputed, no difference; not replayable from second {done.erased_from_s:g}: "
                    "scores were deleted at the person's wish."
                )
                return
            typer.echo(
                f"Session {done.session_id}: {done.n_rows} rows, "
                f"{done.n_decisions} decisions recomputed, no difference."
            )

        all_done = asyncio.run(replay_sessions(db, session, tell=tell))
        if not all_done:
            typer.echo("The log holds no session yet.")
        if any(done.fault is not None for done in all_done):
            raise typer.Exit(1)
        if export is not None:
            study, done = asyncio.run(export_replayed(db, session, export, include_test=include_test))
            n = done.n_sessions + (done.n_test_sessions if include_test else 0)
            typer.echo(f"Study {study} written to {export}, {n} sessions replayed.")

    guarded(run)


def why(
    db: Annotated[str, typer.Argument(help=DB_HELP)],
    session: Annotated[str, typer.Option(metavar="ID", help="Session to explain.", show_default=False)],
    act: Annotated[
        str | None,
        typer.Option(
            metavar="N", help="Act to explain, e.g. A3 or 3. Default: list all.", show_default=False
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell why the tutor spoke: what was seen, which rule fired, what was held back, and the trust then.

    Without --act it lists the acts of the session, or what was suppressed when there are none.
    """

    def run() -> None:
        from tutorbot.bootstrap.past import why_act, why_session

        told = asyncio.run(
            why_session(db, session) if act is None else why_act(db, session, _act_id(act)),
        )
        for line in (json.dumps(told.values, ensure_ascii=False),) if as_json else told.lines:
            typer.echo(line)

    guarded(run)


def _act_id(act: str) -> str:
    """``A3`` for 3, a3 and A3; anything else as it was given, to be told that it is no act."""
    number = act.strip().upper().removeprefix("A")
    return f"A{int(number)}" if number.isascii() and number.isdigit() else act
