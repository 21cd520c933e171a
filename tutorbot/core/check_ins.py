"""The study's two questions as they lie before the learner: asked, answered, withdrawn or dropped."""

from __future__ import annotations

from dataclasses import replace

from tutorbot.core.course import Course, Item
from tutorbot.core.effects import Notes
from tutorbot.core.events import ValidityProbe
from tutorbot.core.evidence import Evidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers import AFFECT, find_candidate
from tutorbot.core.validity import CheckIn, ValidityPlan


class CheckIns:
    """Puts the questions when the plan says so; the time with them is no time on the board."""

    def __init__(self, seed: int, settings: TutorSettings, *, course: Course, notes: Notes) -> None:
        self._plan = ValidityPlan(seed, settings)
        self._settings = settings
        self._course = course
        self._notes = notes
        self._n_asked = 0
        self._open: ValidityProbe | None = None

    @property
    def open_id(self) -> str | None:
        """Id of the questions that are open."""
        return None if self._open is None else self._open.probe_id

    def tick(self, at_s: float, item: Item, *, active_s: float, evidence: Evidence, quiet: bool) -> bool:
        """One tick of work. Returns: questions are open, or wait for the next quiet moment.

        evidence: what the detector and the behaviour say, whatever the condition makes of it. quiet: the
        learner could be asked right now.
        """
        asked = self._open
        if asked is not None and at_s - asked.at_s >= self._settings.check_in_expires_s:
            self._leave_out(at_s - asked.at_s)
            self._close(at_s, "expired")
        if self._open is not None:
            return True
        found = find_candidate(evidence, self._settings)
        due = self._plan.tick(
            at_s,
            active_s=active_s,
            item_id=item.item_id,
            found=found if found is not None and found.kind in AFFECT else None,
            quiet=quiet,
        )
        if due is not None:
            self._ask(at_s, item, due)
        return self._open is not None or self._plan.waiting

    def _ask(self, at_s: float, item: Item, due: CheckIn) -> None:
        self._n_asked += 1
        self._open = ValidityProbe(
            at_s=at_s,
            probe_id=f"V{self._n_asked}",
            item_id=item.item_id,
            outcome="asked",
            why=due.why,
            kind=None if due.found is None else due.found.kind,
            basis=None if due.found is None else due.found.basis.value,
        )
        self._notes.log(self._open)

    def answered(self, at_s: float) -> None:
        """The learner answered, or passed them over."""
        if self._open is not None:
            self._leave_out(at_s - self._open.at_s)
            self._open = None

    def drop(self, at_s: float) -> None:
        """The board, a pause or the session ends."""
        if self._open is not None:
            self._close(at_s, "dropped")
        self._plan.item_over()

    def _close(self, at_s: float, outcome: str) -> None:
        assert self._open is not None
        self._notes.log(replace(self._open, at_s=at_s, outcome=outcome))
        self._open = None

    def _leave_out(self, seconds: float) -> None:
        item = self._course.item
        if item is not None:
            self._course.item = replace(item, began_s=item.began_s + seconds)
