"""The running system without its public pages: log, detector, Rasa and the sessions between them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from affect.feed import AffectEngine
from studies.identity import IdentityKey
from studies.log.store import SqlStudyLog
from studies.protocol import Protocol
from tutorbot.adapters.rasa import (
    RasaDialogue,
    RasaProcess,
    RasaSettings,
    RasaState,
    TurnLedger,
    check_environment,
    check_model,
    tutor_routes,
)
from tutorbot.adapters.system_clock import SystemClock
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.study import check_contents, find_protocol, plan_for, refused_camera, texts_folder
from tutorbot.config import Settings
from tutorbot.core.evidence import EvidenceSource
from tutorbot.errors import DialogueUnreachable, LogUnwritable, MissingPart, PortTaken
from tutorbot.lessons.wizard_lines import load_wizard_lines
from tutorbot.ports import Clock
from tutorbot.session.host import Sessions

logger = logging.getLogger(__name__)

RASA_ASKED = 60
"""How often, once a second, a Rasa elsewhere is asked for its model before the tutor gives up. P"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The running system without its public pages."""

    settings: Settings
    protocol: Protocol
    log: SqlStudyLog
    engine: AffectEngine
    dialogue: RasaDialogue
    sessions: Sessions
    enrolment: StudyEnrolment
    rasa_state: Callable[[], str]


def open_log(url: str, *, hold: bool = False) -> SqlStudyLog:
    """The study log, its folder made if it is not there.

    hold: keep any other tutor out. Raises: LogUnwritable: also when another tutor holds it; BadInput.
    """
    if url.startswith("sqlite:///") and ":memory:" not in url:
        folder = Path(url.removeprefix("sqlite:///")).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnwritable(
                f"The folder {folder} of the study log cannot be made ({error.strerror}).",
                remedy="Give another place with --db.",
            ) from error
    return SqlStudyLog.open(url, hold=hold)


def identity_key(settings: Settings, protocol: Protocol) -> IdentityKey | None:
    """Where recruitment parameters go; None where the protocol names no service.

    Raises: MissingPart: no key file is given; BadInput, BadFile: it cannot be used.
    """
    if protocol.completion is None:
        return None
    if settings.key is None:
        raise MissingPart(
            f"Protocol {protocol.id!r} takes people in from {protocol.completion.service}, and there is no "
            "identity key to keep their ids in.",
            remedy="Make one with `studies key new FILE` and give it with --key FILE.",
        )
    return IdentityKey(settings.key)


def model_file_hash(path: Path) -> str:
    """sha256 of the trained dialogue model. Raises: MissingPart: it is not there or damaged."""
    check_model(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def served_model(dialogue: RasaDialogue, url: str) -> str:
    """The model a Rasa elsewhere has loaded, as it names it. Raises: MissingPart: if it does not in time."""
    reason = ""
    for _ in range(RASA_ASKED):
        try:
            return await dialogue.model_id()
        except DialogueUnreachable as error:
            reason = error.what
        await asyncio.sleep(1.0)
    raise MissingPart(
        f"The Rasa server at {url} does not name its model: {reason}",
        remedy="Start it first, and check TUTORBOT_RASA_URL and TUTORBOT_RASA_TOKEN.",
    )


@asynccontextmanager
async def running_parts(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Everything but the public pages, Rasa included: started, watched, and stopped at the end.

    Raises: BadInput, BadFile: of the study. MissingPart, PortTaken, LogUnwritable.
    """
    clock = clock or SystemClock()
    protocol = find_protocol(settings.study)
    check_contents(protocol, texts_folder(protocol, settings.study))
    identity_key(settings, protocol)

    log = open_log(settings.db, hold=True)
    try:
        engine = AffectEngine()
        try:
            async with _joined(settings, protocol, log, engine, clock) as parts:
                yield parts
        finally:
            engine.close()
    finally:
        log.close()


@asynccontextmanager
async def _joined(
    settings: Settings, protocol: Protocol, log: SqlStudyLog, engine: AffectEngine, clock: Clock
) -> AsyncIterator[Parts]:
    dialogue_model = None
    if settings.rasa_url is None:
        await asyncio.to_thread(check_environment, settings.rasa_python)
        dialogue_model = model_file_hash(settings.model)
    tutor_token = settings.tutor_token or secrets.token_urlsafe(32)
    state = _StateTeller()
    ledger = TurnLedger()

    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen_on(*_host_port(settings.rasa_listen)))
        host, port = listening.getsockname()[:2]
        process = _rasa_process(settings, f"http://{host}:{port}", tutor_token, state)
        await stack.enter_async_context(_rasa(settings, process))
        dialogue = RasaDialogue(
            settings.rasa_url or process.base_url,
            settings.rasa_token if settings.rasa_url else process.api_token,
            ledger=ledger,
        )
        stack.push_async_callback(dialogue.close)
        if dialogue_model is None:
            dialogue_model = await served_model(dialogue, str(settings.rasa_url))
        model_hash = hashlib.sha256(f"{engine.model_hash} {dialogue_model}".encode()).hexdigest()
        enrolment = StudyEnrolment(protocol, log, clock, model_hash, identity_key(settings, protocol))
        sessions = Sessions(
            enrolment=enrolment,
            planner=partial(plan_for, texts=texts_folder(protocol, settings.study)),
            log=log,
            dialogue=dialogue,
            clock=clock,
            make_feed=None if refused_camera(protocol) else partial(engine.feed, EvidenceSource.WEBCAM),
            make_robot_feed=partial(engine.feed, EvidenceSource.ROBOT_CAMERA),
            standing=enrolment.standing,
            study_id=protocol.id,
            wizard_lines={
                language: load_wizard_lines(language.partition("-")[0], protocol_folder(settings.study))
                for language in protocol.languages
            },
        )
        private = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
        private.include_router(tutor_routes(sessions, tutor_token, ledger))
        await stack.enter_async_context(serving(private, listening))
        stack.push_async_callback(sessions.close)
        state.sessions = sessions
        stack.callback(state.forget)
        yield Parts(
            settings=settings,
            protocol=protocol,
            log=log,
            engine=engine,
            dialogue=dialogue,
            sessions=sessions,
            enrolment=enrolment,
            rasa_state=lambda: "elsewhere" if settings.rasa_url else process.state.value,
        )


class _StateTeller:
    """Passes Rasa's states on to the sessions, once there are some."""

    def __init__(self) -> None:
        self.sessions: Sessions | None = None
        self._was_down = False
        self._tasks: set[asyncio.Task[None]] = set()

    def forget(self) -> None:
        """No session is there any more."""
        self.sessions = None

    def __call__(self, state: RasaState, why: str) -> None:
        down = state is RasaState.DOWN
        level = logging.WARNING if down or self._was_down else logging.INFO
        logger.log(level, "Rasa is %s: %s", state.value, why)
        self._was_down = down or (self._was_down and state is RasaState.STARTING)
        if self.sessions is not None:
            up = state is RasaState.READY
            task = asyncio.get_running_loop().create_task(self.sessions.dialogue_state(up=up))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


def _rasa_process(settings: Settings, tutor_url: str, tutor_token: str, state: _StateTeller) -> RasaProcess:
    return RasaProcess(
        RasaSettings(
            python=settings.rasa_python,
            project=settings.dialogue,
            model=settings.model,
            log_file=settings.var / "rasa.log",
            tutor_url=tutor_url,
            tutor_token=tutor_token,
        ),
        on_state=state,
    )


@asynccontextmanager
async def _rasa(settings: Settings, process: RasaProcess) -> AsyncIterator[None]:
    """Rasa as a watched child, or somebody else's to keep alive."""
    if settings.rasa_url is not None:
        yield
        return
    try:
        settings.var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MissingPart(
            f"The folder {settings.var} for Rasa's log cannot be made ({_reason(error)}).",
            remedy="Name another one with TUTORBOT_VAR.",
        ) from error
    await process.start()
    try:
        yield
    finally:
        await process.stop()


@asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket, **settings: Any) -> AsyncIterator[None]:
    """Serve an application on a bound socket beside what the caller does.

    settings: of uvicorn; without any there are no WebSockets.
    """
    settings = settings or {"access_log": False, "ws": "none"}
    server = SignalFreeServer(uvicorn.Config(app, log_level="warning", lifespan="off", **settings))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


class SignalFreeServer(uvicorn.Server):
    """A server that leaves the process's signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


def protocol_folder(study: str) -> Path | None:
    """Where a protocol of the lab's own lies; None for a shipped one."""
    path = Path(study)
    return path.parent if path.is_file() else None


def _host_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host, int(port)


def listen_on(host: str, port: int) -> socket.socket:
    """A listening socket. Raises: PortTaken."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise PortTaken(
            f"Cannot listen on {host}:{port} ({_reason(error)}).",
            remedy="Stop the program that listens there, or choose another port.",
        ) from error


def _reason(error: OSError) -> str:
    """The system's own words; Python adds the address a second time."""
    return os.strerror(error.errno) if error.errno is not None and error.errno > 0 else str(error)
