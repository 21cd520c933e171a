"""What one window holds: how long each channel was how far from the person's own normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affect.channels import INDEX


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowFeatures:
    """Features of the frames of one window, relative to the person's baseline.

    window_s: length, seconds. coverage: 0..1 share of it with a usable face. n_frames: usable frames.
    level, variability: (n_channels,) time-weighted mean and standard deviation of robust z.
    change: (n_channels,) level of the second half minus level of the first, z.
    share_high, share_low: (n_channels,) share of the usable time above plus or below minus ``far_z``.
    """

    window_s: float
    coverage: float
    n_frames: int
    level: NDArray[np.float64]
    variability: NDArray[np.float64]
    change: NDArray[np.float64]
    share_high: NDArray[np.float64]
    share_low: NDArray[np.float64]

    def of(self, feature: str, channel: str) -> float:
        """One feature of one channel by name, e.g. ``of("level", "unease")``."""
        return float(getattr(self, feature)[INDEX[channel]])


def summarise(
    z: NDArray[np.float64], speaks_s: NDArray[np.float64], *, window_s: float, far_z: float
) -> WindowFeatures:
    """Features of the usable frames of a window.

    Args: z: (n, n_channels) robust z, in order of time. speaks_s: (n,) seconds each frame speaks for, > 0.
    Raises: ValueError: if there is no frame.
    """
    if not len(z):
        raise ValueError("a window needs at least one usable frame")
    total_s = float(np.sum(speaks_s))
    weight = speaks_s / total_s
    level = weight @ z
    late = np.cumsum(speaks_s) > total_s / 2
    return WindowFeatures(
        window_s=window_s,
        coverage=min(1.0, total_s / window_s),
        n_frames=len(z),
        level=level,
        variability=np.sqrt(weight @ (z - level) ** 2),
        change=_mean(z[late], speaks_s[late]) - _mean(z[~late], speaks_s[~late]),
        share_high=weight @ (z > far_z),
        share_low=weight @ (z < -far_z),
    )


def _mean(z: NDArray[np.float64], speaks_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted mean over frames; 0 when there are none."""
    if not len(z):
        return np.zeros(z.shape[1])
    return np.asarray(np.average(z, axis=0, weights=speaks_s), dtype=np.float64)
