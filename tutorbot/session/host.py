"""All sessions of a running study: who is here, and which session a turn belongs to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tutorbot.core.events import Consent, SessionEnded
from tutorbot.core.evidence import Watcher
from tutorbot.core.lines import LearnerTurn, TutorLine
from tutorbot.errors import BadInput, LinkInUse, LogDamaged, LogUnwritable
from tutorbot.ports import (
    AffectFeed,
    Arrival,
    Clock,
    DialogueManager,
    Enrolment,
    JoinForm,
    LogHeader,
    Robot,
    StudyLog,
    Surface,
)
from tutorbot.session.desk import Desk, Standing, WizardLines
from tutorbot.session.hearing import Manners
from tutorbot.session.loop import TutoringSession, seconds_between
from tutorbot.session.own_copy import consent_copy, data_copy
from tutorbot.session.plan import Plan, Planner
from tutorbot.session.robot import RobotSeat
from tutorbot.session.turns import log_fault
from tutorbot.session.watching import agreed_watcher, watched_by

logger = logging.getLogger(__name__)

RECENT_S = 6 * 3600.0
"""A session begun earlier is not taken up by itself after a start; its page does it, whenever it comes. P"""


class Sitting:
    """One page in front of one session (the web adapter's port ``Sitting``)."""

    def __init__(self, sessions: Sessions, session: TutoringSession, surface: Surface) -> None:
        self._sessions = sessions
        self._session = session
        self._surface = surface

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Hand one validated message to the session; a change of language makes it anew."""
        if message["type"] == "language":
            self._session = await self._sessions.speak(self._session, self._surface, str(message["language"]))
        else:
            await self._session.receive(message)

    async def frame(self, jpeg: bytes) -> None:
        """Hand one picture to the session."""
        await self._session.frame(jpeg)

    async def detach(self) -> None:
        """The page is gone."""
        await self._session.disconnect(self._surface)


class Sessions:
    """Opens, resumes and finds sessions; also the mind that the dialogue manager's actions ask."""

    def __init__(
        self,
        *,
        enrolment: Enrolment,
        planner: Planner,
        log: StudyLog,
        dialogue: DialogueManager,
        clock: Clock,
        make_feed: Callable[[], AffectFeed] | None,
        make_robot_feed: Callable[[], AffectFeed] | None = None,
        wizard_lines: WizardLines | None = None,
        standing: Standing | None = None,
        study_id: str = "",
    ) -> None:
        """make_feed, make_robot_feed: for pictures of a page's camera, and of a robot's; None without one.

        wizard_lines: what the wizard of a WZ session can have said without typing, by language.

        standing: how the study as a whole stands, for the console. study_id: that study's.
        """
        self._enrolment = enrolment
        self._planner = planner
        self._log = log
        self._dialogue = dialogue
        self._clock = clock
        self._make_feed, self._make_robot_feed = make_feed, make_robot_feed
        self._watchers: dict[str, Watcher] = {}
        """What the operator chose for sessions with a robot, by session id."""
        self._open: dict[str, TutoringSession] = {}
        self._seats: dict[str, RobotSeat] = {}
        self._opening = asyncio.Lock()
        self._dialogue_up = True
        self.desk = Desk(lambda: tuple(self._open.values()), wizard_lines, standing, study_id)

    # ------------------------------------------------------------ the web adapter's side

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        """What must be asked before ``join``; wanted: languages by preference."""
        return self._enrolment.join_form(wanted)

    async def known(self, parameters: Mapping[str, str]) -> str | None:
        """The code of somebody a recruitment service sent before; None for all others."""
        header = await self._enrolment.known(parameters)
        return None if header is None else header.link

    async def join(self, arrival: Arrival) -> str:
        """Take in a new participant. Returns: the secret code of the link."""
        return (await self._enrolment.join(arrival)).link

    async def consent_copy(self, code: str) -> dict[str, Any]:
        """The consent texts of a participant, and the answers so far. Raises: UnknownLink; LogUnwritable."""
        header = await self._enrolment.begun(code)
        rows = await self._log.read(header.session_id)
        return consent_copy(self._plan(header, agreed_watcher(rows)), rows)

    async def data_copy(self, code: str) -> dict[str, Any]:
        """What is stored about a participant. Raises: UnknownLink; LogUnwritable."""
        header = await self._enrolment.begun(code)
        rows = await self._log.read(header.session_id)
        return data_copy(header, rows, over=any(isinstance(row, SessionEnded) for row in rows))

    async def attach(self, code: str, surface: Surface, wanted: Sequence[str] = ()) -> Sitting:
        """Connect a page to its session, resuming it where it stood. Raises: UnknownLink; LinkInUse.

        wanted: languages by preference, for a session that is begun by this.
        """
        header = await self._enrolment.by_link(code, wanted)
        async with self._opening:
            session = self._open.get(header.session_id) or await self._bring_up(header)
            if session.surfaces:
                raise LinkInUse(
                    "This session is already open in another tab or window.",
                    remedy="Go on there, or close that tab and try again here.",
                )
            await session.connect(surface)
        return Sitting(self, session, surface)

    async def seat(
        self,
        code: str,
        robot: Robot,
        watcher: Watcher = Watcher.PAGE,
        *,
        manners: Manners | None = None,
    ) -> RobotSeat:
        """Give a session a robot beside its page; the robot is reached for from now on.

        watcher: whose camera the learner is asked about.
        Raises: UnknownLink. BadInput: it has one already, or it is too late for that camera. LogUnwritable.
        """
        header = await self._enrolment.by_link(code)
        async with self._opening:
            if header.session_id in self._seats:
                raise BadInput(
                    f"The session of {header.participant} has a robot already "
                    f"({self._seats[header.session_id].robot.name}).",
                    remedy="Stop that one first, or choose another participant.",
                )
            await self._choose_watcher(header, watcher)
            session = self._open.get(header.session_id) or await self._bring_up(header)
            seat = RobotSeat(
                session, robot, participant=header.participant, operator=self.desk, manners=manners
            )
            self._seats[header.session_id] = seat
            session.listeners.append(seat)
        try:
            await seat.start()
        except BaseException:
            del self._seats[header.session_id]
            session.listeners.remove(seat)
            await seat.stop()
            raise
        return seat

    def listens(self, session_id: str) -> bool:
        """Whether what the learner says now is taken: in the lesson, outside its pauses."""
        session = self._open.get(session_id)
        return session is not None and session.tutor.running and not session.tutor.paused

    async def take_up_again(self) -> int:
        """Bring the sessions back into memory that broke off, for the console. Returns: how many.

        Those of this study, begun within ``RECENT_S``, whose learner had agreed to take part.
        Raises: LogUnwritable.
        """
        n, now = 0, self._clock.utc_iso()
        for header in await self._log.unfinished():
            if header.study_id != self.desk.study_id:
                continue
            if seconds_between(header.started_at_utc, now) > RECENT_S:
                continue
            async with self._opening:
                if header.session_id not in self._open:
                    n += await self._taken_up(header)
        return n

    async def _taken_up(self, header: LogHeader) -> bool:
        """Bring one back, if its learner had agreed; of a damaged log its page will say so."""
        try:
            rows = await self._log.read(header.session_id)
            if not any(isinstance(row, Consent) for row in rows):
                return False
            await self._bring_up(header)
        except LogUnwritable:
            raise
        except LogDamaged as error:
            logger.warning("Session %s is not taken up: %s", header.session_id, error.what)
            return False
        except Exception as error:  # noqa: BLE001  # one old session must not keep the pilot from its start
            log_fault(header.session_id, "taking it up", error)
            return False
        return True

    async def _choose_watcher(self, header: LogHeader, watcher: Watcher) -> None:
        """Note the operator's choice. Raises: BadInput: the learner was asked about another camera."""
        shown = self._open.get(header.session_id)
        asked = agreed_watcher(await self._log.read(header.session_id))
        if asked is None and shown is not None:
            asked = shown.plan.watcher  # a page may show its text already
        begun = shown is not None and (shown.eyes.open or shown.tutor.phase == "consent")
        too_late = watcher is Watcher.ROBOT or (watcher is Watcher.NOBODY and begun)
        if too_late and asked not in {None, watcher}:
            raise BadInput(
                f"{header.participant} was asked about another camera than was chosen now.",
                remedy="Leave --camera out, or take in somebody new.",
            )
        self._watchers[header.session_id] = watcher

    async def speak(self, session: TutoringSession, surface: Surface, language: str) -> TutoringSession:
        """The same session in another language of the study, before the learner has agreed to anything.

        Raises: BadInput: the study has no such language, or consent was answered. LogUnwritable.
        """
        if session.tutor.phase != "consent":
            raise BadInput(
                "The language can be chosen before the consent alone.", remedy="Go on in this one."
            )
        if language == session.plan.language:
            return session
        header = await self._enrolment.choose_language(session.session_id, language)
        async with self._opening:
            await session.stop()
            del self._open[session.session_id]
            anew = await self._bring_up(header, broken_off=False)
            await anew.connect(surface)
        return anew

    async def _bring_up(self, header: LogHeader, *, broken_off: bool = True) -> TutoringSession:
        """A session in memory again. broken_off: False when it was put away on purpose, a moment ago."""
        rows = await self._log.read(header.session_id)
        chosen = self._watchers.get(header.session_id)
        session = self.build(header, watcher=agreed_watcher(rows) or chosen)
        if rows:
            await session.resume()
        session.start()
        self._open[header.session_id] = session
        if (seat := self._seats.get(header.session_id)) is not None:
            seat.session = session
            session.listeners.append(seat)
        try:
            if rows and not session.tutor.over and broken_off:
                await session.take_up()
            await session.turns.dialogue_state(up=self._dialogue_up)
        except BaseException:
            del self._open[header.session_id]  # so that the next attempt takes it up anew
            await session.stop()
            raise
        return session

    def _plan(self, header: LogHeader, watcher: Watcher | None) -> Plan:
        return watched_by(self._planner(header), watcher or Watcher.PAGE)

    def build(
        self,
        header: LogHeader,
        make_feed: Callable[[], AffectFeed] | None = None,
        watcher: Watcher | None = None,
    ) -> TutoringSession:
        """A session on this study's parts, not yet started; ``make_feed`` replaces the study's own.

        watcher: whose camera it is; None: the page's.
        """
        own = self._make_robot_feed if watcher is Watcher.ROBOT else self._make_feed
        return TutoringSession(
            header=header,
            plan=self._plan(header, watcher),
            log=self._log,
            dialogue=self._dialogue,
            clock=self._clock,
            make_feed=make_feed or own,
        )

    def adopt(self, session: TutoringSession) -> None:
        """Let the dialogue manager's actions find a session that was built elsewhere (the demo)."""
        self._open[session.session_id] = session

    # ------------------------------------------------------------ the dialogue manager's side

    async def answer(self, session_id: str, turn: LearnerTurn) -> tuple[TutorLine, ...]:
        """The reply to something the learner said. Raises: KeyError: no such session is open."""
        return await self._open[session_id].turns.answer(turn)

    async def voice(self, session_id: str, act_id: str) -> tuple[TutorLine, ...]:
        """Words of an act under way. Raises: KeyError: no such session is open."""
        return self._open[session_id].turns.voice(act_id)

    async def spoken(self, session_id: str, line: TutorLine) -> None:
        """A line was said. Raises: KeyError: no such session is open."""
        await self._open[session_id].turns.spoken(line)

    async def dialogue_state(self, *, up: bool) -> None:
        """The dialogue manager went away or came back: tell every session."""
        self._dialogue_up = up
        for session in tuple(self._open.values()):
            with suppress(LogUnwritable):  # it remembers, and stores it when writing works again
                await session.turns.dialogue_state(up=up)

    async def close(self) -> None:
        """Stop all sessions; they can be resumed."""
        for session_id, seat in self._seats.items():
            try:
                await seat.stop()
            except Exception as error:  # noqa: BLE001  # the others are to be let go of, too
                log_fault(session_id, "letting go of its robot", error)
        self._seats.clear()
        for session in self._open.values():
            await session.stop()
        self._open.clear()
