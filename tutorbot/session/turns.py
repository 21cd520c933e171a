"""Turns of the dialogue manager: what the learner says is heard, what the tutor starts is said.

They run beside the session's loop, one after the other, so that the dialogue manager can ask the tutor
while a turn is open; whatever comes of a turn goes through the session's inbox like everything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from tutorbot.core.effects import BeginBlock, Hear, Perform, Utter
from tutorbot.core.events import Health, Row, TutorSaid, Undelivered, Understood
from tutorbot.core.lines import LearnerTurn, TutorLine
from tutorbot.errors import DialogueUnreachable, LogUnwritable
from tutorbot.ports import DialogueManager
from tutorbot.session.keeper import Keeper

logger = logging.getLogger(__name__)

TURN_DEADLINE_S = 10.0
"""Longest a learner's turn may take in the dialogue manager. P"""
READY_POLL_S = 0.5
"""How often a lost dialogue manager is asked whether it is back. P"""
TURN_TRIES = 3
"""How often an utterance that got no answer is handed over. P"""


class Turns:
    """The turns of one session."""

    def __init__(self, session: Keeper, dialogue: DialogueManager, *, act_expires_s: float) -> None:
        self._session = session
        self._dialogue = dialogue
        self._act_expires_s = act_expires_s
        self._queue: asyncio.Queue[BeginBlock | Hear | Perform | Utter] = asyncio.Queue()
        self._left: list[Hear | Perform | Utter] = []
        self._up = True
        self._changed = asyncio.Event()
        self._hearing: str | None = None

    def add(self, turn: BeginBlock | Hear | Perform | Utter) -> None:
        """Take it after those that wait already."""
        self._queue.put_nowait(turn)

    async def finished(self) -> None:
        """Return once no turn is open or waiting."""
        await self._queue.join()

    @property
    def idle(self) -> bool:
        """True when none waits."""
        return self._queue.empty()

    def go_on(self) -> Callable[[float], Row | None]:
        """Writing works again: take up what could not be stored. Returns: the row on the dialogue manager."""
        for turn in self._left:
            self._queue.put_nowait(turn)
        self._left.clear()
        return partial(self._state_row, self._up)

    async def work(self) -> None:
        """Take the turns one by one, for as long as the session lives."""
        while True:
            turn = await self._queue.get()
            try:
                await self._turn(turn)
            except LogUnwritable:
                logger.warning("Session %s: a turn could not be stored.", self._session.session_id)
                self._leave(turn)
            except Exception as error:  # noqa: BLE001  # one bad turn must not end the conversation
                log_fault(self._session.session_id, "a turn", error)
            finally:
                self._queue.task_done()

    def _leave(self, turn: BeginBlock | Hear | Perform | Utter) -> None:
        """Keep a turn until writing works again; that may be by now."""
        if isinstance(turn, BeginBlock):
            return
        if self._session.trouble is None:
            self._queue.put_nowait(turn)
        else:
            self._left.append(turn)

    async def _turn(self, turn: BeginBlock | Hear | Perform | Utter) -> None:
        if isinstance(turn, BeginBlock):
            with suppress(DialogueUnreachable):  # a manager that comes back has no history to clear
                await self._dialogue.begin_block(self._session.session_id, deadline_s=TURN_DEADLINE_S)
        elif isinstance(turn, Hear):
            await self._have_heard(turn)
        elif isinstance(turn, Utter):
            await self._utter(turn)
        else:
            await self._perform(turn)

    async def _have_heard(self, turn: Hear) -> None:
        """The learner's words wait for the dialogue manager and are never lost."""
        for _ in range(TURN_TRIES):
            if turn.utterance_id not in dict(self._session.tutor.unanswered):
                return
            self._hearing = turn.utterance_id
            try:
                await self._dialogue.hear(self._session.session_id, turn.text, deadline_s=TURN_DEADLINE_S)
            except DialogueUnreachable as error:
                logger.warning("Session %s: %s", self._session.session_id, error.what)
                await self.dialogue_state(up=False)
                await self._until_ready()
            except LogUnwritable:
                raise
            except Exception as error:  # noqa: BLE001  # counts as a try
                log_fault(self._session.session_id, "a turn", error)
            finally:
                self._hearing = None
            if self._session.trouble is not None:
                self._leave(turn)
                return
        if turn.utterance_id not in dict(self._session.tutor.unanswered):
            return
        detail = turn.utterance_id
        await self._session.put(
            lambda at_s: Health(at_s=at_s, component="dialogue", state="no_answer", detail=detail)
        )

    async def _perform(self, turn: Perform) -> None:
        """A proactive act is said now or not at all."""
        act_id = turn.act.act_id
        offer = self._session.tutor.initiative.under_way(act_id)
        if offer is None:
            return
        reason, lost = "stale", False
        left_s = offer.decided_s + self._act_expires_s - self._session.now_s()
        try:
            if left_s > 0:
                await self._dialogue.perform(self._session.session_id, turn.act, deadline_s=left_s)
        except DialogueUnreachable as error:
            logger.warning("Session %s: %s", self._session.session_id, error.what)
            reason, lost = "dialogue_unreachable", not await self._dialogue.ready()
        if lost:  # told first, so that no other act is decided in between
            await self.dialogue_state(up=False)
        if self._session.tutor.initiative.under_way(act_id) is not None:
            await self._session.put(lambda at_s: Undelivered(at_s=at_s, act_id=act_id, reason=reason))
        if lost:
            await self._until_ready()

    async def _utter(self, turn: Utter) -> None:
        """A line of the wizard's own; one that the learner can no longer hear is dropped."""
        tutor = self._session.tutor
        if tutor.running and not tutor.paused:
            await self.spoken(turn.line)

    async def _until_ready(self) -> None:
        while not await self._dialogue.ready():
            self._changed.clear()
            with suppress(TimeoutError):  # not wait_for: before Python 3.12 it can swallow a cancellation
                async with asyncio.timeout(READY_POLL_S):
                    await self._changed.wait()
        await self.dialogue_state(up=True)

    async def dialogue_state(self, *, up: bool) -> None:
        """The dialogue manager went away or came back."""
        self._changed.set()
        self._up = up
        await self._session.put(partial(self._state_row, up))

    def _state_row(self, up: bool, at_s: float) -> Row | None:
        if self._session.tutor.over or self._session.tutor.dialogue_up is up:
            return None
        return Health(at_s=at_s, component="dialogue", state="ready" if up else "down")

    async def answer(self, turn: LearnerTurn) -> tuple[TutorLine, ...]:
        """The tutor's reply to what the dialogue manager understood."""
        utterance_id = self._hearing

        def make(at_s: float) -> Row | None:
            if self._session.tutor.over:
                return None
            return Understood(
                at_s=at_s,
                utterance_id=utterance_id,
                intent=turn.intent,
                confidence=round(turn.confidence, 4),
                entities=turn.entities,
            )

        return (await self._session.put(make)).lines

    def voice(self, act_id: str) -> tuple[TutorLine, ...]:
        """Words of the act under way; none when it is stale."""
        return self._session.tutor.lines_for_act(act_id)

    async def spoken(self, line: TutorLine) -> None:
        """The dialogue manager said a line: store it, then show it. Stale ones are dropped."""

        def make(at_s: float) -> Row | None:
            if self._session.tutor.over:
                return None
            if line.act_id is not None and self._session.tutor.initiative.under_way(line.act_id) is None:
                return None
            return TutorSaid(
                at_s=at_s,
                text=line.text,
                wording_id=line.wording_id,
                act_id=line.act_id,
                choices=line.choices,
            )

        await self._session.put(make)


def log_fault(session_id: str, what: str, error: Exception) -> None:
    """Its kind alone: an error's text may hold a learner's words."""
    logger.error("Session %s: %s failed (%s).", session_id, what, type(error).__name__)
