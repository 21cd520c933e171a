"""The addresses of the robot's page: ``/robot/{token}``, and its line beside it."""

from __future__ import annotations

from collections.abc import Collection

from fastapi import APIRouter, FastAPI, WebSocket
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from tutorbot.adapters.web.connection import UNKNOWN_LINK
from tutorbot.adapters.web.pages import WEB, read_page
from tutorbot.adapters.web.security import SecurityHeaders, same_origin
from tutorbot.adapters.web.sim.robot import SimRobot


def robot_router(robot: SimRobot, allowed_origins: Collection[str] = ()) -> APIRouter:
    """allowed_origins: besides the server's own, whose pages may open a socket."""
    router = APIRouter()

    @router.get("/robot/{token}", include_in_schema=False)
    async def page(token: str) -> HTMLResponse:
        if not robot.knows(token):
            raise HTTPException(404)
        return HTMLResponse(read_page("robot.html"))

    @router.websocket("/robot/{token}/ws")
    async def line(socket: WebSocket, token: str) -> None:
        headers = socket.headers
        if not same_origin(headers.get("origin"), headers.get("host"), allowed_origins):
            await socket.close(1008)  # before accepting: a plain 403
            return
        await socket.accept()
        if not robot.knows(token):
            await socket.close(UNKNOWN_LINK, "No robot belongs to this address.")
            return
        await robot.serve(socket)

    return router


def robot_app(robot: SimRobot) -> FastAPI:
    """The robot's page alone, to try it; run it with ``SERVER_SETTINGS``."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)
    app.mount("/static", StaticFiles(directory=WEB / "static"), name="static")
    app.include_router(robot_router(robot))
    return app
