"""fer's expression network, fed as fer feeds it, without fer's TensorFlow.

A square grey crop of the face, 64x64, scaled to -1..1, gives seven probabilities.
Same weights as ``fer`` 25.10.3; tests hold the results equal for the same box.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from affect.face import Picture, Pixels
from affect.network import Network

EXPRESSIONS: tuple[str, ...] = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SIDE_PX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SquareBox:
    """Whole pixels: left, top corner and side; may reach out of the picture."""

    left: int
    top: int
    side: int


def box_around(landmarks_px: Pixels, *, scale: float) -> SquareBox:
    """Upright square over all landmarks, times ``scale``. landmarks_px: (n, 2)."""
    low, high = landmarks_px.min(axis=0), landmarks_px.max(axis=0)
    side = max(2, round(float(np.max(high - low)) * scale))
    left, top = np.round((low + high) / 2 - side / 2).astype(int)
    return SquareBox(left=int(left), top=int(top), side=side)


def crop_grey(bgr: Picture, box: SquareBox) -> NDArray[np.uint8]:
    """(64, 64) grey crop; outside the picture it is the mean of the picture's two last rows, as in fer."""
    height, width = bgr.shape[:2]
    x1, y1 = max(box.left, 0), max(box.top, 0)
    x2, y2 = min(box.left + box.side, width), min(box.top + box.side, height)
    inside = x2 > x1 and y2 > y1
    if inside and (x2 - x1, y2 - y1) == (box.side, box.side):
        square = _grey(bgr[y1:y2, x1:x2])
    else:
        fill = round(float(np.mean(_grey(bgr[-2:]))))
        square = np.full((box.side, box.side), fill, dtype=np.uint8)
        if inside:
            square[y1 - box.top : y2 - box.top, x1 - box.left : x2 - box.left] = _grey(bgr[y1:y2, x1:x2])
    return np.asarray(cv2.resize(square, (SIDE_PX, SIDE_PX)), dtype=np.uint8)


class ExpressionNet:
    """Seven probabilities of one face."""

    def __init__(self, flatbuffer: bytes) -> None:
        self._network = Network(flatbuffer)

    def read(self, bgr: Picture, box: SquareBox) -> NDArray[np.float64]:
        """(7,) probabilities in the order of ``EXPRESSIONS``; they sum to 1."""
        face = (crop_grey(bgr, box).astype(np.float32) / np.float32(255) - np.float32(0.5)) * np.float32(2)
        (values,) = self._network.run(face[None, :, :, None]).values()
        return values.reshape(len(EXPRESSIONS)).astype(np.float64)


def _grey(bgr: Picture) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(bgr), cv2.COLOR_BGR2GRAY), dtype=np.uint8)
