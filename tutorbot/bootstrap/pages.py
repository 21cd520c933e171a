"""The pilot: the running system with its public pages, until it is told to stop."""

from __future__ import annotations

import asyncio
import datetime as dt
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import uvicorn

from studies.protocol import Protocol, warnings_of
from tutorbot.adapters.web import SERVER_SETTINGS, ConsoleKeys, make_app
from tutorbot.adapters.web.passwords import new_password, password_hash, read_hash, write_hash
from tutorbot.adapters.web.sim import SimRobot
from tutorbot.bootstrap.model_age import stale_model
from tutorbot.bootstrap.parts import Parts, SignalFreeServer, listen_on, running_parts
from tutorbot.bootstrap.robot_session import (
    RobotChoice,
    Seated,
    require_camera,
    require_choice,
    require_robot,
    seat_robot,
)
from tutorbot.bootstrap.robots import robot_at
from tutorbot.bootstrap.study import VERSION, find_protocol, refused_camera
from tutorbot.config import Settings
from tutorbot.errors import BadInput
from tutorbot.lessons import pack_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What is said at the start.

    console holds a token that opens once. password opens /console too; None: it is the one whose hash was
    given in a file, and is not known here. camera: on what terms it runs. notes: what should be settled
    in the protocol before the first participant. base: address that all pages begin with. elsewhere: the same
    as other devices on the network know it; None where they cannot reach it, or have an address of their own.
    robot: who sits before it; None without one.
    """

    base: str
    participant: str
    console: str
    password: str | None
    title: str
    camera: str
    notes: tuple[str, ...]
    robot: Seated | None = None
    elsewhere: str | None = None


async def serve_pilot(
    settings: Settings, *, announce: Callable[[Announcement], None], robot: RobotChoice | None = None
) -> None:
    """Run the whole system until it is told to stop (SIGINT, SIGTERM); then stop all parts in order.

    robot: to give a place beside one participant's page.
    Raises: any TutorbotError of a part that is missing or does not fit.
    """
    check_certificate(settings)
    if settings.console_password is not None:
        read_hash(settings.console_password)  # before anything is started
    pages = listen_on(settings.host, settings.port)
    with pages, _StopSignals() as signals:
        try:
            if robot is not None:
                require_choice(robot)
                require_camera(robot, find_protocol(settings.study))
                await require_robot(robot)
            async with running_parts(settings) as parts:
                await _serve(parts, pages, signals, announce, robot)
        except asyncio.CancelledError:
            if not signals.came:
                raise


async def _serve(
    parts: Parts,
    pages: socket.socket,
    signals: _StopSignals,
    announce: Callable[[Announcement], None],
    robot: RobotChoice | None,
) -> None:
    settings, study_id = parts.settings, parts.protocol.id
    password, kept = console_password(settings)
    keys = ConsoleKeys(password=kept, blind=settings.blind)

    async def audit(action: str, detail: str) -> None:
        await parts.log.audit(study_id, actor="experimenter", action=action, detail=detail)

    body = None if robot is None else robot_at(robot.place)
    app = make_app(
        parts.sessions,
        lessons=pack_folder(parts.protocol.lesson).parent,
        console=keys,
        version=VERSION,
        health=lambda: {"rasa": parts.rasa_state(), "study": study_id},
        allowed_origins=(settings.public_url,) if settings.public_url else (),
        audit=audit,
        robot=body if isinstance(body, SimRobot) else None,
    )
    config = uvicorn.Config(
        app,
        log_level="warning",
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        **SERVER_SETTINGS,
    )
    signals.server = SignalFreeServer(config)
    await parts.log.audit(study_id, actor="operator", action="start", detail=f"tutorbot {VERSION}")
    today = dt.datetime.now(tz=dt.UTC).date()
    start = announcement(settings, parts.protocol, keys.issue(), password, today=today)
    closed = await parts.enrolment.why_closed()
    stale = await asyncio.to_thread(stale_model, settings)
    await parts.sessions.take_up_again()
    seated = None if robot is None or body is None else await seat_robot(parts, robot, body)
    announce(replace(start, robot=seated, notes=(*start.notes, *closed, *([stale] if stale else []))))
    await signals.server.serve(sockets=[pages])
    await parts.log.audit(study_id, actor="operator", action="stop", detail="orderly")


class _StopSignals:
    """The first SIGINT or SIGTERM asks for an orderly stop; more of them change nothing.

    server: the one to stop; while there is none, the start itself is broken off.
    """

    def __init__(self) -> None:
        self.server: uvicorn.Server | None = None
        self.came = False
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.remove_signal_handler(number)

    def _stop(self) -> None:
        if self.came:
            return
        self.came = True
        if self.server is not None:
            self.server.should_exit = True
        elif self._task is not None:
            self._task.cancel()


def check_certificate(settings: Settings) -> None:
    """See that the certificate and its key can be used. Raises: BadInput."""
    if settings.tls_cert is None or settings.tls_key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise BadInput(
            f"Certificate {settings.tls_cert} and key {settings.tls_key} cannot be used ({error}).",
            remedy="Give a PEM certificate (--tls-cert) and its own key without a password (--tls-key).",
        ) from error


def console_password(settings: Settings) -> tuple[str | None, str]:
    """The console's password, if it was made here, and its hash. Raises: BadInput: the file has none."""
    if settings.console_password is not None:
        return None, read_hash(settings.console_password)
    password = new_password()
    return password, password_hash(password)


def make_console_password(path: Path) -> str:
    """Write the hash of a new password to a new file. Returns: the password. Raises: BadInput."""
    return write_hash(path)


def network_address() -> str | None:
    """This machine's address on its network; None without one. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # set aside for documentation, RFC 5737; UDP only looks up the way
        except OSError:
            return None
        return str(probe.getsockname()[0])


def announcement(
    settings: Settings, protocol: Protocol, token: str, password: str | None, *, today: dt.date
) -> Announcement:
    """The two addresses to print, the password, and what is watched."""
    scheme = "https" if settings.tls_cert else "http"
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104
    base = settings.public_url or f"{scheme}://{'127.0.0.1' if everywhere else settings.host}:{settings.port}"
    ours = network_address() if everywhere and settings.public_url is None else None
    return Announcement(
        base=base,
        elsewhere=None if ours is None else f"{scheme}://{ours}:{settings.port}",
        participant=f"{base}/join",
        console=f"{base}/console?token={token}",
        password=password,
        title=protocol.title,
        camera=refused_camera(protocol) or "with each participant's own consent",
        notes=warnings_of(protocol, today=today),
    )
