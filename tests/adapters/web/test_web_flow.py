"""The messages around the lesson: answers, consent taken back, pings, a moving session, languages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.adapters.web.test_web_wire import JPEG, stamped
from tutorbot.adapters.web.limits import WebLimits
from tutorbot.adapters.web.messages import MAX_ANSWER_CHARACTERS, BadMessage, parse
from tutorbot.adapters.web.words import NOTICES, PROBLEMS, preferred

ANSWER = {
    "type": "answer",
    "client_id": "c-000001",
    "instrument": "fks",
    "part": "pre",
    "block": None,
    "item_id": "fks-01",
    "value": 3,
    "choice": None,
    "text": None,
    "not_applicable": False,
    "response_ms": 1200,
}


def test_an_answer_comes_through_as_it_was_given() -> None:
    message = parse(json.dumps({**ANSWER, "value": 2.5, "text": "a\x00b"}))
    given = message.model_dump()
    assert (given["value"], given["text"], given["response_ms"]) == (2.5, "a b", 1200)


@pytest.mark.parametrize(
    "change",
    [
        {"value": "3"},
        {"value": 1e300},
        {"part": "during"},
        {"block": 0},
        {"response_ms": -1},
        {"item_id": "../x"},
        {"client_id": None},
        {"choice": ""},
        {"more": 1},
    ],
)
def test_an_answer_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        parse(json.dumps({**ANSWER, **change}))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_an_answer_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(BadMessage):
        parse(json.dumps(ANSWER).replace('"value": 3', f'"value": {value}'))


def test_an_answer_that_is_too_long_is_told_by_its_id_and_not_repeated() -> None:
    secret = "my very own words " * 400
    assert len(secret) > MAX_ANSWER_CHARACTERS
    with pytest.raises(BadMessage, match=r"at most 4000 characters") as refused:
        parse(json.dumps({**ANSWER, "text": secret}))
    assert refused.value.client_id == "c-000001"
    assert "my very own" not in str(refused.value)


def test_a_ping_is_answered_at_once_and_is_not_the_sessions_business(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="ping", n=7)
    assert client.read("pong")["n"] == 7
    assert session.of_type("ping") == []


@pytest.mark.parametrize("purpose", ["camera", "participation"])
def test_no_picture_is_looked_at_once_the_camera_was_taken_back(web: Any, purpose: str) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="consent", participation=True, camera=True, version="stub-1", client_id="c-000001")
    client.read("ack")
    client.socket.send(stamped(JPEG))
    client.read("frame_ack")
    assert len(session.frames) == 1
    client.send(type="withdraw", purpose=purpose, client_id="c-000002")
    client.socket.send(stamped(JPEG))
    client.read("frame_ack")
    assert len(session.frames) == 1


def test_a_refused_page_may_have_the_session_if_it_asks(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(same_tab_s=0.3))
    code, session = web.join()
    first = web.connect(code)
    first.read("view")
    first.send(type="stuck", client_id="c-000001")
    second = web.connect(code)
    second.send(type="takeover")
    second.send(type="stuck", client_id="c-000002")
    refusal = second.read("problem")
    assert (refusal["about"], refusal["takeover"]) == ("in_use", True)
    second.read("view")
    assert second.read("ack")["client_id"] == "c-000002"
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            first.socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4410
    assert [one["client_id"] for one in session.of_type("stuck")] == ["c-000001", "c-000002"]


@pytest.mark.parametrize("asks", [True, False])
def test_nothing_moves_without_the_asking_or_where_it_is_not_offered(
    make_web: Callable[..., Any], asks: bool
) -> None:
    web = make_web(limits=WebLimits(same_tab_s=0.05, takeover=not asks, first_word_s=0.2))
    code, _ = web.join()
    first = web.connect(code)
    first.read("view")
    second = web.connect(code)
    second.send(type="takeover" if asks else "hello")
    assert second.read("problem")["takeover"] is not asks
    with pytest.raises(ConnectionClosed) as closed:
        second.read("view")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409
    first.send(type="stuck", client_id="c-000001")
    first.read("ack")


def test_a_takeover_of_a_link_that_is_free_is_an_ordinary_page(web: Any) -> None:
    code, _ = web.join()
    client = web.connect(code)
    client.send(type="takeover")
    client.send(type="stuck", client_id="c-000001")
    client.read("ack")


def test_problems_are_told_in_the_language_of_the_view(web: Any) -> None:
    code, session = web.join()
    session.language = "de"
    client = web.connect(code)
    client.read("view")
    client.send(type="say", text="x" * 5000, client_id="c-000001")
    assert client.read("problem")["text"] == PROBLEMS["de"]["say_too_long"][0]
    client.send(type="place", item_id="board-1", card_id="no-card", box="left", client_id="c-000002")
    told = client.read("problem")
    assert (told["text"], told["client_id"]) == (PROBLEMS["de"]["any"][0], "c-000002")
    client.socket.send("no json")
    assert "nicht versteht" in client.read("problem")["text"]


def test_the_wanted_languages_reach_the_study_in_order(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, ...]] = []
    of_stub = web.host.join_form
    monkeypatch.setattr(web.host, "join_form", lambda wanted: (seen.append(wanted), of_stub(wanted))[1])
    header = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"}
    code = httpx.get(f"{web.url}/join?lang=en", headers=header).headers["location"].removeprefix("/p/")
    httpx.get(f"{web.url}/join", headers=header)
    assert seen == [("en", "de-AT", "de", "en"), ("de-AT", "de", "en")]
    headers = {**header, "Origin": web.url}
    with connect(f"{web.serving.ws_url(code)}?lang=en", additional_headers=headers) as socket:
        socket.recv()
        assert web.host.wanted == ("en", "de-AT", "de", "en")


def test_every_small_page_is_there_in_every_language() -> None:
    for language, pages in NOTICES.items():
        assert set(pages) == set(NOTICES["en"]), language
    assert "any" in PROBLEMS["de"]


@pytest.mark.parametrize(
    ("query", "accept", "language"),
    [
        (None, None, "en"),
        (None, "", "en"),
        (None, "de", "de"),
        (None, "fr;q=1, de-CH;q=0.7, en;q=0.6", "de"),
        (None, "en;q=0.6, de;q=0.7", "de"),
        (None, "de;q=0, en", "en"),
        (None, "de;q=rubbish, en", "en"),
        ("de", "en", "de"),
        ("DE-at", None, "de"),
        ("xx", "en", "en"),
    ],
)
def test_the_readers_language_is_the_address_then_the_browsers_order(
    query: str | None, accept: str | None, language: str
) -> None:
    assert preferred(query, accept) == language
