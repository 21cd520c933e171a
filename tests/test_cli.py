"""`tutorbot`: what a person sees when something does not fit. One line, and 1 or 2."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies.log.store import SqlStudyLog
from tutorbot.cli import app
from tutorbot.config import HOME


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and a folder of its own."""
    for name in [name for name in os.environ if name.startswith("TUTORBOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, **settings: str) -> tuple[int, str, str]:
    """The command as a person calls it. Returns: exit code, standard output, standard error."""
    environment = {f"TUTORBOT_{name.upper()}": value for name, value in settings.items()}
    result = CliRunner().invoke(app, list(arguments), env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def run_apart(*arguments: str, **settings: str) -> tuple[int, str, str]:
    """The same as a process of its own."""
    environment = {f"TUTORBOT_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(
        [Path(sys.executable).with_name("tutorbot"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def without_root_rights() -> Iterator[None]:
    """As root no file is read-only: be nobody for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def one_line(result: tuple[int, str, str]) -> tuple[int, str]:
    """Exit code and the error; no second line, no traceback, nothing on the other stream."""
    code, out, err = result
    assert out == ""
    lines = [line for line in err.splitlines() if line.strip() and not line.startswith("INFO: ")]
    assert len(lines) == 1, err
    assert lines[0].startswith("Error: ")
    return code, lines[0]


def test_an_unknown_learner_is_told_the_known_ones(tmp_path: Path):
    code, line = one_line(run("demo", "--learner", "lazy"))
    assert (code, line) == (
        2,
        "Error: There is no learner 'lazy'. Known are struggling, fluent, declining, simulated.",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--auc", ".7"],
            "--auc is 0.7, but the real detector watches learner 'struggling'. "
            "Leave it out, or give --learner simulated.",
        ),
        (
            ["--learner", "simulated", "--auc", ".7", "--video", "mine.mp4"],
            "--auc is 0.7, but the real detector watches --video mine.mp4. Give one of the two.",
        ),
        (["--learner", "simulated", "--auc", "1"], "--auc is 1. Give one from .5, chance, to .999."),
        (["--learner", "simulated", "--auc", "nan"], "--auc is nan. Give one from .5, chance, to .999."),
    ],
)
def test_a_detector_that_cannot_be_is_told(tmp_path: Path, options: list[str], said: str):
    assert one_line(run("demo", *options)) == (2, f"Error: {said}")
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_condition_is_told_the_study_s_own():
    code, line = one_line(run("demo", "--condition", "L9"))
    assert code == 2
    assert line.startswith(
        "Error: Study 'pilot-camera' has no condition 'L9'. It has AD, NB, C0, L1-A, L2-A,"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--condition", "AD", "--wizard", "agrees"),
            "--wizard agrees does not go with AD: only in condition WZ",
        ),
        (("--wizard", "silent"), "--wizard silent does not go with a condition that the study chooses:"),
        (("--condition", "WZ", "--wizard", "mild"), "There is no scripted wizard 'mild'. Known are agrees,"),
    ],
)
def test_a_wizard_where_nobody_decides_by_hand_is_refused_before_anything_starts(
    tmp_path: Path, arguments: tuple[str, ...], line: str
):
    code, told = one_line(run("demo", *arguments))
    assert code == 2
    assert line in told
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_study_is_told_the_shipped_ones():
    code, line = one_line(run("pilot", "--study", "pilto"))
    assert code == 2
    assert "There is no study 'pilto'" in line
    assert "pilot, pilot-camera" in line


def test_a_protocol_with_a_mistake_is_told_line_and_column(tmp_path: Path):
    text = (HOME / "studies" / "protocols" / "pilot.yml").read_text(encoding="utf-8")
    (tmp_path / "mine.yml").write_text(text.replace("conditions: [NB]", "conditions: [XX]"), encoding="utf-8")
    code, out, err = run("pilot", "--study", "mine.yml")
    assert (code, out) == (2, "")
    assert re.search(r"mine\.yml:\d+:\d+: .*XX", err)
    assert "Traceback" not in err


def test_a_language_without_wordings_is_told_before_the_first_participant(tmp_path: Path):
    text = (HOME / "studies" / "protocols" / "pilot.yml").read_text(encoding="utf-8")
    text = text.replace("languages: [en]", "languages: [fr]").replace("    en:\n", "    fr:\n")
    (tmp_path / "mine.yml").write_text(text, encoding="utf-8")
    code, line = one_line(run("pilot", "--study", "mine.yml"))
    assert code == 2
    assert "There are no phrases in 'fr'. Use one of de, en." in line


def test_a_missing_model_is_told_how_to_make_it():
    code, line = one_line(run_apart("demo", model="no/such/model.tar.gz"))
    assert code == 1
    assert "no/such/model.tar.gz is missing: the trained dialogue model. Train it with `make model`." in line


def test_a_damaged_model_is_told_apart_from_a_missing_one(tmp_path: Path):
    whole = (HOME / "dialogue" / "models" / "tutor.tar.gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[:5000])
    code, line = one_line(run_apart("demo", model=str(tmp_path / "cut.tar.gz")))
    assert code == 1
    assert "cut.tar.gz is damaged" in line
    assert "Delete it and train it again with `make model`." in line


def test_an_environment_without_rasa_is_told():
    code, line = one_line(run_apart("demo", rasa_python=sys.executable))
    assert code == 1
    assert "has no Rasa" in line
    assert "make env-rasa" in line


def test_a_certificate_that_is_none_is_told_before_any_address_is_printed(tmp_path: Path):
    (tmp_path / "no.pem").write_text("no certificate")
    code, line = one_line(run("pilot", "--tls-cert", "no.pem", "--tls-key", "no.pem"))
    assert code == 2
    assert "Certificate no.pem and key no.pem cannot be used" in line


def test_a_missing_rasa_environment_is_told_how_to_make_it():
    code, line = one_line(run_apart("demo", rasa_python="no/such/python"))
    assert code == 1
    assert "no/such/python" in line
    assert "make" in line


def test_a_missing_recording_is_told():
    code, line = one_line(run("demo", "--video", "gone.mp4"))
    assert (code, line) == (
        1,
        "Error: There is no recording gone.mp4. Run `make media`, or give --video FILE.",
    )


def test_a_port_in_use_is_told_before_anything_is_started(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = one_line(run("pilot", "--port", str(port)))
    assert code == 1
    assert f"Cannot listen on 127.0.0.1:{port} (Address already in use). Stop" in line
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_does_not_exist_is_wrong_usage():
    code, line = one_line(run("pilot", "--port", "70000"))
    assert (code, "Port 70000 does not exist" in line) == (2, True)


def test_a_certificate_without_its_key_is_wrong_usage():
    code, line = one_line(run("pilot", "--tls-cert", "cert.pem"))
    assert (code, "HTTPS needs both" in line) == (2, True)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an account without rights may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_read_only_database_is_told_before_the_first_participant_comes(open_folder: Path):
    path = open_folder / "log.db"
    SqlStudyLog.open(f"sqlite:///{path}").close()
    path.chmod(0o444)
    before = path.read_bytes()
    with without_root_rights():
        code, line = one_line(run("demo", "--db", f"sqlite:///{path}"))
    assert code == 1
    assert re.search(r"log\.db.*(read-only|cannot be opened)", line)
    assert path.read_bytes() == before


def test_a_log_another_tutor_writes_to_is_told(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/log.db"
    held = SqlStudyLog.open(url, hold=True)
    try:
        code, line = one_line(run("demo", "--db", url))
    finally:
        held.close()
    assert code == 1
    assert "Another tutor writes to this log" in line
    assert str(os.getpid()) in line


def test_a_folder_for_the_log_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    code, line = one_line(run("demo", "--db", "sqlite:///file/log.db"))
    assert code == 1
    assert "The folder file of the study log cannot be made" in line


def test_a_database_nobody_knows_is_wrong_usage():
    code, line = one_line(run("demo", "--db", "log.db"))
    assert code == 2
    assert "log.db" in line


def test_a_slip_in_a_variable_s_name_is_told():
    code, line = one_line(run("doctor", prot="8800"))
    assert code == 2
    assert "TUTORBOT_PROT is set, but there is no such setting" in line


def test_the_doctor_says_what_is_there_and_what_is_not():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run("doctor", port=str(port), model="gone.tar.gz")
    lines = dict(re.findall(r"^(?:ok     |MISSING)  ([a-z ]+): (.*)$", out, re.MULTILINE))
    assert (code, err) == (1, "")
    assert lines["port"].startswith(f"Cannot listen on 127.0.0.1:{port}")
    assert lines["dialogue"] == (
        "gone.tar.gz is missing: the trained dialogue model. Train it with `make model`."
    )
    assert lines["study"] == "pilot 1, conditions NB"
    assert re.findall(r"^MISSING  ([a-z ]+):", out, re.MULTILINE) == ["dialogue", "port"]


def test_the_doctor_is_content_where_all_is_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code, out, err = run("doctor", port=str(port))
    assert (code, err, "MISSING" in out) == (0, "", False)


@pytest.mark.parametrize(
    "command",
    [(), ("pilot",), ("demo",), ("doctor",), ("replay",), ("why",), ("lesson",), ("lesson", "check")],
)
def test_every_command_explains_itself(command: tuple[str, ...]):
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert "Usage: " in out


def test_an_unknown_option_is_wrong_usage():
    code, out, err = run("demo", "--learnr", "fluent")
    assert (code, out) == (2, "")
    assert "No such option" in err
