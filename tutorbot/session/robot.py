"""A robot's seat in a session: it says the tutor's lines, hears the learner, and shows what it cannot say.

The page stays the whole truth: every line stands on it whatever becomes of it on the robot, and a robot that
is away changes no decision. What the learner says to the robot goes the way of what is typed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

from tutorbot.core.events import Action, Health, Row
from tutorbot.core.lines import TutorLine
from tutorbot.errors import LogUnwritable, RobotUnreachable, TutorbotError
from tutorbot.ports import Hearing, Robot
from tutorbot.session.engagement import Engagement
from tutorbot.session.hearing import Ear, Manners
from tutorbot.session.robot_eyes import Onlooker, RobotEyes
from tutorbot.session.robot_jobs import RobotJobs
from tutorbot.session.robot_listening import Partner, RobotListening
from tutorbot.session.robot_news import news
from tutorbot.session.robot_talk import RobotTalk


class Chair(Onlooker, Partner, Protocol):
    """A session that takes what the learner says, and pictures."""


class Operator(Protocol):
    """What somebody at the robot may ask for, as at the console."""

    async def hold(self, participant: str, client_id: str, *, on: bool) -> None:
        """Pause, or go on. Raises: BadInput, LogUnwritable."""

    async def end(self, participant: str, client_id: str) -> None:
        """End for good. Raises: BadInput, LogUnwritable."""


class RobotSeat:
    """One robot in one session (port ``RobotEvents``). Use from the session's event loop.

    session: may be replaced by the same one, brought back into memory.
    """

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
        self._manners = manners = manners or Manners()
        self._jobs = jobs = RobotJobs(lambda: self.session)
        ear = Ear(manners)
        self._talk = RobotTalk(lambda: self.session, robot, ear, manners, jobs)
        self._listening = RobotListening(
            lambda: self.session, self._talk, ear, manners, jobs, complain=self.complained
        )
        self._eyes = RobotEyes(
            lambda: self.session, robot, silent_s=manners.picture_s, complain=self.complained
        )
        self._engagement = Engagement()
        self._ready: bool | None = None
        self._lost_s: float | None = None
        self._untold: tuple[str, str] | None = None
        self._worker: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ life

    async def start(self) -> None:
        """Reach for the robot, and say what is to be said from now on."""
        self._worker = asyncio.create_task(self._talk.work())
        await self.robot.start(self)
        self._eyes.start()

    async def stop(self) -> None:
        """Let go of the robot."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await self._jobs.stop()
        await self._eyes.stop(within_s=self._manners.command_s)
        await self.robot.close()

    async def idle(self) -> None:
        """Return once every line is said or given up."""
        await self._talk.idle()
        await self._jobs.idle()

    # ------------------------------------------------------------ the session's side (port Listener)

    def line(self, line: TutorLine) -> None:
        """The tutor said something: the robot is to say it, too."""
        self._talk.add(line)

    def stored(self, rows: Sequence[Row]) -> None:
        """Rows were stored: tell the robot's side what concerns it, and fall silent in a pause."""
        tutor = self.session.tutor
        self._note_standing()
        self._talk.turned()
        self._eyes.settle()
        if tutor.paused or tutor.over:
            self._talk.interrupt()
        self._engagement.see(rows)
        for what, values in news(tutor, rows, self._engagement.level):
            self._jobs.begin(self._tell(what, values))
        self._talk.ask_again()
        self._hold_if_away()

    def unwatched(self) -> None:
        """The robot is to look away at once."""
        self._eyes.settle()

    async def _tell(self, what: str, values: Mapping[str, Any]) -> None:
        if "tell" in self.robot.can:
            with suppress(RobotUnreachable):  # news of a moment; the next one says more
                await self.robot.tell(what, values, within_s=self._manners.command_s)

    def _hold_if_away(self) -> None:
        """After a long loss the session waits for the operator: it was meant to have a robot."""
        tutor, after_s = self.session.tutor, self._manners.hold_after_s
        if self._lost_s is None or after_s == 0 or not tutor.running or tutor.paused:
            return
        if self.session.now_s() - self._lost_s < after_s:
            return
        lost_s, self._lost_s = self._lost_s, None  # once a loss: whoever lets it go on wants it so
        self._jobs.begin(self._hold(lost_s))

    async def _hold(self, lost_s: float) -> None:
        item, client_id = self.session.tutor.course.item, self._jobs.new_id()
        item_id = None if item is None else item.item_id
        try:
            await self._jobs.put(
                lambda at_s: Action(at_s=at_s, kind="robot_pause", item_id=item_id, client_id=client_id)
            )
        except LogUnwritable:
            self._lost_s = None if self._ready else lost_s  # tried again
            raise

    # ------------------------------------------------------------ what the robot tells (port RobotEvents)

    def heard(self, hearing: Hearing) -> None:
        """Speech, while it goes on and when it is over."""
        self._listening.hear(hearing)

    def touched(self, where: str) -> None:
        """A touch has no meaning in a lesson of cards; profiles that have one for it send it as speech."""

    def pictured(self, jpeg: bytes, age_s: float | None) -> None:
        """A picture of the robot's camera: one that nobody may look at goes no further."""
        self._eyes.take(jpeg, age_s)

    def changed(self, *, ready: bool, why: str) -> None:
        """The robot came or went: stored, and told to the learner, once they have agreed to take part.

        A loss counts from its beginning.
        """
        if ready is self._ready:
            return
        self._ready = ready
        self._lost_s = None if ready else self.session.now_s()
        self._untold = "ready" if ready else "lost", why
        self._note_standing()
        if ready:
            self._eyes.robot_is_back()
        else:
            self._jobs.begin(self._eyes.robot_is_lost("the robot cannot be reached"))

    def complained(self, what: str) -> None:
        """Written down for the operator."""
        self._note_state("complained", what)

    def noted(self, what: str) -> None:
        """Written down for whoever reads the log."""
        self._note_state("noted", what)

    def _note_standing(self) -> None:
        """Store how the robot stands; before the consent nothing is stored, so that waits for it."""
        if self._untold is not None and self.session.tutor.phase != "consent":
            (state, why), self._untold = self._untold, None
            self._note_state(state, why)

    def _note_state(self, state: str, detail: str) -> None:
        self._jobs.begin(
            self._jobs.put(lambda at_s: Health(at_s=at_s, component="robot", state=state, detail=detail))
        )

    async def asked(self, what: str, on: bool) -> str | None:
        """Somebody at the robot pauses or ends the session, as at the console."""
        if self._operator is None:
            return "nobody can pause or end this session from the robot"
        client_id = self._jobs.new_id()
        try:
            if what == "end":
                await self._operator.end(self._participant, client_id)
            else:
                await self._operator.hold(self._participant, client_id, on=on)
        except TutorbotError as error:
            return str(error)
        return None
