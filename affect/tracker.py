"""From the frames of one learner to estimates: window, baseline, estimator. No clock, no thread."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from affect.baseline import Baseline, fit_baseline
from affect.channels import FrameChannels
from affect.estimators import Estimator, HeuristicEstimator, Scores
from affect.settings import AffectSettings
from affect.window import WindowFeatures, summarise
from tutorbot.core.evidence import AffectEstimate, EvidenceSource
from tutorbot.ports import BaselineReport

KEEP_FACTOR = 1.5  # frames are kept a little longer than a window, for estimates asked for a moment late


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """One frame. speaks_s: time since the frame before, at most ``hold_s``; channels: None without a face."""

    at_s: float
    speaks_s: float
    n_faces: int
    channels: FrameChannels | None


class AffectTracker:
    """Holds the last window of one learner and their baseline, in memory only.

    Frames that are not newer than the last one are dropped and counted (``n_late``): a jumping clock
    never rewrites the past.
    """

    def __init__(
        self,
        settings: AffectSettings,
        *,
        source: EvidenceSource,
        estimator: Estimator | None = None,
        baseline: Baseline | None = None,
    ) -> None:
        self._settings = settings
        self._source = source
        self._estimator = estimator or HeuristicEstimator(settings)
        self._baseline = baseline
        self.forget(keep_baseline=True)

    def forget(self, *, keep_baseline: bool = False) -> None:
        """Drop every frame, and the baseline unless it is to be kept."""
        self._window: deque[_Seen] = deque()
        self._last_s = -math.inf
        self._baseline_from_s: float | None = None
        self._baseline_frames: list[_Seen] = []
        self.n_late = 0
        if not keep_baseline:
            self._baseline = None

    @property
    def calibrated(self) -> bool:
        """A baseline is in force."""
        return self._baseline is not None

    def see(self, captured_at_s: float, channels: FrameChannels | None, *, n_faces: int) -> bool:
        """Take one frame; channels: None when no usable face was in it.

        Returns: False if it was dropped for its time.
        Raises: ValueError: if the time is not a finite number.
        """
        if not math.isfinite(captured_at_s):
            raise ValueError(f"captured_at_s = {captured_at_s!r} must be a finite number of seconds")
        if captured_at_s <= self._last_s:
            self.n_late += 1
            return False
        seen = _Seen(
            at_s=captured_at_s,
            speaks_s=self._speaks_s(captured_at_s),
            n_faces=n_faces,
            channels=channels,
        )
        self._last_s = captured_at_s
        self._window.append(seen)
        while self._window[0].at_s <= captured_at_s - KEEP_FACTOR * self._settings.window_s:
            self._window.popleft()
        if self._baseline_from_s is not None and captured_at_s >= self._baseline_from_s:
            self._baseline_frames.append(seen)
        return True

    def _speaks_s(self, at_s: float) -> float:
        if math.isinf(self._last_s):
            return 1 / self._settings.capture_hz
        return min(at_s - self._last_s, self._settings.hold_s)

    def begin_baseline(self, at_s: float) -> None:
        """Start to collect; a baseline in force stays until a complete one replaces it."""
        self._baseline_from_s = at_s
        self._baseline_frames = []

    def end_baseline(self, at_s: float) -> BaselineReport:
        """Freeze the baseline if the stretch since ``begin_baseline`` will do; report in either case."""
        begun_s, self._baseline_from_s = self._baseline_from_s, None
        frames, self._baseline_frames = self._baseline_frames, []
        if begun_s is None or at_s <= begun_s:
            return BaselineReport(complete=False, seconds=0.0, coverage=0.0)
        seconds = at_s - begun_s
        usable = _of_newest_track([f for f in frames if f.at_s <= at_s])
        coverage = min(1.0, sum(f.speaks_s for f in usable) / seconds)
        values = [f.channels.values for f in usable if f.channels is not None]
        s = self._settings
        complete = coverage >= s.min_baseline_coverage and len(values) >= s.min_baseline_frames
        if complete:
            self._baseline = fit_baseline(values, s)
        return BaselineReport(complete=complete, seconds=seconds, coverage=coverage)

    def estimate(self, at_s: float) -> AffectEstimate | None:
        """Scores over the window that ends at ``at_s``; None when no frame was seen up to then."""
        past = [f for f in self._window if f.at_s <= at_s]
        if not past:
            return None
        recent = [f for f in past if f.at_s > at_s - self._settings.window_s]
        window = self._features(recent)
        scores = self._scores(window)
        return AffectEstimate(
            captured_at_s=past[-1].at_s,
            window_s=self._settings.window_s,
            source=self._source,
            coverage=_coverage(_of_newest_track(recent), self._settings.window_s),
            calibrated=self.calibrated,
            confusion=scores.confusion if scores else None,
            frustration=scores.frustration if scores else None,
            concentration=scores.concentration if scores else None,
            n_faces=max((f.n_faces for f in recent), default=0),
            estimator=self._estimator.name,
        )

    def _features(self, recent: list[_Seen]) -> WindowFeatures | None:
        usable = _of_newest_track(recent)
        if self._baseline is None or not usable:
            return None
        values = np.stack([f.channels.values for f in usable if f.channels is not None])
        return summarise(
            self._baseline.z(values),
            np.array([f.speaks_s for f in usable]),
            window_s=self._settings.window_s,
            far_z=self._settings.far_z,
        )

    def _scores(self, window: WindowFeatures | None) -> Scores | None:
        if window is None or window.coverage < self._settings.min_coverage:
            return None
        return self._estimator.judge(window)


def _of_newest_track(frames: list[_Seen]) -> list[_Seen]:
    """Usable frames of the face followed last: what another face said is never mixed in."""
    usable = [f for f in frames if f.channels is not None]
    newest = usable[-1].channels.track if usable and usable[-1].channels else None
    return [f for f in usable if f.channels is not None and f.channels.track == newest]


def _coverage(usable: list[_Seen], window_s: float) -> float:
    return min(1.0, sum(f.speaks_s for f in usable) / window_s)
