"""The running trust estimate: what the learner's reactions and answers say about trust in the tutor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from tutorbot.core.acts import Reaction
from tutorbot.core.settings import TutorSettings

TRUST_MIN, TRUST_MAX = 1.0, 5.0
TRUST_SD_MAX = (TRUST_MAX - TRUST_MIN) / 2
"""No spread on the scale is wider: half of it at either end."""


class TrustBand(StrEnum):
    """Trust in three bands, as the adaptive table reads it."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


class TrustCause(StrEnum):
    """What can bear on trust; the words of ``cause`` in the log. ERROR: a wrong check."""

    START = "start"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    IGNORED = "ignored"
    UNDONE = "undone"
    LAPSED = "lapsed"
    USED_AND_RIGHT = "used_and_right"
    ERROR = "error"
    PROBE = "probe"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEvent:
    """One thing that bears on trust, as a trust model is told of it.

    answer: of a PROBE, 1..5, else None.
    start: of a START, the value to start from, 1..5: the learner's own answer, or the setting's.
    level, kind: of the act that was reacted to, and of its reason; else 0 and "".
    Raises: ValueError: for a PROBE without an answer on the scale, or an answer to anything else.
    """

    cause: TrustCause
    answer: int | None = None
    level: int = 0
    kind: str = ""
    start: float | None = None

    def __post_init__(self) -> None:
        asked = self.cause is TrustCause.PROBE
        fits = self.answer in {1, 2, 3, 4, 5} if asked else self.answer is None
        if not fits:
            raise ValueError(f"{self.answer!r} is no answer to {self.cause.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEstimate:
    """What is believed of the learner's trust. mean: 1..5. sd: its standard deviation, above 0."""

    mean: float
    sd: float


class TrustModel(Protocol):
    """Makes a trust estimate of what happened."""

    def estimate(self, events: Sequence[TrustEvent]) -> TrustEstimate:
        """The estimate after all of a session's events, oldest first; the same events, the same estimate."""


@dataclass(frozen=True, slots=True)
class RuleTrust:
    """A step for each reaction, a blend for each answer; every number is a pilot value of the settings.

    The uncertainty goes as in a Kalman filter: a step adds its own variance, an answer is blended in with
    its weight, ``var' = (1 - w)^2 var + w^2 answer_var``.
    """

    settings: TutorSettings

    def estimate(self, events: Sequence[TrustEvent]) -> TrustEstimate:
        """See ``TrustModel``."""
        mean, var = self.settings.trust_start, self.settings.trust_start_sd**2
        for event in events:
            if event.start is not None:
                mean = clamp_trust(event.start)
            mean, var = self._after(event, mean, var)
        return TrustEstimate(mean=mean, sd=math.sqrt(var))

    def _after(self, event: TrustEvent, mean: float, var: float) -> tuple[float, float]:
        settings = self.settings
        if event.answer is not None:
            weight = settings.trust_answer_weight
            blended = (1 - weight) ** 2 * var + weight**2 * settings.trust_answer_sd**2
            return after_answer(mean, event.answer, settings), blended
        if event.cause in QUIET:
            return mean, var
        if event.cause is TrustCause.USED_AND_RIGHT:
            mean = clamp_trust(mean + settings.trust_used_and_right)
        else:
            mean = after_reaction(mean, Reaction(event.cause.value), settings)
        return mean, min(TRUST_SD_MAX**2, var + settings.trust_step_sd**2)


QUIET = frozenset({TrustCause.START, TrustCause.LAPSED, TrustCause.ERROR})
"""What says nothing to the rules."""


def band_of(trust: float, settings: TutorSettings) -> TrustBand:
    """The band of a trust value on 1..5."""
    if trust <= settings.trust_low:
        return TrustBand.LOW
    return TrustBand.MID if trust <= settings.trust_mid else TrustBand.HIGH


def clamp_trust(trust: float) -> float:
    """Keep a trust value on its scale."""
    return min(TRUST_MAX, max(TRUST_MIN, trust))


def after_reaction(trust: float, reaction: Reaction, settings: TutorSettings) -> float:
    """Trust after a reaction to a proactive act; one that lapsed says nothing."""
    step = {
        Reaction.ACCEPTED: settings.trust_accepted,
        Reaction.IGNORED: settings.trust_ignored,
        Reaction.DECLINED: settings.trust_declined,
        Reaction.UNDONE: settings.trust_undone,
        Reaction.LAPSED: 0.0,
    }[reaction]
    return clamp_trust(trust + step)


def after_answer(trust: float, answer: int, settings: TutorSettings) -> float:
    """Trust blended with the learner's own answer to the single trust item (1..5)."""
    weight = settings.trust_answer_weight
    return clamp_trust((1 - weight) * trust + weight * answer)
