"""`tutorbot lesson`: what an author of packs sees."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from typer.testing import CliRunner

from tutorbot.lessons import lesson_hash, load_lesson, pack_folder
from tutorbot.lessons.cli import lesson_app


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(lesson_app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_check_passes_on_all_that_is_shipped_and_says_what_it_saw():
    code, out, err = run("check")
    assert (code, err) == (0, "")
    assert f"card-sorting 1 (en, de): 8 cards, 2 problems, sha256 {lesson_hash('card-sorting')[:16]}" in out
    assert re.search(r"phrases de: \d+ keys, \d+ wordings", out)
    assert re.search(r"phrases en: \d+ keys, \d+ wordings", out)


def test_check_of_one_pack_leaves_the_rest_alone():
    code, out, _ = run("check", "card-sorting")
    assert code == 0
    assert len(out.splitlines()) == 1


def test_check_prints_every_mistake_of_every_pack_and_fails(tmp_path: Path):
    broken = tmp_path / "broken"
    shutil.copytree(pack_folder("card-sorting"), broken)
    (broken / "cards" / "large-red-circle.svg").unlink()
    (broken / "cards" / "small-red-circle.svg").write_text("<svg>")
    code, out, err = run("check", str(broken), "card-sorting", "no-such-pack")
    assert code == 1
    assert "card-sorting 1 (en, de)" in out
    assert re.search(r"lesson\.yml:\d+:\d+: .*there is no file cards/large-red-circle\.svg; draw it", err)
    assert re.search(r"lesson\.yml:\d+:\d+: .*cards/small-red-circle\.svg:1:\d+: not XML", err)
    assert "no lesson pack 'no-such-pack'" in err


def test_preview_is_one_page_that_shows_every_text_and_loads_nothing(tmp_path: Path):
    page = tmp_path / "page.html"
    code, out, _ = run("preview", "card-sorting", "--out", str(page))
    assert code == 0
    assert str(page) in out
    html = page.read_text()
    for problem in load_lesson("card-sorting").problems:
        for text in (problem.instruction, *problem.hints, problem.contrast_text, problem.explanation):
            assert text.replace("'", "&#x27;") in html
    assert "<script" not in html
    sources = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert sources
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)


def test_preview_replaces_an_older_preview_and_nothing_else(tmp_path: Path):
    page = tmp_path / "page.html"
    assert run("preview", "card-sorting", "--out", str(page))[0] == 0
    assert run("preview", "card-sorting", "--out", str(page))[0] == 0
    notes = tmp_path / "notes.html"
    notes.write_text("mine")
    code, _, err = run("preview", "card-sorting", "--out", str(notes))
    assert code == 1
    assert "is not a preview" in err
    assert notes.read_text() == "mine"


def test_preview_says_what_is_wrong_with_pack_or_place(tmp_path: Path):
    code, _, err = run("preview", "no-such-pack")
    assert code == 1
    assert "no lesson pack 'no-such-pack'" in err
    code, _, err = run("preview", "card-sorting", "--out", str(tmp_path / "absent" / "page.html"))
    assert code == 1
    assert "cannot be written" in err
