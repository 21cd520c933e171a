"""The flow chart of the ethics form says what the protocol says, fits the page, and is the same each time."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from studies.cli import app
from studies.planning.burden import asked_of
from studies.planning.flow_layout import HEIGHT, MARGIN, WIDTH, Frame, Sheet, laid_out
from studies.planning.flow_picture import measure_of
from studies.planning.flow_steps import Choice, Step, Way, way_through
from studies.planning.flow_words import HELP, help_words
from studies.protocol import PROTOCOLS, Protocol, parse_protocol
from tests.studies.protocols import level, protocol, text_of
from tutorbot.bootstrap.study import lesson_of
from tutorbot.core.strategies import STRATEGIES

pytest.importorskip("matplotlib")

SHIPPED = sorted(path.stem for path in PROTOCOLS.glob("*.yml"))
LONG = "Proactive dialogue in a study with a title that does not end " * 20
WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverleihungsurkunde"


def check(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["check", *(str(one) for one in arguments)])


def way(of: Protocol) -> Way:
    return way_through(of, lesson_of(of), asked_of(of, None))


def shipped(name: str) -> Protocol:
    return protocol(name)


def crossed(n_help: int, n_rules: int, **changes: Any) -> Protocol:
    """A design between participants with so many levels of each of two factors, with long words."""
    conditions = [one for one in STRATEGIES if not one.endswith(("-Y", "WZ", "RL"))]
    problems = [["type-i"], ["type-ii"], ["type-iii"], ["type-iv"], ["type-v"], ["type-vi"]]
    problems += [["type-i", "type-ii"], ["type-ii", "type-i"]]
    factors = [
        {
            "id": "help",
            "title": WORD,
            "vary": "between",
            "levels": [
                level(f"h{n}", title="a long name of help", condition=conditions[n]) for n in range(n_help)
            ],
        },
        {
            "id": "rules",
            "vary": "between",
            "levels": [level(f"r{n}", problems=problems[n]) for n in range(n_rules)],
        },
    ]
    whole = {"factors": factors, "conditions": None, "hypotheses": None, **changes}
    return parse_protocol(text_of(json.loads(json.dumps(whole)), "three-by-two"), name="t.yml")


def inside(sheet: Sheet, frame: Frame) -> bool:
    """Whether the words that begin in a frame end in it."""
    for line in sheet.words:
        in_it = frame.x <= line.x <= frame.x + frame.width and frame.y <= line.y <= frame.y + frame.height
        ends = line.x + sheet.measure(line.text, line.size, line.bold)
        if in_it and ends > frame.x + frame.width:
            return False
    return True


def said(the_way: Way) -> str:
    found: list[str] = [the_way.title, the_way.subtitle]
    for step in (*the_way.steps, *the_way.aside):
        boxes = step.boxes if isinstance(step, Choice) else ()
        for one in (step, *boxes):
            found += [one.title, *one.lines]
    return "\n".join(found)


# ------------------------------------------------------------------------ what it says


def test_the_steps_stand_in_the_order_a_participant_meets_them():
    titles = [step.title for step in way(shipped("three-by-two")).steps]
    beginnings = (
        "Recruitment",
        "Information and consent",
        "Device check",
        "Questionnaires before",
        "Baseline",
        "Allocation to one of 6 groups",
        "Lesson with the tutor",
        "Questionnaires after",
        "Debriefing and end",
    )
    assert len(titles) == len(beginnings)
    for title, beginning in zip(titles, beginnings, strict=True):
        assert title.startswith(beginning)


def test_what_the_protocol_leaves_out_has_no_box():
    titles = " ".join(step.title for step in way(shipped("pilot")).steps)
    for absent in ("Device check", "Questionnaires", "Allocation"):
        assert absent not in titles
    assert "Everybody: adaptive help, by behaviour (NB)" in said(way(shipped("pilot")))


def test_every_cell_has_a_box_with_its_help_and_problems():
    groups = next(one for one in way(shipped("three-by-two")).steps if isinstance(one, Choice))
    assert len(groups.boxes) == 6
    assert groups.boxes[-1] == Step(
        title="Proactive help: adaptive\nRules to find: a rule with exceptions",
        lines=("NB: adaptive help, by behaviour", "Problems: type-iv"),
    )


def test_parts_of_a_within_design_are_shown_with_their_order_and_material():
    parts = next(one for one in way(shipped("within")).steps if isinstance(one, Choice))
    assert len(parts.boxes) == 2
    assert any("Latin square (4 sequences" in line for line in parts.lines)
    assert any("type-iii; type-v, each equally often" in line for line in parts.lines)
    assert any("After each part (2 in all)" in line for line in parts.lines)


def test_stopping_withdrawal_data_and_contact_stand_at_the_side():
    study = protocol(
        "levels",
        retention_until="2031-05-06",
        contact="Ada, ada@example.org",
        resume={"after_min": 7, "then": "stop"},
        completion={"service": "sona", "parameters": ["p"], "person": "p", "completed": "A", "stopped": "B"},
    )
    aside = {one.title: " ".join(one.lines) for one in way(study).aside}
    assert "without reasons" in aside["Stop at any time"]
    assert "gets a code for sona" in aside["Stop at any time"]
    assert "one purpose (camera)" in aside["Withdrawal"]
    assert "after 7 minutes or more goes on no more: the session ends" in aside["Interruptions"]
    assert "Kept until 2031-05-06" in aside["Data"]
    assert "pictures are never stored" in aside["Data"]
    assert aside["Contact"] == "Ada, ada@example.org"
    assert "camera" not in said(way(shipped("within"))).lower()


def test_every_condition_has_words_and_no_face_is_spoken_of_without_a_camera():
    assert set(HELP) == set(STRATEGIES)
    for name in STRATEGIES:
        assert "face" not in help_words(shipped("pilot"), name)
    assert "face" in help_words(shipped("levels"), "AD")


# ------------------------------------------------------------------------ how it looks


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_protocol_fits_the_page_in_words_of_readable_size(name: str):
    sheet = laid_out(way(shipped(name)), measure_of())
    assert sheet.bottom <= HEIGHT - MARGIN
    assert sheet.size >= 8, "points"
    assert all(inside(sheet, frame) for frame in sheet.frames)


@pytest.mark.parametrize(("n_help", "n_rules", "least"), [(3, 4, 6.0), (2, 6, 6.0), (8, 8, 3.5)])
def test_many_cells_and_endless_words_stay_in_their_boxes_and_on_the_page(
    n_help: int, n_rules: int, least: float
):
    study = crossed(n_help, n_rules, title=LONG, contact=f"{WORD}{WORD}@example.org " * 5)
    sheet = laid_out(way(study), measure_of())
    boxes = [frame for frame in sheet.frames if not frame.dashed]
    assert len(boxes) >= n_help * n_rules
    assert sheet.bottom <= HEIGHT - MARGIN
    assert sheet.size >= least
    for frame in sheet.frames:
        assert inside(sheet, frame)
        assert frame.x >= MARGIN
        assert frame.x + frame.width <= WIDTH - MARGIN + 1e-6
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart_x = one.x + one.width <= other.x + 1e-6 or other.x + other.width <= one.x + 1e-6
            apart_y = one.y + one.height <= other.y + 1e-6 or other.y + other.height <= one.y + 1e-6
            assert apart_x or apart_y, "two boxes lie on each other"


@pytest.mark.parametrize(("name", "begins"), [("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("a.png", b"\x89PNG")])
def test_the_same_protocol_gives_the_same_bytes(tmp_path: Path, name: str, begins: bytes):
    path = tmp_path / name
    assert f"picture     {path}" in check("within", "--picture", path).output
    first = path.read_bytes()
    assert first.startswith(begins)
    assert check("within", "--picture", path).exit_code == 0, "a picture of ours is replaced"
    assert path.read_bytes() == first
    assert check("levels", "--picture", path).exit_code == 0
    assert path.read_bytes() != first


def test_signs_of_formulas_in_a_title_are_words(tmp_path: Path):
    path = tmp_path / "mine.yml"
    path.write_text(text_of({"title": "Costs $x_1 and {y} \\frac <b>&"}), encoding="utf-8")
    done = check(path, "--picture", tmp_path / "a.svg")
    assert done.exit_code == 0, done.output


# ------------------------------------------------------------------------ what cannot be drawn


def test_a_file_that_is_no_picture_of_ours_is_left_alone(tmp_path: Path):
    path = tmp_path / "holiday.png"
    path.write_bytes(b"\x89PNG of the sea")
    done = check("pilot", "--picture", path)
    assert "is there and is no picture of `studies check`" in str(done.exception)
    assert path.read_bytes() == b"\x89PNG of the sea"


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_a_picture_of_ours_is_drawn_anew_and_a_file_that_speaks_of_it_is_not(tmp_path: Path, ending: str):
    ours, theirs = tmp_path / f"ours.{ending}", tmp_path / f"theirs.{ending}"
    for _ in range(2):
        assert check("pilot", "--picture", ours).exit_code == 0
    theirs.write_text("<svg><text>drawn by hand after studies check said ok</text></svg>")
    assert "is no picture of `studies check`" in str(check("pilot", "--picture", theirs).exception)
    assert "by hand" in theirs.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pilot", "--picture", "a.gif"), "no kind of picture"),
        (("pilot", "levels", "--picture", "a.svg"), "draws one study, and 2 are named"),
        (("pilot", "--picture", "no-such-folder/a.svg"), "could not be written"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_refused_plainly(arguments: tuple[str, ...], words: str):
    assert words in str(check(*arguments).exception)


def test_nothing_is_drawn_of_a_protocol_with_mistakes(tmp_path: Path):
    path = tmp_path / "mine.yml"
    path.write_text(text_of({"lesson": "nope"}), encoding="utf-8")
    assert check(path, "--picture", tmp_path / "a.svg").exit_code == 1
    assert not (tmp_path / "a.svg").exists()


def test_without_matplotlib_it_is_said_and_the_rest_still_works(monkeypatch, tmp_path: Path):
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == "matplotlib":
            raise ModuleNotFoundError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", without)
    done = check("pilot", "--picture", tmp_path / "a.svg")
    assert "Package matplotlib is not installed; the picture needs it. Run `make env-analysis`." in str(
        done.exception
    )
    assert check("pilot").exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_neither_checking_nor_serving_a_study_loads_matplotlib():
    code = (
        "import sys, studies.cli, tutorbot.bootstrap.study, tutorbot.cli; "
        "sys.exit(any(name.split('.')[0] == 'matplotlib' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
