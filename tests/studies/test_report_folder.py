"""`studies report`: a folder that is whole or not there, for any study, and code that redoes it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

pytest.importorskip("statsmodels")
pytest.importorskip("nbformat")
pytest.importorskip("reportlab")

import nbformat
import pandas as pd

import studies.cli
import studies.report.cli
import studies.report.pdf
import studies.report.study
from studies.cli import app
from studies.erasure.reports import PARTS, SHOWN, WITH_THEM
from studies.report.analysis.flow import arm
from studies.report.analysis.results import Column, table_of
from studies.report.pdf import strips
from tests.studies.report_builders import (
    CONDITIONS,
    cut,
    protocol_text,
    refused,
    simulated,
    two_parts,
    write_study,
)
from tutorbot.core.events import Row
from tutorbot.errors import BadInput, MissingPart

pytestmark = pytest.mark.timeout(240)
RUNNER = CliRunner()


def report(url: str, out: Path, *more: object) -> Result:
    return RUNNER.invoke(app, ["report", "levels", str(out), "--db", url, *(str(one) for one in more)])


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / "tables" / f"{name}.csv")


def few(n: int) -> list[tuple[str, tuple[Row, ...]]]:
    """The first so many people of a small study."""
    return [(CONDITIONS[k % 2], simulated(CONDITIONS[k % 2], k, boards=4)) for k in range(n)]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """URL of a log with six people, and the folder of its report."""
    place = tmp_path_factory.mktemp("small")
    url = write_study(place / "log.db", few(6), protocol=protocol_text())
    result = report(url, place / "out")
    assert result.exit_code == 0, result.output
    assert "6 sessions, 6 analyzed" in result.output
    return url, place / "out"


def test_the_folder_holds_page_pdf_tables_data_and_code(small: tuple[str, Path]):
    out = small[1]
    assert sorted(path.name for path in out.iterdir()) == [
        "analysis",
        "data",
        "report.html",
        "report.ipynb",
        "report.pdf",
        "tables",
    ]
    assert {"wide.csv", "long.csv", "session.csv", "board.csv"} <= {p.name for p in (out / "data").iterdir()}


def test_a_report_is_known_to_a_withdrawal_as_made_with_the_person(small: tuple[str, Path], tmp_path: Path):
    out = shutil.copytree(small[1], tmp_path / "out")
    assert {path.name for path in out.iterdir()} == SHOWN | PARTS
    shutil.copy(small[1].parent / "log.db", tmp_path / "log.db")
    code = str(pd.read_csv(out / "data/session.csv")["participant"][2])
    options = ("--study", "levels", "--db", f"sqlite:///{tmp_path / 'log.db'}", "--yes")
    receipt = ("--receipt", str(tmp_path / "receipt.json"))
    result = RUNNER.invoke(app, ["withdraw", code, *options, "--exports", str(out), *receipt])
    assert result.exit_code == 0, result.output
    assert f"{out}: {WITH_THEM}" in result.output
    assert (out / "tables").is_dir()
    assert code not in (out / "data/session.csv").read_text()


def test_the_notebook_is_valid_and_its_cells_give_the_numbers_of_the_report(small: tuple[str, Path]):
    out = small[1]
    book = nbformat.read(out / "report.ipynb", as_version=4)
    nbformat.validate(book)
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
    check = """
import sys
assert not [name for name in sys.modules if name.split(".")[0] in ("studies", "tutorbot", "affect")]
print("tables", sum(len(one.tables) for one in sections.values()))
"""
    script = "\n".join((*cells, check))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=out, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"tables {len(list((out / 'tables').iterdir()))}" in done.stdout


def test_the_notebook_finds_a_number_that_was_changed(small: tuple[str, Path], tmp_path: Path):
    import shutil

    out = tmp_path / "changed"
    shutil.copytree(small[1], out)
    path = out / "tables/outcomes.csv"
    frame = pd.read_csv(path)
    frame.loc[0, "mean"] += 0.01
    frame.to_csv(path, index=False)
    book = nbformat.read(out / "report.ipynb", as_version=4)
    cells = [cell.source for cell in book.cells if cell.cell_type == "code"]
    chosen = [cells[0], next(cell for cell in cells if '"outcomes"' in cell)]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "\n".join(chosen)],
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "AssertionError: ('outcomes', 'mean'" in done.stderr


class Seen(HTMLParser):
    """What stands in a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.captions = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_loads_nothing_and_names_what_it_shows(small: tuple[str, Path]):
    text = (small[1] / "report.html").read_text(encoding="utf-8")
    page = Seen()
    page.feed(text)
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "link", "img", "iframe", "object", "use", "image"} & set(tags)
    assert not [value for _, attrs in page.tags for name, value in attrs.items() if name == "src"]
    assert [v for t, a in page.tags if t == "a" for v in [a["href"]] if not str(v).startswith("#")] == []
    assert "url(" not in text
    assert "@import" not in text
    assert tags.count("table") == tags.count("caption") > 10
    assert tags.count("svg") == tags.count("title") - 1 == tags.count("desc") > 5
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_numbers_in_sentences_stand_in_the_tables(small: tuple[str, Path]):
    text = (small[1] / "report.html").read_text(encoding="utf-8")
    row = table(small[1], "contrasts").iloc[0]
    assert f"difference {row['difference']:.2f}" in text
    assert f"g = {row['g']:.2f}" in text


def test_the_same_log_gives_the_same_tables_and_page(small: tuple[str, Path], tmp_path: Path):
    url, out = small
    assert report(url, tmp_path / "again", "--no-pdf").exit_code == 0
    again = tmp_path / "again"
    assert not (again / "report.pdf").exists()
    for path in sorted(out.rglob("*")):
        if path.is_file() and path.name != "report.pdf":
            assert path.read_bytes() == (again / path.relative_to(out)).read_bytes(), path


def test_the_pdf_is_one_with_several_pages(small: tuple[str, Path]):
    data = (small[1] / "report.pdf").read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", data)) > 2


def test_a_wide_table_goes_on_below_itself_on_paper_and_loses_no_column():
    columns = [Column(f"c{n}", f"c{n}") for n in range(30)]
    row = {"c0": "a", "c1": "b", **{f"c{n}": n for n in range(2, 29)}}
    parts = strips(table_of("t", "t", columns, [row]))
    assert all(part[:2] == [0, 1] and len(part) <= 11 for part in parts)
    assert {index for part in parts for index in part} == set(range(29))


def test_no_words_of_a_person_and_no_secret_leave_the_log(tmp_path: Path):
    rows = simulated("L2-A", 3, boards=4)
    said = [row.text for row in rows if type(row).__name__ == "LearnerSaid"]
    url = write_study(tmp_path / "log.db", [("L2-A", rows)], protocol=protocol_text())
    assert report(url, tmp_path / "out", "--no-pdf").exit_code == 0
    whole = "".join(p.read_text(encoding="utf-8") for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert "secret-link" not in whole
    assert [words for words in said if len(words) > 12 and words in whole] == []


# ---------------------------------------------------------------- what is refused


def test_an_existing_folder_is_refused_and_left_alone(small: tuple[str, Path], tmp_path: Path):
    (tmp_path / "out").mkdir()
    result = report(small[0], tmp_path / "out")
    assert isinstance(result.exception, BadInput)
    assert "is there already" in str(result.exception)


def test_an_unknown_study_and_a_missing_log_are_named(small: tuple[str, Path], tmp_path: Path):
    result = RUNNER.invoke(app, ["report", "other", str(tmp_path / "out"), "--db", small[0]])
    assert "holds no study 'other'" in str(result.exception)
    assert "It holds levels" in str(result.exception)
    missing = report(f"sqlite:///{tmp_path}/none.db", tmp_path / "out")
    assert "There is no study log" in str(missing.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_leaves_nothing_behind(
    small: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(studies.report.study, "write_notebook", full)
    result = report(small[0], tmp_path / "out", "--no-pdf")
    assert isinstance(result.exception, BadInput)
    assert "No space left on device" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_before_anything_is_done(
    small: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    real = studies.report.pdf.importlib.import_module  # type: ignore[attr-defined]

    def without(name: str) -> Any:
        if name.startswith("reportlab"):
            raise ModuleNotFoundError(name)
        return real(name)

    monkeypatch.setattr("studies.report.pdf.importlib.import_module", without)
    result = report(small[0], tmp_path / "out")
    assert isinstance(result.exception, MissingPart)
    assert "--no-pdf" in str(result.exception)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert isinstance(report(small[0], tmp_path / "out").exception, MissingPart)
    assert list(tmp_path.iterdir()) == []


def test_try_outs_are_no_data_and_are_reported_apart(tmp_path: Path):
    url = write_study(tmp_path / "log.db", few(4), protocol=protocol_text(), test_only=True)
    refused_at_first = report(url, tmp_path / "out", "--no-pdf")
    assert "has no data" in str(refused_at_first.exception)
    result = report(url, tmp_path / "out", "--no-pdf", "--include-test")
    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["TEST-NOT-DATA"]
    page = (tmp_path / "out/TEST-NOT-DATA/report.html").read_text(encoding="utf-8")
    assert "no data. Nothing here says anything about people" in page


# ---------------------------------------------------------------- any study


SMALL: dict[str, list[tuple[str, Sequence[Row]]]] = {
    "one who never came": [("C0", ())],
    "one who refused": [("C0", refused())],
    "one who has just begun": [("C0", simulated("C0", 1, boards=4)[:8])],
    "one person": [("L2-A", simulated("L2-A", 1, boards=4))],
    "one a cell": [(name, simulated(name, 1, boards=4)) for name in CONDITIONS],
    "all withdrew": [("C0", cut(simulated("C0", n, boards=4), "consent_withdrawn")) for n in range(3)],
    "one condition": [("L3-A", simulated("L3-A", n, boards=4)) for n in range(4)],
}


@pytest.mark.parametrize("name", SMALL)
def test_a_study_of_few_is_reported_with_reasons_in_place_of_numbers(tmp_path: Path, name: str):
    url = write_study(tmp_path / "log.db", SMALL[name], protocol=protocol_text())
    result = report(url, tmp_path / "out")
    assert result.exit_code == 0, result.exception
    fits = table(tmp_path / "out", "model_fits")
    assert fits["converged"].isin([True, False]).all()
    assert fits[fits["model"] == "none"]["why"].notna().all()
    contrasts = table(tmp_path / "out", "contrasts")
    assert contrasts[contrasts["p"].isna()]["why"].notna().all()


def test_those_who_withdrew_are_counted_and_not_analyzed(tmp_path: Path):
    sessions = [*few(4), ("C0", cut(simulated("C0", 9, boards=4), "consent_withdrawn"))]
    url = write_study(tmp_path / "log.db", sessions, protocol=protocol_text())
    assert report(url, tmp_path / "out", "--no-pdf").exit_code == 0
    total = table(tmp_path / "out", "flow").iloc[-1]
    assert (total["withdrawn"], total["analysed"], total["consented"]) == (1, 4, 5)
    for path in (tmp_path / "out/data").glob("*.csv"):
        if path.stem != "session":
            assert "P005" not in path.read_text(encoding="utf-8"), path


def test_a_design_within_people_is_compared_in_pairs(tmp_path: Path):
    played = [two_parts(n) for n in range(8)]
    sessions = [(parts[0].condition, rows, parts) for rows, parts in played]
    url = write_study(tmp_path / "log.db", sessions, protocol=protocol_text(("C0", "L2-A"), extra=""))
    assert report(url, tmp_path / "out", "--no-pdf").exit_code == 0
    found = table(tmp_path / "out", "contrasts")
    trust = found[(found["measure"] == "trust") & (found["by"] == "condition")].iloc[0]
    assert (trust["design"], trust["n"], trust["level"], trust["reference"]) == ("within", 8, "L2-A", "C0")
    board = pd.read_csv(tmp_path / "out/data/board.csv")
    means = board.groupby(["participant", "condition"])["trust"].mean().unstack()
    change = means["L2-A"] - means["C0"]
    assert trust["difference"] == pytest.approx(change.mean())
    assert trust["d_z"] == pytest.approx(change.mean() / change.std())
    assert set(board["cell_in_force"]) == {"help=none", "help=yes"}
    assert table(tmp_path / "out", "flow").iloc[-1]["analysed"] == 8


def test_who_meets_every_condition_is_in_no_group_of_the_first_one():
    sessions = pd.DataFrame(
        {
            "cell": [None, "", "rules=simple", None],
            "condition": ["C0", "NB", "NB", "C0"],
            "sequence": ["order=1,2 material=1", "order=2,1 material=1", "order=2,1", None],
        }
    )
    assert list(arm(sessions)) == ["every part", "every part", "rules=simple", "C0"]


def test_cells_that_are_no_conditions_are_compared_too(tmp_path: Path):
    place = tmp_path / "log.db"
    url = write_study(place, few(8), protocol=protocol_text())
    import sqlite3

    with sqlite3.connect(place) as file:
        for n, (session_id,) in enumerate(
            file.execute("select id from session order by participant").fetchall()
        ):
            cell = ("voice=low", "voice=high")[n // 2 % 2]
            file.execute("update session set cell = ? where id = ?", (cell, session_id))
    file.close()
    assert report(url, tmp_path / "out", "--no-pdf").exit_code == 0
    found = table(tmp_path / "out", "contrasts")
    assert set(found["by"]) == {"condition", "cell"}
    assert set(table(tmp_path / "out", "flow")["cell"]) == {"voice=low", "voice=high", "all"}


FACTORS = """
factors:
  - {id: help, vary: between, levels: [{id: silent, condition: C0}, {id: offers, condition: L2-A}]}
  - {id: task, vary: between, levels: [{id: two, problems: [type-ii]}, {id: four, problems: [type-iv]}]}
"""


def test_the_cells_of_a_factorial_protocol_come_in_its_order(tmp_path: Path):
    text = "\n".join(
        line
        for line in protocol_text(("C0", "L2-A"), extra="").splitlines()
        if not line.startswith("conditions:")
    )
    cells = [f"help={one} task={task}" for one in ("silent", "offers") for task in ("two", "four")]
    sessions = [
        (
            ("C0", "C0", "L2-A", "L2-A")[n % 4],
            simulated(("C0", "L2-A")[n % 4 // 2], n, boards=4),
            (),
            cells[n % 4],
        )
        for n in range(8)
    ]
    url = write_study(tmp_path / "log.db", sessions, protocol=text + FACTORS)
    result = report(url, tmp_path / "out", "--no-pdf")
    assert result.exit_code == 0, result.exception
    assert set(table(tmp_path / "out", "flow")["cell"]) == {*cells, "all"}
    outcomes = table(tmp_path / "out", "outcomes")
    trust = outcomes[outcomes["measure"] == "trust"]
    assert trust[trust["by"] == "cell"]["level"].tolist() == cells
    assert trust[trust["by"] == "condition"]["level"].tolist() == ["C0", "L2-A"]
    found = table(tmp_path / "out", "contrasts")
    assert set(found[found["by"] == "cell"]["reference"]) == {cells[0]}


def test_an_instrument_that_is_not_at_hand_is_told(tmp_path: Path):
    from dataclasses import replace

    from tests.studies.report_builders import whole_session
    from tutorbot.core.events import QuestionnaireAnswer

    rows = [
        replace(row, instrument="own-scale") if isinstance(row, QuestionnaireAnswer) else row
        for row in whole_session("C0", 2)
    ]
    url = write_study(tmp_path / "log.db", [("C0", rows)], protocol=protocol_text())
    assert report(url, tmp_path / "out", "--no-pdf").exit_code == 0
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert "own-scale (version 1) was not scored" in page


def test_the_data_are_safe_in_a_spreadsheet_and_come_back_as_they_were(tmp_path: Path):
    from studies.report.analysis.frames import read_csv
    from studies.report.study import _write_data

    frame = pd.DataFrame({"text": ["=1+1", "'quoted", None, "plain"], "n": [1.5, None, 3.0, 1 / 3]})
    _write_data(tmp_path / "data", {"one": frame})
    assert "'=1+1" in (tmp_path / "data/one.csv").read_text(encoding="utf-8")
    back = read_csv(tmp_path / "data/one.csv")
    assert back["text"].tolist()[:2] == ["=1+1", "'quoted"]
    assert back["n"].tolist()[3] == 1 / 3


# ---------------------------------------------------------------- compare


def test_compare_prints_the_auc_that_was_given_when_none_is_asked_for(tmp_path: Path):
    common = ["compare", "levels", "--n", "2", "--boards", "2", "--workers", "1", "--conditions", "C0,L2-A"]
    one = RUNNER.invoke(app, [*common, "--auc", ".85", "--out", str(tmp_path / "one")])
    assert one.exit_code == 0, one.exception
    assert "AUC of the detector 0.85" in one.output
    two = RUNNER.invoke(app, [*common, "--auc", ".85,.65", "--out", str(tmp_path / "two")])
    assert "AUC of the detector 0.65" in two.output
    bad = RUNNER.invoke(app, [*common, "--auc", ".85", "--at", ".7", "--out", str(tmp_path / "bad")])
    assert isinstance(bad.exception, BadInput)


def test_the_notebook_is_plain_json(small: tuple[str, Path]):
    book = json.loads((small[1] / "report.ipynb").read_text(encoding="utf-8"))
    assert book["nbformat"] == 4
    assert all(not cell.get("outputs") for cell in book["cells"])


@pytest.mark.parametrize("finished", [0, 4])
def test_a_report_takes_people_who_left_at_any_moment(tmp_path: Path, finished: int):
    whole = [simulated(CONDITIONS[k % 2], k, boards=4) for k in range(2)]
    left = [(CONDITIONS[k % 2], whole[k % 2][:k]) for k in (*range(14), 20, 30, 45, 60)]
    url = write_study(tmp_path / "log.db", [*few(finished), *left], protocol=protocol_text())
    ended = report(url, tmp_path / "out", "--no-pdf")
    assert ended.exit_code == 0, ended.output
    assert table(tmp_path / "out", "flow")["allocated"].iloc[-1] == finished + len(left)
