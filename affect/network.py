"""One TFLite network, run on one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Network:
    """A network with one float32 input; not safe to run from two threads at once.

    One thread on purpose: two spin against each other on a busy two-core machine (docs/affect.md).
    """

    def __init__(self, flatbuffer: bytes) -> None:
        self._interpreter: Any = Interpreter(model_content=flatbuffer, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [(d["name"], d["index"]) for d in self._interpreter.get_output_details()]

    def run(self, batch: Floats) -> dict[str, Floats]:
        """Output tensors by name (copies), batch axis kept."""
        self._interpreter.set_tensor(self._input, batch)
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(index) for name, index in self._outputs}
