"""A learned policy from an ONNX file, with the report of its training beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tutorbot.adapters.learned.file import Kind, LearnedFile
from tutorbot.core.strategies.learned import FEATURES

N_LEVELS = 4
POLICY = Kind(
    name="policy",
    needed_by="condition RL",
    features=FEATURES,
    again="Train it again with scripts/train_policy.py.",
)


class OnnxPolicy:
    """Takes the level with the highest score.

    The file has one input, float32 (n, len(FEATURES)), and one output, (n, 4), a score for each level.
    """

    def __init__(self, path: Path) -> None:
        """Load it. Raises: as ``LearnedFile``."""
        self._file = LearnedFile(path, POLICY)
        self.sha256 = self._file.sha256

    def level(self, features: tuple[float, ...]) -> int:
        """0..3."""
        scores = self._file.run(np.array([features], dtype=np.float32))
        return int(np.argmax(scores[0, :N_LEVELS]))
