"""A learned trust model from an ONNX file, with the report of its fit beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tutorbot.adapters.learned.file import Kind, LearnedFile
from tutorbot.core.learned_trust import FEATURES

TRUST = Kind(
    name="trust model",
    needed_by="trust_model: learned",
    features=FEATURES,
    again="Fit it again with `studies fit-trust`.",
)


class OnnxTrust:
    """Foretells the next answer to the trust item (port ``AnswerModel``).

    The file has one input, float64 (n, len(FEATURES)), and one output, (n, 5), a probability for each answer.
    """

    def __init__(self, path: Path) -> None:
        """Load it. Raises: as ``LearnedFile``."""
        self._file = LearnedFile(path, TRUST)
        self.sha256 = self._file.sha256

    def probabilities(self, features: tuple[float, ...]) -> tuple[float, ...]:
        """See ``AnswerModel``."""
        return tuple(float(p) for p in self._file.run(np.array([features], dtype=np.float64))[0])
