"""Gathers evidence on the current item from what comes in; says nothing about what to do."""

from __future__ import annotations

from statistics import median

from tutorbot.core.active_time import ActiveTime
from tutorbot.core.concentration import Focus
from tutorbot.core.course import Course, Item
from tutorbot.core.episodes import Episode
from tutorbot.core.events import AffectWindow
from tutorbot.core.evidence import (
    ALL_SOURCES,
    Behaviour,
    Evidence,
    EvidenceSource,
    FaceEvidence,
    Standing,
)
from tutorbot.core.settings import TutorSettings


class Watch:
    """One learner's running evidence. Times are session seconds unless named active."""

    def __init__(
        self,
        settings: TutorSettings,
        course: Course,
        active: ActiveTime,
        sources: frozenset[EvidenceSource] = ALL_SOURCES,
    ) -> None:
        """sources: what the study lets count as evidence."""
        self._settings = settings
        self._sources = sources
        self._course = course
        self._active = active
        self.last_input_s: float | None = None
        self.last_answer_s: float | None = None
        self._confusion = Episode()
        self._frustration = Episode()
        self._sighted_s: float | None = None
        self._coverage = 0.0
        self._face_focus: tuple[float, float] | None = None
        self._away_since: float | None = None
        self._began_s = 0.0
        self._waits_since: float | None = None
        self._latencies_s: list[float] = []
        self._begin_counts()

    def _begin_counts(self) -> None:
        self._checks_s: list[float] = []
        self._errors_in_row = 0
        self._stuck_s: float | None = None
        self._negative_s: float | None = None
        self._confused_s: float | None = None
        self._progress_s: float | None = None
        self._laid: set[str] = set()
        self.helped_s: float | None = None

    def begin_item(self, at_s: float) -> None:
        """A new board: what belonged to the last one no longer counts."""
        self._begin_counts()
        self._began_s = self._waits_since = at_s
        self._confusion, self._frustration = Episode(), Episode()

    def forget_face(self) -> None:
        """The camera is off: nothing the face showed counts any more."""
        self._confusion, self._frustration = Episode(), Episode()
        self._sighted_s = self._face_focus = None

    def see(self, window: AffectWindow) -> None:
        """Take one affect window."""
        scored = window.calibrated and window.coverage >= self._settings.min_coverage
        confusion = window.confusion if scored else None
        frustration = window.frustration if scored else None
        self._confusion = self._confusion.advance(window.at_s, confusion, self._settings)
        self._frustration = self._frustration.advance(window.at_s, frustration, self._settings)
        self._coverage = window.coverage
        if confusion is not None or frustration is not None:
            self._sighted_s = window.at_s
        if scored and window.concentration is not None and 0.0 <= window.concentration <= 1.0:
            self._face_focus = (window.at_s, window.concentration)

    def touch(self, at_s: float) -> None:
        """The learner did something."""
        self.last_input_s = at_s
        self._away_since = None
        if self._waits_since is not None:
            self._latencies_s.append(at_s - self._waits_since)
            self._waits_since = None

    def progress(self, at_s: float) -> None:
        """The learner got on: a card placed for the first time or a better check."""
        self._progress_s = at_s

    def laid(self, at_s: float, card_id: str) -> None:
        """A card was put into a box before the first check; to and fro with the same card is no progress."""
        if card_id not in self._laid:
            self._laid.add(card_id)
            self.progress(at_s)

    def check(self, at_s: float, *, correct: bool) -> None:
        """The board was checked."""
        self.last_answer_s = self._waits_since = at_s
        self._checks_s.append(at_s)
        self._errors_in_row = 0 if correct else self._errors_in_row + 1

    def board_over(self) -> None:
        """What comes next is no response to this board."""
        self._waits_since = None

    def stuck(self, at_s: float) -> None:
        """The learner said or pressed that it does not go on."""
        self._stuck_s = at_s

    def helped(self, at_s: float) -> None:
        """The learner asked for a hint and got one."""
        self.helped_s = at_s

    def negative_words(self, at_s: float) -> None:
        """The learner said something negative about the task."""
        self._negative_s = at_s

    def confused_words(self, at_s: float) -> None:
        """The learner said that it is not understood."""
        self._confused_s = at_s

    def left(self, at_s: float) -> None:
        """The learner left the task window."""
        self._away_since = self._away_since if self._away_since is not None else at_s

    def page_back(self, at_s: float) -> None:
        """The page is there again: the time without it was no idling, and nobody took long to begin."""
        self._began_s = max(self._began_s, at_s)
        self._waits_since = None

    def returned(self) -> None:
        """The learner is back at the task window."""
        self._away_since = None

    def evidence(
        self, at_s: float, item: Item, *, uses_face: bool, standing: Standing | None = None
    ) -> Evidence:
        """All that is known at ``at_s`` about the learner on this item."""
        return Evidence(
            at_s=at_s,
            item_id=item.item_id,
            face=self._face(at_s) if uses_face else None,
            behaviour=self._behaviour(at_s, item),
            standing=standing,
            sources=self._sources,
        )

    def focus(self, at_s: float, item: Item, *, uses_face: bool) -> Focus:
        """What the concentration index is made of."""
        seen = self._face_focus if uses_face else None
        fresh = seen is not None and at_s - seen[0] <= self._settings.face_lost_s
        rapid_from = at_s - self._settings.rapid_within_s
        return Focus(
            away=self._away_since is not None,
            idle_s=self._idle_s(at_s),
            guesses=sum(checked >= rapid_from for checked in self._checks_s),
            n_changes=item.n_changes,
            slowness=self._slowness(),
            face=seen[1] if seen is not None and fresh else None,
        )

    def _slowness(self) -> float | None:
        """The last response latency in own medians; None before there are as many as boards for a median."""
        known = self._latencies_s
        if len(known) <= self._settings.median_after_items:
            return None
        usual_s = median(known)
        return known[-1] / usual_s if usual_s > 0 else 1.0

    def _idle_s(self, at_s: float) -> float:
        return at_s - max(self.last_input_s or 0.0, self._began_s)

    def _face(self, at_s: float) -> FaceEvidence | None:
        if self._sighted_s is None or at_s - self._sighted_s > self._settings.face_lost_s:
            return None
        return FaceEvidence(
            confusion=self._confusion.score,
            frustration=self._frustration.score,
            confusion_held_s=self._confusion.held_s,
            frustration_held_s=self._frustration.held_s,
            coverage=self._coverage,
        )

    def _behaviour(self, at_s: float, item: Item) -> Behaviour:
        def ago(moment: float | None) -> float | None:
            return None if moment is None else at_s - moment

        rapid_from = at_s - self._settings.rapid_within_s
        return Behaviour(
            item_s=self._active.at(at_s) - item.began_s,
            median_item_s=self._course.median_item_s(self._settings.median_after_items),
            n_errors=item.n_errors,
            n_errors_in_row=self._errors_in_row,
            n_changes=item.n_changes,
            n_rapid=sum(checked >= rapid_from for checked in self._checks_s),
            stuck_ago_s=ago(self._stuck_s),
            negative_ago_s=ago(self._negative_s),
            confused_ago_s=ago(self._confused_s),
            away_s=ago(self._away_since),
            progress_ago_s=ago(self._progress_s),
            idle_s=self._idle_s(at_s),
        )
