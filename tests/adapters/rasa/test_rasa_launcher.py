"""The launcher alone, with a stand-in for the ``rasa`` package."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tutorbot.adapters.rasa.process import LAUNCHER

PRINTS_ITS_ARGUMENTS = """
import sys, threading
def main():
    print(sys.argv, flush=True)
    threading.Event().wait()
"""


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    package = tmp_path / "rasa"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PRINTS_ITS_ARGUMENTS)
    child = subprocess.Popen(
        [sys.executable, str(LAUNCHER), "run", "--enable-api"],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "RASA_API_TOKEN": "-secret"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        yield child
        child.kill()


def test_rasa_gets_the_token_and_the_list_of_processes_does_not(launched: subprocess.Popen[str]) -> None:
    assert launched.stdout is not None
    assert launched.stdout.readline() == "['rasa', 'run', '--enable-api', '--auth-token=-secret']\n"
    assert "-secret" not in str(psutil.Process(launched.pid).cmdline())


def test_the_end_of_its_input_is_the_end_of_rasa(launched: subprocess.Popen[str]) -> None:
    assert launched.stdin is not None
    assert launched.stdout is not None
    launched.stdout.readline()
    launched.stdin.close()
    assert launched.wait(timeout=30) == -signal.SIGKILL
