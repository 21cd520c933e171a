"""What becomes of what the robot hears: it is the learner's turn, the robot's own voice, or nothing clear."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tutorbot.core.events import RobotHearing
from tutorbot.core.lines import TutorLine
from tutorbot.errors import BadInput
from tutorbot.ports import Hearing
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.keeper import Keeper
from tutorbot.session.robot_jobs import RobotJobs
from tutorbot.session.robot_talk import RobotTalk
from tutorbot.session.words import words

SAY_AGAIN = "robot/again"
"""Wording id of the robot's question after speech that was not understood."""
MOST_AT_ONCE, WITHIN_S = 20, 10.0
"""So many sentences are taken in so many seconds; more are a fault of the robot's program. P"""


class Partner(Keeper, Protocol):
    """A session that takes what the learner says."""

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one message as from the page. Raises: BadInput, LogUnwritable."""


class RobotListening:
    """The learner's part of the talk in one session. session: the one the robot sits in now."""

    def __init__(
        self,
        session: Callable[[], Partner],
        talk: RobotTalk,
        ear: Ear,
        manners: Manners,
        jobs: RobotJobs,
        *,
        complain: Callable[[str], None],
    ) -> None:
        """complain: told once when more is heard than anybody says."""
        self._session, self._talk, self._jobs = session, talk, jobs
        self._complain, self._overdone = complain, False
        self._when_s: deque[float] = deque(maxlen=MOST_AT_ONCE)
        self._ear, self._manners = ear, manners
        self._taken: tuple[float, str] | None = None
        self._handing_in = False
        self._asked_again = False

    def hear(self, hearing: Hearing) -> None:
        """Speech: while it goes on the tutor is silent; when it is over it is what the learner said."""
        now_s = self._session().now_s()
        if hearing.final and self._is_too_much(now_s):
            return
        own = self._ear.is_own(hearing.text, now_s)
        if not own and hearing.text.strip():
            self._ear.learner_speaks(now_s, final=hearing.final)
            self._talk.turned()
        interrupted = not own and self._talk.speaking
        if interrupted:
            self._talk.interrupt()
        if hearing.final:
            self._jobs.begin(self._take(hearing, own=own, interrupted=interrupted))

    def _is_too_much(self, now_s: float) -> bool:
        """Whether it comes faster than anybody speaks: a flood must not fill the log."""
        if len(self._when_s) == MOST_AT_ONCE and now_s - self._when_s[0] < WITHIN_S:
            if not self._overdone:
                self._complain(f"more than {MOST_AT_ONCE} sentences in {WITHIN_S:g} s: the rest is not taken")
            self._overdone = True
            return True
        self._overdone = False
        self._when_s.append(now_s)
        return False

    async def _take(self, hearing: Hearing, *, own: bool, interrupted: bool) -> None:
        unsure = hearing.confidence is not None and hearing.confidence < self._manners.unsure_below
        client_id = None
        if own:
            outcome = "self_heard"
        elif unsure:
            outcome = "unsure"
        elif self._says_the_same(hearing.text):
            outcome = "repeated"
            self._talk.go_on()
        else:
            client_id = self._jobs.new_id()
            outcome = await self._hand_in(hearing.text, client_id)
        await self._jobs.put(
            lambda at_s: RobotHearing(
                at_s=at_s,
                outcome=outcome,
                confidence=hearing.confidence,
                language=hearing.language,
                interrupted=interrupted,
                client_id=client_id if outcome == "taken" else None,
            )
        )
        self._ask_to_repeat(outcome)

    def _ask_to_repeat(self, outcome: str) -> None:
        """After speech that was not clear, once until something is."""
        tutor = self._session().tutor
        if outcome == "unsure" and not self._asked_again and tutor.running and not tutor.paused:
            self._asked_again = True
            text = words(self._session().plan.language).say_again
            self._talk.add(TutorLine(text=text, wording_id=SAY_AGAIN))
        elif outcome == "taken":
            self._asked_again = False

    def _says_the_same(self, text: str) -> bool:
        """Whether it is what was taken last, said again before it was answered."""
        if self._taken is None:
            return False
        at_s, before = self._taken
        fresh = self._session().now_s() - at_s <= self._manners.answer_expires_s
        return fresh and self._waits_for_an_answer and self._ear.repeats(text, before)

    @property
    def _waits_for_an_answer(self) -> bool:
        return self._handing_in or bool(self._session().tutor.unanswered) or self._talk.busy

    async def _hand_in(self, text: str, client_id: str) -> str:
        self._taken, self._handing_in = (self._session().now_s(), text), True
        try:
            await self._session().receive({"type": "say", "text": text, "client_id": client_id})
        except BadInput:
            self._taken = None
            return "not_now"
        finally:
            self._handing_in = False
        return "taken"
