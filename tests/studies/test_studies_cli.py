"""The ``studies`` command as a person meets it: what it prints and how it ends."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from studies import cli
from studies.log.store import SqlStudyLog
from studies.protocol import PROTOCOLS
from tests.studies.log_builders import AT_UTC, act_story, consent, header, probe


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["studies", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


async def fill(path: Path) -> str:
    log = SqlStudyLog.open(f"sqlite:///{path}")
    await log.begin(header("s1"))
    await log.append("s1", AT_UTC, (consent(), *act_story()))
    await log.begin(header("s2", participant="P002", test_only=True))
    await log.append("s2", AT_UTC, [probe()])
    log.close()
    return f"sqlite:///{path}"


def test_check_sums_a_good_protocol_up_and_notes_what_is_open(monkeypatch, capsys):
    assert run(monkeypatch, "check", *(str(path) for path in sorted(PROTOCOLS.glob("*.yml")))) == 0
    out = capsys.readouterr().out
    assert "pilot.yml: pilot 1, Sorting cards" in out
    assert "everybody gets NB" in out
    assert "note: contact still says 'FILL IN'" in out
    assert "note: test_only: its sessions are never exported as data" in out


def test_check_names_every_problem_of_every_file_and_fails(monkeypatch, capsys, tmp_path: Path):
    bad = tmp_path / "bad.yml"
    text = (PROTOCOLS / "pilot.yml").read_text(encoding="utf-8")
    bad.write_text(text.replace("[NB]", "[NB, XX]").replace("seed: 20261", "seed: x"), encoding="utf-8")
    good = str(PROTOCOLS / "pilot.yml")
    assert run(monkeypatch, "check", str(bad), str(tmp_path / "none.yml"), good) == 1
    out, err = capsys.readouterr()
    assert "seed: should be a valid integer" in err
    assert "There is no study" in err
    assert "none.yml" in err
    assert "pilot 1, Sorting cards" in out
    assert "Traceback" not in err


def altered(tmp_path: Path, old: str, new: str) -> str:
    """A copy of the pilot's protocol with one change; its path."""
    text = (PROTOCOLS / "pilot.yml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (tmp_path / "mine.yml").write_text(text.replace(old, new), encoding="utf-8")
    return str(tmp_path / "mine.yml")


def test_check_takes_a_shipped_study_by_name_as_the_pilot_does(monkeypatch, capsys):
    assert run(monkeypatch, "check", "pilot", "pilot-camera") == 0
    out = capsys.readouterr().out
    assert out.startswith("pilot: pilot 1, Sorting cards")
    assert "pilot-camera: pilot-camera 1" in out


def test_check_loads_the_lesson_and_says_where_the_protocol_names_it(monkeypatch, capsys, tmp_path: Path):
    path = altered(tmp_path, "lesson: card-sorting", "lesson: nope")
    assert run(monkeypatch, "check", path) == 1
    assert re.search(
        r"mine\.yml:19:9: lesson: There is no lesson pack 'nope'; name one of card-sorting",
        capsys.readouterr().err,
    )


def test_check_names_every_problem_the_lesson_does_not_have(monkeypatch, capsys, tmp_path: Path):
    path = altered(tmp_path, "problems: []", "problems: [type-ii, type-ix, type-x]")
    assert run(monkeypatch, "check", path) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("; ")[0].partition("mine.yml:")[2] for line in lines] == [
        "20:21: problems[1]: Lesson 'card-sorting' has no problem 'type-ix'",
        "20:30: problems[2]: Lesson 'card-sorting' has no problem 'type-x'",
    ]
    assert "it has type-ii, type-iv" in lines[0]


async def test_export_says_what_was_written_and_what_was_left_out(monkeypatch, capsys, tmp_path: Path):
    url = await fill(tmp_path / "log.db")
    assert run(monkeypatch, "export", "pilot", str(tmp_path / "out"), "--db", url) == 0
    assert capsys.readouterr().out == (
        f"1 session of pilot written to {tmp_path / 'out'}, 1 with consent to take part\n"
        "  AD: N = 1 (0 finished, 0 stopped early, 0 withdrew, 1 still open); "
        "not in N: 0 refused, 0 no answer yet, 0 never opened\n"
        "1 session of a test_only protocol left out: never data\n"
    )
    assert run(monkeypatch, "export", "pilot", str(tmp_path / "all"), "--db", url, "--include-test") == 0
    assert "set apart in TEST-NOT-DATA" in capsys.readouterr().out
    assert (tmp_path / "all" / "TEST-NOT-DATA" / "probe.csv").exists()


async def test_export_writes_the_formats_asked_for_with_a_cut_off(monkeypatch, capsys, tmp_path: Path):
    url = await fill(tmp_path / "log.db")
    asked = ("export", "pilot", str(tmp_path / "out"), "--db", url, "--format", "eaf", "--format", "datashop")
    assert run(monkeypatch, *asked, "--since", "2026-11-24", "--until", "2026-11-24") == 0
    assert "1 session of pilot written" in capsys.readouterr().out
    assert {one.name for one in (tmp_path / "out").iterdir()} == {"eaf", "datashop"}
    other = ("export", "pilot", str(tmp_path / "none"), "--db", url)
    assert run(monkeypatch, *other, "--since", "2026-11-25") == 2
    assert "no data in these days" in capsys.readouterr().err
    assert run(monkeypatch, *other, "--format", "spss") == 2
    assert "There is no export format 'spss'" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


async def test_export_into_a_folder_that_exists_is_one_line_and_wrong_usage(
    monkeypatch, capsys, tmp_path: Path
):
    url = await fill(tmp_path / "log.db")
    (tmp_path / "out").mkdir()
    assert run(monkeypatch, "export", "pilot", str(tmp_path / "out"), "--db", url) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("studies: ")
    assert err.count("\n") == 1


def test_a_log_that_is_no_database_fails_in_one_line(monkeypatch, capsys, tmp_path: Path):
    (tmp_path / "log.db").write_text("no database\n" * 100, encoding="utf-8")
    arguments = ("export", "pilot", str(tmp_path / "out"), "--db", f"sqlite:///{tmp_path}/log.db")
    assert run(monkeypatch, *arguments) == 1
    assert "is no SQLite database" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [(), ("export",), ("nonsense",), ("check",)])
def test_wrong_usage_ends_with_2(monkeypatch, arguments: tuple[str, ...]):
    assert run(monkeypatch, *arguments) == 2


@pytest.mark.parametrize("command", ["check", "export"])
def test_every_command_explains_itself(monkeypatch, capsys, command: str):
    assert run(monkeypatch, command, "--help") == 0
    assert "Usage" in capsys.readouterr().out
