"""`studies new`: a protocol to begin from that checks clean, with its own seed and marks to write over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from studies.cli import app
from studies.protocol import PROTOCOLS, Protocol, load_protocol

SHIPPED = sorted(path.stem for path in PROTOCOLS.glob("*.yml"))


def new(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["new", str(path), *options])


def made(path: Path, *options: str) -> Protocol:
    done = new(path, *options)
    assert done.exit_code == 0, done.output
    return load_protocol(path)


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_protocol_can_be_begun_from(tmp_path: Path, name: str):
    study = made(tmp_path / "mine.yml", "--from", name, "--id", "bird-study", "--title", 'Birds: "why" #1')
    shipped = load_protocol(PROTOCOLS / f"{name}.yml")
    assert (study.id, study.title, study.version) == ("bird-study", 'Birds: "why" #1', "1")
    assert study.test_only, "nothing is data before everything is settled"
    assert study.seed != shipped.seed
    own = {"id", "title", "seed", "test_only", "consent"}
    assert study.model_dump(exclude=own) == shipped.model_dump(exclude=own)
    assert CliRunner().invoke(app, ["check", str(tmp_path / "mine.yml")]).exit_code == 0


@pytest.mark.parametrize("name", SHIPPED)
def test_what_only_the_researcher_knows_is_marked_and_check_says_where(tmp_path: Path, name: str):
    path = tmp_path / "mine.yml"
    study = made(path, "--from", name)
    for text in study.consent.texts.values():
        assert text.paragraphs[0].startswith("FILL IN")
    out = CliRunner().invoke(app, ["check", str(path)]).output
    for place in ("title", "contact", "consent.texts.en"):
        assert f"note: {place} still says 'FILL IN'" in out
    found = re.search(r"note: lines ([\d, ]+): a comment says 'FILL IN'", out)
    assert found
    lines = path.read_text(encoding="utf-8").splitlines()
    numbers = [int(one) for one in found.group(1).split(",")]
    assert all(lines[n - 1].startswith("# FILL IN: ") for n in numbers)
    marked = {lines[n].partition(":")[0] for n in numbers}
    assert {"ethics_id", "test_only", "retention_until"} <= marked


def test_comments_of_the_shipped_file_are_kept(tmp_path: Path):
    made(tmp_path / "mine.yml", "--from", "pilot")
    text = (tmp_path / "mine.yml").read_text(encoding="utf-8")
    for comment in (
        "# all, in the lesson's own order",
        "# any of the tutor's settings by name, e.g. rest_s: 90",
        "ethics_id: null # with your ethics approval's number a camera may be named below",
    ):
        assert comment in text


@pytest.mark.parametrize("design", ["between", "within", "mixed"])
def test_a_design_is_begun_from_a_template_that_has_it(tmp_path: Path, design: str):
    study = made(tmp_path / "mine.yml", "--design", design)
    assert study.design == design
    kinds = {factor.vary for factor in study.factors}
    assert kinds == ({"between", "within"} if design == "mixed" else {design})
    assert CliRunner().invoke(app, ["check", str(tmp_path / "mine.yml")]).exit_code == 0


def test_two_studies_never_share_a_seed_and_the_id_is_the_file_s_name(tmp_path: Path):
    first, second = made(tmp_path / "My Study (2).yml"), made(tmp_path / "other.yml")
    assert first.seed != second.seed
    assert (first.id, second.id) == ("my-study-2", "other")


def test_it_says_what_to_do_next(tmp_path: Path):
    path = tmp_path / "mine.yml"
    out = new(path).output
    for command in ("studies check", "studies power", "studies assign", "tutorbot pilot --study"):
        assert f"{command} {path}" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "nope"], "There is no template 'nope'. Name one of levels, pilot, pilot-camera"),
        (["--design", "crossed"], "There is no design 'crossed'. Write between, within or mixed."),
        (["--from", "pilot", "--design", "within"], "varies between participants, not within"),
        (["--id", "Not An Id"], "'not an id' is not an id"),
    ],
)
def test_a_wish_that_cannot_be_met_writes_nothing(tmp_path: Path, options: list[str], said: str):
    done = new(tmp_path / "mine.yml", *options)
    assert done.exit_code != 0
    assert said.lower() in str(done.exception).lower()
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(tmp_path: Path):
    path = tmp_path / "mine.yml"
    path.write_text("mine\n", encoding="utf-8")
    assert "is there already" in str(new(path).exception)
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert "cannot be written" in str(new(tmp_path / "no" / "mine.yml").exception)
    assert "No id can be made" in str(new(tmp_path / "ψ.yml").exception)
