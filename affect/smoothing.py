"""One-Euro filter: still points are held still, quick ones are let through."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class OneEuro:
    """Adaptive low-pass filter over an array of values that share one clock.

    The first sample passes unchanged; so does a sample after ``reset``. A sample
    with the same time as the last one returns the last result.
    Source: Casiez, Roussel & Vogel (2012), CHI, "1 Euro Filter".
    """

    def __init__(self, *, min_cutoff_hz: float, beta: float, derivative_hz: float) -> None:
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._derivative_hz = derivative_hz
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._value: NDArray[np.float64] | None = None
        self._slope: NDArray[np.float64] | None = None
        self._at_s = -math.inf

    def step(self, value: NDArray[np.float64], at_s: float, *, scale: float = 1.0) -> NDArray[np.float64]:
        """Filter one sample.

        value: any fixed shape; at_s: seconds, not before the last one. scale: size that speed is
        measured in (e.g. the width of the face in pixels, so that a near face is filtered like a far one).
        """
        if self._value is None or self._slope is None:
            self._value, self._slope, self._at_s = value.copy(), np.zeros_like(value), at_s
            return self._value.copy()
        elapsed_s = at_s - self._at_s
        if elapsed_s <= 0:
            return self._value.copy()
        slope = (value - self._value) / (elapsed_s * scale)
        self._slope += _gain(elapsed_s, self._derivative_hz) * (slope - self._slope)
        cutoff_hz = self._min_cutoff_hz + self._beta * np.abs(self._slope)
        self._value += _gain(elapsed_s, cutoff_hz) * (value - self._value)
        self._at_s = at_s
        return self._value.copy()


def _gain(elapsed_s: float, cutoff_hz: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
    turn = 2 * math.pi * elapsed_s * cutoff_hz
    return turn / (turn + 1)
