"""What was seen and done: the typed evidence a trigger may rest on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EvidenceSource(StrEnum):
    """Where evidence comes from; a study names the set it may use."""

    SELF_REPORT = "self_report"
    INTERACTION = "interaction"
    WEBCAM = "webcam"
    ROBOT_CAMERA = "robot_camera"
    RECORDING = "recording"
    WIZARD = "wizard"
    SIMULATED = "simulated"


FACE_SOURCES = frozenset(
    {
        EvidenceSource.WEBCAM,
        EvidenceSource.ROBOT_CAMERA,
        EvidenceSource.RECORDING,
        EvidenceSource.SIMULATED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectEstimate:
    """What the detector believed about the learner over one window.

    captured_at_s: time of the newest frame in the window, seconds on the session clock.
    window_s: length of the window the scores speak of, seconds.
    source: where the frames came from.
    coverage: 0..1, share of the expected frames in the window in which the learner's face was usable.
    calibrated: True once the scores are relative to the person's own baseline.
    confusion, frustration: evidence scores 0..1 relative to the person's baseline, not
        probabilities; None when there is no sight of a face, too little coverage or no baseline.
    concentration: index 0..1 from eyes, gaze and head pose; None as above.
    n_faces: most faces seen at once in the window; the learner is the tracked one.
    estimator: name and version of what made it, e.g. ``heuristic-1``.
    """

    captured_at_s: float
    window_s: float
    source: EvidenceSource
    coverage: float
    calibrated: bool
    confusion: float | None
    frustration: float | None
    concentration: float | None
    n_faces: int
    estimator: str
