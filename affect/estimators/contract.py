"""What every estimator does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from affect.window import WindowFeatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Evidence 0..1, relative to the person's baseline; not probabilities. concentration: index 0..1."""

    confusion: float
    frustration: float
    concentration: float

    def __post_init__(self) -> None:
        for name in ("confusion", "frustration", "concentration"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"score {name} = {getattr(self, name)!r} must lie within 0..1")


class Estimator(Protocol):
    """Pure: the same window gives the same scores; asked only about windows with enough coverage."""

    @property
    def name(self) -> str:
        """Name and version, e.g. ``heuristic-1``; it goes into every log row."""

    def judge(self, window: WindowFeatures) -> Scores:
        """Scores of one window."""
