"""Fit the trust model that comes with the tool on simulated learners, and write it as ONNX with its report.

    .venv/bin/python scripts/train_trust.py

Needs `make env-analysis`. Learners are those numbered from two million on, whom neither a comparison nor the
policy's training meets; each is played in one condition, in turn those of ``CONDITIONS``, with a detector in
turn of one of ``AUCS``. What is measured is measured on learners held apart, and holds for simulated ones.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from studies.trust.fit import fit_trust, report_lines, report_of, write_model
from studies.trust.table import Sitting, answers_of
from tutorbot.bootstrap.simulate import setup_of
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

OUT = Path(__file__).parents[1] / "tutorbot" / "policies" / "trust-v0.onnx"
CONDITIONS = ("L1-A", "L2-A", "L3-A", "AD", "C0")
AUCS = (0.65, 0.75)
FIRST, BOARDS, FOLDS = 2_000_000, 12, 10


def sitting(task: tuple[str, int, int]) -> Sitting:
    """(study, seed, number): one learner's session."""
    study, seed, n = task
    condition, auc = CONDITIONS[n % len(CONDITIONS)], AUCS[n // len(CONDITIONS) % len(AUCS)]
    setup = setup_of(study, condition)
    population = Population(parameters=load_parameters(), seed=seed, auc=auc, begin=begins, boards=BOARDS)
    rows = population.play(setup, FIRST + n).rows
    return Sitting(learner=str(n), settings=setup.settings, rows=tuple(rows))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--learners", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--study", default="levels")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    tasks = [(chosen.study, chosen.seed, n) for n in range(chosen.learners)]
    with ProcessPoolExecutor() as pool:
        sittings = tuple(pool.map(sitting, tasks, chunksize=5))
    answers = answers_of(sittings)
    fitted = fit_trust(answers, folds=FOLDS, seed=chosen.seed, tick=lambda what: print(what, flush=True))
    about = {
        "from": "simulated learners only; nothing about people follows from it",
        "study": chosen.study,
        "boards": BOARDS,
        "parameters": load_parameters().sha256,
        "learners": [FIRST, FIRST + chosen.learners],
        "conditions_in_turn": list(CONDITIONS),
        "detector_aucs_in_turn": list(AUCS),
    }
    chosen.out.parent.mkdir(exist_ok=True)
    write_model(chosen.out, fitted, report_of(fitted, seed=chosen.seed, about=about))
    print("\n".join(report_lines(fitted)))
    print(f"Written: {chosen.out}")


if __name__ == "__main__":
    main()
