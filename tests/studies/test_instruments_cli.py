"""`studies instrument`: what ships, one in detail, its examples, and a file for a lab's words."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from studies.cli import app
from studies.instruments import shipped
from studies.instruments.loader import SHIPPED
from tutorbot.errors import BadInput

JIAN = (SHIPPED / "jian.yml").read_text(encoding="utf-8")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["instrument", *arguments])


def test_list_has_every_instrument_and_says_whose_words_are_missing():
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(shipped())
    assert next(line for line in lines if line.startswith("fks")).split()[3:5] == ["de,", "en"]
    assert "supply texts" in next(line for line in lines if line.startswith("toast"))


def test_show_tells_source_licence_key_items_and_the_rule_for_missing_answers():
    out = run("show", "tia").stdout
    assert "doi:10.1007/978-3-319-96074-6_2" in out
    assert "tia-10: a breakdown is to be expected [reversed, 1 to 5]" in out
    assert "score    trust: mean of tia-9, tia-14" in out
    assert "at most 20% of the items of a score" in out


def test_show_tells_published_examples_from_those_worked_by_hand():
    out = run("show", "nasa-tlx").stdout
    assert "example  published in colleyRstats, articles/scoring-questionnaires.md, first sheet" in out
    assert "as 0 to 100): load 40.8333" in out
    assert "example  worked by hand: load 40\n" in out
    assert "example  worked by hand, one not answered: load none" in out


def test_check_without_a_name_passes_all_and_notes_what_is_open():
    result = run("check")
    assert result.exit_code == 0
    assert "fks: 13 items, 2 examples right (2 worked by hand)" in result.stdout
    assert "nasa-tlx: 6 items, 4 examples right (2 published, 2 worked by hand)" in result.stdout
    assert "attention-1: 1 items, no examples" in result.stdout
    assert "note: key from memory: 24 items in this order" in result.stdout
    assert "note: key seen in part: 25 items, five to each" in result.stdout
    assert "no texts: supply your own" in result.stdout


def test_check_names_every_fault_and_fails(tmp_path: Path):
    wrong = tmp_path / "jian.yml"
    wrong.write_text(JIAN.replace("distrust: 2.0", "distrust: 2.5"), encoding="utf-8")
    broken = tmp_path / "broken.yml"
    broken.write_text(JIAN.replace("kind: scale", "kind: scael"), encoding="utf-8")
    result = run("check", "fks", str(wrong), str(broken))
    assert result.exit_code == 1
    assert "distrust should be 2.5, the key gives 2" in result.stderr
    assert "broken.yml:5:7: kind" in result.stderr
    assert "fks: 13 items" in result.stdout


def test_template_writes_a_file_and_says_what_to_do_with_it(tmp_path: Path):
    result = run("template", "ati", "de", str(tmp_path / "texts"))
    assert result.exit_code == 0
    text = (tmp_path / "texts/ati.de.yml").read_text(encoding="utf-8")
    assert 'ati-3: "FILL IN: item ati-3"  # only when one must; reversed' in text
    assert "studies instrument check ati" in result.stdout
    assert run("check", "ati", "--texts", str(tmp_path / "texts")).exit_code == 1


def test_a_language_is_two_letters(tmp_path: Path):
    result = run("template", "ati", "german", str(tmp_path))
    assert isinstance(result.exception, BadInput)
    assert not list(tmp_path.iterdir())
