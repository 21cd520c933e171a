"""Trust as a learned model sees it: the answer the learner would give to the trust item now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tutorbot.core.events import Act, Attempt, Probe, ReactionSeen, Row, Trigger, TrustState
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import TRUST_MAX, TRUST_MIN, TrustCause, TrustEstimate, TrustEvent, clamp_trust

ANSWERS = (1, 2, 3, 4, 5)
COUNTED = (
    TrustCause.ACCEPTED,
    TrustCause.DECLINED,
    TrustCause.IGNORED,
    TrustCause.UNDONE,
    TrustCause.USED_AND_RIGHT,
    TrustCause.ERROR,
)
LEVELS = (1, 2, 3)
REASONS = {"confusion": ("confusion", "both"), "frustration": ("frustration", "both")}
"""Feature -> kinds of a reason it counts."""
FEATURES: tuple[str, ...] = (
    "answered",
    "latest",
    "mean",
    "n_answers",
    *(f"{cause.value}_since" for cause in COUNTED),
    *(f"{cause.value}_in_all" for cause in COUNTED),
    *(f"level_{level}_since" for level in LEVELS),
    *(f"{reason}_since" for reason in REASONS),
)
"""What a model is shown, each 0..1.

latest: answer, before the first the start value. mean: of the start value and all answers, so that few of
them count less. since: since the last answer.
"""
MOST_SINCE, MOST_IN_ALL, MOST_ANSWERS = 3, 12, 12
"""Counts from which a feature is 1."""
LEAST_SD = 0.01
"""An answer that is all but certain still leaves some doubt."""
PLACES = 4
"""Decimals of an estimate: the last bits of a float differ between machines, and a replay must not."""


class AnswerModel(Protocol):
    """Something learned that foretells the next answer to the trust item."""

    def probabilities(self, features: tuple[float, ...]) -> tuple[float, ...]:
        """Probability of each of ``ANSWERS`` for what is known (``FEATURES``); the same for the same."""


@dataclass(frozen=True, slots=True)
class LearnedTrust:
    """The mean of the answer foretold, and its spread. settings: for the start value alone.

    Unlike the rules', the spread is that of one answer, so it does not shrink to nothing with many of them.
    """

    settings: TutorSettings
    model: AnswerModel

    def estimate(self, events: Sequence[TrustEvent]) -> TrustEstimate:
        """See ``TrustModel``. Raises: ValueError: if the model's numbers are no probabilities."""
        p = self.model.probabilities(features_of(events, self.settings))
        known = len(p) == len(ANSWERS) and all(math.isfinite(one) and one >= 0 for one in p)
        if not known or abs(sum(p) - 1) > 1e-6:
            raise ValueError(f"a trust model gave {p}, which are no probabilities of {len(ANSWERS)} answers")
        mean = sum(answer * one for answer, one in zip(ANSWERS, p, strict=True))
        var = sum((answer - mean) ** 2 * one for answer, one in zip(ANSWERS, p, strict=True))
        sd = max(LEAST_SD, math.sqrt(max(0.0, var)))
        return TrustEstimate(mean=clamp_trust(round(mean, PLACES)), sd=round(sd, PLACES))


def features_of(events: Sequence[TrustEvent], settings: TutorSettings) -> tuple[float, ...]:
    """(len(FEATURES),) what is known of trust after these events."""
    answers = [event.answer for event in events if event.answer is not None]
    last = max((n for n, event in enumerate(events) if event.answer is not None), default=-1)
    since = events[last + 1 :]
    start = next((event.start for event in events if event.start is not None), settings.trust_start)
    latest = answers[-1] if answers else start
    mean = (start + sum(answers)) / (1 + len(answers))
    return (
        float(bool(answers)),
        _placed(latest),
        _placed(mean),
        _share(len(answers), MOST_ANSWERS),
        *(_share(sum(event.cause is cause for event in since), MOST_SINCE) for cause in COUNTED),
        *(_share(sum(event.cause is cause for event in events), MOST_IN_ALL) for cause in COUNTED),
        *(_share(sum(event.level == level for event in since), MOST_SINCE) for level in LEVELS),
        *(_share(sum(event.kind in kinds for event in since), MOST_SINCE) for kinds in REASONS.values()),
    )


def _placed(trust: float) -> float:
    return (trust - TRUST_MIN) / (TRUST_MAX - TRUST_MIN)


def _share(n: int, most: int) -> float:
    return min(1.0, n / most)


def events_of(rows: Iterable[Row]) -> tuple[TrustEvent, ...]:
    """What a trust model was told of in the session of these rows, oldest first."""
    kinds: dict[str, str] = {}
    acts: dict[str, Act] = {}
    events: list[TrustEvent] = []
    for row in rows:
        if isinstance(row, Trigger):
            kinds[row.trigger_id] = row.kind
        elif isinstance(row, Act):
            acts[row.act_id] = row
        elif isinstance(row, ReactionSeen):
            act = acts[row.act_id]
            cause, kind = TrustCause(row.reaction), kinds[act.trigger_id]
            events.append(TrustEvent(cause=cause, level=act.level, kind=kind))
        elif isinstance(row, Attempt) and not row.correct:
            events.append(TrustEvent(cause=TrustCause.ERROR))
        elif isinstance(row, TrustState) and row.cause == TrustCause.START:
            events.append(TrustEvent(cause=TrustCause.START, start=row.trust))
        elif isinstance(row, TrustState) and row.cause == TrustCause.USED_AND_RIGHT:
            events.append(TrustEvent(cause=TrustCause.USED_AND_RIGHT))
        elif isinstance(row, Probe):
            events.append(TrustEvent(cause=TrustCause.PROBE, answer=row.trust))
    return tuple(events)
