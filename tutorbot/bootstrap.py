"""Picks real parts and joins them; the only place that knows all rooms."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from affect.feed import AffectEngine
from affect.sources.recording import CAP12_CALM_PLAN, RecordedFace
from studies.allocation import condition_for
from studies.log.store import SqlStudyLog
from studies.protocol import PROTOCOLS, Protocol, camera_gate, load_protocol, parse_protocol
from tutorbot.adapters.rasa import (
    RasaDialogue,
    RasaProcess,
    RasaSettings,
    RasaState,
    TurnLedger,
    tutor_routes,
)
from tutorbot.adapters.system_clock import SystemClock
from tutorbot.adapters.web import SERVER_SETTINGS, ConsoleKeys, make_app
from tutorbot.config import Settings
from tutorbot.core.events import Row
from tutorbot.core.evidence import EvidenceSource
from tutorbot.core.lesson import Lesson
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.tutor import Setup
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import ScriptedLearner
from tutorbot.demo.run import play
from tutorbot.errors import (
    BadInput,
    CameraRefused,
    LogDamaged,
    LogUnwritable,
    MissingPart,
    PortTaken,
    TutorbotError,
    UnknownLink,
)
from tutorbot.lessons import lesson_hash, load_lesson, load_phrases, pack_folder
from tutorbot.ports import AffectFeed, Clock, LogHeader
from tutorbot.session.host import Sessions
from tutorbot.session.plan import Plan

logger = logging.getLogger(__name__)

VERSION = version("tutorbot")


# ---------------------------------------------------------------- the study


def find_protocol(study: str) -> Protocol:
    """A protocol by shipped name or path. Raises: BadInput; BadFile."""
    shipped = PROTOCOLS / f"{study}.yml"
    if "/" not in study and shipped.is_file():
        return load_protocol(shipped)
    path = Path(study)
    if not path.is_file():
        names = ", ".join(sorted(file.stem for file in PROTOCOLS.glob("*.yml")))
        raise BadInput(
            f"There is no study {study!r}.", remedy=f"Name a shipped one ({names}) or the path of a file."
        )
    return load_protocol(path)


def refused_camera(protocol: Protocol) -> str | None:
    """Why the camera stays off in this study even with consent; None when it may run."""
    try:
        camera_gate(protocol, True)
    except CameraRefused as refused:
        return refused.what
    return None


def lesson_of(protocol: Protocol) -> Lesson:
    """The protocol's lesson with its choice of problems and items. Raises: BadInput; BadFile."""
    lesson = load_lesson(protocol.lesson)
    by_id = {problem.problem_id: problem for problem in lesson.problems}
    unknown = [name for name in protocol.problems if name not in by_id]
    if unknown:
        raise BadInput(
            f"Lesson {protocol.lesson!r} has no problem {unknown[0]!r}.",
            remedy=f"It has {', '.join(by_id)}; correct `problems:` of protocol {protocol.id!r}.",
        )
    chosen = tuple(by_id[name] for name in protocol.problems) or lesson.problems
    most_items = protocol.most_items or lesson.most_items
    return replace(lesson, problems=chosen, most_items=most_items)


def plan_for(header: LogHeader) -> Plan:
    """The plan of a session from its own log. Raises: LogDamaged: if the lesson was changed since."""
    protocol = parse_protocol(header.protocol, name=f"protocol of session {header.session_id}")
    if lesson_hash(protocol.lesson) != header.lesson_hash:
        raise LogDamaged(
            f"Lesson {protocol.lesson!r} is not the one session {header.session_id} was begun with.",
            remedy="Bring the lesson's files back as they were, or begin a new session.",
        )
    language = protocol.languages[0]
    consent, baseline = protocol.consent.texts[language], protocol.baseline.texts[language]
    condition_uses_face = STRATEGIES[header.condition].uses_face
    refused = refused_camera(protocol)
    if not condition_uses_face and refused is None:
        refused = "This session runs without a camera."
    return Plan(
        setup=Setup(
            condition=header.condition,
            objective=protocol.objective,
            seed=header.seed,
            settings=protocol.tutor_settings(),
            lesson=lesson_of(protocol),
            phrases=load_phrases(language),
        ),
        study_title=protocol.title,
        test_only=header.test_only,
        banner="Test run: nothing from this session is used as research data." if header.test_only else None,
        consent_version=protocol.consent.version,
        consent_title=consent.title,
        consent_paragraphs=consent.paragraphs,
        consent_points=consent.points,
        camera_paragraph=consent.camera,
        camera_refused=refused,
        baseline_title=baseline.title,
        baseline_text=tuple(part for part in baseline.text.split("\n\n") if part.strip()),
        baseline_s=protocol.baseline.seconds,
        contact=protocol.contact,
        language=language,
        cards_at=f"/lesson/{pack_folder(protocol.lesson).name}",
    )


class StudyEnrolment:
    """Takes participants into one study's log (port ``Enrolment``)."""

    def __init__(self, protocol: Protocol, log: SqlStudyLog, clock: Clock, model_hash: str) -> None:
        self._protocol = protocol
        self._log = log
        self._clock = clock
        self._model_hash = model_hash

    async def enrol(self, condition: str | None = None, seed: int | None = None) -> LogHeader:
        """A new participant; ``condition`` and ``seed`` override the allocation (demo only)."""
        protocol = self._protocol
        participant = await self._log.next_participant(protocol.id)
        number = int(participant.removeprefix("P"))
        header = LogHeader(
            session_id=uuid.uuid4().hex,
            study_id=protocol.id,
            participant=participant,
            link=secrets.token_urlsafe(18),
            condition=condition or condition_for(protocol, number),
            seed=protocol.seed + number if seed is None else seed,
            software_version=VERSION,
            protocol_hash=protocol.sha256,
            lesson_hash=lesson_hash(protocol.lesson),
            model_hash=self._model_hash,
            protocol=protocol.text,
            test_only=protocol.test_only,
            started_at_utc=self._clock.utc_iso(),
        )
        await self._log.begin(header)
        return header

    async def by_link(self, link: str) -> LogHeader:
        """The session of a link. Raises: UnknownLink."""
        try:
            return await self._log.session_by_link(link)
        except KeyError:
            raise UnknownLink(
                "This link belongs to no participant of this study.",
                remedy="Check the link, or ask the person who gave it to you.",
            ) from None


# ---------------------------------------------------------------- the parts


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


def open_log(url: str) -> SqlStudyLog:
    """The study log, its folder made if it is not there. Raises: LogUnwritable; BadInput."""
    if url.startswith("sqlite:///") and ":memory:" not in url:
        folder = Path(url.removeprefix("sqlite:///")).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LogUnwritable(
                f"The folder {folder} of the study log cannot be made ({error.strerror}).",
                remedy="Give another place with --db.",
            ) from error
    return SqlStudyLog.open(url)


def models_hash(engine: AffectEngine, settings: Settings) -> str:
    """One sha256 that names the affect networks and the dialogue model in force."""
    total = hashlib.sha256(engine.model_hash.encode())
    if settings.rasa_url is None:
        try:
            total.update(hashlib.sha256(settings.model.read_bytes()).digest())
        except OSError as error:
            raise MissingPart(
                f"The dialogue model {settings.model} cannot be read.", remedy="Run `make model`."
            ) from error
    return total.hexdigest()


@asynccontextmanager
async def running_parts(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """Everything but the public pages, Rasa included: started, watched, and stopped at the end.

    Raises: BadInput, BadFile: of the study. MissingPart, PortTaken, LogUnwritable.
    """
    clock = clock or SystemClock()
    protocol = find_protocol(settings.study)
    lesson_of(protocol)  # a broken lesson is told now, not to the first participant
    log = open_log(settings.db)
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
    listening = _listen(*_host_port(settings.rasa_listen))
    host, port = listening.getsockname()[:2]
    tutor_token = settings.tutor_token or secrets.token_urlsafe(32)
    state = _StateTeller()
    process = _rasa_process(settings, f"http://{host}:{port}", tutor_token, state)
    ledger = TurnLedger()
    model_hash = models_hash(engine, settings)

    def webcam() -> AffectFeed:
        return engine.feed(EvidenceSource.WEBCAM)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_rasa(settings, process))
        dialogue = RasaDialogue(
            settings.rasa_url or process.base_url,
            settings.rasa_token if settings.rasa_url else process.api_token,
            ledger=ledger,
        )
        stack.push_async_callback(dialogue.close)
        enrolment = StudyEnrolment(protocol, log, clock, model_hash)
        sessions = Sessions(
            enrolment=enrolment,
            planner=plan_for,
            log=log,
            dialogue=dialogue,
            clock=clock,
            make_feed=None if refused_camera(protocol) else webcam,
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
        self._tasks: set[asyncio.Task[None]] = set()

    def forget(self) -> None:
        """No session is there any more."""
        self.sessions = None

    def __call__(self, state: RasaState, why: str) -> None:
        logger.info("Rasa is %s: %s", state.value, why)
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
    settings.var.mkdir(parents=True, exist_ok=True)
    await process.start()
    try:
        yield
    finally:
        await process.stop()


@asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an application on a bound socket beside what the caller does."""
    server = _Beside(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


class _Beside(uvicorn.Server):
    """A server that leaves the process's signals to the main one."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take no signals."""
        yield


def _host_port(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    return host, int(port)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises: PortTaken."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        raise PortTaken(
            f"Cannot listen on {host}:{port} ({error.strerror}).",
            remedy="Stop the program that listens there, or choose another port.",
        ) from error


# ---------------------------------------------------------------- the pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where people go. console holds a token that opens once."""

    participant: str
    console: str


async def serve_pilot(settings: Settings, *, announce: Callable[[Addresses, str], None]) -> None:
    """Run the whole system until it is told to stop (SIGINT, SIGTERM).

    Raises: any TutorbotError of a part that is missing or does not fit.
    """
    pages = _listen(settings.host, settings.port)
    with pages:
        async with running_parts(settings) as parts:
            keys = ConsoleKeys()
            app = make_app(
                parts.sessions,
                lessons=pack_folder(parts.protocol.lesson).parent,
                console=keys,
                version=VERSION,
                health=lambda: {"rasa": parts.rasa_state(), "study": parts.protocol.id},
                allowed_origins=(settings.public_url,) if settings.public_url else (),
            )
            await parts.log.audit(
                parts.protocol.id, actor="operator", action="start", detail=f"tutorbot {VERSION}"
            )
            server = uvicorn.Server(
                uvicorn.Config(
                    app,
                    log_level="warning",
                    ssl_certfile=settings.tls_cert,
                    ssl_keyfile=settings.tls_key,
                    **SERVER_SETTINGS,
                )
            )
            announce(addresses(settings, keys.issue()), parts.protocol.title)
            await server.serve(sockets=[pages])
            await parts.log.audit(parts.protocol.id, actor="operator", action="stop", detail="orderly")


def addresses(settings: Settings, token: str) -> Addresses:
    """The two addresses to print."""
    scheme = "https" if settings.tls_cert else "http"
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    base = settings.public_url or f"{scheme}://{host}:{settings.port}"
    return Addresses(participant=f"{base}/join", console=f"{base}/console?token={token}")


# ---------------------------------------------------------------- the demo


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """One played session: who, under what, and all its rows."""

    header: LogHeader
    rows: tuple[Row, ...]
    watching: str


async def play_demo(
    settings: Settings,
    *,
    learner: str,
    condition: str | None,
    seed: int,
    video: Path | None,
    on_second: Callable[[float], None],
) -> DemoResult:
    """One whole headless session: real Rasa, real detector on a recording, a scripted learner.

    Raises: BadInput: unknown learner or condition. MissingPart: no recording, model or environment.
    """
    path = video or settings.recording
    if not path.is_file():
        raise MissingPart(f"There is no recording {path}.", remedy="Run `make media`, or give --video FILE.")
    protocol = find_protocol(settings.study)
    if condition is not None and condition not in protocol.conditions:
        raise BadInput(
            f"Study {protocol.id!r} has no condition {condition!r}.",
            remedy=f"It has {', '.join(protocol.conditions)}.",
        )
    lesson = lesson_of(protocol)
    script = ScriptedLearner(learner, lesson, seed, camera=True)
    clock = SimulatedClock()
    async with running_parts(settings, clock=clock) as parts:
        header = await parts.enrolment.enrol(condition, seed)
        plan = plan_for(header)
        recorded = None
        if plan.camera_refused is None:
            calm = video is None and script.temper.calm
            face = CAP12_CALM_PLAN if calm else None
            recorded = RecordedFace(parts.engine, path, plan=face)
        session = parts.sessions.build(header, None if recorded is None else lambda: recorded)
        parts.sessions.adopt(session)
        await play(session, script, clock, on_second=on_second)
        rows = await parts.log.read(header.session_id)
        watching = recorded.plan.why if recorded is not None else f"no camera: {plan.camera_refused}"
    return DemoResult(header=header, rows=rows, watching=watching)


# ---------------------------------------------------------------- the doctor


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. fault: None when all is well, else what to do."""

    what: str
    detail: str
    fault: str | None = None


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at every part the system needs, without starting any."""

    def networks() -> str:
        engine = AffectEngine()
        engine.close()
        return f"weights verified ({engine.model_hash[:12]})"

    def study() -> str:
        protocol = find_protocol(settings.study)
        lesson_of(protocol)
        return f"{protocol.id} {protocol.version}, conditions {', '.join(protocol.conditions)}"

    def dialogue() -> str:
        for path, remedy in (
            (settings.rasa_python, "Run `make env-rasa`."),
            (settings.model, "Run `make model`."),
        ):
            if not path.is_file():
                raise MissingPart(f"{path} is not there.", remedy=remedy)
        return "environment and model are there"

    def log() -> str:
        open_log(settings.db).close()
        return f"{settings.db} can be written"

    def port() -> str:
        _listen(settings.host, settings.port).close()
        return f"{settings.host}:{settings.port} is free"

    def recording() -> str:
        if not settings.recording.is_file():
            raise MissingPart(f"{settings.recording} is not there.", remedy="Run `make media`.")
        return "there"

    checks = {
        "study": study,
        "affect networks": networks,
        "dialogue": dialogue,
        "study log": log,
        "port": port,
        "demo recording": recording,
    }
    return tuple(_look(what, check) for what, check in checks.items())


def _look(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, detail=check())
    except TutorbotError as error:
        return Finding(what=what, detail="", fault=str(error))
