"""Reasons to speak as they are logged: each once for as long as nothing about it changes."""

from __future__ import annotations

from dataclasses import dataclass

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.course import Item
from tutorbot.core.effects import Notes
from tutorbot.core.events import Trigger
from tutorbot.core.evidence import Candidate
from tutorbot.core.strategies import Decision
from tutorbot.core.wizard_desk import About


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A candidate on an item, what the condition wished for it and what the trust rules left of that.

    trust: the estimate then, 1..5. persists: an act was said on the item before.
    """

    item: Item
    candidate: Candidate
    wish: ProactivityLevel
    left: Decision
    trust: float
    persists: bool

    @property
    def about(self) -> About:
        """What is the same for as long as it is the same reason."""
        return self.item.item_id, self.candidate.kind, self.candidate.basis.value


class TriggerNotes:
    """Numbers the reasons and notes what became of each."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._n = 0
        self._last: tuple[object, ...] | None = None

    def forget(self) -> None:
        """What comes next is noted, even if it is the same as before."""
        self._last = None

    def note(self, at_s: float, found: Found, outcome: str, reason: str | None) -> str:
        """Log it if anything about it is new. Returns: its trigger id."""
        if self._last is None or self._last[:3] != found.about:
            self._n += 1
        noted = (*found.about, found.wish, _allowed(found, outcome), outcome, reason)
        if noted != self._last:
            self._last = noted
            self.log(at_s, found, outcome, reason)
        return f"T{self._n}"

    def log(self, at_s: float, found: Found, outcome: str, reason: str | None) -> None:
        """Log it under the number of the last one."""
        self._notes.log(
            Trigger(
                at_s=at_s,
                trigger_id=f"T{self._n}",
                kind=found.candidate.kind,
                basis=found.candidate.basis.value,
                item_id=found.item.item_id,
                signs=found.candidate.signs,
                evidence=found.candidate.evidence,
                persists=found.persists,
                trust=round(found.trust, 3),
                level_offered=int(found.wish),
                level_allowed=_allowed(found, outcome),
                outcome=outcome,
                reason=reason,
            )
        )


def _allowed(found: Found, outcome: str) -> int:
    """The level that is left of a candidate, as it is logged."""
    return 0 if outcome == "suppressed" else int(found.left.level)
