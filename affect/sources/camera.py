"""A camera of this machine, read so that only its newest frame waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from affect.sources.video import VideoFrame
from tutorbot.errors import CameraSilent

MAX_INDEX = 10  # `affect cameras` looks at indices below this


def open_capture(index: int) -> Any:
    """OpenCV's capture of a camera, without its chatter on the error stream."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return cv2.VideoCapture(index)


class Camera:
    """Newest frame of one camera; a thread reads it, a slow consumer drops frames. Use as a context manager.

    wait_s: longest wait for a frame. now_s: clock that stamps frames when they arrive, seconds.
    """

    def __init__(
        self,
        index: int,
        *,
        wait_s: float = 5.0,
        opened_by: Callable[[int], Any] = open_capture,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._index = index
        self._wait_s = wait_s
        self._now_s = now_s
        self._opened_by = opened_by
        self._fresh = threading.Condition()
        self._frame: VideoFrame | None = None
        self._ended = False

    def __enter__(self) -> Self:
        """Open it. Raises: CameraSilent: if it does not open."""
        self._capture = self._opened_by(self._index)
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraSilent(f"Camera {self._index} did not open.", remedy=_remedy())
        self._reader = threading.Thread(target=self._read, name="camera", daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop reading and let the camera go."""
        with self._fresh:
            self._ended = True
        self._reader.join(timeout=self._wait_s)
        self._capture.release()

    def next_frame(self) -> VideoFrame:
        """The newest frame not handed out before. Raises: CameraSilent: if none comes within ``wait_s``."""
        with self._fresh:
            self._fresh.wait_for(lambda: self._frame is not None or self._ended, timeout=self._wait_s)
            frame, self._frame = self._frame, None
        if frame is None:
            raise CameraSilent(
                f"Camera {self._index} opened but sent no frame within {self._wait_s:g} s.", remedy=_remedy()
            )
        return frame

    def _read(self) -> None:
        while not self._ended:
            ok, bgr = self._capture.read()
            with self._fresh:
                if ok:
                    self._frame = VideoFrame(at_s=self._now_s(), bgr=np.asarray(bgr, dtype=np.uint8))
                else:
                    self._ended = True
                self._fresh.notify_all()


def usable_cameras(*, opened_by: Callable[[int], Any] = open_capture) -> list[tuple[int, int, int]]:
    """(index, width, height) of every camera that opens and sends a frame."""
    found = []
    for index in range(MAX_INDEX):
        capture = opened_by(index)
        if capture.isOpened():
            ok, bgr = capture.read()
            if ok:
                found.append((index, int(bgr.shape[1]), int(bgr.shape[0])))
        capture.release()
    return found


def _remedy() -> str:
    return (
        "Close other programs that use it, pick another with `affect cameras`, "
        "or run without one: `affect watch FILE`."
    )
