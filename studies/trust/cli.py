"""The command ``studies fit-trust``."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from tutorbot.errors import BadInput, MissingPart

if TYPE_CHECKING:
    from studies.trust.fit import Fitted
    from studies.trust.table import Answers, Found

TOOLS = {
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "sklearn": "scikit-learn",
    "statsmodels": "statsmodels",
}
"""Module -> the package it comes with."""
LEAST_LEARNERS = 20
"""Pilot value: with fewer, neither the model nor an interval over people says anything."""


def fit_trust(
    logs: Annotated[
        list[str], typer.Argument(metavar="LOG...", help="Study logs: SQLite files or database URLs.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE.onnx", help="Model to write, with its report as FILE.json beside it."),
    ],
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds over learners.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples behind the intervals.")] = 1,
    include_tests: Annotated[
        bool,
        typer.Option("--include-tests", help="Use try-out sessions too; what comes of them says nothing."),
    ] = False,
) -> None:
    """Fit a trust model to the answers in study logs, and judge it beside the rules on unseen people."""
    _require_tools()
    from studies.trust.fit import report_lines, report_of, report_path, write_model
    from studies.trust.table import answers_of, read_logs, refuse_existing, require_answers

    _check_place(out)
    refuse_existing((out, report_path(out)))
    found = asyncio.run(read_logs(logs, include_tests=include_tests))
    left_out = _left_out(found)
    if left_out:
        typer.echo(f"Left out: {left_out}.", err=True)
    answers = answers_of(found.sittings)
    require_answers(answers, least=LEAST_LEARNERS, left_out=f" ({left_out} left out)" if left_out else "")
    fitted = _with_progress(answers, folds=folds, seed=seed)
    about = {"from": "study logs", "test_sessions_included": include_tests, "logs": len(logs)}
    report = report_of(fitted, seed=seed, about=about)
    write_model(out, fitted, report)
    for line in report_lines(fitted):
        typer.echo(line)
    typer.echo(f"Written: {out} and {report_path(out)} (model {str(report['sha256'])[:12]}).")


def _require_tools() -> None:
    """Raises: MissingPart: if the packages for fitting are not installed."""
    for module, package in TOOLS.items():
        if importlib.util.find_spec(module) is None:
            raise MissingPart(
                f"Package {package} is not installed; `studies fit-trust` needs it.",
                remedy="Run `make env-analysis`.",
            )


def _check_place(out: Path) -> None:
    if out.suffix != ".onnx":
        raise BadInput(f"--out is {str(out)!r}.", remedy="Name a file that ends in .onnx.")
    if not out.absolute().parent.is_dir():
        raise BadInput(
            f"There is no folder {str(out.absolute().parent)!r} to put {out.name!r} in.",
            remedy="Make it first.",
        )


def _left_out(found: Found) -> str:
    parts = {
        "of a test_only protocol": found.n_test,
        "without standing consent to take part": found.n_without_consent,
    }
    return ", ".join(f"{n} session{'s' * (n != 1)} {what}" for what, n in parts.items() if n)


def _with_progress(answers: Answers, *, folds: int, seed: int) -> Fitted:
    from studies.trust.fit import fit_trust as fit

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=folds + 1)
        begun: list[str] = []

        def tick(what: str) -> None:
            progress.update(task, description=what, advance=1 if begun else 0)
            begun.append(what)

        return fit(answers, folds=folds, seed=seed, tick=tick)
