"""Frames of a video file, sampled at a steady rate by their own time stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from affect.face import Picture
from tutorbot.errors import BadInput

_SLACK_S = 1e-4  # time stamps are rounded to 0.1 ms or better


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Part of a recording, seconds from its first frame: start included, stop excluded."""

    start_s: float
    stop_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_s < self.stop_s:
            raise ValueError(
                f"stretch {self.start_s:g} to {self.stop_s:g} s must run forward from 0 or later"
            )

    @property
    def seconds(self) -> float:
        """Length."""
        return self.stop_s - self.start_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VideoFrame:
    """at_s: seconds from the first frame. bgr: (h, w, 3)."""

    at_s: float
    bgr: Picture


def video_frames(path: Path, *, rate_hz: float, stretch: Stretch | None = None) -> Iterator[VideoFrame]:
    """Frames at about ``rate_hz``, the first one at or after each tick; all of the file or one stretch.

    A file that breaks off in its middle yields the frames before the break.
    Raises: BadInput: if the file is missing, is no video, or holds no frame.
    """
    capture = _open(path)
    try:
        yield from _sample(capture, path, 1 / rate_hz, stretch)
    finally:
        capture.release()


def _sample(
    capture: cv2.VideoCapture, path: Path, period_s: float, stretch: Stretch | None
) -> Iterator[VideoFrame]:
    fps = capture.get(cv2.CAP_PROP_FPS) or 25.0
    start_s = stretch.start_s if stretch else 0.0
    tick, index = 0, 0
    while capture.grab():
        stamp_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        at_s = stamp_s if stamp_s > 0 or index == 0 else index / fps
        index += 1
        if stretch and at_s >= stretch.stop_s - _SLACK_S:
            return
        if at_s < start_s + tick * period_s - _SLACK_S:
            continue
        ok, bgr = capture.retrieve()
        if not ok:
            break
        tick = int((at_s - start_s + _SLACK_S) / period_s) + 1
        yield VideoFrame(at_s=at_s, bgr=np.asarray(bgr, dtype=np.uint8))
    if index == 0:
        raise BadInput(f"Video file {path} holds no frame that can be read.", remedy="Give another file.")


def _open(path: Path) -> cv2.VideoCapture:
    if not path.is_file():
        raise BadInput(f"Video file {path} does not exist.", remedy="Give the path of a video file.")
    # One decoding thread: the whole detector keeps to one core, and frames come the same each time.
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    if not capture.isOpened():
        raise BadInput(
            f"Video file {path} ({path.stat().st_size} bytes) is not a video that can be read.",
            remedy="Give a video such as MP4, MOV, AVI or WebM.",
        )
    return capture
