"""What the person at the console chose for a WZ session: the one thing that the console changes."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

from tutorbot.adapters.web.console import COOKIE, HOW_TO_GET_A_NEW_ONE
from tutorbot.adapters.web.host import SessionHost
from tutorbot.adapters.web.messages import ClientId, Id
from tutorbot.adapters.web.security import same_origin
from tutorbot.adapters.web.tokens import ConsoleKeys
from tutorbot.errors import BadInput, TutorbotError

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 2048
"""Far above the largest choice."""

RELOAD = "Reload the console and choose again."


class WizardMessage(BaseModel):
    """One choice of the wizard.

    level: 0 (say nothing), 1 notification, 2 suggestion, 3 intervention. trigger_id: the proposal that lay
    before the wizard; null when there was none. client_id: the page's own name for this choice; the same
    one sent twice carries the same id.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    participant: Id
    level: Annotated[int, Field(ge=0, le=3)]
    trigger_id: Id | None
    client_id: ClientId


class _Refused(Exception):
    """The request is no choice: with which status it is answered, and what is wrong with it."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status, self.what = status, what


def wizard_router(
    host: SessionHost,
    keys: ConsoleKeys,
    how: str = HOW_TO_GET_A_NEW_ONE,
    allowed_origins: Collection[str] = (),
) -> APIRouter:
    """The address /console/wizard. how: what to do for a new token; allowed_origins: as for the socket."""
    router = APIRouter()

    @router.post("/console/wizard", include_in_schema=False)
    async def choose(request: Request) -> JSONResponse:
        headers = request.headers
        if not same_origin(headers.get("origin"), headers.get("host"), allowed_origins):
            return _answer(403, "This did not come from the console's own page.", RELOAD)
        if not keys.admits(request.cookies.get(COOKIE)):
            return _answer(403, "This browser is not let in.", how)
        try:
            choice = _read(await _body(request))
        except _Refused as refusal:
            return _answer(refusal.status, refusal.what, RELOAD)
        try:
            await host.wizard(choice.participant, choice.level, choice.trigger_id, choice.client_id)
        except BadInput as error:
            return _answer(409, error.what, error.remedy)
        except TutorbotError as error:
            return _answer(503, error.what, error.remedy)
        except Exception as error:  # noqa: BLE001  # said on the page; its own text may hold a learner's words
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("fault in a wizard's choice: %s\n%s", type(error).__name__, frames)
            return _answer(503, "The server had a fault; the choice may be lost.", "Choose again.")
        return JSONResponse({"ok": True})

    return router


async def _body(request: Request) -> bytes:
    """The whole body. Raises: _Refused: it is longer than any choice, or the page is gone."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise _Refused(413, f"A choice has at most {MAX_BODY_BYTES} bytes.")
    except ClientDisconnect:
        raise _Refused(400, "The request was cut off.") from None
    return body


def _read(body: bytes) -> WizardMessage:
    """The choice in a body. Raises: _Refused: it is no JSON, or no choice."""
    try:
        return WizardMessage.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        raise _Refused(400, "The request is no JSON.")
    field = ".".join(str(part) for part in first["loc"])[:80]
    raise _Refused(422, f"The server does not understand this choice{f' (field {field})' if field else ''}.")


def _answer(status: int, what: str, remedy: str) -> JSONResponse:
    return JSONResponse({"error": what, "remedy": remedy}, status_code=status)
