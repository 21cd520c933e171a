"""`tutorbot robot run`: what cannot be is refused before anything is started and anybody has a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.ros.ros_bench import free_port
from tutorbot.cli import app


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--then", "stop"), "--then stop is about a session that was begun"),
        (("--then", "restart_block"), "--then restart_block is about a session that was begun"),
        (("--bag", "a-file"), "No bag can be written to 'a-file'"),
        (("--bag", "spoilt"), "is no index of bags"),
    ],
)
def test_a_wrong_call_takes_nobody_in(
    arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    Path("a-file").write_text("")
    Path("spoilt").mkdir()
    Path("spoilt/index.json").write_text("not json")
    given = ["--study", "pilot", "--port", str(free_port()), "--db", "sqlite:///study.db"]
    result = CliRunner().invoke(app, ["robot", "run", "--profile", "sim", *given, *arguments])
    assert result.exit_code == 2
    assert told in result.output
    assert not Path("study.db").exists()
