"""A fitted trust model as ONNX, in double precision, so that every machine reads the same of it."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

from studies.trust.ordinal import SURPRISE, Ordinal
from studies.trust.table import Floats
from tutorbot.core.learned_trust import ANSWERS, FEATURES
from tutorbot.errors import TutorbotError

OPSET, IR_VERSION = 18, 10
MOST_DIFFERENCE = 1e-9
"""What the file may differ from the model on any answer."""


def to_onnx(model: Ordinal) -> bytes:
    """It takes ``features``, float64 (n, len(FEATURES)), and gives ``probabilities``, float64 (n, 5)."""
    n = len(ANSWERS)
    difference = np.eye(n - 1, n) - np.eye(n - 1, n, 1)
    last = np.zeros((1, n))
    last[0, -1] = 1.0
    constants = {
        "weights": model.weights[:, None],
        "cuts": model.cuts[None, :],
        "difference": difference * (1 - SURPRISE),
        "even": last * (1 - SURPRISE) + SURPRISE / n,
    }
    nodes = [
        helper.make_node("MatMul", ["features", "weights"], ["line"]),
        helper.make_node("Sub", ["cuts", "line"], ["odds"]),
        helper.make_node("Sigmoid", ["odds"], ["below"]),
        helper.make_node("MatMul", ["below", "difference"], ["between"]),
        helper.make_node("Add", ["between", "even"], ["probabilities"]),
    ]

    def tensor(name: str, width: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, width])

    graph = helper.make_graph(
        nodes,
        "trust",
        [tensor("features", len(FEATURES))],
        [tensor("probabilities", n)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="studies fit-trust",
    )
    checker.check_model(made)
    return bytes(made.SerializeToString())


def compare(content: bytes, model: Ordinal, x: Floats) -> None:
    """A file that says something else than its model must not leave the house. Raises: TutorbotError."""
    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (said,) = session.run(None, {"features": x})
    off = float(np.max(np.abs(said - model.probabilities(x))))
    if not off <= MOST_DIFFERENCE:
        raise TutorbotError(
            f"The exported trust model differs from the fitted one by {off:.2g}.",
            remedy="Run `make env-analysis` for the versions this was written for.",
        )
