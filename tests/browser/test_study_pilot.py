"""A whole study through the real server and the real Rasa: 3 x 2 cells, 40 simulated people, a report."""

from __future__ import annotations

import asyncio
import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from playwright.sync_api import Browser, Page, expect
from scipy import stats
from statsmodels.stats.multitest import multipletests
from typer.testing import CliRunner

from studies.allocation import listed
from studies.cli import app
from studies.instruments import load_instrument
from studies.protocol import load_protocol
from tests.browser.crowd import Person, crowd
from tests.browser.pilot import Pilot
from tests.studies.protocols import text_of
from tutorbot.lessons import load_lesson

pytestmark = [pytest.mark.rasa, pytest.mark.browser, pytest.mark.timeout(480)]

QUICK = {
    "rest_s": 2,
    "escalation_after_s": 1,
    "input_pause_s": 0.5,
    "after_answer_s": 1,
    "slow_first_s": 2,
    "react_timeout_s": 4,
    "signs_alone": 1,
}
"""Seconds of a lesson squeezed, so that the tutor speaks up within a short session."""
N = 40
BROWSERS = ("en", "de", "de")
"""People who come through a real browser, by the language they choose; the others speak to the wire."""


class Study:
    """What forty people left behind."""

    def __init__(self, pilot: Pilot, folder: Path, people: list[Person]) -> None:
        self.pilot, self.folder, self.people = pilot, folder, people
        self.file = folder / "study.yml"
        self.protocol = load_protocol(self.file)

    def frame(self, statement: str) -> pd.DataFrame:
        path = self.pilot.db.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return pd.read_sql_query(statement, connection)

    def query(self, statement: str) -> list[Any]:
        path = self.pilot.db.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()


def one_of(table: pd.DataFrame, **wanted: object) -> pd.Series:
    """The one row that fits."""
    chosen = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(chosen) == 1, (wanted, len(chosen))
    return chosen.iloc[0]


def items_of(instrument: str, score: str) -> list[str]:
    loaded = load_instrument(instrument)
    return [item.id for item in loaded.items_of(next(one for one in loaded.scores if one.id == score))]


def take_part(page: Page, url: str, language: str) -> None:
    """A whole session in a real browser: every page there is, to the last."""
    page.goto(f"{url}/join")
    expect(page.locator("#consent")).to_be_visible()
    if language == "de":
        page.locator('#languages [lang="de"]').click()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        expect(page.locator("#consent")).to_contain_text("Teilnahme an dieser Studie")
    page.locator("#consent-participation").check()
    page.locator("#consent-form .primary").click()
    expect(page.locator("#device-check")).to_be_visible()
    page.locator("#check-press").click()
    page.locator("#check-next").click()
    fill_in(page, "4")
    page.locator("#baseline-done").click()
    for _ in range(2):
        sort_board(page)
        expect(page.locator("#probe")).to_be_visible()
        for name in ("trust", "concentration"):
            page.locator(f'#probe input[name="{name}"][value="4"]').check()
        page.locator("#probe-form .primary").click()
        expect(page.locator("#probe")).to_be_hidden()
    fill_in(page, "5")
    fill_in(page, "2")
    expect(page.locator("#ended")).to_be_visible()


def fill_in(page: Page, value: str) -> None:
    """Answer every item of the questionnaire alike and go on."""
    expect(page.locator("#questions")).to_be_visible()
    shown = page.locator("#questions [data-item]")
    expect(shown.first).to_be_visible()
    first = shown.first.get_attribute("data-item")
    for n in range(shown.count()):
        shown.nth(n).locator(f'input[value="{value}"]').check()
    page.locator("#questions-next").click()
    expect(page.locator(f'#questions [data-item="{first}"]')).to_be_hidden()


def sort_board(page: Page) -> None:
    """Put every card where one of the study's rules has it, with the arrow keys, until the board is right."""
    rules = [one for one in load_lesson("shj").problems if one.problem_id in {"type-i", "type-iv"}]
    expect(page.locator("#check")).to_be_disabled()
    for rule in rules:
        for name in page.locator("[data-card]").evaluate_all("all => all.map(one => one.dataset.card)"):
            card = page.locator(f'[data-card="{name}"]')
            if card.get_attribute("aria-disabled") is None:
                card.press("ArrowLeft" if rule.box_of(name) == "left" else "ArrowRight")
        page.locator("#check").click()
        page.wait_for_timeout(1000)  # the view that follows the check
        if page.locator("#probe").is_visible():
            return


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, launch: Callable[..., Browser]) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("study")
    changes = {"test_only": False, "ethics_id": "2026-07", "most_items": 2, "settings": QUICK}
    (folder / "study.yml").write_text(text_of(changes, "three-by-two"), encoding="utf-8")
    pilot = Pilot(folder, study=str(folder / "study.yml"))
    try:
        for language in BROWSERS:
            context = launch().new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(20_000)
            take_part(context.new_page(), pilot.url, language)
            context.close()
    except BaseException:
        pilot.stop()
        raise
    people = [
        Person(pilot.url, seed, leaves_after_items=1 if seed in {5, 17} else None)
        for seed in range(N - len(BROWSERS))
    ]
    try:
        with ThreadPoolExecutor(1) as thread:  # the browser has a loop of its own in this one
            thread.submit(lambda: asyncio.run(crowd(pilot.url, people, "shj", at_once=10))).result()
    finally:
        pilot.stop()
    yield Study(pilot, folder, people)


def test_every_cell_has_its_people_within_one(study: Study):
    held = Counter(cell for (cell,) in study.query("SELECT cell FROM place WHERE released_at_utc IS NULL"))
    assert len(held) == 6
    assert max(held.values()) - min(held.values()) <= 1
    places = study.query("SELECT list_n, refill_of, cell FROM place ORDER BY n")
    assert len(places) == N
    for list_n, refill_of, cell in places:
        if list_n is not None:
            assert cell == listed(study.protocol, list_n)[0]
        else:
            assert cell == places[refill_of - 1][2]


def test_no_event_is_lost_and_none_is_there_twice(study: Study):
    tables = ("action", "probe", "questionnaire_answer", "device_check")
    stored: Counter[str] = Counter()
    for table in tables:
        stored.update(
            one
            for (one,) in study.query(f"SELECT client_id FROM {table}")
            if one is not None  # noqa: S608
        )
    acked = [one for person in study.people for one in person.acked]
    consents = {one for person in study.people for one in person.acked if one.endswith("-0001")}
    by_wire = {one for one in stored if one.startswith("person-")}
    assert set(acked) - consents == by_wire
    assert set(stored.values()) == {1}
    n_probes = sum(person.n_probes for person in study.people) + 2 * len(BROWSERS)
    assert len(study.query("SELECT 1 FROM probe")) == n_probes


def test_everybody_came_to_the_end_they_chose(study: Study):
    ends = Counter(person.ended for person in study.people)
    assert ends["stopped_by_learner"] == 2
    assert ends["max_items"] + ends["criterion"] == N - 2 - len(BROWSERS)
    ended = Counter(one for (one,) in study.query("SELECT reason FROM session_end"))
    assert ended.total() == N
    assert ended["stopped_by_learner"] == 2
    languages = Counter(one for (one,) in study.query("SELECT language FROM session"))
    assert languages["de"] == BROWSERS.count("de")
    assert study.query("SELECT count(*) FROM delivery WHERE delivered")[0][0] >= 5, "the tutor spoke up"
    assert study.query(
        "SELECT count(*) FROM act JOIN session s ON s.id = session_id WHERE s.condition = 'C0'"
    ) == [(0,)]


@pytest.fixture(scope="module")
def report(study: Study) -> Path:
    ran = CliRunner().invoke(
        app, ["report", "three-by-two", str(study.folder / "out"), "--db", study.pilot.db, "--no-pdf"]
    )
    assert ran.exit_code == 0, ran.output
    return study.folder / "out"


def test_its_report_s_numbers_equal_a_second_computation(study: Study, report: Path):
    """Means, spread, effect sizes and Holm, straight from the rows by other means."""
    probes = study.frame(
        "SELECT s.participant, p.condition, i.n, p.trust, p.concentration FROM probe p "
        "JOIN session s ON s.id = p.session_id "
        "JOIN item i ON i.session_id = p.session_id AND i.item_id = p.item_id"
    )
    people = probes.groupby(["condition", "participant"])[["trust", "concentration"]].mean()
    outcomes, contrasts = (
        pd.read_csv(report / "tables" / f"{name}.csv") for name in ("outcomes", "contrasts")
    )
    for measure in ("trust", "concentration"):
        own = {name: people.loc[name][measure] for name in ("C0", "L1-A", "NB")}
        for name, values in own.items():
            row = one_of(outcomes, by="condition", level=name, measure=measure)
            assert (row["n_people"], row["mean"], row["sd"]) == pytest.approx(
                (len(values), values.mean(), values.std())
            )
            low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
            assert (row["low"], row["high"]) == pytest.approx((low, high))
        for name in ("L1-A", "NB"):
            row = one_of(contrasts, by="condition", level=name, measure=measure)
            a, b = own[name], own["C0"]
            assert row["difference"] == pytest.approx(a.mean() - b.mean())
            assert row["p"] == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue)
            df = len(a) + len(b) - 2
            pooled = math.sqrt(((len(a) - 1) * a.var() + (len(b) - 1) * b.var()) / df)
            exact = math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)
            assert row["g"] == pytest.approx(exact * (a.mean() - b.mean()) / pooled)
    family = contrasts[(contrasts["by"] == "condition") & (contrasts["family"] == "answers")]
    assert list(family["p_holm"]) == pytest.approx(list(multipletests(family["p"], method="holm")[1]))


def test_its_mixed_model_is_statsmodels_own(study: Study, report: Path):
    boards = study.frame(
        "SELECT s.participant, p.condition, i.n - 1 AS board, p.trust FROM probe p "
        "JOIN session s ON s.id = p.session_id "
        "JOIN item i ON i.session_id = p.session_id AND i.item_id = p.item_id"
    )
    fit = smf.mixedlm("trust ~ C(condition) * board", boards, groups=boards["participant"]).fit(
        method="powell"
    )
    terms = pd.read_csv(report / "tables" / "model_terms.csv")
    own = terms[(terms["by"] == "condition") & (terms["measure"] == "trust")]
    mixed = own[own["model"].str.startswith("linear mixed")]
    assert sorted(mixed["estimate"]) == pytest.approx(sorted(fit.fe_params), rel=2e-3, abs=2e-3)


def test_its_scores_are_the_means_of_the_answers(study: Study, report: Path):
    answers = study.frame(
        "SELECT session_id, item_id, value, seq FROM questionnaire_answer "
        "WHERE instrument = 'fks' ORDER BY session_id, seq"
    )
    last = answers.groupby(["session_id", "item_id"])["value"].last().unstack()
    scores = pd.read_csv(report / "tables" / "scores.csv")
    cells = study.frame("SELECT id AS session_id, cell FROM session").set_index("session_id")["cell"]
    absorption = last[list(items_of("fks", "absorption"))]
    whole = absorption[absorption.notna().all(axis=1)].mean(axis=1)
    for cell, group in whole.groupby(cells):
        row = one_of(scores, instrument="fks", score="absorption", phase="post", cell=cell)
        missing = row["n_people"] - len(group)
        assert missing >= 0
        if missing == 0:
            assert row["mean"] == pytest.approx(group.mean())


def test_its_report_renders(report: Path, launch: Callable[..., Browser]):
    page = launch().new_page()
    page.goto((report / "report.html").as_uri())
    expect(page.locator("h1")).to_be_visible()
    assert page.locator("svg").count() >= 3
    assert page.locator("table").count() >= 10


def test_its_export_gives_the_report_s_numbers_again(study: Study, report: Path, tmp_path: Path):
    ran = CliRunner().invoke(app, ["export", "three-by-two", str(tmp_path / "out"), "--db", study.pilot.db])
    assert ran.exit_code == 0, ran.output
    sessions = pd.read_csv(tmp_path / "out" / "session.csv")
    assert len(sessions) == N
    probes, items = (pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in ("probe", "item"))
    boards = probes.merge(items[["session_id", "item_id", "n"]], on=["session_id", "item_id"], validate="1:1")
    means = (
        boards.groupby(["condition", "participant"])["trust"].mean().groupby("condition").agg(["mean", "std"])
    )
    outcomes = pd.read_csv(report / "tables" / "outcomes.csv")
    for condition, row in means.iterrows():
        shown = one_of(outcomes, by="condition", level=condition, measure="trust")
        assert (shown["mean"], shown["sd"]) == pytest.approx((row["mean"], row["std"]))
    assert set(sessions["cell"]) == {cell for (cell,) in study.query("SELECT DISTINCT cell FROM place")}
