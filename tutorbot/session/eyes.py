"""The session's eyes: the learner's camera, open only with consent; without one only the clock ticks."""

from __future__ import annotations

from collections.abc import Callable

from tutorbot.core.events import AffectWindow, Baseline
from tutorbot.core.evidence import AffectEstimate
from tutorbot.ports import AffectFeed

BLIND = frozenset({"lost", "denied", "absent"})
"""States of a camera that shows nothing any more: what it showed before is no estimate of now."""


class Eyes:
    """Holds the affect feed while there is one. ``make_feed`` None: this study has no camera."""

    def __init__(
        self,
        make_feed: Callable[[], AffectFeed] | None,
        *,
        window_s: float,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """closed: told at once when the feed is given up."""
        self._closed = closed
        self._make_feed = make_feed
        self._window_s = window_s
        self._feed: AffectFeed | None = None
        self.baseline_from_s = 0.0

    @property
    def open(self) -> bool:
        """True while a feed is held."""
        return self._feed is not None

    def open_up(self) -> None:
        """Make the feed, if the study has a camera and none is open."""
        if self._feed is None and self._make_feed is not None:
            self._feed = self._make_feed()

    def close(self) -> None:
        """Give the feed up; nothing is looked at from now on."""
        if self._feed is not None:
            self._feed.close()
            self._feed = None
            self._closed()

    async def see(self, jpeg: bytes, at_s: float) -> None:
        """Look at one picture, if open. Raises: BadFrame."""
        if self._feed is not None:
            await self._feed.see_jpeg(jpeg, at_s)

    def begin_baseline(self, at_s: float) -> None:
        """The baseline stretch begins."""
        self.baseline_from_s = at_s
        if self._feed is not None:
            self._feed.begin_baseline(at_s)

    def baseline(self, at_s: float) -> Baseline:
        """How the baseline came out that ends now."""
        if self._feed is None:
            seconds = round(at_s - self.baseline_from_s, 3)
            return Baseline(at_s=at_s, complete=False, seconds=seconds, coverage=0.0)
        report = self._feed.end_baseline(at_s)
        return Baseline(
            at_s=at_s,
            complete=report.complete,
            seconds=round(report.seconds, 3),
            coverage=round(report.coverage, 4),
        )

    def window(self, at_s: float, *, camera: str) -> AffectWindow:
        """The affect window that ends now. camera: its state; one that shows nothing is not remembered."""
        seeing = self._feed is not None and camera not in BLIND
        return window_row(at_s, self._feed.estimate(at_s) if self._feed and seeing else None, self._window_s)


def window_row(at_s: float, estimate: AffectEstimate | None, window_s: float) -> AffectWindow:
    """An affect window as it is logged; without an estimate it is the bare tick."""
    if estimate is None:
        return AffectWindow.unseen(at_s, window_s)

    def rounded(score: float | None) -> float | None:
        return None if score is None else round(score, 4)

    return AffectWindow(
        at_s=at_s,
        source=estimate.source.value,
        captured_at_s=round(estimate.captured_at_s, 3),
        window_s=estimate.window_s,
        coverage=round(estimate.coverage, 4),
        calibrated=estimate.calibrated,
        confusion=rounded(estimate.confusion),
        frustration=rounded(estimate.frustration),
        concentration=rounded(estimate.concentration),
        n_faces=estimate.n_faces,
        estimator=estimate.estimator,
        p_confused=rounded(estimate.p_confused),
        p_frustrated=rounded(estimate.p_frustrated),
        p_both=rounded(estimate.p_both),
        confidence=rounded(estimate.confidence),
        drifted=None if estimate.drifted is None else " ".join(estimate.drifted) or "none",
    )
