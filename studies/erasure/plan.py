"""What an erasure is about: where it looks, why, and what would go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from studies.erasure.folder import FolderPlan
from studies.erasure.found import Found
from studies.erasure.names import Names
from studies.erasure.staged import Staged
from studies.erasure.tracker import IN_MEMORY, TrackerStore
from studies.log.database import shown
from studies.log.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Everything of a study that may hold a person. db: URL of the log. tracker: URL of Rasa's SQL store."""

    db: str
    exports: tuple[Path, ...] = ()
    bags: tuple[Path, ...] = ()
    key: Path | None = None
    tracker: str | None = None

    @property
    def beside_the_log(self) -> bool:
        """Whether anything is named but the log."""
        return bool(self.exports or self.bags or self.key or self.tracker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """what: withdrawal or purge. code: wish or retention. action: its word in the audit log."""

    what: str
    code: str
    action: str


WISH = Reason(what="withdrawal", code="wish", action="withdraw")
RETENTION = Reason(what="purge", code="retention", action="purge")
LATER = "later withdrawal"
"""Of somebody erased before, from what was found since."""


@dataclass(slots=True, kw_only=True)
class Erasure:
    """What would go, prepared and not done yet. n_key_entries: None where no id key was named.

    found: of somebody who was erased before; then only what is named is gone through, and the log is left.
    """

    study_id: str
    people: tuple[Person, ...]
    names: Names
    where: Where
    engine: Engine
    staged: Staged
    tracker: TrackerStore | None
    exports: list[FolderPlan] = field(default_factory=list)
    bags: list[FolderPlan] = field(default_factory=list)
    n_key_entries: int | None = None
    found: Found | None = None

    @property
    def idle(self) -> bool:
        """Whether somebody who was erased before is nowhere in what was named."""
        some = any(plan.changes for plan in (*self.exports, *self.bags))
        return self.found is not None and not (some or self.n_key_entries or self.found.n_conversations)

    @property
    def who(self) -> str:
        """The people in words."""
        few = ", ".join(person.code for person in self.people[:8])
        return few if len(self.people) <= 8 else f"{few} and {len(self.people) - 8} more"

    def lines(self) -> Iterator[str]:
        """What would go, to read before it is agreed to."""
        if self.found is not None:
            yield f"{self.found.buried.told} Only what is named here is gone through."
        else:
            yield from self._of_log()
        for plan in (*self.exports, *self.bags):
            yield from plan.lines()
        yield f"From Rasa's tracker store: {self.tracker.shown if self.tracker else IN_MEMORY}"
        if self.n_key_entries is not None:
            yield f"From the id key {self.where.key}: entries: {self.n_key_entries}"

    def _of_log(self) -> Iterator[str]:
        n_sessions = sum(len(person.sessions) for person in self.people)
        n_open = sum(person.n_open for person in self.people)
        yield f"From the study log {shown(self.engine.url)}: {self.who}, sessions: {n_sessions}"
        if n_open:
            yield f"  sessions of these without an end: {n_open}; nobody can go on with them"
