"""Rows whose content was deleted later: what stands in their place, and from when on that matters.

Where a learner takes the consent to the camera back, every score drawn from the face goes. In the place of
such a row stays an ``AffectWindow`` without scores whose estimator is ``ERASED``: a tombstone that keeps
the row's number, so that nothing else in the log moves.
"""

from __future__ import annotations

from collections.abc import Iterable

from tutorbot.core.events import AffectWindow, Row

ERASED = "erased"
"""Stands as ``AffectWindow.estimator`` where the scores were deleted."""

FACE_VALUES = ("confusion", "confusion_held_s", "frustration", "frustration_held_s", "coverage")
"""Values of a trigger's evidence that are drawn from the face (``triggers.values.face_values``)."""


def erased_window(at_s: float, source: str, window_s: float) -> AffectWindow:
    """The tombstone of one row: that there was something from this source, and not what."""
    return AffectWindow(
        at_s=at_s,
        source=source,
        captured_at_s=None,
        window_s=window_s,
        coverage=0.0,
        calibrated=False,
        confusion=None,
        frustration=None,
        concentration=None,
        n_faces=0,
        estimator=ERASED,
    )


def is_erased(row: Row) -> bool:
    """Whether the row is such a tombstone."""
    return isinstance(row, AffectWindow) and row.estimator == ERASED


def erased_from_s(rows: Iterable[Row]) -> float | None:
    """Session second of the first row that was erased; None: none was."""
    return next((row.at_s for row in rows if is_erased(row)), None)
