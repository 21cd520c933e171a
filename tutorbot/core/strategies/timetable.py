"""Controls that do not go by the learner's state: on every error, at a fixed interval, yoked to another run.

They separate *when* and *how often* the tutor speaks from *why*: a fixed level like L1-A to L3-A, the same
rest, caps and delivery rules, another reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import Act, Delivery, ItemBegun, Row, Trigger
from tutorbot.core.evidence import Basis, Candidate, Evidence, Pairs
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies.base import Context, Decision, Moment, ScheduledAct, speak
from tutorbot.core.triggers.values import behaviour_values


@dataclass(frozen=True, slots=True)
class OnError:
    """L1-E to L3-E: a wrong check is the reason, whatever the face and the times say."""

    condition: str
    level: ProactivityLevel
    uses_face: bool = False
    follows_trust: bool = False
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The last check was wrong, and nothing was said about it yet."""
        if not moment.error_new:
            return None
        return Candidate(
            kind="error",
            basis=Basis.BEHAVIOUR_ONLY,
            signs=("wrong_check",),
            evidence=behaviour_values(evidence),
        )

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The fixed level."""
        return speak(self.level)


@dataclass(frozen=True, slots=True)
class FixedInterval:
    """L1-T to L3-T: so many seconds of work without an act are the reason."""

    condition: str
    level: ProactivityLevel
    uses_face: bool = False
    follows_trust: bool = False
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The interval is over; pauses do not count."""
        if moment.quiet_s < settings.interval_s:
            return None
        return _timed("interval", evidence, (("quiet_s", round(moment.quiet_s, 1)),))

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The fixed level."""
        return speak(self.level)


@dataclass(frozen=True, slots=True)
class Yoked:
    """L1-Y to L3-Y: speaks on the board and at the second at which a matched affect run did.

    An act that cannot be said then, because the board was over sooner or the tutor must rest, comes at the
    first moment after it; the k-th act always belongs to the k-th of the matched run.
    """

    condition: str
    level: ProactivityLevel
    uses_face: bool = False
    follows_trust: bool = False
    asks_again: bool = True

    def look(self, evidence: Evidence, moment: Moment, settings: TutorSettings) -> Candidate | None:
        """The next act of the matched run is due."""
        if moment.n_said >= len(moment.schedule):
            return None
        due = moment.schedule[moment.n_said]
        if (moment.item_n, moment.item_s) < (due.item_n, due.item_s):
            return None
        return _timed("yoked", evidence, (("due_item", due.item_n), ("due_s", round(due.item_s, 1))))

    def decide(self, candidate: Candidate, context: Context) -> Decision:
        """The fixed level."""
        return speak(self.level)


def schedule_of(rows: Sequence[Row]) -> tuple[ScheduledAct, ...]:
    """When the acts of a finished session were said, for a session that is yoked to it.

    A step that was agreed to is the answer to a question, not a beginning: it is left out.
    """
    item_n = {row.item_id: row.n for row in rows if isinstance(row, ItemBegun)}
    item_s = {
        row.trigger_id: float(dict(row.evidence)["item_s"] or 0.0)
        for row in rows
        if isinstance(row, Trigger) and row.outcome == "allowed"
    }
    acts = {row.act_id: row for row in rows if isinstance(row, Act) and row.follows_act_id is None}
    return tuple(
        ScheduledAct(
            item_n=item_n[acts[row.act_id].item_id],
            item_s=round(item_s[acts[row.act_id].trigger_id] + row.latency_s, 3),
        )
        for row in rows
        if isinstance(row, Delivery) and row.delivered and row.act_id in acts
    )


def _timed(kind: str, evidence: Evidence, values: Pairs) -> Candidate:
    return Candidate(
        kind=kind,
        basis=Basis.TIMETABLE,
        signs=("due",),
        evidence=(*values, *behaviour_values(evidence)),
    )
