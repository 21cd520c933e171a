"""The web application: every address a browser may ask for."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI, WebSocket
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
)
from starlette.staticfiles import StaticFiles
from starlette.types import Lifespan

from tutorbot.adapters.web.connection import Connections
from tutorbot.adapters.web.console import HOW_TO_GET_A_NEW_ONE, console_router
from tutorbot.adapters.web.console_feed import ConsoleFeed
from tutorbot.adapters.web.console_socket import socket_router
from tutorbot.adapters.web.desk import desk_router
from tutorbot.adapters.web.host import SessionHost
from tutorbot.adapters.web.join import join_router
from tutorbot.adapters.web.limits import TokenBucket, WebLimits
from tutorbot.adapters.web.messages import MAX_FRAME_BYTES
from tutorbot.adapters.web.own import own_router
from tutorbot.adapters.web.pages import WEB, notice_of, read_page
from tutorbot.adapters.web.security import DRAWING_POLICY, SecurityHeaders, same_origin
from tutorbot.adapters.web.sign_in import Audit, sign_in_router
from tutorbot.adapters.web.sim import SimRobot, robot_router
from tutorbot.adapters.web.tokens import ConsoleKeys
from tutorbot.errors import TutorbotError

SERVER_SETTINGS: Mapping[str, Any] = {
    # Twice the largest picture: what is a little too large gets a message, what is absurd is cut off.
    "ws_max_size": 2 * MAX_FRAME_BYTES,
    "ws_max_queue": 16,
    # A phone that lost its network is noticed within 20 s, and its link is free again.
    "ws_ping_interval": 10.0,
    "ws_ping_timeout": 10.0,
    "ws_per_message_deflate": False,
    # Links and one-time tokens are secrets and stand in the addresses.
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 5,
}
"""Settings of uvicorn that this application counts on."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


class _Static(StaticFiles):
    """Files that a browser may keep, but asks about each time: an update shows at once."""

    async def get_response(self, path: str, scope: Any) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


def make_app(
    host: SessionHost,
    *,
    lessons: Path,
    console: ConsoleKeys,
    version: str = "",
    health: Callable[[], Mapping[str, Any]] | None = None,
    allowed_origins: Collection[str] = (),
    limits: WebLimits | None = None,
    new_token_how: str = HOW_TO_GET_A_NEW_ONE,
    audit: Audit | None = None,
    robot: SimRobot | None = None,
    now_s: Callable[[], float] = time.monotonic,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """Build the application; run it with uvicorn and ``SERVER_SETTINGS``.

    lessons: folder of the packs; ``<pack>/cards/<name>.svg`` is served as ``/lesson/<pack>/<name>.svg``.
    health: further entries of /healthz (no secrets); an entry ``"ok": False`` answers with status 503.
    allowed_origins: origins besides the server's own whose pages may open a socket or use the console.
    audit: notes in the study's audit log who signed in and whom the conditions were shown.
    robot: in the browser, whose page is served as well.
    """
    limits = limits or WebLimits()
    app = FastAPI(
        title="tutorbot", version=version, docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan
    )
    app.add_middleware(SecurityHeaders)
    app.mount("/static", _Static(directory=WEB / "static"), name="static")
    connections = app.state.connections = Connections(host, limits, now_s)
    joins = TokenBucket(limits.joins_per_min / 60.0, limits.joins_per_min)

    @app.get("/", include_in_schema=False)
    async def front(request: Request) -> Response:
        # A place in the study is given at /join: nobody takes one by looking at the bare address.
        # A service's parameters go along.
        way = f"/join?{request.url.query}" if request.url.query else "/join"
        return notice_of("front", request, status=200, again=way, button="take_part")

    @app.get("/p/{code}", include_in_schema=False)
    async def page(code: str) -> HTMLResponse:
        # Whether the code is known is said over the socket: the page is the same for all.
        return HTMLResponse(read_page("participant.html"))

    @app.get("/lesson/{pack}/{name}.svg", include_in_schema=False)
    async def drawing(pack: str, name: str) -> Response:
        path = card_file(lessons, pack, name)
        if path is None:
            return PlainTextResponse("No such card.", status_code=404)
        headers = {"Content-Security-Policy": DRAWING_POLICY, "Cache-Control": "no-cache"}
        return FileResponse(path, media_type="image/svg+xml", headers=headers)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> JSONResponse:
        entries = {
            "ok": True,
            "version": version,
            "pages": connections.count(),
            **(health() if health else {}),
        }
        return JSONResponse(entries, status_code=200 if entries["ok"] else 503)

    @app.websocket("/ws/{code}")
    async def socket(websocket: WebSocket, code: str) -> None:
        if not same_origin(websocket.headers.get("origin"), websocket.headers.get("host"), allowed_origins):
            # Before accepting: the browser of a strange page sees a plain 403.
            await websocket.close(1008)
            return
        await websocket.accept()
        await connections.serve(websocket, code)

    app.include_router(own_router(host))
    app.include_router(join_router(host, joins, now_s))
    feed = ConsoleFeed(host.desk, health, now_s)
    app.include_router(console_router(feed, console, new_token_how))
    app.include_router(sign_in_router(console, now_s=now_s, allowed_origins=allowed_origins, audit=audit))
    app.include_router(socket_router(feed, console, now_s=now_s, allowed_origins=allowed_origins))
    app.include_router(
        desk_router(
            host.desk,
            console,
            how=new_token_how,
            allowed_origins=allowed_origins,
            audit=audit,
            changed=feed.stale,
        )
    )
    if robot is not None:
        app.include_router(robot_router(robot, allowed_origins))
    _explain_errors(app)
    return app


def card_file(lessons: Path, pack: str, name: str) -> Path | None:
    """The drawing of one card, or None: no name leads out of the folder of lessons."""
    if not (_NAME.fullmatch(pack) and _NAME.fullmatch(name)):
        return None
    path = (lessons / pack / "cards" / f"{name}.svg").resolve()
    if not path.is_relative_to(lessons.resolve()) or not path.is_file():
        return None
    return path


def _explain_errors(app: FastAPI) -> None:
    @app.exception_handler(TutorbotError)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, TutorbotError)
        return notice_of("failed", request, status=503, error=error)

    @app.exception_handler(404)
    async def missing(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return notice_of("nothing", request, status=404)
