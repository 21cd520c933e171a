"""`studies power` and `studies preregister`: a protocol's own design, what is written, what is open."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from studies.allocation import list_hash
from studies.cli import app
from studies.power.design import design_of
from studies.protocol import PROTOCOLS, Protocol, load_protocol
from tutorbot.errors import BadInput

pytest.importorskip("matplotlib")
pytest.importorskip("scipy")

LEVELS = (PROTOCOLS / "levels.yml").read_text(encoding="utf-8")
HELP = """\
factors:
  - id: help
    vary: between
    levels:
      - {id: none, condition: C0}
      - {id: adaptive, condition: AD}
  - id: rules
    vary: within
    levels:
      - {id: one, problems: [size]}
      - {id: two, problems: [color]}
order: latin_square
hypotheses:
  - {id: h1, text: Adaptive help keeps trust., measure: trust, contrast: [AD, C0]}
  - {id: h2, text: It absorbs., measure: fks.absorption, contrast: [AD, C0]}
instruments: {post: [fks, attention-1], pre: [trust-1]}
sample: {n: 64}
"""


def study(tmp_path: Path, more: str = "", *, conditions: str = "[C0, AD]") -> Path:
    """A protocol file with two conditions and whatever is added."""
    listed = "conditions: [C0, L1-A, L2-A, L3-A, L1-Y, L2-Y, L3-Y, AD, NB]"
    assert LEVELS.count(listed) == 1
    path = tmp_path / "mine.yml"
    path.write_text(LEVELS.replace(listed, f"conditions: {conditions}\n{more}"), encoding="utf-8")
    return path


def problems() -> list[str]:
    from tutorbot.bootstrap.study import lesson_of

    return [one.problem_id for one in lesson_of(load_protocol(PROTOCOLS / "levels.yml")).problems]


def factorial(tmp_path: Path, old: str = "", new: str = "") -> Path:
    first, second = problems()[:2]
    text = HELP.replace("[size]", f"[{first}]").replace("[color]", f"[{second}]")
    assert old in text
    return study(tmp_path, text.replace(old, new))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def loaded(path: Path) -> Protocol:
    return load_protocol(path)


def test_a_protocol_without_factors_compares_its_conditions_to_the_first(tmp_path: Path):
    of = design_of(loaded(study(tmp_path)), n_boards=24)
    assert [(one.id, one.vary, one.levels) for one in of.factors] == [("condition", "between", ("C0", "AD"))]
    assert [one.words for one in of.contrasts] == ["AD against C0"]
    assert (of.n_answers, of.points, of.measure) == (24, 5, "trust")
    assert "no hypothesis" in of.notes[0]


def test_hypotheses_name_the_contrasts_and_factors_the_groups_and_parts(tmp_path: Path):
    of = design_of(loaded(factorial(tmp_path)), n_boards=6)
    assert of.groups == (("none",), ("adaptive",))
    assert of.parts == (("one",), ("two",))
    assert [(one.name, one.factor, one.high, one.low) for one in of.contrasts] == [
        ("h1", "help", "adaptive", "none")
    ]
    assert of.notes == ()


def test_an_instruments_score_brings_its_items_and_points(tmp_path: Path):
    of = design_of(loaded(factorial(tmp_path)), n_boards=6, measure="fks.absorption")
    assert (of.n_answers, of.points) == (4, 7)
    assert [one.name for one in of.contrasts] == ["h2"]
    flow = design_of(loaded(factorial(tmp_path)), n_boards=6, measure="fks")
    assert (flow.n_answers, flow.contrasts[0].name) == (10, "adaptive-none")


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("jian.trust", "does not ask for 'jian.trust'"),
        ("fks.joy", "has no score 'joy'"),
        ("attention-1", "no total"),
    ],
)
def test_a_measure_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, measure: str, said: str):
    with pytest.raises(BadInput, match=said):
        design_of(loaded(factorial(tmp_path)), n_boards=6, measure=measure)


def test_a_study_that_compares_nothing_has_no_power():
    with pytest.raises(BadInput, match="compares nothing"):
        design_of(load_protocol(PROTOCOLS / "pilot.yml"), n_boards=6)


def test_power_prints_and_writes_table_curve_and_sentence(tmp_path: Path):
    out = tmp_path / "power"
    result = run(
        "power", factorial(tmp_path), "--n", "20..80:20", "--runs", 200, "--workers", 1, "--out", out
    )
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == [
        "power.csv",
        "power.json",
        "power.png",
        "power.svg",
    ]
    with (out / "power.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["n"]) for row in rows] == [20, 40, 60, 64, 80]
    assert all(float(row["low"]) <= float(row["power"]) <= float(row["high"]) for row in rows)
    assert float(rows[-1]["power"]) > float(rows[0]["power"])
    found = json.loads((out / "power.json").read_text(encoding="utf-8"))
    assert found["sentence"] in result.output
    assert "with n = 64 participants" in found["sentence"]
    assert "Welch's t-test" in found["sentence"]
    assert "<svg" in (out / "power.svg").read_text(encoding="utf-8")
    assert not list(tmp_path.glob("*.part"))


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    path = study(tmp_path)
    for name in ("a", "b"):
        run("power", path, "--n", "20,40", "--runs", 100, "--workers", 1, "--out", tmp_path / name)
    for file in ("power.csv", "power.json", "power.svg", "power.png"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def test_a_folder_that_is_there_is_refused_before_anything_is_simulated(tmp_path: Path):
    (tmp_path / "there").mkdir()
    result = run("power", study(tmp_path), "--runs", 1_000_000, "--out", tmp_path / "there")
    assert isinstance(result.exception, BadInput)
    assert "is there already" in str(result.exception)


def test_a_score_of_a_questionnaire_is_tested_on_means_unless_told_otherwise(tmp_path: Path):
    options = ("--n", "20", "--runs", 100, "--workers", 1, "--measure", "fks.absorption")
    assert "Welch's t-test" in run("power", factorial(tmp_path), *options).output
    assert "linear mixed model" in run("power", factorial(tmp_path), *options, "--analysis", "mixed").output
    wrong = run("power", factorial(tmp_path), *options, "--analysis", "bayes")
    assert "Write mixed or means" in str(wrong.exception)


def written(tmp_path: Path, path: Path, *more: object) -> str:
    out = tmp_path / "stub.md"
    result = run("preregister", path, out, *more)
    assert result.exit_code == 0, result.output
    text = out.read_text(encoding="utf-8")
    assert f"{text.count('FILL IN')} places still say FILL IN" in result.output
    return text


def test_the_stub_holds_what_the_protocol_knows(tmp_path: Path):
    path = factorial(tmp_path)
    text = written(tmp_path, path)
    for words in (
        "**h1**: Adaptive help keeps trust. Measure: trust (AD above C0).",
        "mixed-subjects design",
        "Factor help, between participants: none (C0), adaptive (AD)",
        "Factor rules, within participants: one, two",
        "Order of the parts: latin square, 2 sequences",
        list_hash(loaded(path)),
        loaded(path).sha256,
        "Sample size: 64",
        "`fks` version 1: Flow Short Scale",
        "absorption (mean)",
        "Planned contrasts on trust: h1: adaptive against none.",
        "Planned contrasts on fks.absorption: h2: adaptive against none.",
        "linear mixed model",
        "Holm's correction",
        "alpha = .05",
        "Data are kept until 2036-12-31.",
    ):
        assert words in text, words


def test_what_only_the_researcher_knows_is_left_open(tmp_path: Path):
    text = written(tmp_path, study(tmp_path))
    for words in (
        "names and affiliations",
        "each hypothesis",
        "number of participants",
        "Recruitment: FILL IN",
    ):
        assert words in text, words
    assert "Rationale: FILL IN: run `studies power`" in text


def test_the_sentence_of_the_power_goes_into_the_stub(tmp_path: Path):
    path, out = factorial(tmp_path), tmp_path / "power"
    run("power", path, "--n", "64", "--runs", 100, "--workers", 1, "--out", out)
    sentence = json.loads((out / "power.json").read_text(encoding="utf-8"))["sentence"]
    assert f"Rationale: {sentence}" in written(tmp_path, path, "--power", out)


def test_power_of_another_version_of_the_protocol_is_refused(tmp_path: Path):
    path, out = factorial(tmp_path), tmp_path / "power"
    run("power", path, "--n", "64", "--runs", 100, "--workers", 1, "--out", out)
    path.write_text(path.read_text(encoding="utf-8").replace("n: 64", "n: 62"), encoding="utf-8")
    result = run("preregister", path, tmp_path / "stub.md", "--power", out)
    assert "another version of protocol" in str(result.exception)
    assert not (tmp_path / "stub.md").exists()
    result = run("preregister", path, tmp_path / "stub.md", "--power", tmp_path)
    assert "holds no outcome of `studies power`" in str(result.exception)


def test_a_file_that_is_there_is_left_alone(tmp_path: Path):
    out = tmp_path / "stub.md"
    out.write_text("mine", encoding="utf-8")
    result = run("preregister", study(tmp_path), out)
    assert "is there already" in str(result.exception)
    assert out.read_text(encoding="utf-8") == "mine"
