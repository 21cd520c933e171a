"""The learned policy's file: it is the one its report speaks of, and it answers the same to the same."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tests.builders import setup
from tests.core import laws
from tutorbot.adapters.learned import OnnxPolicy
from tutorbot.bootstrap.simulate import Job, play
from tutorbot.bootstrap.study import POLICIES, shipped_policy
from tutorbot.core.strategies.learned import FEATURES
from tutorbot.errors import BadFile, MissingPart
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

SHIPPED = POLICIES / "proactive-v0.onnx"


def copied(tmp_path: Path) -> Path:
    for suffix in (".onnx", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), tmp_path)
    return tmp_path / SHIPPED.name


def test_it_answers_a_level_and_always_the_same():
    policy, again = OnnxPolicy(SHIPPED), OnnxPolicy(SHIPPED)
    corners = [tuple(map(float, bits)) for bits in product((0, 1), repeat=6)]
    asked = [bits + (0.5,) * (len(FEATURES) - 6) for bits in corners]
    levels = [policy.level(features) for features in asked]
    assert set(levels) <= {0, 1, 2, 3}
    assert levels == [again.level(features) for features in asked]


def test_its_report_says_how_it_was_trained():
    report = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert report["sha256"] == OnnxPolicy(SHIPPED).sha256
    assert report["parameters"] == load_parameters().sha256, "train again: learner.toml has changed"
    assert report["learners"][0] > 100_000, "nobody whom a comparison meets"
    assert {"algorithm", "seed", "steps", "reward", "worth_of_a_board_by_steps"} <= set(report)
    kept = dict(map(tuple, report["worth_of_a_board_by_steps"]))[report["kept_after_steps"]]
    assert kept == max(worth for _, worth in report["worth_of_a_board_by_steps"])
    assert report["checked_on"]["learners"][0] >= report["imitated"]["learners"][1] > report["learners"][1]


@pytest.mark.parametrize("change", [{"sha256": "0"}, {"features": ["trust"]}])
def test_another_file_than_the_reports_is_refused(tmp_path: Path, change: dict[str, object]):
    path = copied(tmp_path)
    report = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(report | change))
    with pytest.raises(BadFile, match="not the policy its report speaks of"):
        OnnxPolicy(path)


def test_a_policy_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(MissingPart, match="cannot be read"):
        OnnxPolicy(tmp_path / "gone.onnx")


def test_the_laws_hold_with_it_and_a_study_can_be_simulated():
    population = Population(parameters=load_parameters(), seed=1, auc=0.75, begin=begins, boards=12)
    session = population.play(replace(setup("RL"), policy=shipped_policy()), 3)
    assert laws.complaints(session.rows, "RL", session.tutor.setup.settings) == []
    protocol = (Path(__file__).parents[2] / "studies/protocols/levels.yml").read_text()
    job = Job(protocol=protocol, condition="RL", first=0, n=2, seed=1, auc=0.65, boards=4)
    assert [figures.condition for figures in play(job)] == ["RL", "RL"]
