"""``heuristic-1``: fixed weights on the channels that carried something on real labels. Unvalidated.

The face alone hardly tells confusion from frustration (the labels correlate .41 on DAiSEE), so both scores
rise together; what happened on the task has to tell them apart.
"""

from __future__ import annotations

import math

from affect.estimators.contract import Scores
from affect.settings import AffectSettings
from affect.window import WindowFeatures


class HeuristicEstimator:
    """Scores from the mean robust z of a window; every weight is in ``AffectSettings`` with its tag."""

    name = "heuristic-1"

    def __init__(self, settings: AffectSettings) -> None:
        self._settings = settings

    def judge(self, window: WindowFeatures) -> Scores:
        """Scores of one window."""
        s = self._settings
        unease, negative = window.of("level", "unease"), window.of("level", "negative")
        happy = window.of("level", "happy")
        return Scores(
            confusion=self.score(s.confusion_unease * unease + s.confusion_negative * negative),
            frustration=self.score(negative + s.frustration_happy * happy),
            concentration=self._concentration(window),
        )

    def score(self, z: float) -> float:
        """Mean robust z to 0..1 by a logistic curve through (z_at_half, .50) and (z_at_enter, enter)."""
        s = self._settings
        steepness = math.log(s.enter / (1 - s.enter)) / (s.z_at_enter - s.z_at_half)
        return 1 / (1 + math.exp(-steepness * (z - s.z_at_half)))

    def _concentration(self, window: WindowFeatures) -> float:
        """1 minus the weighted share of time with eyes lowered or shut, gaze away, head away."""
        s = self._settings

        def away(*channels: str) -> float:
            return max(window.of("share_high", c) + window.of("share_low", c) for c in channels)

        lost = (
            s.concentration_eyes * window.of("share_low", "eye_open")
            + s.concentration_gaze * away("gaze_side", "gaze_down")
            + s.concentration_head * away("head_yaw_rad", "head_pitch_rad")
        )
        total = s.concentration_eyes + s.concentration_gaze + s.concentration_head
        return min(1.0, max(0.0, 1 - lost / total))
