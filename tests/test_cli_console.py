"""`tutorbot console-password`, and what the pilot makes of its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tutorbot.adapters.web.passwords import is_password
from tutorbot.bootstrap.pages import console_password
from tutorbot.cli import app
from tutorbot.config import Settings
from tutorbot.errors import BadInput


def make(path: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["console-password", str(path)])
    return result.exit_code, result.output


def test_the_password_is_printed_and_its_hash_alone_is_kept(tmp_path: Path):
    path = tmp_path / "console.hash"
    code, out = make(path)
    assert code == 0
    found = re.search(r"Password: (\S+)", out)
    assert found is not None
    assert found[1] not in path.read_text()
    printed, kept = console_password(Settings(console_password=path))
    assert printed is None
    assert is_password(found[1], kept)


def test_a_file_that_exists_is_left_alone(tmp_path: Path):
    path = tmp_path / "console.hash"
    make(path)
    before = path.read_text()
    code, out = make(path)
    assert code == 2
    assert "exists" in out
    assert path.read_text() == before


def test_without_a_file_each_start_has_a_password_of_its_own():
    first, second = console_password(Settings()), console_password(Settings())
    assert first[0] is not None
    assert first[0] != second[0]
    assert is_password(first[0], first[1])


def test_a_file_without_a_hash_is_told(tmp_path: Path):
    path = tmp_path / "console.hash"
    path.write_text("secret")
    with pytest.raises(BadInput, match="holds no password hash"):
        console_password(Settings(console_password=path))
