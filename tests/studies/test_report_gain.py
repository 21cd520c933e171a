"""A test before and after the lesson: gain by ANCOVA and normalised change, as SciPy and formulas have it."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("statsmodels")
pytest.importorskip("nbformat")

import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
from typer.testing import CliRunner

from studies.cli import app
from tests.studies.report_builders import protocol_text, simulated, write_study
from tutorbot.core.events import QuestionnaireAnswer, Row

pytestmark = pytest.mark.timeout(120)
ITEMS = tuple(f"q{n}" for n in range(1, 7))
QUIZ = """
id: quiz
version: "1"
title: Quiz of a test
kind: test
citation: Own wording of a test.
licence: {name: Apache-2.0, texts_shipped: true}
key: {checked: own, source: a test}
languages: [en]
items:
""" + "".join(
    f"  - {{id: {item}, subscale: right, answer: choice, correct: a, text: {{en: Which?}}, "
    "options: {a: {en: This}, b: {en: That}}}\n"
    for item in ITEMS
)
SCORE = """subscales:
  - {id: right, title: Right answers, rule: sum}
no_total: one score alone
"""


def quiz(phase: str, n_right: int, at_s: float) -> tuple[Row, ...]:
    """The quiz with so many right answers."""
    return tuple(
        QuestionnaireAnswer(
            at_s=at_s,
            instrument="quiz",
            version="1",
            phase=phase,
            block=None,
            item_id=item,
            choice="a" if index < n_right else "b",
        )
        for index, item in enumerate(ITEMS)
    )


def person(n: int) -> tuple[str, tuple[Row, ...], int, int]:
    """Condition, rows, right answers before and after; one is at the ceiling throughout."""
    dice = random.Random(f"gain/{n}")
    condition = ("C0", "L2-A")[n % 2]
    pre = 6 if n == 3 else dice.randint(1, 4)
    post = 6 if n == 3 else min(6, max(0, pre + dice.choice([-1, 0, 1, 1, 2]) + (condition == "L2-A")))
    rows = simulated(condition, n, boards=4)
    begun = next(index for index, row in enumerate(rows) if type(row).__name__ == "BlockBegun")
    start, end = rows[begun].at_s, rows[-1].at_s
    whole = (*rows[:begun], *quiz("pre", pre, start), *rows[begun:-1], *quiz("post", post, end), rows[-1])
    return condition, whole, pre, post


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("gain")
    (place / "texts").mkdir()
    (place / "texts/quiz.yml").write_text(QUIZ + SCORE, encoding="utf-8")
    people = [person(n) for n in range(16)]
    url = write_study(place / "log.db", [(one[0], one[1]) for one in people], protocol=protocol_text())
    with sqlite3.connect(place / "log.db") as file:
        for n, (session_id,) in enumerate(file.execute("select id from session order by id").fetchall(), 1):
            stratum, origin = ("prior=no", "prior=yes")[n % 2], "refill" if n == 16 else "list"
            file.execute(
                "insert into place "
                "(study_id, n, list_hash, origin, stratum, cell, sequence, session_id, given_at_utc) "
                "values ('levels', ?, 'x', ?, ?, 'C0', '', ?, 'now')",
                (n, origin, stratum, session_id),
            )
        file.execute(
            "insert into invitation (link, study_id, participant, stratum, test_only, made_at_utc) "
            "values ('secret-invitation', 'levels', 'P001', '', 0, 'now')"
        )
    file.close()
    arguments = [
        "report",
        "levels",
        str(place / "out"),
        "--db",
        url,
        "--no-pdf",
        "--texts",
        str(place / "texts"),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.exception
    return place / "out"


def truth() -> pd.DataFrame:
    rows = [(one[0], one[2], one[3]) for one in (person(n) for n in range(16))]
    return pd.DataFrame(rows, columns=["condition", "pre", "post"])


def test_ancova_is_the_model_of_the_formula(out: Path):
    found = pd.read_csv(out / "tables/gain_ancova.csv").set_index("term")
    fit = smf.ols("post ~ pre + C(condition)", truth()).fit()
    names = {"Intercept": "(intercept)", "pre": "pre", "C(condition)[T.L2-A]": "L2-A"}
    assert set(found.index) == set(names.values())
    for theirs, ours in names.items():
        row = found.loc[ours]
        assert (row["estimate"], row["se"], row["t"], row["p"]) == pytest.approx(
            (fit.params[theirs], fit.bse[theirs], fit.tvalues[theirs], fit.pvalues[theirs])
        )
        assert (row["low"], row["high"]) == pytest.approx(tuple(fit.conf_int().loc[theirs]))
        assert (row["n"], row["df"]) == (16, 13)


def test_normalised_change_leaves_out_who_could_not_gain(out: Path):
    people = truth()
    changes: dict[str, list[float]] = {"C0": [], "L2-A": []}
    for one in people.itertuples():
        if one.post > one.pre:
            changes[one.condition].append((one.post - one.pre) / (6 - one.pre))
        elif one.post < one.pre:
            changes[one.condition].append((one.post - one.pre) / one.pre)
        elif one.pre not in (0, 6):
            changes[one.condition].append(0.0)
    found = pd.read_csv(out / "tables/gain_change.csv").set_index("condition")
    for condition, values in changes.items():
        row, own = found.loc[condition], people[people["condition"] == condition]
        assert (row["n_people"], row["n_change"]) == (8, len(values))
        assert (row["pre"], row["post"]) == pytest.approx((own["pre"].mean(), own["post"].mean()))
        low, high = stats.t.interval(0.95, len(values) - 1, pd.Series(values).mean(), stats.sem(values))
        assert (row["change"], row["low"], row["high"]) == pytest.approx(
            (pd.Series(values).mean(), low, high)
        )
    assert found.loc["L2-A", "n_change"] == 7
    assert pd.isna(found.loc["C0", "g"])
    assert found.loc["L2-A", "g_low"] < found.loc["L2-A", "g"] < found.loc["L2-A", "g_high"]


def test_strata_scores_before_and_ways_in_are_in_their_tables(out: Path):
    cells = pd.read_csv(out / "tables/cells.csv")
    whole = cells[cells["cell"] == "all"]
    assert whole[whole["what"] == "stratum"].set_index("value")["n"].to_dict() == {
        "prior=no": 8,
        "prior=yes": 8,
    }
    before = whole[whole["what"] == "quiz (before)"].iloc[0]
    assert (before["n"], before["mean"]) == (16, pytest.approx(truth()["pre"].mean()))
    steps = pd.read_csv(out / "tables/recruitment.csv").set_index("step")["n"]
    assert steps["personal links made"] == 1
    assert steps["places given again after a drop-out"] == 1
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "personal links made: 1" in page
    assert "secret-invitation" not in page
