"""A robot in the browser: the port ``Robot``, with a page for its body.

Exactly one page is the robot: the one where Start was pressed last. Nothing is kept while there is none, and
what a page was told that then froze it no longer does, since words are said only after it answered.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.websockets import WebSocket

from tutorbot.adapters.web.connection import log_fault
from tutorbot.adapters.web.limits import WebLimits
from tutorbot.adapters.web.sim.messages import Ask, Ended, Heard, PageMessage, Start, Touched
from tutorbot.adapters.web.sim.page import Pulse, RobotPage, unreachable
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS, Hearing, RobotEvents, Spoken

T = TypeVar("T")

SIM = "sim"
"""Name of its profile."""
MOST_PAGES = 8
"""Pages of the robot open at the same time."""
MOTIONS: Mapping[str, tuple[str, ...]] = {"gesture": GESTURES, "express": EXPRESSIONS, "look": LOOKS}

NOT_OPEN, NOT_STARTED = "its page is not open", "its page is open, and Start was not pressed on it"


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePatience:
    """The longest an utterance may take on a page: its characters at a slow pace, and a while besides. P"""

    characters_per_s: float = 4.0
    plus_s: float = 10.0

    def longest_s(self, n_characters: int) -> float:
        """Seconds until the end of so many characters must have been told."""
        return self.plus_s + n_characters / self.characters_per_s


class _Utterance:
    """One under way. end: how it ended, once it did."""

    def __init__(self, n_characters: int) -> None:
        loop = asyncio.get_running_loop()
        self.n: int | None = None
        self.n_characters, self.began_s = n_characters, loop.time()
        self.end: asyncio.Future[Spoken] = loop.create_future()

    def over(self, *, voiced: bool = True, stopped: bool = False) -> None:
        if not self.end.done():
            seconds = asyncio.get_running_loop().time() - self.began_s
            self.end.set_result(Spoken(seconds=seconds, estimated=not voiced, stopped=stopped))

    def lost(self, error: RobotUnreachable) -> None:
        if not self.end.done():
            self.end.set_exception(error)
            self.end.exception()  # nobody may be waiting


class SimRobot:
    """Port ``Robot``. Use from the event loop of the server that shows its page."""

    def __init__(
        self,
        *,
        limits: WebLimits | None = None,
        pulse: Pulse | None = None,
        patience: PagePatience | None = None,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token = secrets.token_urlsafe(24)
        self._limits, self._pulse = limits or WebLimits(), pulse or Pulse()
        self._patience, self._now_s = patience or PagePatience(), now_s
        self._events: RobotEvents | None = None
        self._pages: list[RobotPage] = []
        self._page: RobotPage | None = None
        self._lost_by: str | None = None
        self._ready = asyncio.Event()
        self._now: _Utterance | None = None
        self._jobs: set[asyncio.Task[Any]] = set()

    # ------------------------------------------------------------ its pages

    @property
    def path(self) -> str:
        """Of its page on the server; whoever knows it can be the robot."""
        return f"/robot/{self._token}"

    def knows(self, token: str) -> bool:
        """Whether an address is that of this robot."""
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self._token.encode())

    async def serve(self, socket: WebSocket) -> None:
        """Run one page until it leaves; the socket is accepted already."""
        if len(self._pages) >= MOST_PAGES:
            await socket.close(1013, "Too many pages of the robot are open.")
            return
        page = RobotPage(socket, self._limits, self._pulse, self._now_s)
        self._pages.append(page)
        self._tell_whose()
        try:
            await page.run(lambda message: self._take(page, message))
        finally:
            self._pages.remove(page)
            if self._page is page:
                self._lose(page.why)
                self._tell_whose()

    def _tell_whose(self) -> None:
        """Every page learns whether it is the robot, another one is, or none."""
        for page in self._pages:
            where = "nowhere" if self._page is None else "here" if self._page is page else "elsewhere"
            page.send(type="robot", where=where)

    @property
    def _why_not(self) -> str:
        """Why no page is the robot, in a few words."""
        return self._lost_by or (NOT_STARTED if self._pages else NOT_OPEN)

    def _begin(self, page: RobotPage, start: Start) -> None:
        if self._page is page or (self._page is not None and not start.take):
            return
        if self._page is not None:
            self._lose("another page is the robot from now on")
        page.developer = start.developer
        self._page = page
        self._ready.set()
        self._tell_whose()
        if self._events is not None:
            self._events.changed(ready=True, why="its page was started")

    def _lose(self, why: str) -> None:
        """No page is the robot any longer: all that was under way ends."""
        page, self._page, self._lost_by = self._page, None, why
        self._ready.clear()
        if page is not None:
            page.give_up(why)
        if self._now is not None:
            self._now.lost(unreachable(why))
        if self._events is not None:
            self._events.changed(ready=False, why=why)

    def _take(self, page: RobotPage, message: PageMessage) -> None:
        """What a page says. Only the one that is the robot has anything to tell."""
        if isinstance(message, Start):
            self._begin(page, message)
        elif self._page is not page:
            return
        elif isinstance(message, Ended):
            if self._now is not None and self._now.n == message.n:
                self._now.over(voiced=message.voiced)
        elif self._events is None:
            return
        elif isinstance(message, Heard):
            self._events.heard(Hearing(text=message.text, final=message.final, language=message.language))
        elif isinstance(message, Touched):
            self._events.touched(message.where)
        elif isinstance(message, Ask):
            self._job(self._asked(page, self._events, message))

    async def _asked(self, page: RobotPage, events: RobotEvents, ask: Ask) -> None:
        try:
            refusal = await events.asked(ask.what, ask.on)
        except Exception as error:  # noqa: BLE001  # told to who asked, and the robot stays
            log_fault("what was asked at the robot", error)
            refusal = "the server had a fault"
        page.send(type="asked", n=ask.n, refusal=refusal)

    def _job(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        job = asyncio.create_task(work)
        self._jobs.add(job)
        job.add_done_callback(self._over)
        return job

    def _over(self, job: asyncio.Task[Any]) -> None:
        self._jobs.discard(job)
        if not job.cancelled():
            job.exception()  # whoever asked may be gone

    # ------------------------------------------------------------ the port

    @property
    def name(self) -> str:
        """Of its profile."""
        return SIM

    @property
    def can(self) -> frozenset[str]:
        """All but seeing."""
        return frozenset({"say", "stop", "gesture", "express", "look", "hear", "touch", "tell"})

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """All that the tutor has."""
        return MOTIONS

    async def start(self, events: RobotEvents) -> None:
        """Tell ``events`` from now on, and at once how it stands."""
        self._events = events
        ready = self._page is not None
        events.changed(ready=ready, why="its page was started" if ready else self._why_not)

    async def ready(self, *, within_s: float) -> None:
        """Return once a page is the robot. Raises: RobotUnreachable."""
        try:
            async with asyncio.timeout(within_s):
                await self._ready.wait()
        except TimeoutError:
            raise unreachable(f"{self._why_not}, after {within_s:g} s of waiting") from None

    async def close(self) -> None:
        """Tell nobody any longer; the page stays as long as the server does, and is no robot."""
        self._events = None
        if self._page is not None:
            self._lose("the tutor let go of it")
            self._tell_whose()
        jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)

    def _body(self) -> RobotPage:
        """The page that is the robot. Raises: RobotUnreachable."""
        if self._page is None:
            raise unreachable(self._why_not)
        return self._page

    async def say(self, text: str, *, language: str, within_s: float) -> Spoken:
        """See the port. One utterance at a time: another meanwhile raises RobotRefused."""
        if not text.strip():
            raise BadInput("There are no words to say.", remedy="Hand over a text that is not empty.")
        if self._now is not None:
            raise RobotRefused(
                "The robot still says something else, and nothing is kept for later.",
                remedy="Wait for its end, or stop it before.",
            )
        page, self._now = self._body(), _Utterance(len(text))
        return await asyncio.shield(self._job(self._spoken(page, self._now, text, language, within_s)))

    async def _spoken(
        self, page: RobotPage, one: _Utterance, text: str, language: str, within_s: float
    ) -> Spoken:
        try:
            try:
                one.n = await page.command("say", within_s=within_s, text=text, language=language)
            except RobotSilent as error:
                page.cut_off()  # or it would say it when it goes on
                raise unreachable(f"its page did not take the words within {within_s:g} s") from error
            if not one.end.done():  # else it was stopped meanwhile
                page.send(type="go", n=one.n)
            async with asyncio.timeout(self._patience.longest_s(one.n_characters)):
                return await asyncio.shield(one.end)
        except TimeoutError:
            page.send(type="hush")
            raise RobotSilent(
                f"The robot's page told no end of an utterance of {one.n_characters} characters.",
                remedy="See whether the page is in front, and switch its voice off if it hangs.",
            ) from None
        finally:
            if self._now is one:
                self._now = None

    async def stop_speaking(self, *, within_s: float) -> bool:
        """See the port. The utterance counts as stopped afterwards, confirmed or not."""
        page, one = self._body(), self._now
        try:
            await page.command("stop", within_s=within_s)
        except RobotSilent:
            return False
        finally:
            if one is not None:
                one.over(stopped=True)
                self._now = None if self._now is one else self._now
        return True

    async def gesture(self, name: str, *, within_s: float) -> None:
        """See the port."""
        await self._move("gesture", name, within_s)

    async def express(self, name: str, *, within_s: float) -> None:
        """See the port."""
        await self._move("express", name, within_s)

    async def look(self, at: str, *, within_s: float) -> None:
        """See the port."""
        await self._move("look", at, within_s)

    async def _move(self, part: str, name: str, within_s: float) -> None:
        if name not in MOTIONS[part]:
            raise BadInput(
                f"{name!r} is nothing a robot is asked for by `{part}`.",
                remedy=f"Ask for one of {', '.join(MOTIONS[part])}.",
            )
        await self._body().command(part, within_s=within_s, name=name)

    async def watch(self, on: bool) -> None:
        """See the port. Raises: RobotRefused: the page has no camera."""
        if on:
            raise RobotRefused(
                "The robot in the browser has no camera.",
                remedy="The participant's own page can have one.",
            )

    async def tell(self, what: str, values: Mapping[str, Any], *, within_s: float) -> None:
        """See the port. Only a page that was opened for developers is sent it."""
        page = self._body()
        if page.developer:
            page.send(type="tell", what=what, values=dict(values))
