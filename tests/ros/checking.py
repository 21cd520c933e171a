"""`tutorbot robot check` against a bench, and what its table says."""

from __future__ import annotations

from dataclasses import dataclass

from typer.testing import CliRunner

from tests.ros.ros_bench import RosBench
from tutorbot.cli import app


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How it ended; part -> outcome, and what to know of it; the complaints under the table."""

    exit_code: int
    outcomes: dict[str, str]
    details: dict[str, str]
    complaints: list[str]


def check(bench: RosBench, profile: str, *options: str) -> Checked:
    """Run it, with a table wide enough for a row a line."""
    arguments = ["robot", "check", "--bridge", bench.url, "--profile", profile, "--pause", "0", *options]
    result = CliRunner().invoke(app, arguments, env={"COLUMNS": "500"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    rows = [
        tuple(cell.strip() for cell in line.split("│")[1:-1])
        for line in result.stdout.splitlines()
        if line.startswith("│")
    ]
    return Checked(
        exit_code=result.exit_code,
        outcomes={part: outcome for part, outcome, _ in rows},
        details={part: detail for part, _, detail in rows},
        complaints=[line for line in result.stdout.splitlines() if line.startswith("Complaint: ")],
    )
