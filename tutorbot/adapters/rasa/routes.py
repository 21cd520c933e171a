"""Where Rasa calls the tutor: questions of its actions, and lines it has said."""

from __future__ import annotations

import hmac
import json
import logging
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rasa_sdk.interfaces import ActionMissingDomainException, ActionNotFoundException

from tutorbot.adapters.rasa.actions import executor_for
from tutorbot.adapters.rasa.ledger import TurnLedger
from tutorbot.ports import TutorLine, TutorMind

log = logging.getLogger(__name__)

ACTIONS_MAX_BYTES = 8 * 1024 * 1024
"""Rasa sends a block's whole history with each question; a long block is about 1 MB."""

CALLBACK_MAX_BYTES = 64 * 1024

RASA_OWN_WORDING = "rasa/default"
"""Wording id of a line that comes from Rasa's domain instead of the tutor."""

_Shape = TypeVar("_Shape", bound=BaseModel)
_SessionId = Annotated[str, Field(min_length=1, max_length=200)]


class _Conversation(BaseModel):
    sender_id: _SessionId
    latest_message: dict[str, Any] = {}


class _ActionCall(BaseModel):
    """The part of Rasa's action call that is checked here; rasa_sdk reads the rest."""

    next_action: Annotated[str, Field(min_length=1)]
    tracker: _Conversation


class _SentLine(BaseModel):
    """A line as the tutor gave it to Rasa."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(min_length=1)]
    wording_id: Annotated[str, Field(min_length=1)]
    act_id: str | None = None
    choices: list[str] = []


class _Callback(BaseModel):
    recipient_id: _SessionId
    text: str | None = None
    custom: _SentLine | None = None

    def line(self) -> TutorLine | None:
        """The line to show; None when the payload carries neither form."""
        if self.custom is not None:
            sent = self.custom
            return TutorLine(
                text=sent.text, wording_id=sent.wording_id, act_id=sent.act_id, choices=tuple(sent.choices)
            )
        return TutorLine(text=self.text, wording_id=RASA_OWN_WORDING) if self.text else None


def tutor_routes(mind: TutorMind, token: str, ledger: TurnLedger) -> APIRouter:
    """``POST /rasa/actions`` and ``POST /rasa/callback`` for one tutor.

    Args:
        mind: decides what is said and hears what was said.
        token: secret shared with Rasa (``TUTOR_TOKEN``); sent as ``Authorization: Bearer``.
        ledger: shared with the ``RasaDialogue`` that hands the turns over.
    """

    async def from_rasa(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "The token is missing or wrong.")

    router = APIRouter(prefix="/rasa", dependencies=[Depends(from_rasa)], include_in_schema=False)
    executor = executor_for(mind)

    @router.post("/actions")
    async def run_action(request: Request) -> dict[str, Any]:
        payload = await _json_body(request, ACTIONS_MAX_BYTES)
        call = _checked(_ActionCall, payload)
        session_id = call.tracker.sender_id
        ledger.asked(session_id)
        try:
            result = await executor.run(payload)
        except (ActionNotFoundException, ActionMissingDomainException) as error:
            raise HTTPException(404, f"No action {call.next_action!r} can be run.") from error
        except Exception as error:
            raise _refusal(session_id, error, doing=call.next_action, ledger=ledger) from error
        if result is None:
            raise HTTPException(404, f"Action {call.next_action!r} gave no result.")
        ledger.promised(session_id, len(result.responses))
        return dict(result.model_dump())

    @router.post("/callback")
    async def hear_line(request: Request) -> dict[str, bool]:
        said = _checked(_Callback, await _json_body(request, CALLBACK_MAX_BYTES))
        line = said.line()
        if line is None:
            raise HTTPException(400, "The callback carries no line.")
        try:
            await mind.spoken(said.recipient_id, line)
            ledger.spoken(said.recipient_id)
        except KeyError:
            log.warning("Rasa said a line in session %r, which is not open.", said.recipient_id)
            ledger.spoken(said.recipient_id)
            return {"shown": False}
        except Exception as error:
            raise _refusal(said.recipient_id, error, doing=line.wording_id, ledger=ledger) from error
        return {"shown": True}

    return router


def _refusal(session_id: str, error: Exception, *, doing: str, ledger: TurnLedger) -> HTTPException:
    """Keep the error for the caller of the turn; Rasa is told no more than its kind."""
    log.error("%s in session %r failed with %s.", doing, session_id, type(error).__name__)
    ledger.failed(session_id, error)
    return HTTPException(500, f"The tutor failed with {type(error).__name__}.")


async def _json_body(request: Request, max_bytes: int) -> dict[str, Any]:
    """The body as a JSON object; refused while reading as soon as it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise HTTPException(413, f"The body is longer than {max_bytes} bytes.")
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is not JSON.") from error
    if not isinstance(payload, dict):
        raise HTTPException(400, "The body is not a JSON object.")
    return payload


def _checked(shape: type[_Shape], payload: dict[str, Any]) -> _Shape:
    try:
        return shape.model_validate(payload)
    except ValidationError as error:
        where = ", ".join(".".join(map(str, problem["loc"])) for problem in error.errors())
        raise HTTPException(400, f"The body does not fit at: {where}.") from error
