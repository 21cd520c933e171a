"""Frames made by hand, for tests that need no picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from affect.channels import CHANNELS, INDEX, FrameChannels

NEUTRAL = {"neutral": 0.8, "unease": 0.2, "negative": 0.2, "eye_open": 0.3}


def values(**channels: float) -> NDArray[np.float64]:
    """All channels at a neutral value, but for the ones named."""
    made = np.zeros(len(CHANNELS))
    for name, value in {**NEUTRAL, **channels}.items():
        made[INDEX[name]] = value
    return made


def frame(at_s: float, *, track: int = 1, n_faces: int = 1, **channels: float) -> FrameChannels:
    """One frame with a face."""
    return FrameChannels(
        captured_at_s=at_s,
        track=track,
        n_faces=n_faces,
        presence=1.0,
        face_px=100.0,
        values=values(**channels),
    )
