"""Train the policy of condition RL on simulated learners, and write it as ONNX with its report.

    python3.11 -m venv .venv-train && .venv-train/bin/pip install -e '.[train]'
    .venv-train/bin/python scripts/train_policy.py --steps 60000

First the policy learns to answer as the table of AD does, then PPO of stable-baselines3 goes on from there,
with its defaults but for what ``PPO_CHOICES`` says; kept is what did best with learners that are there for
this alone (``CHECKED_ON``). Learners are those numbered from a million on, whom no comparison meets. Each
environment has a detector of one of ``AUCS``.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import stable_baselines3
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from tutorbot.bootstrap.simulate import setup_of
from tutorbot.core.evidence import Candidate
from tutorbot.core.strategies import STRATEGIES, Context, Decision
from tutorbot.core.strategies.adaptive import Adaptive
from tutorbot.core.strategies.learned import FEATURES, features_of
from tutorbot.simulation.begin import begins
from tutorbot.simulation.environment import ID, LEARNERS, PATIENCE_S, ProactiveEnvironment
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

OUT = Path(__file__).parents[1] / "tutorbot" / "policies"
AUCS = (0.65, 0.65, 0.75, 0.85)
"""Of the detectors of the environments that are trained in turn."""
IMITATED = range(3_000_000, 3_000_300)
"""Learners whose AD sessions are imitated, with each of ``AUCS``."""
CHECKED_ON, CHECKED_AUCS = range(4_000_000, 4_000_150), (0.65, 0.85)
"""Learners and detectors that say which of the policies on the way is kept."""
CHUNKS = 12
PPO_CHOICES: dict[str, Any] = {
    "n_steps": 512,
    "batch_size": 256,
    "gamma": 0.99,
    "ent_coef": 0.002,
    "clip_range": 0.1,
    "learning_rate": 1e-4,
    "policy_kwargs": {"net_arch": [32, 32]},
}


class Scores(torch.nn.Module):  # type: ignore[misc,unused-ignore]
    """Features to a score for each level."""

    def __init__(self, model: PPO) -> None:
        super().__init__()
        self.body = model.policy.mlp_extractor.policy_net
        self.head = model.policy.action_net

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(features))


class Greedy:
    """The level of the highest score (port ``Policy``), as the exported file answers."""

    def __init__(self, scores: Scores) -> None:
        self._scores = scores

    def level(self, features: tuple[float, ...]) -> int:
        with torch.no_grad():
            return int(self._scores(torch.tensor([features], dtype=torch.float32)).argmax())


@dataclass(frozen=True)
class Watched(Adaptive):
    """AD, with what it answers written down whenever an act could be said and something has changed."""

    seen: list[tuple[tuple[float, ...], int]] = field(default_factory=list)

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        decision = super().decide(candidate, context)
        if context.possible:
            pair = (features_of(candidate, context), int(decision.level))
            if decision.level or not self.seen or self.seen[-1][1]:
                self.seen.append(pair)
        return decision


def people(auc: float, seed: int) -> Population:
    return Population(parameters=load_parameters(), seed=seed, auc=auc, begin=begins, boards=12)


def imitate(scores: Scores, study: str, seed: int) -> dict[str, float]:
    """Teach the scores AD's answers. Returns: how many there were, and the share met in the end."""
    watched = Watched("AD", uses_face=True)
    before, STRATEGIES["AD"] = STRATEGIES["AD"], watched
    setup = setup_of(study, "AD")
    for auc in sorted(set(AUCS)):
        for n in IMITATED:
            people(auc, seed).play(setup, n)
    STRATEGIES["AD"] = before
    x = torch.tensor([features for features, _ in watched.seen], dtype=torch.float32)
    y = torch.tensor([level for _, level in watched.seen])
    optimiser = torch.optim.Adam(scores.parameters(), lr=3e-3)
    for _ in range(400):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(scores(x), y)
        loss.backward()
        optimiser.step()
    met = float((scores(x).argmax(1) == y).float().mean())
    return {"answers": len(y), "met": round(met, 4)}


def checked(study: str, seed: int, condition: str, policy: Greedy | None) -> float:
    """Mean worth of a board over ``CHECKED_ON`` with each of ``CHECKED_AUCS``."""
    setup = replace(setup_of(study, condition), policy=policy)
    return float(
        np.mean([people(auc, seed).figures(setup, n).reward for auc in CHECKED_AUCS for n in CHECKED_ON])
    )


def environment(study: str, auc: float, seed: int) -> Monitor:
    return Monitor(ProactiveEnvironment(setup_of(study, "RL"), people(auc, seed)))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--study", default="levels")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    makers = [lambda auc=auc: environment(chosen.study, auc, chosen.seed) for auc in AUCS]
    model = PPO("MlpPolicy", DummyVecEnv(makers), seed=chosen.seed, device="cpu", verbose=0, **PPO_CHOICES)
    begun_s = time.time()
    scores = Scores(model)
    imitation = imitate(scores, chosen.study, chosen.seed)
    of_ad = checked(chosen.study, chosen.seed, "AD", None)
    best, kept = checked(chosen.study, chosen.seed, "RL", Greedy(scores)), copy.deepcopy(scores.state_dict())
    curve, kept_after, chunk = [[0, round(best, 4)]], 0, max(1, chosen.steps // CHUNKS)
    print(f"AD {of_ad:.4f} a board; imitated ({imitation['met']:.1%} of its answers) {best:.4f}", flush=True)
    for k in range(CHUNKS):
        model.learn(chunk, reset_num_timesteps=k == 0)
        worth = checked(chosen.study, chosen.seed, "RL", Greedy(scores))
        curve.append([(k + 1) * chunk, round(worth, 4)])
        print(f"{curve[-1][0]:9.0f} steps  {worth:.4f} a board", flush=True)
        if worth > best:
            best, kept, kept_after = worth, copy.deepcopy(scores.state_dict()), (k + 1) * chunk
    scores.load_state_dict(kept)
    OUT.mkdir(exist_ok=True)
    path = OUT / "proactive-v0.onnx"
    torch.onnx.export(
        scores.eval(),
        (torch.zeros(1, len(FEATURES)),),
        str(path),
        input_names=["features"],
        output_names=["scores"],
        dynamic_axes={"features": {0: "n"}, "scores": {0: "n"}},
        dynamo=False,
    )
    report = {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "features": list(FEATURES),
        "environment": ID,
        "patience_s": PATIENCE_S,
        "study": chosen.study,
        "boards": 12,
        "parameters": load_parameters().sha256,
        "reward": asdict(load_parameters().reward),
        "learners": [LEARNERS.start, LEARNERS.stop],
        "detector_aucs": list(AUCS),
        "algorithm": f"PPO, stable-baselines3 {stable_baselines3.__version__}, torch {torch.__version__}",
        "choices": PPO_CHOICES,
        "seed": chosen.seed,
        "steps": chosen.steps,
        "minutes": round((time.time() - begun_s) / 60, 1),
        "imitated": {**imitation, "learners": [IMITATED.start, IMITATED.stop]},
        "checked_on": {"learners": [CHECKED_ON.start, CHECKED_ON.stop], "detector_aucs": list(CHECKED_AUCS)},
        "worth_of_a_board_by_steps": curve,
        "worth_of_a_board_of_ad": round(of_ad, 4),
        "kept_after_steps": kept_after,
    }
    path.with_suffix(".json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"Written: {path}")


if __name__ == "__main__":
    main()
