"""What the robot says, one line after the other, in its turn: never over the learner, and never late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import RobotSpeech
from tutorbot.core.lines import TutorLine
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable, TutorbotError
from tutorbot.ports import Robot
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.keeper import Keeper
from tutorbot.session.robot_jobs import RobotJobs
from tutorbot.session.turns import log_fault
from tutorbot.session.words import words

QUESTION_AGAIN = "robot/question_again"
"""Wording id of an act's question that the robot says once more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line that the robot is to say. expires_s: on the session's clock; level: of its act.

    asks: the act whose question it repeats; with an answer it is no longer wanted.
    """

    line: TutorLine
    expires_s: float
    level: ProactivityLevel | None
    asks: str | None = None


class RobotTalk:
    """The robot's part of the talk in one session. session: the one it sits in now."""

    def __init__(
        self, session: Callable[[], Keeper], robot: Robot, ear: Ear, manners: Manners, jobs: RobotJobs
    ) -> None:
        self._session, self._robot, self._jobs = session, robot, jobs
        self._ear, self._manners = ear, manners
        self._lines: asyncio.Queue[Waiting] = asyncio.Queue()
        self._saying: asyncio.Task[Any] | None = None
        self._cut_short = False
        self._talked_over: Waiting | None = None
        self._question: tuple[str, str] | None = None
        self._changed = asyncio.Event()

    @property
    def speaking(self) -> bool:
        """Whether the robot says something now."""
        return self._saying is not None

    @property
    def busy(self) -> bool:
        """Whether something is said, waits to be, or was cut short by the learner."""
        return self._saying is not None or not self._lines.empty() or self._talked_over is not None

    # ------------------------------------------------------------ what is to be said

    def add(self, line: TutorLine) -> None:
        """Have a line said after those that wait."""
        session = self._session()
        offer, level = session.tutor.initiative.offer, None
        expires_s = session.now_s() + self._manners.answer_expires_s
        if line.act_id is not None and offer is not None and offer.act.act_id == line.act_id:
            level = offer.act.level
            expires_s = offer.decided_s + session.plan.setup.settings.act_expires_s
        self._lines.put_nowait(Waiting(line, expires_s, level))

    def ask_again(self) -> None:
        """Say a question once more that the robot said and nobody answered, if it is time to."""
        session = self._session()
        tutor, now_s = session.tutor, session.now_s()
        if self._question is None or tutor.paused or not tutor.running:
            return
        if self._saying is not None or not self._lines.empty():
            return
        offer = tutor.initiative.asks_again(now_s, self._ear.quiet_from_s)
        act_id, text = self._question
        if offer is None or offer.act.act_id != act_id:
            return
        self._question = None
        again = words(session.plan.language).question_again.format(question=text)
        line = TutorLine(text=again, wording_id=QUESTION_AGAIN, act_id=act_id)
        expires_s = now_s + session.plan.setup.settings.act_expires_s
        self._lines.put_nowait(Waiting(line, expires_s, None, asks=act_id))

    def go_on(self) -> None:
        """Say the line that was talked over, from its beginning."""
        waiting, self._talked_over = self._talked_over, None
        if waiting is not None:
            expires_s = self._session().now_s() + self._manners.answer_expires_s
            self._lines.put_nowait(replace(waiting, expires_s=expires_s))

    # ------------------------------------------------------------ saying it

    async def work(self) -> None:
        """Say line after line, for as long as the robot has its seat."""
        while True:
            waiting = await self._lines.get()
            try:
                await self._jobs.guarded(self._deliver(waiting))
            finally:
                self._lines.task_done()

    async def idle(self) -> None:
        """Return once every line is said or given up."""
        await self._lines.join()

    async def _deliver(self, waiting: Waiting) -> None:
        if waiting.level is ProactivityLevel.NOTIFICATION and self._wanted(waiting) and await self._show():
            await self._note(waiting, "shown")
            return
        may = await self._may_speak(waiting)
        if may and waiting.level is not None:
            await self._turn_to("learner")
            may = await self._may_speak(waiting)  # a neck takes its time
        if not may:
            await self._note(waiting, "stale")
            return
        began_s = self._session().now_s()
        outcome, estimated = await self._say(waiting.line.text)
        self._keep(waiting, outcome)
        await self._note(
            waiting, outcome, began_s=None if outcome == "lost" else began_s, estimated=estimated
        )

    def _keep(self, waiting: Waiting, outcome: str) -> None:
        """Keep what may have to be said again."""
        line = waiting.line
        if outcome == "stopped":
            self._talked_over = waiting
        elif outcome == "spoken" and line.act_id is not None and waiting.asks is None:
            self._question = (line.act_id, line.text)

    async def _may_speak(self, waiting: Waiting) -> bool:
        """Wait until the learner is silent. Returns: whether the line is still wanted then."""
        while True:
            if not self._wanted(waiting):
                return False
            now_s = self._session().now_s()
            left_s = self._ear.speaks_until_s - now_s
            if left_s <= 0:
                return True
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left_s, waiting.expires_s - now_s) + 0.01):
                    await self._changed.wait()

    def _wanted(self, waiting: Waiting) -> bool:
        """Whether its time is not over, nobody paused, and it was not answered."""
        session = self._session()
        expired = session.now_s() > waiting.expires_s
        return not (expired or session.tutor.over or session.tutor.paused or self._answered(waiting))

    def _answered(self, waiting: Waiting) -> bool:
        """Whether it repeats a question that is none any more."""
        offer = self._session().tutor.initiative.awaiting()
        return waiting.asks is not None and (offer is None or offer.act.act_id != waiting.asks)

    async def _say(self, text: str) -> tuple[str, bool]:
        """Returns: what became of it, and whether its end is an estimate."""
        self._cut_short, self._talked_over = False, None
        self._ear.speaks(text)
        language = self._session().plan.language
        saying = asyncio.create_task(
            self._robot.say(text, language=language, within_s=self._manners.command_s)
        )
        self._saying = saying
        try:
            spoken = await saying
        except RobotUnreachable:
            return "lost", False
        except RobotSilent:
            return "silent", False
        except (RobotRefused, BadInput):
            return "refused", False
        except Exception as error:  # noqa: BLE001  # a fault of the robot's program: the log has an outcome
            log_fault(self._session().session_id, "saying a line by the robot", error)
            return "refused", False
        finally:
            self._saying = None
            saying.cancel()
            self._ear.fell_silent(self._session().now_s())
        return ("stopped" if spoken.stopped or self._cut_short else "spoken"), spoken.estimated

    async def _note(
        self, waiting: Waiting, outcome: str, *, began_s: float | None = None, estimated: bool = False
    ) -> None:
        line = waiting.line
        await self._jobs.put(
            lambda at_s: RobotSpeech(
                at_s=at_s,
                wording_id=line.wording_id,
                act_id=line.act_id,
                outcome=outcome,
                began_s=began_s,
                estimated=estimated,
            )
        )

    # ------------------------------------------------------------ silence, and saying it without words

    def turned(self) -> None:
        """Something happened that a waiting line may go by: the learner speaks, or a row was stored."""
        self._changed.set()

    def interrupt(self) -> None:
        """Fall silent, if the robot speaks."""
        if self._saying is not None and not self._cut_short:
            self._jobs.begin(self._fall_silent())

    async def _fall_silent(self) -> None:
        if self._saying is None or self._cut_short:
            return
        self._cut_short = True
        with suppress(TutorbotError):  # a robot that is lost or cannot stop: treated as silent all the same
            if "stop" in self._robot.can:
                await self._robot.stop_speaking(within_s=self._manners.barge_in_s)

    async def _show(self) -> bool:
        """Say "I am here" without words. Returns: whether the robot has a body for it and did."""
        if "gesture" not in self._robot.can:
            return False
        try:
            await self._turn_to("learner")
            await self._robot.gesture("attention", within_s=self._manners.command_s)
        except TutorbotError:
            return False
        return True

    async def _turn_to(self, at: str) -> None:
        if "look" in self._robot.can:
            with suppress(TutorbotError):  # a look that fails takes nothing from what is said
                await self._robot.look(at, within_s=self._manners.command_s)
