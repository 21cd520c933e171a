"""A copy of a running log is whole and checked, or there is none; the id key by command."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from studies import identity
from studies.cli import app
from studies.log import backup
from studies.log.reader import ReadOnlyLog
from studies.log.store import SqlStudyLog
from tests.studies.log_builders import AT_UTC, header, probe
from tests.studies.whole_study import CHEAP
from tutorbot.errors import BadInput, LogDamaged, LogUnwritable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


def run(*arguments: object, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=text)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


async def opened(path: Path) -> SqlStudyLog:
    log = SqlStudyLog.open(f"sqlite:///{path}", hold=True)
    await log.begin(header())
    return log


def make(path: Path, n_rows: int = 1) -> None:
    """A log that nobody has open."""

    async def fill() -> None:
        log = await opened(path)
        await log.append("s1", AT_UTC, [probe(n) for n in range(1, n_rows + 1)])
        log.close()

    asyncio.run(fill())


async def test_a_log_in_use_is_copied_as_of_one_moment(path: Path):
    log, out = await opened(path), path.with_name("copy.db")
    await log.append("s1", AT_UTC, [probe(n) for n in range(1, 200)])
    writing = asyncio.create_task(asyncio.to_thread(run, "backup", out, "--db", f"sqlite:///{path}"))
    n = 200
    while not writing.done():
        await log.append("s1", AT_UTC, [probe(n)])
        n += 1
    status, output = await writing
    assert status == 0, output
    whole = await log.read("s1")
    log.close()
    copy = ReadOnlyLog.look(str(out))
    rows = await copy.read("s1")
    copy.close()
    assert 199 <= len(rows) <= len(whole)
    assert rows == whole[: len(rows)]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT actor FROM audit WHERE action = 'backup'").fetchall() == [
            ("operator",)
        ]
    assert sorted(file.name for file in path.parent.iterdir()) == ["copy.db", "log.db", "log.db.lock"]


def test_a_copy_is_never_written_over_anything_and_needs_a_log(path: Path, tmp_path: Path):
    make(path)
    out = tmp_path / "copy.db"
    out.write_text("mine")
    for db, target, told in (
        (path, out, "is there already"),
        (path, tmp_path / "none" / "copy.db", "There is no folder"),
        (tmp_path / "none.db", tmp_path / "new.db", "There is no study log"),
    ):
        with pytest.raises(BadInput, match=told):
            run("backup", target, "--db", f"sqlite:///{db}")
    assert out.read_text() == "mine"
    with pytest.raises(BadInput, match="no SQLite file") as caught:
        run("backup", tmp_path / "new.db", "--db", "postgresql://nobody@localhost/study")
    assert "pg_dump" in caught.value.remedy
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE mine (id)")
    with pytest.raises(LogUnwritable, match="another program"):
        run("backup", tmp_path / "new.db", "--db", f"sqlite:///{other}")
    assert not (tmp_path / "new.db").exists()


def test_a_damaged_log_gives_no_copy(path: Path, tmp_path: Path):
    make(path, n_rows=3000)
    data = bytearray(path.read_bytes())
    half = len(data) * 3 // 4 // 4096 * 4096
    data[half : half + 8192] = b"\xff" * 8192
    path.write_bytes(bytes(data))
    with pytest.raises(LogDamaged, match="not sound"):
        run("backup", tmp_path / "copy.db", "--db", f"sqlite:///{path}")
    assert sorted(file.name for file in tmp_path.iterdir() if "copy" in file.name) == []


def test_a_full_disk_gives_no_copy(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make(path)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup.os, "fsync", full)
    with pytest.raises(LogUnwritable, match="No space left"):
        run("backup", tmp_path / "copy.db", "--db", f"sqlite:///{path}")
    assert sorted(file.name for file in tmp_path.iterdir() if "copy" in file.name) == []


async def test_a_log_can_be_compacted_when_nobody_uses_it(path: Path):
    log = await opened(path)
    with pytest.raises(LogUnwritable, match="Another tutor"):
        run("compact", "--db", f"sqlite:///{path}")
    log.close()
    status, output = run("compact", "--db", f"sqlite:///{path}")
    assert (status, "holds nothing that was deleted" in output) == (0, True)


# ------------------------------------------------------------------------ the id key by command


@pytest.fixture
def key(tmp_path: Path) -> tuple[Path, Path]:
    """A key file, and the file of its passphrase."""
    file, words = tmp_path / "pilot.key", tmp_path / "words.txt"
    words.write_text("four plain words here\n")
    identity.IdentityKey.create(file, "four plain words here", cost=CHEAP)
    return file, words


def test_entries_are_added_shown_and_forgotten(key: tuple[Path, Path]):
    file, words = key
    for code, name in (("P001", "Ada Lovelace"), ("P002", "Bob")):
        assert run("key", "add", file, code, name)[0] == 0
    status, output = run("key", "show", file, "--passphrase-file", words)
    assert status == 0
    assert [line.split("\t")[::2] for line in output.splitlines()] == [
        ["P001", "Ada Lovelace"],
        ["P002", "Bob"],
    ]
    assert "Bob" not in run("key", "show", file, "P001", "--passphrase-file", words)[1]
    assert run("key", "forget", file, "P001", "--yes")[0] == 0
    with pytest.raises(BadInput, match="no entry of 'P001'"):
        run("key", "show", file, "P001", "--passphrase-file", words)
    with pytest.raises(BadInput, match="no entry of 'P009'"):
        run("key", "forget", file, "P009", "--yes")


def test_a_new_key_wants_a_new_file_and_a_passphrase(key: tuple[Path, Path], tmp_path: Path):
    file, words = key
    with pytest.raises(BadInput, match="is there already"):
        run("key", "new", file, "--passphrase-file", words)
    with pytest.raises(BadInput, match="Nobody is here to ask"):
        run("key", "new", tmp_path / "new.key")
    with pytest.raises(BadInput, match=r"passphrase file .* cannot be read"):
        run("key", "new", tmp_path / "new.key", "--passphrase-file", tmp_path / "none")
    status, output = run("key", "new", tmp_path / "new.key", "--passphrase-file", words)
    assert (status, "Id key made" in output) == (0, True)
    assert identity.IdentityKey(tmp_path / "new.key").open("four plain words here") == ()
