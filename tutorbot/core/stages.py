"""What surrounds the lesson in a session: the device check and the questionnaires, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tutorbot.core.active_time import ActiveTime
from tutorbot.core.effects import Notes
from tutorbot.core.events import PhaseBegun, QuestionnaireAnswer, QuestionnaireEnd
from tutorbot.core.questionnaires import (
    Part,
    Questionnaire,
    Questionnaires,
    Sheet,
    TrustStart,
    starting_trust,
)


class Stages:
    """Puts the questionnaires of each phase before the learner, one after another."""

    def __init__(
        self,
        questionnaires: Questionnaires,
        *,
        trust_start: TrustStart | None,
        active: ActiveTime,
        notes: Notes,
    ) -> None:
        self._questionnaires = questionnaires
        self._trust_start = trust_start
        self._active = active
        self._notes = notes
        self._waiting: list[Questionnaire] = []
        self._then: Callable[[float], None] = lambda at_s: None
        self._block: int | None = None
        self._part = Part.PRE
        self.sheet: Sheet | None = None
        self.n_done = 0
        self.starting_trust: float | None = None

    def ask(self, part: Part, at_s: float, *, block: int | None, then: Callable[[float], None]) -> bool:
        """Begin the questionnaires of a phase; ``then`` is called after the last. Returns: False for none."""
        self._waiting = list(self._questionnaires.of(part))
        if not self._waiting:
            return False
        self._part, self._block, self._then = part, block, then
        self._notes.log(PhaseBegun(at_s=at_s, phase=part.value, block=block))
        self._next(at_s)
        return True

    def take(self, row: QuestionnaireAnswer) -> None:
        """An answer to the questionnaire that lies before the learner; any other is left alone."""
        sheet = self.sheet
        if sheet is None or not self.is_open(row.instrument, row.phase, row.block):
            return
        item = sheet.questionnaire.item(row.item_id)
        if item is not None and item.fits(row):
            sheet.take(row)

    def is_open(self, instrument: str, phase: str, block: int | None) -> bool:
        """True when this questionnaire lies before the learner."""
        sheet = self.sheet
        return sheet is not None and (sheet.questionnaire.instrument, sheet.part.value, sheet.block) == (
            instrument,
            phase,
            block,
        )

    def done(self, at_s: float) -> None:
        """The learner is through with it; nothing happens while a required item lacks an answer."""
        sheet = self.sheet
        if sheet is None or sheet.missing:
            return
        self._close(at_s, "done")
        start = self._trust_start
        if (
            start is not None
            and sheet.part is Part.PRE
            and sheet.questionnaire.instrument == start.instrument
        ):
            self.starting_trust = starting_trust(start, sheet.questionnaire, sheet.answers)
        self.n_done += 1
        if self._waiting:
            self._next(at_s)
        else:
            self._then(at_s)

    def leave(self, at_s: float) -> None:
        """The session ends: what lies before the learner stays as it is."""
        if self.sheet is not None:
            self._close(at_s, "left")
        self._waiting = []

    def _next(self, at_s: float) -> None:
        self.sheet = Sheet(self._waiting.pop(0), self._part, self._block, self._active.at(at_s))

    def _close(self, at_s: float, outcome: str) -> None:
        sheet = self.sheet
        assert sheet is not None
        self._notes.log(
            QuestionnaireEnd(
                at_s=at_s,
                instrument=sheet.questionnaire.instrument,
                version=sheet.questionnaire.version,
                phase=sheet.part.value,
                block=sheet.block,
                n_items=len(sheet.questionnaire.items),
                n_answered=sheet.n_answered,
                outcome=outcome,
                duration_s=round(self._active.at(at_s) - sheet.began_s, 3),
                n_checks=len(sheet.checks),
                n_checks_passed=sum(sheet.checks),
            )
        )
        self.sheet = None


def n_sheets(questionnaires: Questionnaires, n_parts: int) -> int:
    """Questionnaires a whole session asks, with ``n_parts`` of the lesson after which some are asked."""
    asked: Iterable[int] = (
        len(questionnaires.pre),
        n_parts * len(questionnaires.block),
        len(questionnaires.post),
    )
    return sum(asked)
