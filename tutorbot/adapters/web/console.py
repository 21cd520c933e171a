"""The experimenter's console and the observer's page: who is let in, and what each is shown."""

from __future__ import annotations

from string import Template

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from tutorbot.adapters.web.console_feed import ConsoleFeed
from tutorbot.adapters.web.machine_picture import machine_picture, moves_list
from tutorbot.adapters.web.pages import notice, read_page
from tutorbot.adapters.web.sign_in import COOKIE, entered, sign_in_page
from tutorbot.adapters.web.tokens import ConsoleKeys

HOW_TO_GET_A_NEW_ONE = "Stop and start `tutorbot pilot`: it prints a new console address."
ASK_THE_EXPERIMENTER = "Ask the experimenter for a new address: the console makes one."


def console_router(feed: ConsoleFeed, keys: ConsoleKeys, how: str = HOW_TO_GET_A_NEW_ONE) -> APIRouter:
    """Pages under /console. how: what to do for a new token, in the page that refuses."""
    router = APIRouter()
    console_page = Template(read_page("console.html")).substitute(
        picture=machine_picture(), moves=moves_list()
    )

    def refuse(text: str) -> HTMLResponse:
        if keys.password is not None:
            return sign_in_page(text)
        return notice("The console is closed", text, remedy=how, link=("/console", "Try again"), status=403)

    @router.get("/console", include_in_schema=False)
    async def console(request: Request, token: str | None = None) -> Response:
        if token is not None:
            return _redeemed(request, keys, token, "/console") or refuse(
                "This console address was used already, or belongs to an earlier start of the server."
            )
        if keys.admits(request.cookies.get(COOKIE)):
            return HTMLResponse(console_page)
        if keys.visitor(request.cookies.get(COOKIE)) is not None:
            return refuse("This browser is let in as an observer, who does not see the console.")
        if keys.password is not None:
            return sign_in_page()
        return refuse("This browser has not been let in, or the server was started anew.")

    @router.get("/console/observe", include_in_schema=False)
    async def observe(request: Request, token: str | None = None) -> Response:
        if token is not None:
            found = _redeemed(request, keys, token, "/console/observe")
        else:
            known = keys.visitor(request.cookies.get(COOKIE)) is not None
            found = HTMLResponse(read_page("observe.html")) if known else None
        return found or notice(
            "Observing is closed",
            "This address was used already, or this browser has not been let in.",
            remedy=ASK_THE_EXPERIMENTER,
            link=("/console/observe", "Try again"),
            status=403,
        )

    @router.get("/console/rows", include_in_schema=False)
    async def rows(request: Request) -> JSONResponse:
        visitor = keys.visitor(request.cookies.get(COOKIE))
        if visitor is None or not keys.admits(request.cookies.get(COOKIE)):
            return JSONResponse({"error": "not let in", "remedy": how}, status_code=403)
        feed.stale()
        return JSONResponse({"rows": list(feed.rows(visitor).values())})

    return router


def _redeemed(request: Request, keys: ConsoleKeys, token: str, to: str) -> Response | None:
    """Use a one-time token up; None when it is void and the browser was not let in before."""
    if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
        # A browser that looks ahead must not use the token up.
        return Response(status_code=503)
    cookie = keys.redeem(token)
    if cookie is not None:
        visitor = keys.visitor(cookie)
        assert visitor is not None
        return entered(request, cookie, "/console" if visitor.role == "experimenter" else "/console/observe")
    known = keys.visitor(request.cookies.get(COOKIE))
    if known is None or (to == "/console" and known.role != "experimenter"):
        return None
    return entered(request, str(request.cookies.get(COOKIE)), to)
