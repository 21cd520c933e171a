"""The stop rule: an INTERVENTION that costs this learner too much trust is not repeated.

Source of the rule: the study's design (docs/proactivity.md); it binds every condition.
"""

from __future__ import annotations

from statistics import fmean

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.settings import TutorSettings


class StopRule:
    """Compares the learner's own trust answers before and after INTERVENTIONs."""

    def __init__(self, settings: TutorSettings) -> None:
        self._settings = settings
        self._answer: int | None = None
        self._intervened = False
        self._changes: list[int] = []

    @property
    def changes(self) -> tuple[int, ...]:
        """Of the trust answer, from the last one before an INTERVENTION to the first one after it."""
        return tuple(self._changes)

    @property
    def met(self) -> bool:
        """True once the mean change is a fall by more than the settings allow."""
        return bool(self._changes) and fmean(self._changes) < -self._settings.stop_fall

    def said(self, level: ProactivityLevel) -> None:
        """An act was delivered."""
        self._intervened = self._intervened or level is ProactivityLevel.INTERVENTION

    def answered(self, answer: int) -> None:
        """The learner answered the single trust item, 1..5; the first answer has none to compare with."""
        if self._intervened and self._answer is not None:
            self._changes.append(answer - self._answer)
        self._answer, self._intervened = answer, False
