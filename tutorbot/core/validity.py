"""When a study asks the learner how things are, to tell later how far the detector can be trusted.

After half of the detector's findings and at about as many random moments, never twice within three minutes.
Both go by the same rule in every condition: by what was found, not by what the tutor made of it, so that
the questions do not tell conditions apart. No decision rests on the answers.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from tutorbot.core.evidence import Candidate
from tutorbot.core.settings import TutorSettings

FOUND, RANDOM = "found", "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """Two questions to the learner that are due or open.

    why: ``found`` after a finding, ``random`` at a moment drawn beforehand. found: what the detector and the
    behaviour said at that moment, whatever the reason for asking; None when nothing was found.
    since_s: session seconds when it fell due.
    """

    why: str
    found: Candidate | None
    since_s: float


class ValidityPlan:
    """Deals the moments of one session. The same seed and the same findings give the same moments."""

    def __init__(self, seed: int, settings: TutorSettings) -> None:
        self._seed = seed
        self._settings = settings
        self._n_found = 0
        self._n_random = 0
        self._random_s = self._drawn_s()
        self._holds: tuple[str, str] | None = None
        self._asked_s: float | None = None
        self._due: CheckIn | None = None

    def tick(
        self, at_s: float, *, active_s: float, item_id: str, found: Candidate | None, quiet: bool
    ) -> CheckIn | None:
        """What to ask now, or None.

        active_s: time on the lesson without pauses, on which random moments are laid. found: confusion,
        frustration or both, as found at this tick. quiet: the learner could be asked at this very moment.
        """
        why = self._why(active_s, item_id, found)
        if why is not None and self._due is None and self._rested(at_s):
            self._due = CheckIn(why=why, found=found, since_s=at_s)
        due = self._due
        if due is None or not quiet:
            if due is not None and at_s - due.since_s > self._settings.check_in_waits_s:
                self._due = None  # it would ask about another moment
            return None
        self._due, self._asked_s = None, at_s
        return due

    @property
    def waiting(self) -> bool:
        """Something is to be asked at the next quiet moment."""
        return self._due is not None

    def item_over(self) -> None:
        """The board is done: what was to be asked about it is not asked."""
        self._due = self._holds = None

    def _rested(self, at_s: float) -> bool:
        return self._asked_s is None or at_s - self._asked_s >= self._settings.check_in_rest_s

    def _why(self, active_s: float, item_id: str, found: Candidate | None) -> str | None:
        """A finding counts when it begins; every second one is asked about, by the toss of a coin."""
        begins = found is not None and self._holds != (item_id, found.kind)
        self._holds = None if found is None else (item_id, found.kind)
        random_now = active_s >= self._random_s
        if random_now:
            self._n_random += 1
            self._random_s = self._drawn_s()
        if begins:
            self._n_found += 1
            if random.Random(f"{self._seed}/check-in/found/{self._n_found}").random() < 0.5:
                return FOUND
        return RANDOM if random_now else None

    def _drawn_s(self) -> float:
        """Active seconds of the next random moment: one in each stretch of so many seconds."""
        dice = random.Random(f"{self._seed}/check-in/random/{self._n_random}")
        return (self._n_random + dice.random()) * self._settings.check_in_every_s
