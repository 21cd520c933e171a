from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

import affect.feed
from affect.decode import decode_jpeg
from affect.feed import AffectEngine, LiveAffectFeed
from affect.pipeline import FacePipeline
from affect.sources.video import Stretch, video_frames
from affect.tracker import AffectTracker
from tutorbot.core.evidence import EvidenceSource
from tutorbot.errors import BadFrame
from tutorbot.ports import AffectFeed


@pytest.fixture
def feed(engine: AffectEngine) -> LiveAffectFeed:
    return engine.feed(EvidenceSource.WEBCAM)


class SlowLook:
    """Stands in for decoding and networks; every picture waits until it is let go."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self.gate = threading.Semaphore(0)

    def __call__(self, pipeline: FacePipeline, jpeg: bytes, captured_at_s: float, settings: Any) -> Any:
        assert self.gate.acquire(timeout=10)
        self.seen.append(captured_at_s)
        return None, 0


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowLook:
    look = SlowLook()
    monkeypatch.setattr(affect.feed, "_look", look)
    return look


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_is_an_affect_feed_from_baseline_to_scores(feed: LiveAffectFeed, photo_jpeg: bytes) -> None:
    port: AffectFeed = feed
    assert port.estimate(0.0) is None
    port.begin_baseline(0.0)
    for k in range(24):
        await port.see_jpeg(photo_jpeg, k / 4)
    report = port.end_baseline(6.0)
    assert (report.complete, report.seconds) == (True, 6.0)
    for k in range(24, 48):
        await port.see_jpeg(photo_jpeg, k / 4)
    estimate = port.estimate(11.9)
    assert estimate is not None
    assert estimate.source is EvidenceSource.WEBCAM
    assert (estimate.calibrated, estimate.n_faces, estimate.coverage) == (True, 1, pytest.approx(1, abs=0.05))
    assert estimate.confusion == pytest.approx(0.225, abs=0.05)
    assert estimate.estimator == "heuristic-1"
    port.close()
    assert port.estimate(12.0) is None


async def test_pictures_from_a_browser_and_from_a_file_give_the_same(
    engine: AffectEngine, feed: LiveAffectFeed, media: Callable[[str], Path]
) -> None:
    pipeline = FacePipeline(engine.networks, engine.settings)
    tracker = AffectTracker(engine.settings, source=EvidenceSource.WEBCAM)
    tracker.begin_baseline(0.0)
    feed.begin_baseline(0.0)
    for frame in video_frames(media("single_face.mp4"), rate_hz=10, stretch=Stretch(start_s=0, stop_s=2.3)):
        jpeg = cv2.imencode(".jpg", frame.bgr)[1].tobytes()
        await feed.see_jpeg(jpeg, frame.at_s)
        channels = pipeline.process(decode_jpeg(jpeg, engine.settings), frame.at_s)
        tracker.see(frame.at_s, channels, n_faces=pipeline.n_faces)
    assert tracker.end_baseline(2.4) == feed.end_baseline(2.4)
    assert tracker.estimate(2.4) == feed.estimate(2.4)


@pytest.mark.parametrize(
    ("jpeg", "at_s"), [(b"", 1.0), (b"not a picture", 1.0), (b"\xff\xd8\xff\xe0", 1.0), (None, math.nan)]
)
async def test_a_bad_picture_is_refused_and_nothing_else_changes(
    feed: LiveAffectFeed, photo_jpeg: bytes, jpeg: bytes | None, at_s: float
) -> None:
    await feed.see_jpeg(photo_jpeg, 0.5)
    before = feed.estimate(0.5)
    with pytest.raises(BadFrame):
        await feed.see_jpeg(photo_jpeg if jpeg is None else jpeg, at_s)
    assert feed.estimate(0.5) == before
    await feed.see_jpeg(photo_jpeg, 1.0)
    after = feed.estimate(1.0)
    assert after is not None
    assert after.captured_at_s == 1.0


async def test_a_picture_that_breaks_in_decoding_leaves_the_worker_free(
    feed: LiveAffectFeed, photo_jpeg: bytes
) -> None:
    broken = bytearray(photo_jpeg)
    at = broken.index(b"\xff\xdb")
    broken[at + 4] = 0xFF
    with pytest.raises(BadFrame, match="could not be decoded"):
        await feed.see_jpeg(bytes(broken), 0.1)
    await feed.see_jpeg(photo_jpeg, 0.2)
    estimate = feed.estimate(0.2)
    assert estimate is not None
    assert estimate.n_faces == 1


async def test_only_the_newest_picture_waits(feed: LiveAffectFeed, photo_jpeg: bytes, slow: SlowLook) -> None:
    tasks = []
    for k in range(5):
        tasks.append(asyncio.create_task(feed.see_jpeg(photo_jpeg, float(k))))
        await settle()
    assert [task.done() for task in tasks] == [False, True, True, True, False]
    slow.gate.release(2)
    await asyncio.gather(*tasks)
    assert slow.seen == [0.0, 4.0]
    assert feed.n_dropped == 3
    slow.gate.release()
    await feed.see_jpeg(photo_jpeg, 5.0)
    assert slow.seen[-1] == 5.0


async def test_a_picture_from_the_past_is_dropped(feed: LiveAffectFeed, photo_jpeg: bytes) -> None:
    await feed.see_jpeg(photo_jpeg, 2.0)
    await feed.see_jpeg(photo_jpeg, 1.0)
    await feed.see_jpeg(photo_jpeg, 2.0)
    assert feed.n_dropped == 2
    estimate = feed.estimate(2.0)
    assert estimate is not None
    assert estimate.captured_at_s == 2.0


@pytest.mark.parametrize("which", [0, 1])
async def test_a_cancelled_picture_does_not_hold_up_the_next(
    feed: LiveAffectFeed, photo_jpeg: bytes, slow: SlowLook, which: int
) -> None:
    tasks = [asyncio.create_task(feed.see_jpeg(photo_jpeg, float(k))) for k in range(2)]
    await settle()
    tasks[which].cancel()
    await settle()
    slow.gate.release(3)
    await asyncio.gather(*tasks, return_exceptions=True)
    await feed.see_jpeg(photo_jpeg, 9.0)
    assert slow.seen[-1] == 9.0


async def test_close_forgets_and_lets_go_of_whoever_waits(
    feed: LiveAffectFeed, photo_jpeg: bytes, slow: SlowLook
) -> None:
    tasks = [asyncio.create_task(feed.see_jpeg(photo_jpeg, float(k))) for k in range(2)]
    await settle()
    feed.close()
    slow.gate.release(2)
    await asyncio.gather(*tasks)
    assert slow.seen == [0.0]
    assert feed.estimate(1.0) is None
    await feed.see_jpeg(photo_jpeg, 3.0)
    assert feed.estimate(3.0) is None


async def test_learners_share_the_networks_and_never_their_faces(
    engine: AffectEngine, media: Callable[[str], Path], photo_jpeg: bytes
) -> None:
    black = cv2.imencode(".jpg", cv2.imread(str(media("single_face.jpg"))) * 0)[1].tobytes()
    alone = engine.feed(EvidenceSource.WEBCAM)
    for k in range(10):
        await alone.see_jpeg(photo_jpeg, k / 10)
    seen, unseen = engine.feed(EvidenceSource.WEBCAM), engine.feed(EvidenceSource.WEBCAM)
    for k in range(10):
        await asyncio.gather(seen.see_jpeg(photo_jpeg, k / 10), unseen.see_jpeg(black, k / 10))
    assert seen.estimate(1.0) == alone.estimate(1.0)
    nothing = unseen.estimate(1.0)
    assert nothing is not None
    assert (nothing.coverage, nothing.n_faces) == (0.0, 0)
