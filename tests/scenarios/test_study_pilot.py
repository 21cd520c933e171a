"""A whole study through the real server and the real Rasa: 3 x 2 cells, 40 simulated people, a report."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from studies.allocation import listed
from studies.cli import app
from studies.protocol import load_protocol
from tests.browser.pilot import Pilot
from tests.scenarios.crowd import Person, crowd
from tests.studies.protocols import text_of

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


class Study:
    """What forty people left behind."""

    def __init__(self, pilot: Pilot, folder: Path, people: list[Person]) -> None:
        self.pilot, self.folder, self.people = pilot, folder, people
        self.file = folder / "study.yml"
        self.protocol = load_protocol(self.file)

    def query(self, statement: str) -> list[Any]:
        path = self.pilot.db.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    folder = tmp_path_factory.mktemp("study")
    changes = {"test_only": False, "ethics_id": "2026-07", "most_items": 2, "settings": QUICK}
    (folder / "study.yml").write_text(text_of(changes, "three-by-two"), encoding="utf-8")
    pilot = Pilot(folder, study=str(folder / "study.yml"))
    people = [Person(pilot.url, seed, leaves_after_items=1 if seed in {5, 17} else None) for seed in range(N)]
    try:
        asyncio.run(crowd(pilot.url, people, "shj", at_once=10))
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
    assert set(acked) - consents == set(stored)
    assert set(stored.values()) == {1}
    assert len(study.query("SELECT 1 FROM probe")) == sum(person.n_probes for person in study.people)


def test_everybody_came_to_the_end_they_chose(study: Study):
    ends = Counter(person.ended for person in study.people)
    assert ends["stopped_by_learner"] == 2
    assert ends["max_items"] + ends["criterion"] == N - 2
    ended = Counter(one for (one,) in study.query("SELECT reason FROM session_end"))
    assert ended == Counter({key: n for key, n in ends.items() if key is not None})
    assert study.query("SELECT count(*) FROM delivery WHERE delivered")[0][0] >= 5, "the tutor spoke up"
    assert study.query(
        "SELECT count(*) FROM act JOIN session s ON s.id = session_id WHERE s.condition = 'C0'"
    ) == [(0,)]


def test_its_report_renders_and_its_export_passes(study: Study, tmp_path: Path):
    ran = CliRunner().invoke(app, ["export", "three-by-two", str(tmp_path / "out"), "--db", study.pilot.db])
    assert ran.exit_code == 0, ran.output
