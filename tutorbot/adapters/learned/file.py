"""An ONNX file with the report of its training beside it, run by onnxruntime on one thread."""

from __future__ import annotations

import hashlib
import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tutorbot.errors import BadFile, MissingPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a file is and how to speak of it. needed_by: what asks for it. again: how another one is made.

    features: in order, as its report must name them.
    """

    name: str
    needed_by: str
    features: tuple[str, ...]
    again: str


class LearnedFile:
    """Has one input, (n, features), and one output; the same answer for the same features.

    Its report, a JSON file of the same name, names the features in order and the file's sha256.
    """

    def __init__(self, path: Path, kind: Kind) -> None:
        """Load it. Raises: MissingPart: without onnxruntime or the file. BadFile: not its report's."""
        try:
            runtime = importlib.import_module("onnxruntime")
        except ModuleNotFoundError:
            raise MissingPart(
                f"Package onnxruntime is not installed; {kind.needed_by} needs it.",
                remedy="Run `make env-analysis`.",
            ) from None
        try:
            content = path.read_bytes()
            report = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise MissingPart(
                f"The learned {kind.name} cannot be read: {error}.", remedy="Fetch it again."
            ) from None
        self.sha256 = hashlib.sha256(content).hexdigest()
        if report.get("sha256") != self.sha256 or report.get("features") != list(kind.features):
            raise BadFile(
                f"{path} is not the {kind.name} its report speaks of, or was trained on other features.",
                remedy=kind.again,
            )
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def run(self, features: NDArray[Any]) -> NDArray[Any]:
        """(n, outputs) for (n, features)."""
        (output,) = self._session.run(None, {self._input: features})
        return np.asarray(output)
