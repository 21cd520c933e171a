"""A robot's seat in a session: it says the tutor's lines, hears the learner, and shows what it cannot say.

The page stays the whole truth: every line stands on it whatever becomes of it on the robot, and a robot that
is away changes no decision. What the learner says to the robot goes the way of what is typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import Action, Health, RobotHearing, RobotSpeech, Row
from tutorbot.core.lines import TutorLine
from tutorbot.errors import (
    BadInput,
    LogUnwritable,
    RobotRefused,
    RobotSilent,
    RobotUnreachable,
    TutorbotError,
)
from tutorbot.ports import Hearing, Robot
from tutorbot.session.engagement import Engagement
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.robot_eyes import Onlooker, RobotEyes
from tutorbot.session.robot_news import news
from tutorbot.session.turns import log_fault
from tutorbot.session.words import words

SAY_AGAIN = "robot/again"
"""Wording id of the robot's question after speech that was not understood."""
QUESTION_AGAIN = "robot/question_again"
"""Wording id of an act's question that the robot says once more."""


class Chair(Onlooker, Protocol):
    """A session that takes what the learner says, and pictures."""

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one message as from the page. Raises: BadInput, LogUnwritable."""


class Operator(Protocol):
    """What somebody at the robot may ask for, as at the console."""

    async def hold(self, participant: str, client_id: str, *, on: bool) -> None:
        """Pause, or go on. Raises: BadInput, LogUnwritable."""

    async def end(self, participant: str, client_id: str) -> None:
        """End for good. Raises: BadInput, LogUnwritable."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line that the robot is to say. expires_s: on the session's clock; level: of its act.

    asks: the act whose question it repeats; with an answer it is no longer wanted.
    """

    line: TutorLine
    expires_s: float
    level: ProactivityLevel | None
    asks: str | None = None


class RobotSeat:
    """One robot in one session (port ``RobotEvents``). Use from the session's event loop."""

    def __init__(
        self,
        session: Chair,
        robot: Robot,
        *,
        participant: str,
        operator: Operator | None = None,
        manners: Manners | None = None,
    ) -> None:
        """operator: carries out what is asked at the robot; None: such calls are refused."""
        self.session, self.robot = session, robot
        self._participant, self._operator = participant, operator
        self._manners = manners or Manners()
        self._ear = Ear(self._manners)
        self._engagement = Engagement()
        self._eyes = RobotEyes(
            lambda: self.session, robot, silent_s=self._manners.picture_s, complain=self.complained
        )
        self._lines: asyncio.Queue[_Waiting] = asyncio.Queue()
        self._speaking: asyncio.Task[Any] | None = None
        self._cut_short = False
        self._talked_over: _Waiting | None = None
        self._taken: tuple[float, str] | None = None
        self._handing_in = False
        self._lost_s: float | None = None
        self._question: tuple[str, str] | None = None
        self._asked_again = False
        self._n = 0
        self._jobs: set[asyncio.Task[None]] = set()
        self._worker: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Reach for the robot, and say what is to be said from now on."""
        self._worker = asyncio.create_task(self._work())
        await self.robot.start(self)
        self._eyes.start()

    async def stop(self) -> None:
        """Let go of the robot."""
        jobs = [job for job in (self._worker, *self._jobs) if job is not None]
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await self._eyes.stop(within_s=self._manners.command_s)
        await self.robot.close()

    async def idle(self) -> None:
        """Return once every line is said or given up."""
        await self._lines.join()
        while self._jobs:
            await asyncio.gather(*self._jobs, return_exceptions=True)

    def _job(self, work: Coroutine[Any, Any, None]) -> None:
        """Beside everything else; a fault in it ends nothing."""
        job = asyncio.create_task(self._guarded(work))
        self._jobs.add(job)
        job.add_done_callback(self._jobs.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except LogUnwritable:
            pass  # said on the page
        except Exception as error:  # noqa: BLE001  # the robot must not end the session
            log_fault(self.session.session_id, "something on the robot", error)

    # ------------------------------------------------------------ the session's side

    def line(self, line: TutorLine) -> None:
        """The tutor said something: the robot is to say it, too."""
        tutor, now_s = self.session.tutor, self.session.now_s()
        offer, level = tutor.initiative.offer, None
        expires_s = now_s + self._manners.answer_expires_s
        if line.act_id is not None and offer is not None and offer.act.act_id == line.act_id:
            level = offer.act.level
            expires_s = offer.decided_s + self.session.plan.setup.settings.act_expires_s
        self._lines.put_nowait(_Waiting(line, expires_s, level))

    def stored(self, rows: Sequence[Row]) -> None:
        """Rows were stored: tell the robot's side what concerns it, and fall silent in a pause."""
        self._changed.set()
        self._eyes.settle()
        if (self.session.tutor.paused or self.session.tutor.over) and self._speaking is not None:
            self._job(self._fall_silent())
        self._engagement.see(rows)
        for what, values in news(self.session.tutor, rows, self._engagement.level):
            self._job(self._tell(what, values))
        self._ask_again()
        self._hold_if_away()

    def unwatched(self) -> None:
        """The robot is to look away at once."""
        self._eyes.settle()

    async def _tell(self, what: str, values: Mapping[str, Any]) -> None:
        if "tell" in self.robot.can:
            with suppress(RobotUnreachable):  # news of a moment; the next one says more
                await self.robot.tell(what, values, within_s=self._manners.command_s)

    def _ask_again(self) -> None:
        """Say a question once more that the robot said and nobody answered."""
        tutor, now_s = self.session.tutor, self.session.now_s()
        if self._question is None or self._busy or tutor.paused or not tutor.running:
            return
        offer = tutor.initiative.asks_again(now_s, self._ear.quiet_from_s)
        act_id, text = self._question
        if offer is None or offer.act.act_id != act_id:
            return
        self._question = None
        again = words(self.session.plan.language).question_again.format(question=text)
        line = TutorLine(text=again, wording_id=QUESTION_AGAIN, act_id=act_id)
        expires_s = now_s + self.session.plan.setup.settings.act_expires_s
        self._lines.put_nowait(_Waiting(line, expires_s, None, asks=act_id))

    def _hold_if_away(self) -> None:
        """After a long loss the session waits for the operator: it was meant to have a robot."""
        tutor, after_s = self.session.tutor, self._manners.hold_after_s
        if self._lost_s is None or after_s == 0 or not tutor.running or tutor.paused:
            return
        if self.session.now_s() - self._lost_s < after_s:
            return
        self._lost_s = None  # once a loss: whoever lets it go on wants it so
        item, self._n = tutor.course.item, self._n + 1
        client_id = f"robot-{self._n}-{self.session.session_id[:8]}"
        item_id = None if item is None else item.item_id
        self._job(
            self._put(
                lambda at_s: Action(at_s=at_s, kind="robot_pause", item_id=item_id, client_id=client_id)
            )
        )

    @property
    def _busy(self) -> bool:
        """Something is said, or waits to be."""
        return self._speaking is not None or not self._lines.empty()

    # ------------------------------------------------------------ speaking

    async def _work(self) -> None:
        while True:
            waiting = await self._lines.get()
            try:
                await self._guarded(self._deliver(waiting))
            finally:
                self._lines.task_done()

    async def _deliver(self, waiting: _Waiting) -> None:
        if waiting.level is ProactivityLevel.NOTIFICATION and await self._show():
            await self._note(waiting, "shown")
            return
        if not await self._may_speak(waiting):
            await self._note(waiting, "stale")
            return
        if waiting.level is not None:
            await self._turn_to("learner")
        began_s = self.session.now_s()
        outcome, estimated = await self._say(waiting.line.text)
        self._said(waiting, outcome)
        await self._note(
            waiting, outcome, began_s=None if outcome == "lost" else began_s, estimated=estimated
        )

    def _said(self, waiting: _Waiting, outcome: str) -> None:
        """Keep what may have to be said again."""
        line = waiting.line
        if outcome == "stopped":
            self._talked_over = waiting
        elif outcome == "spoken" and line.act_id is not None and waiting.asks is None:
            self._question = (line.act_id, line.text)

    async def _may_speak(self, waiting: _Waiting) -> bool:
        """Wait until the learner is silent. Returns: whether the line is still wanted then."""
        while True:
            now_s, tutor = self.session.now_s(), self.session.tutor
            if now_s > waiting.expires_s or tutor.over or tutor.paused or self._answered(waiting):
                return False
            left_s = self._ear.speaks_until_s - now_s
            if left_s <= 0:
                return True
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, waiting.expires_s - now_s) + 0.01):
                    await self._changed.wait()

    def _answered(self, waiting: _Waiting) -> bool:
        """Whether it repeats a question that is none any more."""
        offer = self.session.tutor.initiative.awaiting()
        return waiting.asks is not None and (offer is None or offer.act.act_id != waiting.asks)

    async def _say(self, text: str) -> tuple[str, bool]:
        """Returns: what became of it, and whether its end is an estimate."""
        self._cut_short, self._talked_over = False, None
        self._ear.speaks(text)
        language = self.session.plan.language
        saying = asyncio.create_task(
            self.robot.say(text, language=language, within_s=self._manners.command_s)
        )
        self._speaking = saying
        try:
            spoken = await saying
        except RobotUnreachable:
            return "lost", False
        except RobotSilent:
            return "silent", False
        except (RobotRefused, BadInput):
            return "refused", False
        finally:
            self._speaking = None
            saying.cancel()
            self._ear.fell_silent(self.session.now_s())
        return ("stopped" if spoken.stopped or self._cut_short else "spoken"), spoken.estimated

    async def _fall_silent(self) -> None:
        if self._speaking is None or self._cut_short:
            return
        self._cut_short = True
        with suppress(TutorbotError):  # a robot that is lost or cannot stop: treated as silent all the same
            if "stop" in self.robot.can:
                await self.robot.stop_speaking(within_s=self._manners.barge_in_s)

    async def _show(self) -> bool:
        """Say "I am here" without words. Returns: whether the robot has a body for it and did."""
        if "gesture" not in self.robot.can:
            return False
        try:
            await self._turn_to("learner")
            await self.robot.gesture("attention", within_s=self._manners.command_s)
        except TutorbotError:
            return False
        return True

    async def _turn_to(self, at: str) -> None:
        if "look" in self.robot.can:
            with suppress(TutorbotError):  # a look that fails takes nothing from what is said
                await self.robot.look(at, within_s=self._manners.command_s)

    async def _note(
        self, waiting: _Waiting, outcome: str, *, began_s: float | None = None, estimated: bool = False
    ) -> None:
        line = waiting.line
        await self._put(
            lambda at_s: RobotSpeech(
                at_s=at_s,
                wording_id=line.wording_id,
                act_id=line.act_id,
                outcome=outcome,
                began_s=began_s,
                estimated=estimated,
            )
        )

    async def _put(self, make: Any) -> None:
        """Nothing is written down after the end or before the learner agreed to take part."""

        def unless_over(at_s: float) -> Row | None:
            tutor = self.session.tutor
            row: Row | None = None if tutor.over or tutor.phase == "consent" else make(at_s)
            return row

        await self.session.put(unless_over)

    # ------------------------------------------------------------ what the robot tells (port RobotEvents)

    def heard(self, hearing: Hearing) -> None:
        """Speech: while it goes on the tutor is silent; when it is over it is what the learner said."""
        now_s = self.session.now_s()
        own = self._ear.is_own(hearing.text, now_s)
        if not own and hearing.text.strip():
            self._ear.learner_speaks(now_s, final=hearing.final)
            self._changed.set()
        interrupted = not own and self._speaking is not None
        if interrupted and not self._cut_short:
            self._job(self._fall_silent())
        if hearing.final:
            self._job(self._take(hearing, own=own, interrupted=interrupted))

    async def _take(self, hearing: Hearing, *, own: bool, interrupted: bool) -> None:
        unsure = hearing.confidence is not None and hearing.confidence < self._manners.unsure_below
        client_id = None
        if own:
            outcome = "self_heard"
        elif unsure:
            outcome = "unsure"
        elif self._says_the_same(hearing.text):
            outcome = "repeated"
            self._go_on_with_the_answer()
        else:
            self._n += 1
            client_id = f"robot-{self._n}-{self.session.session_id[:8]}"
            outcome = await self._hand_in(hearing.text, client_id)
        await self._put(
            lambda at_s: RobotHearing(
                at_s=at_s,
                outcome=outcome,
                confidence=hearing.confidence,
                language=hearing.language,
                interrupted=interrupted,
                client_id=client_id if outcome == "taken" else None,
            )
        )
        tutor = self.session.tutor
        if outcome == "unsure" and not self._asked_again and tutor.running and not tutor.paused:
            text = words(self.session.plan.language).say_again
            self._asked_again = True
            self.line(TutorLine(text=text, wording_id=SAY_AGAIN))
        elif outcome == "taken":
            self._asked_again = False

    def _says_the_same(self, text: str) -> bool:
        """Whether it is what was taken last, said again before it was answered."""
        if self._taken is None:
            return False
        at_s, before = self._taken
        fresh = self.session.now_s() - at_s <= self._manners.answer_expires_s
        return fresh and self._waits_for_an_answer and self._ear.repeats(text, before)

    @property
    def _waits_for_an_answer(self) -> bool:
        unanswered = self._handing_in or bool(self.session.tutor.unanswered)
        return unanswered or self._busy or self._talked_over is not None

    def _go_on_with_the_answer(self) -> None:
        """The answer that was talked over is said from its beginning."""
        waiting, self._talked_over = self._talked_over, None
        if waiting is not None:
            expires_s = self.session.now_s() + self._manners.answer_expires_s
            self._lines.put_nowait(replace(waiting, expires_s=expires_s))

    async def _hand_in(self, text: str, client_id: str) -> str:
        self._taken, self._handing_in = (self.session.now_s(), text), True
        try:
            await self.session.receive({"type": "say", "text": text, "client_id": client_id})
        except BadInput:
            self._taken = None
            return "not_now"
        finally:
            self._handing_in = False
        return "taken"

    def touched(self, where: str) -> None:
        """A touch has no meaning in a lesson of cards; profiles that have one for it send it as speech."""

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """A picture of the robot's camera: one that nobody may look at goes no further."""
        self._eyes.take(jpeg, age_s)

    def changed(self, *, ready: bool, why: str) -> None:
        """The robot came or went: stored, and told to the learner."""
        self._lost_s = None if ready else self.session.now_s()
        self._note_state("ready" if ready else "lost", why)
        if ready:
            self._eyes.robot_is_back()
        else:
            self._job(self._eyes.robot_is_lost("the robot cannot be reached"))

    def complained(self, what: str) -> None:
        """Written down for the operator."""
        self._note_state("complained", what)

    def noted(self, what: str) -> None:
        """Written down for whoever reads the log."""
        self._note_state("noted", what)

    def _note_state(self, state: str, detail: str) -> None:
        self._job(self._put(lambda at_s: Health(at_s=at_s, component="robot", state=state, detail=detail)))

    async def asked(self, what: str, on: bool) -> str | None:
        """Somebody at the robot pauses or ends the session, as at the console."""
        if self._operator is None:
            return "nobody can pause or end this session from the robot"
        self._n += 1
        client_id = f"robot-{self._n}-{self.session.session_id[:8]}"
        try:
            if what == "end":
                await self._operator.end(self._participant, client_id)
            else:
                await self._operator.hold(self._participant, client_id, on=on)
        except TutorbotError as error:
            return str(error)
        return None
