"""/p/CODE/consent and /p/CODE/data: what a participant may take along."""

from __future__ import annotations

import html
import json
from string import Template
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from tutorbot.adapters.web.host import SessionHost, UnknownLink
from tutorbot.adapters.web.pages import notice_of, read_page
from tutorbot.adapters.web.words import base_language

WORDS = {
    "en": {
        "heading": "Your copy of the consent",
        "version": "Version of this text",
        "answers": "What you answered",
        "granted": "agreed",
        "refused": "not agreed",
        "withdrawn": "taken back",
        "after": "after {minutes} min",
        "contact": "Contact",
        "participation": "Taking part",
        "camera": "Camera",
        "none": "Nothing yet.",
        "keep": "Print this page, or save it, to keep it.",
    },
    "de": {
        "heading": "Ihre Kopie der Einwilligung",
        "version": "Fassung dieses Textes",
        "answers": "Was Sie geantwortet haben",
        "granted": "eingewilligt",
        "refused": "nicht eingewilligt",
        "withdrawn": "widerrufen",
        "after": "nach {minutes} min",
        "contact": "Kontakt",
        "participation": "Teilnahme",
        "camera": "Kamera",
        "none": "Noch nichts.",
        "keep": "Drucken oder speichern Sie diese Seite, um sie zu behalten.",
    },
}
"""Language -> the words of the consent copy around the study's own."""


def own_router(host: SessionHost) -> APIRouter:
    """The routes; the secret link in the address is what lets somebody see their own."""
    router = APIRouter()

    @router.get("/p/{code}/consent", include_in_schema=False)
    async def consent(code: str, request: Request) -> HTMLResponse:
        try:
            return HTMLResponse(consent_page(await host.consent_copy(code)))
        except UnknownLink as error:
            return notice_of("nothing", request, status=404, error=error)

    @router.get("/p/{code}/data", include_in_schema=False)
    async def data(code: str, request: Request) -> Response:
        try:
            found = await host.data_copy(code)
        except UnknownLink as error:
            return notice_of("nothing", request, status=404, error=error)
        text = json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)
        name = f"{found['study']}-{found['participant']}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(text + "\n", media_type="application/json", headers=headers)

    return router


def consent_page(copy: dict[str, Any]) -> str:
    """The consent copy as a page without scripts, to print or save."""
    words = WORDS[base_language(copy["language"])]
    texts = {purpose["id"]: purpose["text"] for purpose in copy["purposes"]}
    body = [f"<h2>{_safe(copy['title'])}</h2>"]
    body += [f"<p>{_safe(text)}</p>" for text in copy["paragraphs"]]
    body.append("<ul>" + "".join(f"<li>{_safe(point)}</li>" for point in copy["points"]) + "</ul>")
    if copy["camera"]:
        body.append(f"<h3>{words['camera']}</h3><p>{_safe(copy['camera'])}</p>")
    body += [f"<p>{_safe(text)}</p>" for text in texts.values()]
    agreed: set[str] = set()
    answers = ""
    for one in copy["answers"]:
        said = _answer(one, agreed)
        answers += (
            f"<li>{_safe(words.get(one['purpose']) or texts.get(one['purpose'], one['purpose']))}: "
            f"<strong>{words[said]}</strong> "
            f"({words['after'].format(minutes=_decimal(one['at_s'] / 60, copy['language']))})</li>"
        )
    return Template(read_page("copy.html")).substitute(
        language=_safe(copy["language"]),
        heading=words["heading"],
        study=_safe(copy["study"]),
        body="\n".join(body),
        answers_heading=words["answers"],
        answers=f"<ul>{answers}</ul>" if answers else f"<p>{words['none']}</p>",
        contact=f"{words['contact']}: {_safe(copy['contact'])}",
        version=f"{words['version']}: {_safe(copy['version'])}",
        keep=words["keep"],
    )


def _answer(one: dict[str, Any], agreed: set[str]) -> str:
    """``granted``; without it ``withdrawn`` where it was agreed to before, else ``refused``."""
    if one["granted"]:
        agreed.add(one["purpose"])
        return "granted"
    return "withdrawn" if one["purpose"] in agreed else "refused"


def _decimal(value: float, language: str) -> str:
    """One place, with a comma where it is written so."""
    text = f"{value:.1f}"
    return text.replace(".", ",") if language.startswith("de") else text


def _safe(text: str) -> str:
    return html.escape(str(text))
