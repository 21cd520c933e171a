"""What the console's pages send: read, checked, handed over, and answered in words."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from tutorbot.errors import BadInput, TutorbotError

log = logging.getLogger(__name__)

RELOAD = "Reload the console and try again."


class Posted(BaseModel):
    """Base of everything that is posted: no unknown fields, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Message = TypeVar("Message", bound=Posted)


class Refused(Exception):
    """The request is not what it should be: with which status it is answered, and what is wrong with it."""

    def __init__(self, status: int, what: str, remedy: str = RELOAD) -> None:
        super().__init__(what)
        self.status, self.what, self.remedy = status, what, remedy

    def answer(self) -> JSONResponse:
        """The answer to send."""
        return said(self.status, self.what, self.remedy)


async def body_of(request: Request, most_bytes: int) -> bytes:
    """The whole body. Raises: Refused: it is too long, or the page is gone."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most_bytes:
                raise Refused(413, f"At most {most_bytes} bytes are read.")
    except ClientDisconnect:
        raise Refused(400, "The request was cut off.") from None
    return body


def read(body: bytes, kind: type[Message]) -> Message:
    """The message in a body. Raises: Refused: it is no JSON, or no such message."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        raise Refused(400, "The request is no JSON.")
    field = ".".join(str(part) for part in first["loc"])[:80]
    raise Refused(422, f"The server does not understand this{f' (field {field})' if field else ''}.")


async def done(what: str, work: Callable[[], Awaitable[None]]) -> JSONResponse:
    """Do it, and say whether it was done. what: e.g. ``a wizard's choice``, for the operator's log."""
    try:
        await work()
    except BadInput as error:
        return said(409, error.what, error.remedy)
    except TutorbotError as error:
        return said(503, error.what, error.remedy)
    except Exception as error:  # noqa: BLE001  # said on the page; its own text may hold a learner's words
        frames = "".join(traceback.format_tb(error.__traceback__))
        log.error("fault in %s: %s\n%s", what, type(error).__name__, frames)
        return said(503, "The server had a fault; this may be lost.", "Try again.")
    return JSONResponse({"ok": True})


def said(status: int, what: str, remedy: str) -> JSONResponse:
    """What is wrong, and what to do."""
    return JSONResponse({"error": what, "remedy": remedy}, status_code=status)
