"""All sessions of a running study: who is here, and which session a turn belongs to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from tutorbot.core.events import SessionEnded
from tutorbot.core.lines import LearnerTurn, TutorLine
from tutorbot.core.wizard_desk import Verdict
from tutorbot.errors import BadInput, LinkInUse, LogUnwritable
from tutorbot.ports import (
    AffectFeed,
    Arrival,
    Clock,
    DialogueManager,
    Enrolment,
    JoinForm,
    LogHeader,
    StudyLog,
    Surface,
)
from tutorbot.session.loop import TutoringSession
from tutorbot.session.own_copy import consent_copy, data_copy
from tutorbot.session.plain_words import BASES, KINDS, REASONS, SIGNS, plain
from tutorbot.session.plan import Planner

logger = logging.getLogger(__name__)

LAST_ACTS = 3
"""Acts per session on the console."""


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
    ) -> None:
        self._enrolment = enrolment
        self._planner = planner
        self._log = log
        self._dialogue = dialogue
        self._clock = clock
        self._make_feed = make_feed
        self._open: dict[str, TutoringSession] = {}
        self._opening = asyncio.Lock()
        self._dialogue_up = True

    # ------------------------------------------------------------ the web adapter's side

    def join_form(self, language: str | None) -> JoinForm:
        """What must be asked before ``join``."""
        return self._enrolment.join_form(language)

    async def join(self, arrival: Arrival) -> str:
        """Take in a new participant. Returns: the secret code of the link."""
        return (await self._enrolment.join(arrival)).link

    async def consent_copy(self, code: str) -> dict[str, Any]:
        """The consent texts of a participant, and the answers so far. Raises: UnknownLink; LogUnwritable."""
        header = await self._enrolment.by_link(code)
        return consent_copy(self._planner(header), await self._log.read(header.session_id))

    async def data_copy(self, code: str) -> dict[str, Any]:
        """What is stored about a participant. Raises: UnknownLink; LogUnwritable."""
        header = await self._enrolment.by_link(code)
        rows = await self._log.read(header.session_id)
        return data_copy(header, rows, over=any(isinstance(row, SessionEnded) for row in rows))

    async def attach(self, code: str, surface: Surface) -> Sitting:
        """Connect a page to its session, resuming it where it stood. Raises: UnknownLink; LinkInUse."""
        header = await self._enrolment.by_link(code)
        async with self._opening:
            session = self._open.get(header.session_id) or await self._bring_up(header)
            if session.surfaces:
                raise LinkInUse(
                    "This session is already open in another tab or window.",
                    remedy="Go on there, or close that tab and try again here.",
                )
            await session.connect(surface)
        return Sitting(self, session, surface)

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
            anew = await self._bring_up(header)
            await anew.connect(surface)
        return anew

    async def _bring_up(self, header: LogHeader) -> TutoringSession:
        session = self.build(header)
        rows = await self._log.read(header.session_id)
        if rows:
            await session.resume()
        session.start()
        self._open[header.session_id] = session
        try:
            if rows and not session.tutor.over:
                await session.take_up()
            await session.turns.dialogue_state(up=self._dialogue_up)
        except BaseException:
            del self._open[header.session_id]  # so that the next attempt takes it up anew
            await session.stop()
            raise
        return session

    def build(self, header: LogHeader, make_feed: Callable[[], AffectFeed] | None = None) -> TutoringSession:
        """A session on this study's parts, not yet started; ``make_feed`` replaces the study's own."""
        return TutoringSession(
            header=header,
            plan=self._planner(header),
            log=self._log,
            dialogue=self._dialogue,
            clock=self._clock,
            make_feed=make_feed or self._make_feed,
        )

    def adopt(self, session: TutoringSession) -> None:
        """Let the dialogue manager's actions find a session that was built elsewhere (the demo)."""
        self._open[session.session_id] = session

    async def wizard(self, participant: str, level: int, trigger_id: str | None, client_id: str) -> None:
        """The person at the console chose for a WZ session.

        level: 1..3, or 0 for a veto. Raises: BadInput: no such session, or nothing can be chosen there now.
        LogUnwritable.
        """
        session = next((one for one in self._open.values() if one.header.participant == participant), None)
        if session is None:
            raise BadInput(
                f"No session of {participant!r} is open.", remedy="Reload the console and choose one."
            )
        await session.wizard(level, trigger_id, client_id)

    def console_rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per session in memory; no learner's words."""
        return [console_row(session) for session in self._open.values()]

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
        for session in self._open.values():
            await session.stop()
        self._open.clear()


def console_row(session: TutoringSession) -> dict[str, Any]:
    """What the experimenter sees of a session (``adapters.web.console.COLUMNS``)."""
    tutor, header = session.tutor, session.header
    initiative, item = tutor.initiative, tutor.course.item
    acts = [
        {
            "act_id": offer.act.act_id,
            "level": offer.act.level.word,
            "move": offer.act.move.value,
            "reaction": offer.reaction.value if offer.reaction else None,
            "at_s": round(offer.decided_s, 1),
        }
        for offer in initiative.history[-LAST_ACTS:]
    ]
    moves = [
        {"at_s": round(move.at_s, 1), "source": move.source, "dest": move.dest, "cause": move.cause}
        for move in session.last_moves
    ]
    return {
        "participant": header.participant,
        "condition": header.condition,
        "phase": tutor.phase,
        "item": f"{item.n} of {tutor.course.most_items}" if item else "",
        "state": "cannot store" if session.trouble else initiative.state,
        "level": acts[-1]["level"] if acts else "none",
        "last_acts": acts,
        "last_moves": moves,
        "trust": round(initiative.trust, 2),
        "affect": tutor.camera_state if tutor.camera_consent else "no camera",
        "dialogue": None if tutor.over else "ready" if tutor.dialogue_up else "down",
        "connected": bool(session.surfaces),
        "seconds": round(tutor.ended_s if tutor.ended_s is not None else session.now_s()),
        "test_only": header.test_only,
        "wizard": wizard_panel(session),
    }


def wizard_panel(session: TutoringSession) -> dict[str, Any] | None:
    """What the wizard of a WZ session sees; None in other conditions.

    can_choose: something could be said on this board. proposal: what the table would do, and for how many
    seconds it has waited; None when there is none. verdict: what became of the newest choice.
    """
    tutor = session.tutor
    if session.header.condition != "WZ":
        return None
    proposal, verdict = tutor.initiative.proposal, tutor.initiative.verdict
    return {
        "can_choose": tutor.phase == "task" and not tutor.paused and bool(session.surfaces),
        "proposal": None
        if proposal is None
        else {
            "trigger_id": proposal.trigger_id,
            "reason": plain(KINDS, proposal.kind),
            "basis": plain(BASES, proposal.basis),
            "signs": [plain(SIGNS, sign) for sign in proposal.signs],
            "level": int(proposal.level),
            "waits_s": round(session.now_s() - proposal.since_s),
        },
        "verdict": None if verdict is None else verdict_of(verdict, session.now_s()),
    }


def verdict_of(verdict: Verdict, now_s: float) -> dict[str, Any]:
    """A choice and what became of it, for the console. state: waiting, said, refused or given_up."""
    return {
        "level": int(verdict.level),
        "state": verdict.state,
        "why": None if verdict.reason is None else plain(REASONS, verdict.reason),
        "ago_s": round(now_s - verdict.at_s),
    }
