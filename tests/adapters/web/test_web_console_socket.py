"""The console's line, over the wire: who may listen, what is sent to whom, and what a bad page can do."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tutorbot.adapters.web.console_feed import BLINDED, COLUMNS, OBSERVED, changes
from tutorbot.adapters.web.tokens import EXPERIMENTER, OBSERVER

GIVES_IT_AWAY = (
    "AD", "WZ", "suggestion", "offer_contrast", "repeated errors", "candidate", "suspect", "A1",
    "camera", "confusion", "frustrat", "trust", "proposal", "wizard", "hardly seen",
)  # fmt: skip


class Line:
    """A console page without a page."""

    def __init__(self, socket: ClientConnection, cookie: str) -> None:
        self.socket, self.cookie = socket, cookie
        self.raw = ""
        self.rows: dict[str, dict[str, Any]] = {}

    def read(self, timeout: float = 5.0) -> dict[str, Any]:
        text = self.socket.recv(timeout=timeout)
        assert isinstance(text, str)
        self.raw += text
        message: dict[str, Any] = json.loads(text)
        if message["type"] == "rows":
            for who, fields in message["changed"].items():
                self.rows.setdefault(who, {}).update(fields)
            for who in message["gone"]:
                del self.rows[who]
        return message

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self.read()
            if wanted(message):
                return message

    def first_rows(self) -> None:
        self.until(lambda message: message["type"] == "rows")


@pytest.fixture
def listen(web: Any) -> Iterator[Callable[..., Line]]:
    """Let a browser in and connect its line."""
    lines: list[Line] = []

    def make(role: str = EXPERIMENTER, *, observe: bool = False, cookie: str | None = None) -> Line:
        cookie = cookie or web.keys.let_in(role)
        address = web.url.replace("http", "ws") + "/console/ws" + ("?observe=1" if observe else "")
        headers = {"Origin": web.url, "Cookie": f"tutorbot_console={cookie}"}
        line = Line(connect(address, additional_headers=headers), cookie)
        lines.append(line)
        return line

    yield make
    for line in lines:
        line.socket.close()


@pytest.fixture
def two(web: Any) -> tuple[Any, Any]:
    """A session of AD that is watched by a camera, and one of WZ with a proposal."""
    first, second = web.join()[1], web.join()[1]
    first.phase = second.phase = "task"
    first.levels = {"confusion": 0.71, "frustration": 0.2, "concentration": 0.5, "coverage": 0.1}
    first.face_warnings, first.warnings = ["the face is hardly seen"], ["the participant's page is closed"]
    first.move("suspect", "candidate", at_s=3.0)
    second.under_wizard()
    second.propose()
    return first, second


# ---------------------------------------------------------------- who may listen


@pytest.mark.parametrize(
    ("origin", "cookie"),
    [("same", None), ("same", "guess"), ("https://evil.example", "good"), (None, "good")],
)
def test_no_line_without_the_cookie_or_from_a_foreign_page(
    web: Any, origin: str | None, cookie: str | None
) -> None:
    headers = {} if origin is None else {"Origin": web.url if origin == "same" else origin}
    if cookie is not None:
        headers["Cookie"] = f"tutorbot_console={web.keys.let_in() if cookie == 'good' else cookie}"
    with pytest.raises(InvalidStatus) as caught:
        connect(web.url.replace("http", "ws") + "/console/ws", additional_headers=headers)
    assert caught.value.response.status_code == 403


def test_signing_out_ends_the_line(web: Any, listen: Callable[..., Line]) -> None:
    line = listen()
    line.first_rows()
    web.keys.sign_out(line.cookie)
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            line.read()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4403


# ---------------------------------------------------------------- what is sent


def test_an_experimenter_is_sent_the_lists_the_system_and_all_rows(
    two: tuple[Any, Any], listen: Callable[..., Line]
) -> None:
    line = listen()
    hello, system = line.read(), line.read()
    line.first_rows()
    assert (hello["type"], hello["role"], hello["blinded"]) == ("hello", EXPERIMENTER, False)
    assert {reason["code"] for reason in hello["reasons"]} >= {"fits", "other"}
    assert (hello["delays_s"], hello["lines"][0]["id"]) == ([5.0, 10.0, 20.0], "take-your-time")
    assert set(system) == {"type", "agreement", "rasa", "blinded", "study"}
    assert list(line.rows) == ["P001", "P002"]
    assert set(line.rows["P001"]) == set(COLUMNS)
    assert line.rows["P001"]["levels"]["confusion"] == 0.71
    assert "must not be shown" not in line.raw
    assert "not to be shown" not in line.raw


def test_without_any_session_that_is_said(listen: Callable[..., Line]) -> None:
    line = listen()
    assert line.until(lambda message: message["type"] == "rows") == {
        "type": "rows",
        "changed": {},
        "gone": [],
    }


def test_afterwards_only_what_changed_is_sent_once_a_second_at_most(
    two: tuple[Any, Any], web: Any, listen: Callable[..., Line]
) -> None:
    line = listen()
    line.first_rows()
    began = time.monotonic()
    for n in range(6):
        two[0].standing = f"state-{n}"
    message = line.read()
    assert set(message["changed"]) == {"P001"}
    assert set(message["changed"]["P001"]) == {"state"}
    del web.host.sessions["stub-code-2"]
    gone = line.until(lambda message: bool(message["gone"]))
    assert gone["gone"] == ["P002"]
    assert time.monotonic() - began >= 1.0


def test_what_is_blinded_is_not_on_the_wire(web: Any, two: tuple[Any, Any]) -> None:
    cookie = web.keys.let_in()
    visitor = web.keys.visitor(cookie)
    visitor.blinded = True
    headers = {"Origin": web.url, "Cookie": f"tutorbot_console={cookie}"}
    address = web.url.replace("http", "ws") + "/console/ws"
    with connect(address, additional_headers=headers) as wire:
        line = Line(wire, cookie)
        line.first_rows()
        two[0].move("deliver", "acting", at_s=9.0)
        two[0].held = True
        line.until(lambda message: message["type"] == "rows")
        assert set(line.rows["P001"]) == set(line.rows["P002"]) == set(BLINDED)
        assert line.rows["P001"]["paused"] == "experimenter"
        for word in GIVES_IT_AWAY:
            assert word not in line.raw, word
    answer = httpx.get(f"{web.url}/console/rows", headers=headers)
    assert answer.status_code == 200
    for word in GIVES_IT_AWAY:
        assert word not in answer.text, word


def test_two_conditions_look_alike_to_who_is_blinded(web: Any) -> None:
    """Sessions that differ in nothing but what the condition brings are sent alike."""
    sessions = [web.join()[1] for _ in range(3)]
    for session in sessions:
        session.phase = "task"
    sessions[1].under_wizard()
    sessions[2].condition, sessions[2].standing = "C0", "resting"
    sessions[2].levels = {"confusion": 0.5, "frustration": 0.5, "concentration": 0.5, "coverage": 1.0}
    sessions[2].face_warnings = ["several faces are in sight"]
    cookie = web.keys.let_in()
    web.keys.visitor(cookie).blinded = True
    rows = httpx.get(f"{web.url}/console/rows", headers={"Cookie": f"tutorbot_console={cookie}"}).json()[
        "rows"
    ]
    plain = [{key: value for key, value in row.items() if key != "participant"} for row in rows]
    assert plain[0] == plain[1] == plain[2]


def test_a_server_that_starts_blind_makes_blinded_visitors_and_an_unblinding_is_noted(
    make_web: Callable[..., Any],
) -> None:
    web = make_web(blind=True)
    with httpx.Client(base_url=web.url, headers={"Origin": web.url}) as browser:
        browser.get(f"/console?token={web.keys.issue()}")
        web.join()
        assert set(browser.get("/console/rows").json()["rows"][0]) == set(BLINDED)
        assert browser.post("/console/blind", json={"on": False}).status_code == 200
        assert "condition" in browser.get("/console/rows").json()["rows"][0]
        assert browser.post("/console/blind", json={"on": True}).status_code == 200
    assert [action for action, _ in web.audited] == ["unblind", "blind"]


def test_without_the_audit_log_nobody_is_unblinded(make_web: Callable[..., Any]) -> None:
    web = make_web(blind=True, audit_fails=True)
    with httpx.Client(base_url=web.url, headers={"Origin": web.url}) as browser:
        browser.get(f"/console?token={web.keys.issue()}")
        web.join()
        assert browser.post("/console/blind", json={"on": False}).status_code == 503
        assert "condition" not in browser.get("/console/rows").json()["rows"][0]


def test_blinding_in_the_middle_tells_the_page_anew(
    web: Any, two: tuple[Any, Any], listen: Callable[..., Line]
) -> None:
    line = listen()
    line.first_rows()
    line.raw, line.rows = "", {}
    web.keys.visitor(line.cookie).blinded = True
    line.until(lambda message: message["type"] == "hello")
    line.first_rows()
    assert set(line.rows["P001"]) == set(BLINDED)
    for word in GIVES_IT_AWAY:
        assert word not in line.raw, word


@pytest.mark.parametrize(("role", "observe"), [(OBSERVER, True), (OBSERVER, False), (EXPERIMENTER, True)])
def test_an_observer_is_sent_who_can_be_watched_and_nothing_else(
    two: tuple[Any, Any], listen: Callable[..., Line], role: str, observe: bool
) -> None:
    line = listen(role, observe=observe)
    line.first_rows()
    assert {key for row in line.rows.values() for key in row} == set(OBSERVED)
    for word in GIVES_IT_AWAY:
        assert word not in line.raw, word


# ---------------------------------------------------------------- bad pages


def test_a_page_that_talks_too_much_is_cut_off_and_the_others_go_on(
    two: tuple[Any, Any], listen: Callable[..., Line]
) -> None:
    loud, calm = listen(), listen()
    with pytest.raises(ConnectionClosed):
        for _ in range(200):
            loud.socket.send("x" * 1000)
        while True:
            loud.read()
    calm.first_rows()
    two[0].standing = "resting"
    calm.until(lambda message: message.get("changed", {}).get("P001", {}).get("state") == "resting")


def test_twenty_consoles_and_pages_that_vanish_half_way(
    web: Any, two: tuple[Any, Any], listen: Callable[..., Line]
) -> None:
    lines = [listen() for _ in range(20)]
    for line in lines[:10]:
        line.socket.socket.shutdown(socket.SHUT_RDWR)  # no good-bye
    for line in lines[10:]:
        line.first_rows()
    two[1].standing = "acting"
    began = time.monotonic()
    for line in lines[10:]:
        line.until(lambda message: message.get("changed", {}).get("P002", {}).get("state") == "acting")
    assert time.monotonic() - began < 4.0
    assert httpx.get(f"{web.url}/healthz").status_code == 200


def test_a_page_that_does_not_read_hurts_nobody(
    web: Any, two: tuple[Any, Any], listen: Callable[..., Line]
) -> None:
    listen()  # and never reads
    code, session = web.join()
    client = web.connect(code)
    client.read("view")
    for n in range(5):
        session.standing = f"s{n}" + "x" * 100_000
        client.send(type="attention", state="left")
    fresh = listen()
    fresh.until(lambda message: "P003" in message.get("changed", {}))


def test_changes_are_those_fields_that_differ() -> None:
    before = {"P1": {"a": 1, "b": 2}, "P2": {"a": 1}}
    assert changes(before, before) is None
    assert changes(before, {"P1": {"a": 1, "b": 3}}) == {
        "type": "rows",
        "changed": {"P1": {"b": 3}},
        "gone": ["P2"],
    }
    assert changes({}, before) == {"type": "rows", "changed": before, "gone": []}
