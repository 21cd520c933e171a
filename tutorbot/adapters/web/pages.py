"""Small whole pages the server writes itself: a refusal, an error, a way on."""

from __future__ import annotations

import html
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

WEB = Path(__file__).parents[2] / "web"
"""Folder of the static pages, style sheets and scripts."""


def read_page(name: str) -> str:
    """One page of ``tutorbot/web`` as text."""
    return (WEB / name).read_text(encoding="utf-8")


def notice(
    title: str, text: str, *, remedy: str = "", link: tuple[str, str] | None = None, status: int = 200
) -> HTMLResponse:
    """A page that says one thing. link: (address on this server, words)."""
    way_on = ""
    if link is not None:
        way_on = f'<p><a class="button" href="{html.escape(link[0])}">{html.escape(link[1])}</a></p>'
    filled = Template(read_page("notice.html")).substitute(
        title=html.escape(title), text=html.escape(text), remedy=html.escape(remedy), way_on=way_on
    )
    return HTMLResponse(filled, status_code=status)
