"""The command ``studies report``."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from studies.export.flow import n_of
from tutorbot.errors import MissingPart

if TYPE_CHECKING:
    from studies.report.source import CriterionOf

TOOLS = {
    "pandas": "pandas",
    "scipy": "scipy",
    "statsmodels": "statsmodels",
    "nbformat": "nbformat",
}
"""Module -> the package it comes with."""


def report_command(version: str, criterion_of: CriterionOf) -> Callable[..., None]:
    """The command. version: of this software; criterion_of: what knows the lesson in force."""

    def report(
        study: Annotated[str, typer.Argument(help="Study id, the `id` of its protocol, e.g. pilot.")],
        out: Annotated[Path, typer.Argument(help="Folder to create; an existing one is refused.")],
        db: Annotated[str, typer.Option(help="Database of the study log.")] = "sqlite:///var/tutorbot.db",
        include_test: Annotated[
            bool, typer.Option("--include-test", help="Add a report on try-out sessions, marked as no data.")
        ] = False,
        pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="Whether to write report.pdf.")] = True,
        texts: Annotated[
            Path | None, typer.Option(help="Folder with a lab's own instruments, to score by them.")
        ] = None,
    ) -> None:
        """Write a study's report: page, PDF, every number as CSV, the data, and the code to redo it."""
        _require_tools()
        from studies.report.study import N_STEPS, Wanted, write_report

        wanted = Wanted(
            url=db,
            study_id=study,
            include_test=include_test,
            pdf=pdf,
            version=version,
            criterion_of=criterion_of,
            texts=texts,
        )
        with Progress(
            console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()
        ) as progress:
            task = progress.add_task("", total=N_STEPS * (2 if include_test else 1))
            done = write_report(
                wanted, out, told=lambda step: progress.update(task, advance=1, description=step)
            )
        typer.echo(
            f"Report of {study}: {n_of(done.n_sessions, 'session')}, {done.n_analysed} analyzed, "
            f"{n_of(done.n_tables, 'table')}: {out}"
        )
        if done.n_test_sessions:
            where = "reported in TEST-NOT-DATA" if include_test else "left out"
            typer.echo(f"{n_of(done.n_test_sessions, 'try-out session')} {where}: never data")

    return report


def _require_tools() -> None:
    for module, package in TOOLS.items():
        if importlib.util.find_spec(module) is None:
            raise MissingPart(
                f"Package {package} is not installed; studies report needs it.",
                remedy="Run `make env-analysis`.",
            )
