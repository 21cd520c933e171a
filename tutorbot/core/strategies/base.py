"""What a study condition decides with, and how its answer looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tutorbot.core.acts import Move, ProactivityLevel
from tutorbot.core.evidence import Candidate, Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import TrustBand


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledAct:
    """When an act of a matched run was said: on its n-th board, so many active seconds after that began."""

    item_n: int
    item_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where the session stands, for conditions that do not go by the learner's state.

    item_n: running number of the board, from 1. item_s: active seconds on it.
    quiet_s: active seconds since the last act, or since the lesson began.
    error_new: the last check was wrong and no act came since. n_said: acts delivered so far.
    schedule: acts of the matched run, in order; empty unless the condition is yoked.
    """

    item_n: int
    item_s: float
    quiet_s: float
    error_new: bool
    n_said: int
    schedule: tuple[ScheduledAct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known when a candidate comes up.

    band: trust band. persists: an act was already delivered on this item.
    suggested: one of them was a SUGGESTION. n_errors: wrong checks on the item.
    errors_persisting: wrong checks from which frustration counts as persisting.
    objective: ``trust_first`` or ``focus_first``.
    trust: the estimate behind the band, 1..5. since_act_s: since the last act, None before the first.
    n_acts: acts delivered so far. possible: an act could be said at this very moment.
    """

    band: TrustBand
    persists: bool
    suggested: bool
    n_errors: int
    errors_persisting: int
    objective: str
    trust: float = 3.5
    since_act_s: float | None = None
    n_acts: int = 0
    possible: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A condition's answer to a candidate.

    level NONE means silence, and ``reason`` then says why.
    move: what the act does; None with NONE.
    """

    level: ProactivityLevel
    move: Move | None = None
    reason: str | None = None


MOVE_OF_LEVEL = {
    ProactivityLevel.NOTIFICATION: Move.SIGNAL_PRESENCE,
    ProactivityLevel.SUGGESTION: Move.OFFER_CONTRAST,
    ProactivityLevel.INTERVENTION: Move.WORKED_STEP,
}
"""The usual move at each level."""


def silence(reason: str) -> Decision:
    """Say nothing, for this reason."""
    return Decision(level=ProactivityLevel.NONE, reason=reason)


def speak(level: ProactivityLevel) -> Decision:
    """Act at this level with its usual move; NONE is silence by the table."""
    if level is ProactivityLevel.NONE:
        return silence("table")
    return Decision(level=level, move=MOVE_OF_LEVEL[level])


class Strategy(Protocol):
    """One study condition.

    condition: its id in protocols and logs.
    uses_face: False takes no face evidence even where a camera runs.
    follows_trust: the trust rules (one level lower after a decline, no INTERVENTION at low trust) bind it.
    asks_again: a question that a robot said and nobody answered is said once more.
    """

    @property
    def condition(self) -> str: ...

    @property
    def uses_face(self) -> bool: ...

    @property
    def follows_trust(self) -> bool: ...

    @property
    def asks_again(self) -> bool: ...

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The reason to speak now, or None. Pure."""

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """How strongly to act on this candidate. Pure."""
