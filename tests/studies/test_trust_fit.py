"""`studies fit-trust`: a trust model of people's own answers, judged on people it has not seen."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import studies.trust.cli as trust_cli
from studies.cli import app
from studies.log.store import SqlStudyLog
from studies.protocol import PROTOCOLS
from tests.studies.log_builders import AT_UTC, act_story, consent, header, probe
from tutorbot.adapters.learned import OnnxTrust
from tutorbot.core.events import Row, TrustState
from tutorbot.core.learned_trust import FEATURES, LearnedTrust
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import TrustCause, TrustEvent
from tutorbot.errors import BadInput, MissingPart, TutorbotError

pytest.importorskip("statsmodels")

from studies.trust import judge, onnx_file, ordinal, table  # after the check: it needs the package

PROTOCOL = (PROTOCOLS / "levels.yml").read_text(encoding="utf-8")
SETTINGS = TutorSettings()
START = TrustState(at_s=1.0, trust=3.5, band="mid", delta=0.0, cause="start")


def answers_like(n: int, *, seed: int = 1, many: int = 8) -> list[int]:
    """What the n-th of some people who differ answers, one after the other."""
    dice = random.Random(f"{seed}/{n}")
    own = dice.uniform(1.5, 4.5)
    return [min(5, max(1, round(dice.gauss(own, 0.5)))) for _ in range(many)]


def sitting(answers: Sequence[int]) -> tuple[Row, ...]:
    probes = [probe(n, trust) for n, trust in enumerate(answers, start=20)]
    return (consent(), START, *act_story(), *probes)


def write_log(path: Path, people: Sequence[Sequence[Row]], **of_header: object) -> Path:
    async def write() -> None:
        log = SqlStudyLog.open(f"sqlite:///{path}")
        try:
            for n, rows in enumerate(people, start=1):
                code = await log.next_participant("levels")
                values = {"study_id": "levels", "participant": code, "protocol": PROTOCOL, **of_header}
                one = header(f"{path.stem}-{n}", **values)
                await log.begin(one)
                await log.append(one.session_id, AT_UTC, rows)
        finally:
            log.close()

    asyncio.run(write())
    return path


def people(n: int, **how: int) -> list[tuple[Row, ...]]:
    return [sitting(answers_like(k, **how)) for k in range(n)]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 people of whom each answered eight times."""
    return write_log(tmp_path_factory.mktemp("trust") / "log.db", people(25))


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["fit-trust", *map(str, arguments)])


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, BadInput), result.output
    return str(result.exception)


# ---------------------------------------------------------------- the command


def test_a_model_is_written_with_what_it_is_worth(log: Path, tmp_path: Path):
    out = tmp_path / "mine.onnx"
    result = run(log, "--out", out)
    assert result.exit_code == 0, result.output
    assert "200 answers of 25 learners" in result.stdout
    report = json.loads(out.with_suffix(".json").read_text())
    assert report["features"] == list(FEATURES)
    held_out = report["held_out"]
    assert (held_out["n_learners"], held_out["n_answers"], held_out["folds_over_learners"]) == (25, 200, 5)
    for figures in (held_out["mae"], held_out["log_score"]):
        learned, rules, difference = (figures[of]["value"] for of in ("learned", "rules", "difference"))
        assert difference == pytest.approx(learned - rules, abs=2e-4)
        assert all(one["low"] <= one["value"] <= one["high"] for one in figures.values())
    assert "declined_since" in report["left_out"], "nobody declined"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "mine.onnx"]
    trust = LearnedTrust(SETTINGS, OnnxTrust(out))
    high, low = (
        trust.estimate([TrustEvent(cause=TrustCause.PROBE, answer=value)] * 4).mean for value in (5, 1)
    )
    assert high > low + 1


def test_the_same_logs_give_the_same_bytes(log: Path, tmp_path: Path):
    for name in ("one", "two"):
        assert run(log, "--out", tmp_path / f"{name}.onnx").exit_code == 0
    assert (tmp_path / "one.onnx").read_bytes() == (tmp_path / "two.onnx").read_bytes()
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_pseudonym_is_another_person_in_another_log(tmp_path: Path):
    one = write_log(tmp_path / "one.db", people(12))
    two = write_log(tmp_path / "two.db", people(12, seed=2))
    result = run(one, two, "--out", tmp_path / "x.onnx", "--folds", 4)
    assert "192 answers of 24 learners" in result.stdout, result.output


def test_try_outs_are_used_only_when_asked_for(tmp_path: Path):
    tests = write_log(tmp_path / "tests.db", people(22), test_only=True)
    told = refused(tests, "--out", tmp_path / "x.onnx")
    assert "trust answers of 0 learners (22 sessions of a test_only protocol left out)" in told
    assert run(tests, "--out", tmp_path / "x.onnx", "--include-tests").exit_code == 0
    assert json.loads((tmp_path / "x.json").read_text())["test_sessions_included"] is True


def test_who_took_the_consent_back_is_left_out(tmp_path: Path):
    given = people(21)
    given[3] = (*given[3], consent(granted=False, at_s=50.0))
    given[4] = given[4][1:]
    told = refused(write_log(tmp_path / "log.db", given), "--out", tmp_path / "x.onnx")
    assert "of 19 learners (2 sessions without standing consent to take part left out)" in told


def test_few_people_are_too_few_however_often_they_answered(tmp_path: Path):
    told = refused(write_log(tmp_path / "log.db", people(19, many=40)), "--out", tmp_path / "x.onnx")
    assert "answers of 19 learners; at least 20 are needed. Add logs of more people" in told
    assert not (tmp_path / "x.onnx").exists()


def test_one_answer_alone_teaches_nothing(tmp_path: Path):
    told = refused(write_log(tmp_path / "log.db", [sitting([4, 4])] * 20), "--out", tmp_path / "x.onnx")
    assert "All 40 trust answers are 4." in told


def test_an_answer_that_one_fold_alone_has_does_not_leave_the_others_without(tmp_path: Path):
    given = [sitting([4, 4])] * 19 + [sitting([4, 2])]
    assert "Without the people of fold" in refused(
        write_log(tmp_path / "log.db", given), "--out", tmp_path / "x.onnx"
    )


def test_places_that_do_not_fit_are_refused(log: Path, tmp_path: Path):
    assert "Name a file that ends in .onnx" in refused(log, "--out", tmp_path / "model.pkl")
    assert "Make it first" in refused(log, "--out", tmp_path / "gone/model.onnx")
    assert "There is no study log" in refused(tmp_path / "gone.db", "--out", tmp_path / "x.onnx")
    (tmp_path / "x.json").touch()
    assert "is there already" in refused(log, "--out", tmp_path / "x.onnx")


def test_a_log_named_twice_is_refused(log: Path, tmp_path: Path):
    assert "Name each log once" in refused(log, log, "--out", tmp_path / "x.onnx")


def test_a_missing_package_is_named(log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trust_cli, "TOOLS", {"no_such_package": "no-such-package"})
    error = run(log, "--out", tmp_path / "x.onnx").exception
    assert isinstance(error, MissingPart)
    assert "no-such-package is not installed" in str(error)


# ---------------------------------------------------------------- the parts


def answers_from(people: Sequence[Sequence[int]]) -> table.Answers:
    return table.answers_of(
        table.Sitting(learner=str(n), settings=SETTINGS, rows=sitting(one)) for n, one in enumerate(people)
    )


def test_an_answer_is_no_feature_of_itself():
    found = answers_from([[2, 5]])
    assert found.y.tolist() == [2, 5]
    shown = [dict(zip(FEATURES, row, strict=True)) for row in found.x.tolist()]
    assert [row["answered"] for row in shown] == [0.0, 1.0]
    assert [row["latest"] for row in shown] == [0.625, 0.25]
    assert [row["accepted_since"] for row in shown] == pytest.approx([1 / 3, 0.0])
    assert found.rule_mean.tolist() == pytest.approx([3.65, (3.65 + 2) / 2])


def test_the_fit_finds_what_the_answers_were_made_with():
    rng = np.random.default_rng(1)
    n, cuts = 6000, np.array([-1.0, 0.0, 1.0, 2.0])
    x = np.zeros((n, len(FEATURES)))
    x[:, :3] = rng.random((n, 3))
    line = x[:, :3] @ np.array([2.0, -1.0, 0.5])
    y = 1 + np.sum(line[:, None] + rng.logistic(size=n)[:, None] > cuts, axis=1)
    learner = np.arange(n, dtype=np.int64)
    found = ordinal.fit_ordinal(
        table.Answers(learner=learner, x=x, y=y, rule_mean=learner * 1.0, rule_sd=learner * 1.0)
    )
    assert found.weights[:3] == pytest.approx([2.0, -1.0, 0.5], abs=0.2)
    assert found.cuts == pytest.approx(cuts, abs=0.2)
    assert found.left_out == FEATURES[3:]


def test_answers_nobody_gave_are_unlikely_and_not_impossible():
    dice = random.Random(1)
    answers = answers_from([[dice.choice((3, 4)) for _ in range(5)] for _ in range(20)])
    p = ordinal.fit_ordinal(answers).probabilities(answers.x).mean(axis=0)
    assert p.sum() == pytest.approx(1)
    assert p[[0, 1, 4]] == pytest.approx([ordinal.SURPRISE / 5] * 3)
    assert p[2] > 0.2
    assert p[3] > 0.2


def test_the_file_says_what_the_model_says_and_another_is_not_let_out():
    answers = answers_from([answers_like(n) for n in range(12)])
    model = ordinal.fit_ordinal(answers)
    content = onnx_file.to_onnx(model)
    onnx_file.compare(content, model, answers.x)
    other = ordinal.Ordinal(weights=model.weights + 0.1, cuts=model.cuts, left_out=())
    with pytest.raises(TutorbotError, match="differs from the fitted one"):
        onnx_file.compare(content, other, answers.x)


def test_the_rules_are_read_as_a_normal_cut_between_the_answers():
    (p,) = judge.rule_probabilities(np.array([3.0]), np.array([0.3]), 0.4)
    inner = 0.6826894921
    assert p == pytest.approx(
        ordinal.mixed(np.array([[0.00135, 0.1573, inner, 0.1573, 0.00135]]))[0], abs=1e-4
    )


@pytest.mark.parametrize(("n", "told"), [(0, "0 learners"), (1, "1 learner;"), (2, "2 learners;")])
def test_too_few_learners_are_counted_in_words_that_fit(n: int, told: str):
    answers = SimpleNamespace(n_learners=n, y=())
    with pytest.raises(BadInput, match=f"of {told}"):
        table.require_answers(answers, least=20, left_out="")
