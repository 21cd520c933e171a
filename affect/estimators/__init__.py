"""Ways to turn a window into scores: one contract, a file each."""

from affect.estimators.contract import Estimator, Scores
from affect.estimators.heuristic import HeuristicEstimator

__all__ = ["Estimator", "HeuristicEstimator", "Scores"]
