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


class Watcher(StrEnum):
    """Whose camera a learner is watched by, with consent: that of the page, of the robot, or none."""

    PAGE = "page"
    ROBOT = "robot"
    NOBODY = "none"


ALL_SOURCES = frozenset(EvidenceSource)
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
    calibrated: True once the scores are relative to the person's own baseline; without it they stay
        below the enter threshold.
    confusion, frustration: evidence scores 0..1 relative to the person's baseline, not
        probabilities; None when there is no sight of a face, too little coverage, no baseline where the
        estimator needs one, or the estimator has nothing to say on it.
    concentration: index 0..1 from eyes, gaze and head pose; None as above.
    n_faces: most faces seen at once in the window; the learner is the tracked one.
    estimator: name and version of what made it, e.g. ``heuristic-1``.
    p_confused, p_frustrated, p_both: calibrated probability 0..1 of the state, and of both at once; None
        where the estimator has none. Near the base rate, as a face carries little: no threshold is on them.
    confidence: 0..1, how far the face alone can be relied on in this window; 0 without scores.
    drifted: groups of channels (expression, eyes, head, gaze) whose calm level has moved away from the
        baseline, a reason to take it again; empty if none has; None while that cannot be told.
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
    p_confused: float | None = None
    p_frustrated: float | None = None
    p_both: float | None = None
    confidence: float = 0.0
    drifted: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceEvidence:
    """What the face has shown up to now; there is no such value without sight of it.

    confusion, frustration: newest evidence scores 0..1; None while briefly out of sight.
    confusion_held_s, frustration_held_s: how long each has held above threshold, seconds.
    """

    confusion: float | None
    frustration: float | None
    confusion_held_s: float
    frustration_held_s: float
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the learner did on the current item; answers, times and content only.

    item_s: active seconds on the item. median_item_s: own median of finished items, None at first.
    n_errors: wrong checks on the item. n_errors_in_row: wrong checks since the last right one.
    n_changes: cards moved after a check. n_rapid: checks within the rapid window.
    stuck_ago_s, negative_ago_s, confused_ago_s: seconds since "I'm stuck", a negative utterance
        or words of not understanding on this item; None if there were none.
    away_s: seconds away from the task window without input; None while present.
    progress_ago_s: seconds since the last progress (a card placed for the first time, or a better check).
    idle_s: seconds without input on this item.
    """

    item_s: float
    median_item_s: float | None
    n_errors: int
    n_errors_in_row: int
    n_changes: int
    n_rapid: int
    stuck_ago_s: float | None
    negative_ago_s: float | None
    confused_ago_s: float | None
    away_s: float | None
    progress_ago_s: float | None
    idle_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the tutor stands with the learner.

    low_trust: the trust estimate is in its low band. quiet_s: active seconds since the last act, or since the
    lesson began. n_repairs: acts so far that were to win trust back.
    """

    low_trust: bool
    quiet_s: float
    n_repairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All a trigger may look at.

    face: None when there is no camera, no baseline or no sight of the face for long.
    standing: None where nobody asks for it. sources: what a study lets count; the rest is no sign.
    """

    at_s: float
    item_id: str
    face: FaceEvidence | None
    behaviour: Behaviour
    standing: Standing | None = None
    sources: frozenset[EvidenceSource] = ALL_SOURCES

    @property
    def interaction(self) -> bool:
        """Answers, times and content count."""
        return EvidenceSource.INTERACTION in self.sources

    @property
    def self_report(self) -> bool:
        """What the learner says of how it goes counts."""
        return EvidenceSource.SELF_REPORT in self.sources


class Basis(StrEnum):
    """What a candidate rests on."""

    FACE_ONLY = "face_only"
    CORROBORATED = "corroborated"
    BEHAVIOUR_ONLY = "behaviour_only"
    TIMETABLE = "timetable"
    WIZARD = "wizard"


Pairs = tuple[tuple[str, float | int | str | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A reason to speak.

    kind: confusion, frustration, both, stuck, repeated_error, off_task, idle or low_trust; in control
    conditions error, interval or yoked; in WZ wizard, for an act of the wizard's own.
    signs: names of the signs that held. evidence: the values behind them.
    """

    kind: str
    basis: Basis
    signs: tuple[str, ...]
    evidence: Pairs
