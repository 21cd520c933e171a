"""The learned trust model's file: the one its report speaks of, read to the digit, in whole sessions."""

from __future__ import annotations

import asyncio
import importlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies.protocol import PROTOCOLS, parse_protocol, warnings_of
from tests.builders import setup
from tests.core import laws
from tests.session.recorded import record
from tutorbot.adapters.learned import OnnxTrust
from tutorbot.bootstrap.past import replay_sessions
from tutorbot.bootstrap.simulate import Job, play, setup_of
from tutorbot.bootstrap.study import POLICIES, check_contents, shipped_trust, trust_model_of
from tutorbot.core.learned_trust import FEATURES, LearnedTrust
from tutorbot.errors import BadFile, MissingPart
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

SHIPPED = POLICIES / "trust-v0.onnx"
LEARNED = "trust_model: learned\n"


def protocol_text(study: str) -> str:
    return (PROTOCOLS / f"{study}.yml").read_text(encoding="utf-8")


def copied(tmp_path: Path) -> Path:
    for suffix in (".onnx", ".json"):
        shutil.copy(SHIPPED.with_suffix(suffix), tmp_path)
    return tmp_path / SHIPPED.name


def test_it_gives_what_its_report_says_of_its_weights():
    report = json.loads(SHIPPED.with_suffix(".json").read_text())
    rng = np.random.default_rng(1)
    weights = np.array([report["log_odds"][name] for name in FEATURES])
    cuts, mixed_in = np.array(report["cuts"]), report["even_odds_mixed_in"]
    model, again = OnnxTrust(SHIPPED), OnnxTrust(SHIPPED)
    for x in rng.random((50, len(FEATURES))):
        below = 1 / (1 + np.exp(-(cuts - x @ weights)))
        wanted = (1 - mixed_in) * np.diff([0, *below, 1]) + mixed_in / 5
        found = model.probabilities(tuple(x))
        assert found == pytest.approx(wanted, abs=1e-3)
        assert sum(found) == pytest.approx(1)
        assert found == again.probabilities(tuple(x))


def test_its_report_says_how_it_was_fitted():
    report = json.loads(SHIPPED.with_suffix(".json").read_text())
    assert report["sha256"] == OnnxTrust(SHIPPED).sha256
    assert report["parameters"] == load_parameters().sha256, "fit again: learner.toml has changed"
    assert report["learners"][0] >= 2_000_000, "nobody whom a comparison or the policy's training meets"
    assert "simulated learners only" in report["from"]
    assert {"algorithm", "seed", "held_out", "conditions_in_turn", "left_out"} <= set(report)


@pytest.mark.parametrize("change", [{"sha256": "0"}, {"features": ["latest"]}])
def test_another_file_than_the_reports_is_refused(tmp_path: Path, change: dict[str, object]):
    path = copied(tmp_path)
    report = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(report | change))
    with pytest.raises(BadFile, match="not the trust model its report speaks of") as caught:
        OnnxTrust(path)
    assert "studies fit-trust" in caught.value.remedy


def test_a_model_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(MissingPart, match="The learned trust model cannot be read"):
        OnnxTrust(tmp_path / "gone.onnx")


def test_without_the_runtime_a_study_that_needs_it_says_so_at_the_start(monkeypatch: pytest.MonkeyPatch):
    real = importlib.import_module

    def without(name: str, package: str | None = None) -> Any:
        if name == "onnxruntime":
            raise ModuleNotFoundError(name)
        return real(name, package)

    shipped_trust.cache_clear()
    monkeypatch.setattr(importlib, "import_module", without)
    try:
        check_contents(parse_protocol(protocol_text("levels"), name="levels"))
        with pytest.raises(MissingPart, match="trust_model: learned needs it") as caught:
            check_contents(parse_protocol(protocol_text("levels") + LEARNED, name="levels"))
    finally:
        shipped_trust.cache_clear()
    assert "make env-analysis" in caught.value.remedy


def test_a_protocol_chooses_between_rules_and_the_learned_model():
    rules = parse_protocol(protocol_text("levels"), name="levels")
    learned = parse_protocol(protocol_text("levels") + LEARNED, name="levels")
    assert (rules.trust_model, trust_model_of(rules)) == ("rules", None)
    assert isinstance(trust_model_of(learned), LearnedTrust)
    notes = warnings_of(learned, today=learned.retention_until)
    assert any("simulated learners only" in note for note in notes)
    with pytest.raises(BadFile, match="trust_model"):
        parse_protocol(protocol_text("levels") + "trust_model: guessed\n", name="levels")


def test_a_session_with_it_replays_without_a_difference(tmp_path: Path):
    study = tmp_path / "learned.yml"
    study.write_text(protocol_text("pilot-camera") + LEARNED, encoding="utf-8")
    path = tmp_path / "log.db"
    session_id = asyncio.run(record(path, study=str(study), condition="AD"))
    (done,) = asyncio.run(replay_sessions(str(path), session_id, tell=lambda one: None))
    assert done.fault is None
    assert done.n_decisions > 0


def test_the_laws_hold_with_it_and_a_study_can_be_simulated(tmp_path: Path):
    population = Population(parameters=load_parameters(), seed=1, auc=0.75, begin=begins, boards=12)
    base = setup("AD")
    model = LearnedTrust(base.settings, shipped_trust())
    session = population.play(replace(base, trust_model=model), 3)
    assert laws.complaints(session.rows, "AD", base.settings) == []
    study = tmp_path / "learned.yml"
    study.write_text(protocol_text("levels") + LEARNED, encoding="utf-8")
    assert isinstance(setup_of(str(study), "AD").trust_model, LearnedTrust)
    job = Job(protocol=study.read_text(), condition="AD", first=0, n=2, seed=1, auc=0.65, boards=4)
    assert [figures.boards for figures in play(job)] == [4, 4]
