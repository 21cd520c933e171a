"""The console's sign-in page: one password, no names, waits that grow after each wrong one."""

from __future__ import annotations

import asyncio
import html
import logging
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from string import Template
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tutorbot.adapters.web.pages import read_page
from tutorbot.adapters.web.passwords import is_password
from tutorbot.adapters.web.posting import Refused, body_of
from tutorbot.adapters.web.security import same_origin
from tutorbot.adapters.web.tokens import ConsoleKeys
from tutorbot.errors import TutorbotError

log = logging.getLogger(__name__)

COOKIE = "tutorbot_console"
MOST_FORM_BYTES = 1024
FREE_TRIES, FIRST_WAIT_S, LONGEST_WAIT_S = 3, 1.0, 60.0
"""Three wrong passwords cost nothing, then the wait doubles from one second to a minute. P"""
MOST_ADDRESSES = 1024

Audit = Callable[[str, str], Awaitable[None]]
"""Notes what was done, and with what, in the study's audit log."""


class Waits:
    """How long one network address has to wait after wrong passwords; forgets the oldest addresses first."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def left_s(self, address: str) -> float:
        """Seconds until this address may try again; 0 when it may."""
        _, until_s = self._failed.get(address, (0, 0.0))
        return max(0.0, until_s - self._now_s())

    def tried(self, address: str) -> None:
        """One more try, which counts as wrong until ``right``: many at once gain nothing."""
        n = self._failed.pop(address, (0, 0.0))[0] + 1
        wait_s = 0.0 if n < FREE_TRIES else min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** (n - FREE_TRIES))
        self._failed[address] = n, self._now_s() + wait_s
        while len(self._failed) > MOST_ADDRESSES:
            self._failed.popitem(last=False)

    def right(self, address: str) -> None:
        """The password was right."""
        self._failed.pop(address, None)


def sign_in_router(
    keys: ConsoleKeys,
    *,
    now_s: Callable[[], float],
    allowed_origins: Collection[str] = (),
    audit: Audit | None = None,
) -> APIRouter:
    """Signing in and out under /console."""
    router, waits, one_at_a_time = APIRouter(), Waits(now_s), asyncio.Lock()

    @router.post("/console/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        headers = request.headers
        if not same_origin(headers.get("origin"), headers.get("host"), allowed_origins):
            return sign_in_page("That did not come from this page. Try again here.")
        address = request.client.host if request.client else ""
        left_s = waits.left_s(address)
        if left_s > 0:
            text = f"Too many wrong passwords. Wait {math.ceil(left_s)} s, then try again."
            return sign_in_page(text, status=429, wait_s=left_s)
        try:
            password = _password(await body_of(request, MOST_FORM_BYTES))
        except Refused:
            return sign_in_page("That was no password.")
        waits.tried(address)
        async with one_at_a_time:  # a hash takes memory and time: never two together
            right = keys.password is not None and await asyncio.to_thread(
                is_password, password, keys.password
            )
        if not right:
            return sign_in_page("That password is not right.")
        waits.right(address)
        await note(audit, "sign_in", "experimenter, by password")
        return entered(request, keys.let_in())

    @router.post("/console/sign-out", include_in_schema=False)
    async def sign_out(request: Request) -> Response:
        headers = request.headers
        if same_origin(headers.get("origin"), headers.get("host"), allowed_origins):
            keys.sign_out(request.cookies.get(COOKIE))
        answer = RedirectResponse("/console", status_code=303)
        answer.delete_cookie(COOKIE, path="/console", httponly=True, samesite="strict")
        return answer

    return router


def sign_in_page(text: str = "", *, status: int = 403, wait_s: float | None = None) -> HTMLResponse:
    """The form. text: why it is shown."""
    filled = Template(read_page("sign_in.html")).substitute(
        text=html.escape(text), hidden="" if text else "hidden"
    )
    answer = HTMLResponse(filled, status_code=status)
    # With no-referrer a browser sends a form with `Origin: null`, as a stranger's page could.
    answer.headers["Referrer-Policy"] = "same-origin"
    if wait_s is not None:
        answer.headers["Retry-After"] = str(int(wait_s) + 1)
    return answer


def entered(request: Request, cookie: str, to: str = "/console") -> RedirectResponse:
    """Let the browser in: the cookie, and the way to the page."""
    answer = RedirectResponse(to, status_code=303)
    answer.set_cookie(
        COOKIE,
        cookie,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/console",
    )
    return answer


async def note(audit: Audit | None, action: str, detail: str) -> None:
    """Into the audit log; a log that cannot be written keeps nobody out."""
    if audit is None:
        return
    try:
        await audit(action, detail)
    except TutorbotError as error:
        log.warning("not in the audit log: %s (%s)", action, error.what)


def _password(body: bytes) -> str:
    """Raises: Refused: the form is none."""
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=4, keep_blank_values=True)
    except ValueError:
        raise Refused(400, "That was no form.") from None
    return found.get("password", [""])[0].strip()
