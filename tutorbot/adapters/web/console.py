"""The experimenter's console: a one-time token opens it, a cookie keeps it open; here it only looks on."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from string import Template
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tutorbot.adapters.web.host import SessionHost
from tutorbot.adapters.web.machine_picture import machine_picture, moves_list
from tutorbot.adapters.web.pages import notice, read_page
from tutorbot.adapters.web.tokens import ConsoleKeys

log = logging.getLogger(__name__)

COOKIE = "tutorbot_console"

COLUMNS = (
    "participant",
    "condition",
    "phase",
    "item",
    "state",
    "level",
    "last_acts",
    "last_moves",
    "trust",
    "affect",
    "dialogue",
    "connected",
    "seconds",
    "test_only",
    "wizard",
)
"""Keys of a console row that are passed on; anything else is dropped, so that no learner's words slip in.

participant, condition, phase, state, level, affect, dialogue: a word each. item: e.g. ``3 of 12``.
last_acts: newest last, each a string or a mapping with act_id, level, move, reaction, at_s.
last_moves: of the proactivity machine, newest last, each a mapping with at_s, source, dest, cause.
trust: 1..5 or None. connected: the page is open. seconds: since the session began. test_only: bool.
wizard: see ``WIZARD_PARTS``; None outside of condition WZ.
"""

WIZARD_PARTS: Mapping[str, tuple[str, ...]] = {
    "proposal": ("trigger_id", "reason", "basis", "signs", "level", "waits_s"),
    "verdict": ("level", "state", "why", "ago_s"),
}
"""Parts of a row's ``wizard`` that are passed on beside ``can_choose``, each a mapping or None.

reason, basis, signs, why: phrases of our own (``session/plain_words.py``). level: 0..3.
state: waiting, said, refused or given_up.
"""

HOW_TO_GET_A_NEW_ONE = "Stop and start `tutorbot pilot`: it prints a new console address."


def console_router(host: SessionHost, keys: ConsoleKeys, how: str = HOW_TO_GET_A_NEW_ONE) -> APIRouter:
    """Routes under /console. how: what to do for a new token, in the page that refuses."""
    router = APIRouter()
    dropped: set[str] = set()
    page = Template(read_page("console.html")).substitute(picture=machine_picture(), moves=moves_list())

    def refuse(text: str) -> HTMLResponse:
        return notice("The console is closed", text, remedy=how, link=("/console", "Try again"), status=403)

    @router.get("/console", include_in_schema=False)
    async def console(request: Request, token: str | None = None) -> Response:
        if token is None:
            if keys.admits(request.cookies.get(COOKIE)):
                return HTMLResponse(page)
            return refuse("This browser has not been let in, or the server was started anew.")
        if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            # A browser that looks ahead must not use the token up.
            return Response(status_code=503)
        cookie = keys.redeem(token)
        if cookie is None:
            if keys.admits(request.cookies.get(COOKIE)):
                return RedirectResponse("/console", status_code=303)
            return refuse(
                "This console address was used already, or belongs to an earlier start of the server."
            )
        answer = RedirectResponse("/console", status_code=303)
        answer.set_cookie(
            COOKIE,
            cookie,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/console",
        )
        return answer

    @router.get("/console/rows", include_in_schema=False)
    async def rows(request: Request) -> JSONResponse:
        if not keys.admits(request.cookies.get(COOKIE)):
            return JSONResponse({"error": "not let in", "remedy": how}, status_code=403)
        return JSONResponse({"rows": [_passed_on(row, dropped) for row in host.console_rows()]})

    return router


def _passed_on(row: Mapping[str, Any], dropped: set[str]) -> dict[str, Any]:
    unknown = set(row) - set(COLUMNS) - dropped
    if unknown:
        dropped |= unknown
        log.warning("console rows hold keys that are not shown: %s", ", ".join(sorted(unknown)))
    found = {key: row[key] for key in COLUMNS if key in row}
    if found.get("wizard") is not None:
        found["wizard"] = _wizard(found["wizard"])
    return found


def _wizard(panel: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: panel.get(name) for name in WIZARD_PARTS}
    return {"can_choose": panel["can_choose"]} | {
        name: None if part is None else {key: part[key] for key in WIZARD_PARTS[name]}
        for name, part in parts.items()
    }
