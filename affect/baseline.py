"""A person's own neutral state, against which everything later is read.

Source of the idea: displacement from the person's neutral baseline (facts in docs/affect.md); the robust
spread is the median absolute deviation times 1.4826, which equals the standard deviation for a normal
distribution (Rousseeuw & Croux 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affect.channels import spread_floors
from affect.settings import AffectSettings

MAD_TO_SD = 1.4826


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """Frozen for the session. median, spread: (n_channels,), spread above 0; z_clip: largest |z| given."""

    median: NDArray[np.float64]
    spread: NDArray[np.float64]
    z_clip: float

    def z(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Robust z of channel values (..., n_channels), clipped to plus or minus ``z_clip``."""
        return np.clip((values - self.median) / self.spread, -self.z_clip, self.z_clip)


def fit_baseline(values: Sequence[NDArray[np.float64]], settings: AffectSettings) -> Baseline:
    """Median and spread per channel.

    Args: values: one (n_channels,) array per usable frame of the stretch.
    Raises: ValueError: if there is no frame.
    """
    if not values:
        raise ValueError("a baseline needs at least one usable frame")
    frames = np.stack(values)
    median = np.median(frames, axis=0)
    mad = np.median(np.abs(frames - median), axis=0)
    spread = np.maximum(mad * MAD_TO_SD, spread_floors(settings))
    median.setflags(write=False)
    spread.setflags(write=False)
    return Baseline(median=median, spread=spread, z_clip=settings.z_clip)
