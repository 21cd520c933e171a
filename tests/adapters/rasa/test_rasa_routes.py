"""What Rasa may ask and tell the tutor, and what is refused at the door."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from tests.fakes.dialogue import ScriptedMind
from tutorbot.adapters.rasa import TurnLedger, routes, tutor_routes
from tutorbot.errors import LogUnwritable
from tutorbot.ports import TutorLine

TOKEN = "shared-secret"
PASS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def mind() -> ScriptedMind:
    return ScriptedMind(sessions={"s1"})


@pytest.fixture
def ledger() -> TurnLedger:
    return TurnLedger()


@pytest_asyncio.fixture
async def rasa(mind: ScriptedMind, ledger: TurnLedger) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the tutor as Rasa would."""
    app = FastAPI()
    app.include_router(tutor_routes(mind, TOKEN, ledger))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://tutor", headers=PASS) as client:
        yield client


def action_call(
    action: str = "action_answer_learner", session_id: str = "s1", **latest_message: Any
) -> dict[str, Any]:
    heard = {"text": "a hint?", "intent": {"name": "ask_hint", "confidence": 0.8}, "entities": []}
    return {
        "next_action": action,
        "sender_id": session_id,
        "version": "3.6.21",
        "domain": {},
        "domain_digest": "d",
        "tracker": {
            "sender_id": session_id,
            "slots": {},
            "events": [],
            "latest_message": heard | latest_message,
        },
    }


def act_call(*act_ids: str, session_id: str = "s1") -> dict[str, Any]:
    entities = [{"entity": "act_id", "value": act_id, "start": 0, "end": 0} for act_id in act_ids]
    intent = {"name": "EXTERNAL_suggestion", "confidence": 1.0}
    return action_call("action_voice_act", session_id, text=None, intent=intent, entities=entities)


async def test_an_answer_is_one_message_that_carries_its_ids(rasa: httpx.AsyncClient) -> None:
    reply = await rasa.post("/rasa/actions", json=action_call())
    assert reply.status_code == 200
    assert reply.json()["events"] == []
    (message,) = reply.json()["responses"]
    assert message["text"] is None
    assert message["custom"] == {
        "text": "ask_hint",
        "wording_id": "ask_hint/1",
        "act_id": None,
        "choices": ["Yes", "Not now"],
    }


async def test_what_is_said_comes_back_as_the_same_line(rasa: httpx.AsyncClient, mind: ScriptedMind) -> None:
    mind.acts["A3"] = ("Shall I show you a pair?",)
    (message,) = (await rasa.post("/rasa/actions", json=act_call("A3"))).json()["responses"]
    said = {"recipient_id": "s1", "custom": message["custom"]}
    assert (await rasa.post("/rasa/callback", json=said)).json() == {"shown": True}
    line = TutorLine(text="Shall I show you a pair?", wording_id="act/1", act_id="A3")
    assert mind.lines == [("s1", line)]


async def test_rasas_own_words_become_a_line_too(rasa: httpx.AsyncClient, mind: ScriptedMind) -> None:
    await rasa.post("/rasa/callback", json={"recipient_id": "s1", "text": "Could you say it again?"})
    assert mind.lines == [("s1", TutorLine(text="Could you say it again?", wording_id="rasa/default"))]


@pytest.mark.parametrize(
    "call", [act_call("A9"), act_call(), act_call("A1", session_id="gone"), action_call(session_id="gone")]
)
async def test_a_stale_act_and_an_unknown_session_get_no_words(
    rasa: httpx.AsyncClient, call: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    reply = await rasa.post("/rasa/actions", json=call)
    assert (reply.status_code, reply.json()) == (200, {"events": [], "responses": []})
    assert [record.levelno for record in caplog.records if record.name.startswith("tutorbot")] == [
        logging.WARNING
    ]


async def test_a_line_for_an_unknown_session_is_dropped_without_a_fuss(rasa: httpx.AsyncClient) -> None:
    reply = await rasa.post("/rasa/callback", json={"recipient_id": "gone", "text": "Hello"})
    assert (reply.status_code, reply.json()) == (200, {"shown": False})


@pytest.mark.parametrize("path", ["/rasa/actions", "/rasa/callback"])
@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", "Bearer é"])
async def test_nobody_else_gets_in(
    rasa: httpx.AsyncClient, mind: ScriptedMind, path: str, given: str | None
) -> None:
    rasa.headers.pop("Authorization")
    headers = {} if given is None else {"Authorization": given.encode()}
    body = json.dumps(action_call() | {"recipient_id": "s1", "text": "Hello"})
    assert (await rasa.post(path, content=body, headers=headers)).status_code == 401
    assert mind.heard == []
    assert mind.lines == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"next_action": 3, "tracker": {"sender_id": "s1"}}',
        b'{"next_action": "action_answer_learner", "tracker": []}',
        b'{"next_action": "action_answer_learner", "tracker": {"sender_id": ""}}',
    ],
)
async def test_a_malformed_action_call_is_refused(rasa: httpx.AsyncClient, body: bytes) -> None:
    assert (await rasa.post("/rasa/actions", content=body)).status_code == 400


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"text": "Hello"},
        {"recipient_id": "s1"},
        {"recipient_id": "s1", "text": ""},
        {"recipient_id": 7, "text": "Hello"},
        {"recipient_id": "s1", "custom": {"text": "Hello"}},
        {"recipient_id": "s1", "custom": {"text": "", "wording_id": "w"}},
        {"recipient_id": "s1", "custom": {"text": "Hello", "wording_id": "w", "choices": "Yes"}},
        {"recipient_id": "s1", "custom": {"text": "Hello", "wording_id": "w", "surprise": 1}},
    ],
)
async def test_a_malformed_line_is_refused(
    rasa: httpx.AsyncClient, mind: ScriptedMind, payload: dict[str, Any]
) -> None:
    assert (await rasa.post("/rasa/callback", json=payload)).status_code == 400
    assert mind.lines == []


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/rasa/actions", routes.ACTIONS_MAX_BYTES), ("/rasa/callback", routes.CALLBACK_MAX_BYTES)],
)
async def test_a_body_without_end_is_refused(rasa: httpx.AsyncClient, path: str, limit: int) -> None:
    assert (await rasa.post(path, content=b" " * (limit + 1))).status_code == 413


async def test_an_action_nobody_knows_is_refused(rasa: httpx.AsyncClient) -> None:
    assert (await rasa.post("/rasa/actions", json=action_call("action_fly"))).status_code == 404


async def test_an_error_of_the_tutor_is_kept_for_the_caller_and_not_told_to_rasa(
    rasa: httpx.AsyncClient, mind: ScriptedMind, ledger: TurnLedger
) -> None:
    mind.fault = LogUnwritable("The disk is full.", remedy="Make room.")
    with ledger.turn("s1") as turn:
        reply = await rasa.post("/rasa/actions", json=action_call())
    assert reply.status_code == 500
    assert "disk" not in reply.text
    assert turn.fault is mind.fault


async def test_a_turn_without_an_intent_is_an_error(rasa: httpx.AsyncClient) -> None:
    assert (await rasa.post("/rasa/actions", json=action_call(intent={}))).status_code == 500
