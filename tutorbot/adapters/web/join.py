"""/join: how somebody without a personal link comes into the study."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable
from string import Template

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from tutorbot.adapters.web.host import SessionHost
from tutorbot.adapters.web.limits import TokenBucket
from tutorbot.adapters.web.pages import notice_of, read_page
from tutorbot.adapters.web.words import wanted_languages
from tutorbot.errors import BadInput, EnrolmentClosed, ProtocolChanged
from tutorbot.ports import Arrival, JoinForm, JoinQuestion

log = logging.getLogger(__name__)

LONGEST = 200
"""Letters of a value in the address; a recruitment service's ids have some 24."""


def join_router(host: SessionHost, joins: TokenBucket, now_s: Callable[[], float]) -> APIRouter:
    """The routes. joins: how often somebody new may come."""
    router = APIRouter()

    @router.get("/join", include_in_schema=False)
    async def join(request: Request) -> Response:
        if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
            # A browser that looks ahead must not make a participant.
            return Response(status_code=503)
        accept = request.headers.get("accept-language")
        form = host.join_form(wanted_languages(request.query_params.get("lang"), accept))
        given = {name: value[:LONGEST] for name, value in request.query_params.items()}
        parameters = {name: given[name] for name in form.parameters if name in given}
        back = await host.known(parameters) if form.questions and parameters else None
        if back is not None:
            return RedirectResponse(f"/p/{back}", status_code=303)
        if any(given.get(question.id) not in dict(question.options) for question in form.questions):
            return HTMLResponse(form_page(form, given), headers={"Vary": "Accept-Language"})
        if not joins.take(now_s()):
            return notice_of("busy", request, status=429, again="/join")
        arrival = Arrival(
            answers={question.id: given[question.id] for question in form.questions},
            parameters=parameters,
            language=form.language,
        )
        try:
            return RedirectResponse(f"/p/{await host.join(arrival)}", status_code=303)
        except EnrolmentClosed as closed:
            return notice_of("closed", request, status=409, error=closed)
        except ProtocolChanged as changed:  # for the operator to mend, who is told at the start as well
            log.error("newcomers are refused: %s", changed)
            return notice_of("failed", request, status=503)
        except BadInput as error:
            return notice_of("bad_link", request, status=400, error=error)

    return router


def form_page(form: JoinForm, given: dict[str, str]) -> str:
    """The questions that must be answered before a place is given; what the address brought is kept."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(given[name])}">'
        for name in ("lang", *form.parameters)
        if name in given
    )
    return Template(read_page("join.html")).substitute(
        language=html.escape(form.language),
        title=html.escape(form.title),
        instruction=html.escape(form.instruction),
        button=html.escape(form.button),
        hidden=hidden,
        questions="\n".join(_question(question, given.get(question.id)) for question in form.questions),
    )


def _question(question: JoinQuestion, chosen: str | None) -> str:
    options = "\n".join(
        f'<label class="choice"><input type="radio" name="{html.escape(question.id)}" '
        f'value="{html.escape(value)}" required{" checked" if value == chosen else ""}> '
        f"{html.escape(label)}</label>"
        for value, label in question.options
    )
    return f"<fieldset><legend>{html.escape(question.text)}</legend>\n{options}\n</fieldset>"
