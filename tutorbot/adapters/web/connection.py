"""One page's WebSocket: reads, checks, hands over, answers; nothing hostile or slow hurts the session."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from tutorbot.adapters.web.host import LinkInUse, SessionHost, Sitting, UnknownLink
from tutorbot.adapters.web.limits import DoneActions, TokenBucket, WebLimits
from tutorbot.adapters.web.messages import (
    BadMessage,
    ClientMessage,
    Consent,
    Pause,
    Ping,
    Takeover,
    Withdraw,
    parse,
    parse_frame,
)
from tutorbot.adapters.web.outbox import Outbox, encode
from tutorbot.adapters.web.words import OWN_WORDS, problem_words, wanted_languages
from tutorbot.errors import BadFrame, CameraRefused, LogDamaged, LogUnwritable, Paused, TutorbotError

log = logging.getLogger(__name__)

UNKNOWN_LINK = 4404
TOO_SLOW = 4408
IN_USE = 4409
MOVED = 4410
TOO_MANY = 4429
"""Close codes the page knows; see docs/wire.md."""


class Overdone(Exception):
    """The page sent more than a person can."""


class Moved(Exception):
    """The learner uses the session in another page from now on."""


@dataclass(frozen=True, slots=True)
class _Holder:
    """Who has a link. moved: set to have it given up; released: set once it is free."""

    moved: asyncio.Event
    released: asyncio.Event


class Connections:
    """All open pages: who holds which link, and which actions each participant has had done."""

    def __init__(self, host: SessionHost, limits: WebLimits, now_s: Callable[[], float]) -> None:
        self._host = host
        self._limits = limits
        self._now_s = now_s
        self._holders: dict[str, _Holder] = {}
        self._done: dict[str, DoneActions] = {}

    def count(self) -> int:
        """Pages connected now."""
        return len(self._holders)

    async def serve(self, socket: WebSocket, code: str) -> None:
        """Run one page until it leaves or is cut off; the socket is accepted already."""
        outbox = Outbox(self._limits.waiting_out)
        wanted = wanted_languages(socket.query_params.get("lang"), socket.headers.get("accept-language"))
        try:
            sitting = await self._attach_or_take_over(socket, code, outbox, wanted)
        except UnknownLink:
            await socket.close(UNKNOWN_LINK, "No participant belongs to this link.")
            return
        except LinkInUse:
            await socket.close(IN_USE, "This link is open in another tab or on another device.")
            return
        except WebSocketDisconnect:
            return
        except TutorbotError as error:
            await socket.send_text(encode(problem(error)))
            await socket.close(1013, "Try again later.")
            return
        holder = self._holders[code] = _Holder(asyncio.Event(), asyncio.Event())
        done = self._done.setdefault(code, DoneActions(self._limits.remembered_actions))
        try:
            page = _Page(
                socket,
                sitting,
                outbox,
                done=done,
                limits=self._limits,
                now_s=self._now_s,
                moved=holder.moved,
            )
            await page.run()
        finally:
            if self._holders.get(code) is holder:
                del self._holders[code]
            try:
                await asyncio.shield(sitting.detach())
            finally:
                holder.released.set()

    async def _attach_or_take_over(
        self, socket: WebSocket, code: str, outbox: Outbox, wanted: Sequence[str]
    ) -> Sitting:
        """Attach; where another page holds the link, say so, and take it over if that is asked for."""
        try:
            return await self._attach(code, outbox, wanted)
        except LinkInUse as error:
            holder = self._holders.get(code)
            offered = holder is not None and self._limits.takeover
            refusal = problem(error, about="in_use", language=outbox.language)
            await socket.send_text(encode({**refusal, "takeover": offered}))
            if holder is None or not offered or not await self._wants_it(socket):
                raise
            holder.moved.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(holder.released.wait(), self._limits.same_tab_s)
        return await self._host.attach(code, outbox)

    async def _wants_it(self, socket: WebSocket) -> bool:
        """The refused page's first message is that it wants the session here."""
        with contextlib.suppress(TimeoutError, BadMessage):
            event = await asyncio.wait_for(socket.receive(), self._limits.first_word_s)
            if event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            return isinstance(parse(event.get("text") or ""), Takeover)
        return False

    async def _attach(self, code: str, outbox: Outbox, wanted: Sequence[str]) -> Sitting:
        """Attach; a reload races its own old connection, so wait a moment for that one to be gone."""
        holder = self._holders.get(code)
        try:
            return await self._host.attach(code, outbox, wanted)
        except LinkInUse:
            if holder is None:
                raise
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(holder.released.wait(), self._limits.same_tab_s)
        return await self._host.attach(code, outbox)


class _Page:
    """The tasks of one connection: reader, message worker, frame worker, writer."""

    def __init__(
        self,
        socket: WebSocket,
        sitting: Sitting,
        outbox: Outbox,
        *,
        done: DoneActions,
        limits: WebLimits,
        now_s: Callable[[], float],
        moved: asyncio.Event,
    ) -> None:
        self._moved = moved
        self._socket = socket
        self._sitting = sitting
        self._outbox = outbox
        self._done = done
        self._now_s = now_s
        self._messages = TokenBucket(limits.messages_per_s, limits.messages_burst)
        self._frames = TokenBucket(limits.frames_per_s, limits.frames_burst)
        self._inbox: asyncio.Queue[ClientMessage] = asyncio.Queue(limits.waiting_messages)
        self._frame_slot: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._stirred = asyncio.Event()
        self._left = False
        self._shutting = 0
        self._frame_trouble: str | None = None

    async def run(self) -> None:
        """Until the page leaves; closes the socket with a reason when the page is cut off.

        What had arrived by then is still handed over, in order, before this returns.
        """
        worker = asyncio.create_task(self._work())
        tasks = [
            asyncio.create_task(work())
            for work in (self._read, self._look, self._write, self._watch_overrun, self._watch_moved)
        ]
        try:
            finished, _ = await asyncio.wait({*tasks, worker}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for task, result in zip(tasks, results, strict=True):
            if task in finished and isinstance(result, Exception):
                await self._close_for(result)
        self._left = True
        self._stirred.set()
        await worker

    async def _close_for(self, reason: Exception) -> None:
        code, text = 1011, "The server had a fault; trying again helps."
        if isinstance(reason, Overdone):
            code, text = TOO_MANY, str(reason)
        elif isinstance(reason, Moved):
            code, text = MOVED, "The session goes on in another tab or on another device."
        elif isinstance(reason, TimeoutError):
            code, text = TOO_SLOW, "The page took too long to read; it is shown everything again."
        elif isinstance(reason, (WebSocketDisconnect, OSError)):
            return
        else:
            log_fault("a connection", reason)
        try:
            # A page that does not read would never see the close either.
            await asyncio.wait_for(self._socket.close(code, text), 5.0)
        except (RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
            return

    async def _read(self) -> None:
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if event.get("text") is not None:
                self._take_text(event["text"])
            else:
                self._take_frame(event.get("bytes") or b"")

    def _take_text(self, text: str) -> None:
        if not self._messages.take(self._now_s()):
            raise Overdone("Too many messages in a short time.")
        try:
            message = parse(text)
        except BadMessage as error:
            self._outbox.send(self._problem(error, error.kind, client_id=error.client_id))
            return
        if isinstance(message, Ping):
            self._outbox.send({"type": "pong", "n": message.n})
            return
        if isinstance(message, Takeover):  # asked for, and the link was free by then
            return
        try:
            self._inbox.put_nowait(message)
        except asyncio.QueueFull:
            raise Overdone("Too many messages wait to be saved.") from None
        if _shuts_camera(message):
            # At once, ahead of whatever still waits: no picture is looked at from here on.
            self._shutting += 1
        self._stirred.set()

    def _take_frame(self, data: bytes) -> None:
        if not self._frames.take(self._now_s()):
            raise Overdone("Too many pictures in a short time.")
        try:
            self._frame_slot.put_nowait(data)
        except asyncio.QueueFull:
            # The page sends one at a time; one that comes on top is dropped, and answered.
            self._outbox.send({"type": "frame_ack"})

    async def _work(self) -> None:
        while (message := await self._next_message()) is not None:
            if message.client_id is None or message.client_id not in self._done:
                trouble = await self._hand_over(message)
                if trouble is not None:
                    self._outbox.send(self._problem(trouble, _kind(trouble), client_id=message.client_id))
                    continue
            if message.client_id is not None:
                self._done.add(message.client_id)
                self._outbox.send({"type": "ack", "client_id": message.client_id})

    async def _hand_over(self, message: ClientMessage) -> TutorbotError | None:
        """Give the session one message; returns what went wrong, in words for the learner."""
        try:
            await self._sitting.receive(message.model_dump())
        except (LogUnwritable, LogDamaged):  # why is for the operator, and said there
            return _NOT_STORED
        except TutorbotError as error:
            return error
        except Exception as error:  # noqa: BLE001 - one bad message must not end the session
            log_fault(f"a message of type {message.type}", error)
            return _FAULT
        finally:
            if _shuts_camera(message):
                # The session knows now, and refuses pictures by itself.
                self._shutting -= 1
        return None

    async def _next_message(self) -> ClientMessage | None:
        """The next one; None once the page has left and all of it was handed over."""
        while self._inbox.empty():
            if self._left:
                return None
            self._stirred.clear()
            await self._stirred.wait()
        return self._inbox.get_nowait()

    async def _look(self) -> None:
        while True:
            data = await self._frame_slot.get()
            try:
                _, jpeg = parse_frame(data)
                if not self._shutting:
                    await self._sitting.frame(jpeg)
                    self._frame_trouble = None
            except (BadFrame, CameraRefused) as error:
                self._tell_frame_trouble(error)
            except Exception as error:  # noqa: BLE001 - one bad picture must not end the session
                log_fault("a picture", error)
            self._outbox.send({"type": "frame_ack"})

    def _tell_frame_trouble(self, error: TutorbotError) -> None:
        """Once per stretch of trouble, not ten times a second."""
        kind = type(error).__name__
        if kind != self._frame_trouble:
            self._frame_trouble = kind
            refused = isinstance(error, CameraRefused)
            about = "camera_refused" if refused else "frame"
            self._outbox.send(self._problem(error, "camera_refused" if refused else "picture", about=about))

    def _problem(
        self, error: TutorbotError, kind: str, *, client_id: str | None = None, about: str | None = None
    ) -> dict[str, Any]:
        return problem(error, kind, client_id=client_id, about=about, language=self._outbox.language)

    async def _write(self) -> None:
        while True:
            await self._socket.send_text(await self._outbox.next())

    async def _watch_overrun(self) -> None:
        await self._outbox.overrun.wait()
        raise TimeoutError

    async def _watch_moved(self) -> None:
        await self._moved.wait()
        raise Moved


_NOT_STORED = LogUnwritable(
    "That could not be saved just now, so the lesson waits.",
    remedy="Please tell the person who runs this study.",
)
_FAULT = TutorbotError("That could not be saved: the server had a fault.", remedy="Try it once more.")


def problem(
    error: TutorbotError,
    kind: str = "any",
    *,
    client_id: str | None = None,
    about: str | None = None,
    language: str = "en",
) -> dict[str, Any]:
    """An error as the page shows it. kind: a key of ``words.PROBLEMS``."""
    text, remedy = problem_words(error, kind, language)
    message: dict[str, Any] = {"type": "problem", "text": text, "remedy": remedy}
    if client_id is not None:
        message["client_id"] = client_id
    if about is not None or kind in OWN_WORDS:
        message["about"] = about or kind
    return message


def _kind(error: TutorbotError) -> str:
    if error is _NOT_STORED:
        return "not_stored"
    if error is _FAULT:
        return "fault"
    if isinstance(error, Paused):
        return "paused"
    return "camera_refused" if isinstance(error, CameraRefused) else "any"


def _shuts_camera(message: ClientMessage) -> bool:
    if isinstance(message, Withdraw):
        return message.purpose in {"participation", "camera"}
    if isinstance(message, Consent):
        return not (message.participation and message.camera)
    return message.type == "end" or (isinstance(message, Pause) and message.on)


def log_fault(where: str, error: BaseException) -> None:
    """Say where it broke; never the error's own text, which may hold a learner's words."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("fault in %s: %s\n%s", where, type(error).__name__, frames)
