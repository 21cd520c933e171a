"""Fit a trust model and judge it: cross-validation over people, then one model of everybody."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from studies.trust.judge import Judgement, judge
from studies.trust.onnx_file import compare, to_onnx
from studies.trust.ordinal import LEAST_LEARNERS, SURPRISE, Ordinal, fit_ordinal
from studies.trust.table import Answers
from tutorbot.core.learned_trust import FEATURES
from tutorbot.core.settings import TutorSettings
from tutorbot.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """onnx: the file's bytes, of everybody. judgement: of models of other people."""

    onnx: bytes
    model: Ordinal
    judgement: Judgement


def fit_trust(answers: Answers, *, folds: int, seed: int, tick: Callable[[str], None]) -> Fitted:
    """The same answers, folds and seed give the same file. tick: called ``folds + 1`` times."""
    answer_sd = TutorSettings().trust_answer_sd
    judgement = judge(answers, folds=folds, seed=seed, answer_sd=answer_sd, tick=tick)
    tick("model of everybody")
    model = fit_ordinal(answers)
    content = to_onnx(model)
    compare(content, model, answers.x)
    return Fitted(onnx=content, model=model, judgement=judgement)


def report_of(fitted: Fitted, *, seed: int, about: Mapping[str, object]) -> dict[str, object]:
    """What the JSON file beside the model says. about: where its answers come from."""
    weights = {
        name: round(float(weight), 4) for name, weight in zip(FEATURES, fitted.model.weights, strict=True)
    }
    return {
        "sha256": hashlib.sha256(fitted.onnx).hexdigest(),
        "features": list(FEATURES),
        "predicts": "the learner's next answer to the trust item, 1 to 5",
        "algorithm": f"proportional odds (cumulative logit), statsmodels {version('statsmodels')}",
        **about,
        "held_out": fitted.judgement.as_json(),
        "log_odds": weights,
        "cuts": [round(float(cut), 4) for cut in fitted.model.cuts],
        "left_out": list(fitted.model.left_out),
        "left_out_if_varied_in_fewer_learners_than": LEAST_LEARNERS,
        "even_odds_mixed_in": SURPRISE,
        "seed": seed,
    }


def report_path(out: Path) -> Path:
    """Where the report of a model stands."""
    return out.with_suffix(".json")


def write_model(out: Path, fitted: Fitted, report: Mapping[str, object]) -> None:
    """Both files, the report first put in place. Raises: BadInput: if they cannot be written."""
    files = {
        report_path(out): (json.dumps(report, indent=2) + "\n").encode(),
        out: fitted.onnx,
    }
    parts = {path: path.with_name(f".{path.name}.part-{os.getpid()}") for path in files}
    try:
        for path, content in files.items():
            parts[path].write_bytes(content)
        for path, part in parts.items():
            part.replace(path)
    except OSError as error:
        raise BadInput(
            f"The model could not be written to {str(out)!r} ({error.strerror or error}).",
            remedy="Free some space or name another place.",
        ) from error
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def report_lines(fitted: Fitted) -> tuple[str, ...]:
    """The judgement as a person reads it."""
    found = fitted.judgement
    lines = [
        f"{found.n_answers} answers of {found.n_learners} learners, each foretold by a model of other people "
        f"({found.folds} folds); 95 % intervals over learners, lower is better",
        f"{'':24}{'learned':>25}{'rules':>25}{'learned - rules':>25}",
    ]
    for name, figures in (("distance from the answer", found.mae), ("log score, -ln p", found.log_score)):
        cells = [figures[of] for of in ("learned", "rules", "difference")]
        told = [f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]" for one in cells]
        lines.append(f"{name:<24}" + "".join(f"{one:>25}" for one in told))
    if fitted.model.left_out:
        names = ", ".join(fitted.model.left_out)
        lines.append(f"Left out, as too few learners had them or they follow from others: {names}")
    return tuple(lines)
