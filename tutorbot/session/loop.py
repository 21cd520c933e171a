"""One learner, one sitting: the only loop.

Everything that happens to a session goes through its inbox, one at a time: the row is taken by
the tutor, stored together with the decisions it led to, and only then shown or said. Turns of the
dialogue manager run beside the loop, in order, so that it can ask the tutor while a turn is open.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tutorbot.core.effects import (
    BeginBaseline,
    BeginBlock,
    Effect,
    Hear,
    Outcome,
    Perform,
    Say,
    StopCamera,
    Utter,
)
from tutorbot.core.events import (
    AffectWindow,
    Consent,
    Health,
    Returned,
    Row,
    StateChange,
    Undelivered,
)
from tutorbot.core.evidence import Watcher
from tutorbot.core.tutor import Tutor
from tutorbot.core.wizard_desk import choice_row
from tutorbot.errors import (
    BadInput,
    CameraRefused,
    LogUnwritable,
    TutorbotError,
)
from tutorbot.ports import AffectFeed, Clock, DialogueManager, LogHeader, StudyLog, Surface
from tutorbot.session.console_memory import ConsoleMemory
from tutorbot.session.eyes import Eyes
from tutorbot.session.keeper import Listener
from tutorbot.session.page import PageMessages
from tutorbot.session.plan import Plan
from tutorbot.session.replay import rebuilt
from tutorbot.session.turns import Turns, log_fault
from tutorbot.session.view import view_of
from tutorbot.session.words import EN, words

logger = logging.getLogger(__name__)

TICK_S = 1.0
"""Hop of the affect windows. S (DAiSEE windows are read at 1 Hz)"""
LONG_AWAY_S = 30.0
"""Absence of the page from which a return is noted; below it a reload or a bad network (pilot value)."""
LAST_MOVES = 5
"""Moves of the proactivity machine that a session remembers for the console."""
NOT_STORED = EN.not_stored


@dataclass(frozen=True, slots=True)
class _Job:
    make: Callable[[float], Row | None]
    done: asyncio.Future[Outcome]

    def drop(self) -> None:
        """It will not be taken any more."""
        self.done.set_exception(
            LogUnwritable("The tutor is being stopped.", remedy="Open the link again in a moment.")
        )
        self.done.exception()  # the caller may be gone


class TutoringSession:
    """Runs one tutor on real or simulated parts. Use from one event loop."""

    def __init__(
        self,
        *,
        header: LogHeader,
        plan: Plan,
        log: StudyLog,
        dialogue: DialogueManager,
        clock: Clock,
        make_feed: Callable[[], AffectFeed] | None = None,
    ) -> None:
        """Args: make_feed: makes the affect feed once the learner agreed to the camera; None without one."""
        self.header = header
        self.plan = plan
        self.tutor = Tutor(plan.setup)
        self.surfaces: list[Surface] = []
        self.listeners: list[Listener] = []
        self.trouble: str | None = None
        self.last_moves: deque[StateChange] = deque(maxlen=LAST_MOVES)
        self.memory = ConsoleMemory()
        self._log = log
        self._clock = clock
        self.eyes = Eyes(make_feed, window_s=plan.setup.settings.window_s, closed=self._tell_unwatched)
        self.turns = Turns(self, dialogue, act_expires_s=plan.setup.settings.act_expires_s)
        self._page = PageMessages(self)
        self._origin_s = clock.monotonic_s()
        self._last_s = 0.0
        self._gone_s: float | None = None
        self._stopped = False
        self._stale = False
        self._shown: dict[str, Any] | None = None
        self._inbox: asyncio.Queue[_Job] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    # ------------------------------------------------------------ life

    @property
    def session_id(self) -> str:
        """Opaque id of the session."""
        return self.header.session_id

    def start(self, *, ticking: bool = True) -> None:
        """Begin to work. ``ticking`` False leaves the ticks to the caller (a simulated clock)."""
        jobs = [self._loop(), self.turns.work()] + ([self._tick_always()] if ticking else [])
        self._tasks = [asyncio.create_task(job) for job in jobs]

    async def stop(self) -> None:
        """Stop working; what is stored stays, what was not begun is dropped."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        while not self._inbox.empty():
            self._inbox.get_nowait().drop()
        self.eyes.close()

    async def resume(self) -> None:
        """Rebuild the state from the log after the tutor was restarted; call before ``start``.

        Raises: LogDamaged: if the log's decisions are not the ones its inputs lead to.
        """
        rows = await self._log.read(self.session_id)
        self.tutor = rebuilt(self.plan, rows)
        self._remember(rows)
        self._last_s = rows[-1].at_s if rows else 0.0
        self.eyes.baseline_from_s = max((row.at_s for row in rows if isinstance(row, Consent)), default=0.0)
        away_s = seconds_between(self.header.started_at_utc, self._clock.utc_iso())
        self._origin_s = self._clock.monotonic_s() - max(self._last_s, away_s)

    async def take_up(self) -> None:
        """After ``resume`` and ``start``: settle what the crash left open."""
        self._gone_s = last_s = self._last_s
        await self.put(lambda at_s: Health(at_s=last_s, component="page", state="disconnected"))
        await self.put(lambda at_s: Health(at_s=at_s, component="tutor", state="resumed"))
        if self.tutor.camera_consent:
            detail = "the baseline is gone with the restart"
            await self.put(lambda at_s: Health(at_s=at_s, component="camera", state="lost", detail=detail))
        offer = self.tutor.initiative.offer
        if offer is not None and self.tutor.initiative.state == "acting":
            act_id = offer.act.act_id
            await self.put(lambda at_s: Undelivered(at_s=at_s, act_id=act_id, reason="stale"))
        for utterance_id, text in self.tutor.unanswered:
            self.turns.add(Hear(utterance_id=utterance_id, text=text))

    @property
    def away_s(self) -> int | None:
        """Whole seconds since the page was closed; None while it is open, before it was, and at the end."""
        if self.surfaces or self._gone_s is None or self.tutor.over:
            return None
        return round(max(0.0, self.now_s() - self._gone_s))

    def now_s(self) -> float:
        """Session time; never decreases."""
        self._last_s = max(self._last_s, round(self._clock.monotonic_s() - self._origin_s, 3))
        return self._last_s

    async def idle(self) -> None:
        """Return once nothing is waiting and no turn is open (for simulated clocks)."""
        while True:
            await self._inbox.join()
            await self.turns.finished()
            if self._inbox.empty() and self.turns.idle:
                return

    # ------------------------------------------------------------ the loop

    async def put(self, make: Callable[[float], Row | None]) -> Outcome:
        """Hand in one input row, made from the time at which its turn comes; return once it is stored.

        ``make`` may return None to drop it. Raises: LogUnwritable: nothing of it was stored.
        """
        return await asyncio.shield(self._queue(make))

    def _queue(self, make: Callable[[float], Row | None]) -> asyncio.Future[Outcome]:
        job = _Job(make, asyncio.get_running_loop().create_future())
        if self._stopped:
            job.drop()
        else:
            self._inbox.put_nowait(job)
        return job.done

    async def _loop(self) -> None:
        while True:
            job = await self._inbox.get()
            try:
                outcome = await self._process(job.make)
            except asyncio.CancelledError:
                job.drop()
                raise
            except Exception as error:  # noqa: BLE001  # handed to the caller, the loop goes on
                if not job.done.done():
                    job.done.set_exception(error)
                    job.done.exception()  # the caller may be gone
            else:
                if not job.done.done():
                    job.done.set_result(outcome)
            finally:
                self._inbox.task_done()

    async def _process(self, make: Callable[[float], Row | None]) -> Outcome:
        if self._stale:
            await self._go_back()
        row = make(self.now_s())
        if row is None:
            return Outcome()
        try:
            outcome = self.tutor.take(row)
            await self._log.append(self.session_id, self._clock.utc_iso(), (row, *outcome.rows))
        except Exception as error:
            # The tutor has moved on, the log has not.
            self._stale = True
            with suppress(TutorbotError):  # tried again before the next row
                await self._go_back()
            if self._stale or not self.tutor.over:  # a finished session has all it needs
                await self._report(words(self.plan.language).not_stored, error)
            raise
        self._remember((row, *outcome.rows))
        stored = (row, *outcome.rows)
        self._tell(lambda listener: listener.stored(stored))
        recovered, self.trouble = self.trouble is not None, None
        if recovered:
            logger.warning("Session %s goes on: storing works again.", self.session_id)
            self._queue(self.turns.go_on())  # what waited comes before what this row leads to
        for effect in outcome.effects:
            await self._carry_out(effect)
        await self._show(row, outcome, recovered=recovered)
        return outcome

    def _remember(self, stored: Sequence[Row]) -> None:
        """For the console."""
        self.last_moves.extend(row for row in stored if isinstance(row, StateChange))
        self.memory.see(stored)

    def _tell_unwatched(self) -> None:
        self._tell(lambda listener: listener.unwatched())

    def _tell(self, what: Callable[[Listener], None]) -> None:
        """A fault in one listener takes nothing from the session and the others."""
        for listener in tuple(self.listeners):
            try:
                what(listener)
            except Exception as error:  # noqa: BLE001  # beside the page, never in its way
                log_fault(self.session_id, "telling a listener", error)

    async def _go_back(self) -> None:
        """Be again what is stored. Raises: LogUnwritable, LogDamaged: the log cannot be read."""
        rows = await self._log.read(self.session_id)
        self.tutor = rebuilt(self.plan, rows)
        self.last_moves.clear()
        self.memory = ConsoleMemory()
        self._remember(rows)
        self._stale = False

    async def _report(self, trouble: str, error: Exception) -> None:
        """Say it above what was shown last, and to the operator why: nothing that is not stored is shown."""
        if self.trouble != trouble:
            self.trouble = trouble
            if isinstance(error, TutorbotError):
                logger.warning("Session %s waits, nothing can be stored: %s", self.session_id, error)
            else:
                log_fault(self.session_id, "storing", error)
            await self._show_all({**(self._shown or self.view()), "banner": trouble})

    async def _carry_out(self, effect: Effect) -> None:
        if isinstance(effect, Say):
            for surface in tuple(self.surfaces):
                await surface.say(effect.line, at_s=self._last_s)
            line = effect.line
            self._tell(lambda listener: listener.line(line))
        elif isinstance(effect, BeginBlock | Hear | Perform | Utter):
            self.turns.add(effect)
        elif isinstance(effect, StopCamera):
            self.eyes.close()
        elif isinstance(effect, BeginBaseline):
            self.eyes.begin_baseline(self._last_s)

    async def _show(self, row: Row, outcome: Outcome, *, recovered: bool) -> None:
        """A bare tick changes nothing that the page shows."""
        if recovered or outcome.rows or not isinstance(row, AffectWindow):
            self._shown = self.view()
            await self._show_all(self._shown)

    async def _show_all(self, view: Mapping[str, Any]) -> None:
        for surface in tuple(self.surfaces):
            await surface.show(view)

    def view(self) -> dict[str, Any]:
        """What the page shows now."""
        return view_of(self.tutor, self.plan, label=self.header.participant, trouble=self.trouble)

    # ------------------------------------------------------------ the clock's ticks

    async def _tick_always(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                await self.tick()
            except TutorbotError:  # said on the page already
                logger.debug("Session %s: a tick could not be stored.", self.session_id)
            except Exception as error:  # noqa: BLE001  # one bad second must not end the watch
                log_fault(self.session_id, "a tick", error)

    async def tick(self) -> None:
        """One affect window, and the tutor's decision on it.

        Nothing outside the lesson, while paused or while no page is there.
        """
        if self._stale or self._watching():
            await self.put(self._window)

    def _watching(self) -> bool:
        tutor = self.tutor
        return tutor.running and not tutor.paused and tutor.active.running

    def _window(self, at_s: float) -> AffectWindow | None:
        if not self._watching():
            return None
        return self.eyes.window(at_s, camera=self.tutor.camera_state)

    # ------------------------------------------------------------ the learner

    async def receive(self, message: Mapping[str, Any]) -> None:
        """Take one message of the page (docs/wire.md); return once it is stored.

        Raises: BadInput: it does not fit what the learner can do now. LogUnwritable.
        """
        if self._stale:
            await self.put(lambda at_s: None)  # judge by what is stored, or say that it cannot be read
        await self._page.receive(message)

    async def wizard(
        self,
        level: int,
        trigger_id: str | None,
        client_id: str,
        *,
        reason: str | None = None,
        delay_s: float | None = None,
    ) -> None:
        """The person at the console chose; return once it is stored.

        Raises: BadInput: not in this condition, or no board is open. LogUnwritable.
        """

        def make(at_s: float) -> Row | None:
            if self.tutor.condition != "WZ":
                raise BadInput(
                    f"In condition {self.tutor.condition} nobody decides by hand.",
                    remedy="Choose a session of condition WZ.",
                )
            if self.tutor.has_seen(client_id):
                return None
            if self.tutor.phase != "task" or self.tutor.paused or not self.surfaces:
                raise BadInput(
                    "No board is open there at the moment.", remedy="Choose again when the next one is."
                )
            proposal = self.tutor.initiative.laid(trigger_id)
            return choice_row(
                at_s, level, trigger_id, proposal, client_id=client_id, reason=reason, delay_s=delay_s
            )

        await self.put(make)

    async def frame(self, jpeg: bytes) -> None:
        """Take one picture of the page's camera. Raises: BadFrame; CameraRefused: without consent to it."""
        if self.plan.watcher is not Watcher.PAGE:
            raise CameraRefused(
                "A picture of the page came although the page's camera is not the one in use.",
                remedy="The page should not have started its camera; reload it.",
            )
        await self.picture(jpeg, self.now_s())

    async def picture(self, jpeg: bytes, at_s: float) -> None:
        """Take one picture of the camera in use. at_s: when it was taken, session time.

        Raises: BadFrame; CameraRefused: without this learner's consent. LogUnwritable.
        """
        if not self.tutor.camera_consent or not self.eyes.open:
            raise CameraRefused(
                "A picture came although the camera is not agreed to.",
                remedy="The page should have stopped the camera; reload it.",
            )
        if self.tutor.paused or self.tutor.over:
            return
        if self.tutor.camera_state != "on":
            await self.put(self._camera_on)
        await self.eyes.see(jpeg, at_s)

    def _camera_on(self, at_s: float) -> Row | None:
        if self.tutor.camera_state == "on":
            return None
        return Health(at_s=at_s, component="camera", state="on")

    # ------------------------------------------------------------ surfaces

    async def connect(self, surface: Surface) -> None:
        """A surface came: show it everything. Raises: LogUnwritable: and it is not connected then."""
        self.surfaces.append(surface)
        away_s = 0.0 if self._gone_s is None else self.now_s() - self._gone_s
        try:
            if not self.tutor.over:
                await self.put(lambda at_s: Health(at_s=at_s, component="page", state="connected"))
                await self._welcome_back(away_s)
            else:
                await surface.show(self.view())
        except BaseException:
            self.surfaces.remove(surface)
            self._queue(self._nobody_there)
            raise

    async def _welcome_back(self, away_s: float) -> None:
        """Note a long absence, and let the protocol's rule for it work."""
        self._gone_s = None
        rule = self.plan.setup.resume
        long_s = LONG_AWAY_S if rule is None else min(LONG_AWAY_S, rule.after_s)
        if away_s >= long_s and self.tutor.phase != "consent" and not self.tutor.over:
            await self.put(lambda at_s: Returned(at_s=at_s, away_s=round(away_s, 3), device="unknown"))

    async def disconnect(self, surface: Surface) -> None:
        """A surface went; the session stays as it is and time on the item stands still."""
        if surface in self.surfaces:
            self.surfaces.remove(surface)
        await self.put(self._nobody_there)

    def _nobody_there(self, at_s: float) -> Row | None:
        if self.surfaces or self.tutor.over:
            return None
        self._gone_s = at_s if self._gone_s is None else self._gone_s
        return Health(at_s=at_s, component="page", state="disconnected")


def seconds_between(earlier_utc: str, later_utc: str) -> float:
    """Seconds from one ISO 8601 time to another; 0 when the calendar ran backwards."""
    earlier, later = (datetime.fromisoformat(text) for text in (earlier_utc, later_utc))
    return max(0.0, (later - earlier).total_seconds())
