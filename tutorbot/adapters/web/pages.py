"""Small whole pages the server writes itself: a refusal, an error, a way on."""

from __future__ import annotations

import html
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse

from tutorbot.adapters.web.words import FALLBACK, NOTICES, preferred
from tutorbot.errors import TutorbotError

WEB = Path(__file__).parents[2] / "web"
"""Folder of the static pages, style sheets and scripts."""


def read_page(name: str) -> str:
    """One page of ``tutorbot/web`` as text."""
    return (WEB / name).read_text(encoding="utf-8")


def notice(
    title: str,
    text: str,
    *,
    remedy: str = "",
    link: tuple[str, str] | None = None,
    status: int = 200,
    language: str = "en",
) -> HTMLResponse:
    """A page that says one thing. link: (address on this server, words)."""
    way_on = ""
    if link is not None:
        way_on = f'<p><a class="button" href="{html.escape(link[0])}">{html.escape(link[1])}</a></p>'
    filled = Template(read_page("notice.html")).substitute(
        language=html.escape(language),
        title=html.escape(title),
        text=html.escape(text),
        remedy=html.escape(remedy),
        way_on=way_on,
    )
    return HTMLResponse(filled, status_code=status, headers={"Vary": "Accept-Language"})


def notice_of(
    kind: str,
    request: Request,
    *,
    status: int,
    again: str | None = None,
    button: str = "again",
    error: TutorbotError | None = None,
) -> HTMLResponse:
    """One of the small pages of ``words.NOTICES``, in the language the reader asked for.

    again: address of a button, to try again or as ``button`` says; ``?lang=`` of this request is kept.
    error: says it more exactly, in English; in other languages the table's general words stand for it.
    """
    asked = request.query_params.get("lang")
    language = preferred(asked, request.headers.get("accept-language"))
    title, text, remedy = NOTICES[language][kind]
    if error is not None and language == FALLBACK:
        text, remedy = error.what, error.remedy
    link = None
    if again is not None:
        address = f"{again}?lang={language}" if asked and "?" not in again else again
        link = (address, NOTICES[language][button][0])
    return notice(title, text, remedy=remedy, link=link, status=status, language=language)
