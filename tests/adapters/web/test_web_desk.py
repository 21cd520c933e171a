"""What the console's pages post: who may, what is understood, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tutorbot.adapters.web.desk import MAX_BODY_BYTES, MAX_NOTE_BYTES
from tutorbot.adapters.web.tokens import EXPERIMENTER, OBSERVER
from tutorbot.errors import LogUnwritable

ID = {"participant": "P001", "client_id": "some-client-id-1"}
NOTE = {**ID, "text": "coughs", "observer": "E1", "began_ago_s": 3.5}
LOOK = {
    **ID, "observer": "O1", "affect": "bored", "behaviour": "off_task", "lasted_s": 7.5, "ago_s": 0.2,
}  # fmt: skip
POSTS: dict[str, dict[str, Any]] = {
    "wizard": {**ID, "level": 2, "trigger_id": None, "reason": "fits", "delay_s": 5.0},
    "line": {**ID, "prepared": "take-your-time", "reason": "social"},
    "pause": {**ID, "on": True},
    "end": ID,
    "note": NOTE,
    "observation": LOOK,
    "observer-name": {"observer": "O1"},
    "invite": {},
    "blind": {"on": True},
}
FOR_OBSERVERS = {"observation", "observer-name"}


class Listener:
    """A page that is open."""

    async def show(self, view: Any) -> None:
        """Shown."""

    async def say(self, line: Any, *, at_s: float) -> None:
        """Heard."""


@pytest.fixture
def session(web: Any) -> Any:
    _, session = web.join()
    session.under_wizard()
    session.surface = Listener()
    return session


def browser_of(web: Any, role: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, headers={"Origin": web.url}) as browser:
        browser.get(f"/console?token={web.keys.issue(role)}")
        yield browser


@pytest.fixture
def console(web: Any) -> Iterator[httpx.Client]:
    yield from browser_of(web, EXPERIMENTER)


@pytest.fixture
def observer(web: Any) -> Iterator[httpx.Client]:
    yield from browser_of(web, OBSERVER)


def post(browser: httpx.Client, name: str, **changes: Any) -> httpx.Response:
    return browser.post(f"/console/{name}", json={**POSTS[name], **changes})


def test_everything_posted_reaches_the_desk(console: httpx.Client, web: Any, session: Any) -> None:
    for name, fields in POSTS.items():
        if name == "blind":
            continue
        changes = {"client_id": f"client-id-of-{name}"} if "client_id" in fields else {}
        answer = post(console, name, **changes)
        assert (answer.status_code, answer.json()["ok"]) == (200, True), name
    assert [name for name, _ in web.host.desk.done] == ["wizard", "line", "hold", "end", "note", "observe"]
    assert web.host.desk.of("wizard")[0]["reason"] == "fits"
    assert web.host.desk.of("wizard")[0]["delay_s"] == 5.0
    assert web.host.desk.of("note")[0]["began_ago_s"] == 3.5
    assert web.host.desk.of("observe")[0]["lasted_s"] == 7.5


@pytest.mark.parametrize("name", POSTS)
def test_nobody_posts_without_a_cookie_or_from_a_foreign_page(
    console: httpx.Client, web: Any, session: Any, name: str
) -> None:
    origin = {"Origin": web.url}
    assert httpx.post(f"{web.url}/console/{name}", json=POSTS[name], headers=origin).status_code == 403
    console.headers["Origin"] = "https://evil.example"
    assert post(console, name).status_code == 403
    del console.headers["Origin"]
    assert post(console, name).status_code == 403
    assert web.host.desk.done == []


@pytest.mark.parametrize("name", POSTS)
def test_an_observer_observes_and_does_nothing_else(
    observer: httpx.Client, web: Any, session: Any, name: str
) -> None:
    assert post(observer, name).status_code == (200 if name in FOR_OBSERVERS else 403)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("note", {"began_ago_s": -1.0}),
        ("note", {"began_ago_s": 1e9}),
        ("note", {"observer": "a name with blanks"}),
        ("note", {"observer": ""}),
        ("note", {"text": 7}),
        ("note", {"text": "a\x00b"}),
        ("note", {"text": "x" * 8001}),
        ("note", {"extra": 1}),
        ("observation", {"affect": "<b>"}),
        ("observation", {"lasted_s": 22.0}),
        ("observation", {"ago_s": -0.1}),
        ("observation", {"observer": "x" * 13}),
        ("line", {"prepared": "no blanks here"}),
        ("line", {"text": "\x1b[2J"}),
        ("pause", {"on": 1}),
        ("pause", {"participant": "../P001"}),
        ("end", {"client_id": "short"}),
        ("wizard", {"delay_s": -5.0}),
        ("wizard", {"reason": "<script>"}),
        ("blind", {"on": "yes"}),
    ],
)
def test_what_does_not_fit_is_told_which_field(
    console: httpx.Client, web: Any, session: Any, name: str, changes: dict[str, Any]
) -> None:
    answer = post(console, name, **changes)
    assert answer.status_code == 422
    assert next(iter(changes)) in answer.json()["error"]
    assert web.host.desk.done == []


@pytest.mark.parametrize("name", POSTS)
def test_bad_json_and_bodies_that_are_too_long_are_refused(console: httpx.Client, name: str) -> None:
    most = MAX_NOTE_BYTES if name == "note" else MAX_BODY_BYTES
    for body in (b"{", b"\xff\xff", b"[" * 1500):
        assert console.post(f"/console/{name}", content=body).status_code == 400
    for body in (b"[]", b"null", b"7"):
        assert console.post(f"/console/{name}", content=body).status_code == 422
    assert console.post(f"/console/{name}", content=b" " * (most + 1)).status_code == 413


def test_infinite_times_are_no_json(console: httpx.Client) -> None:
    for value in ("NaN", "Infinity", "1e999"):
        body = (
            '{"participant":"P001","client_id":"some-client-id","text":"x","observer":"E1","began_ago_s":'
            f"{value}}}"
        )
        assert console.post("/console/note", content=body.encode()).status_code in {400, 422}


def test_a_huge_note_that_is_allowed_arrives_whole(console: httpx.Client, web: Any, session: Any) -> None:
    text = "\u00e4" * 4000
    assert post(console, "note", text=text).status_code == 200
    assert web.host.desk.of("note")[0]["text"] == text


def test_an_unknown_participant_is_a_conflict(console: httpx.Client, session: Any) -> None:
    for name in ("wizard", "line", "pause", "end", "note", "observation"):
        answer = post(console, name, participant="P999")
        assert answer.status_code == 409
        assert "P999" in answer.json()["error"]


def test_what_cannot_be_stored_is_503(console: httpx.Client, web: Any, session: Any) -> None:
    web.host.desk.broken = LogUnwritable("The disk is full.", remedy="Free some space.")
    for name in ("line", "pause", "end", "note", "observation"):
        assert post(console, name).status_code == 503


def test_two_browsers_do_not_code_under_one_name(
    console: httpx.Client, observer: httpx.Client, web: Any, session: Any
) -> None:
    assert post(observer, "observer-name").status_code == 200
    answer = post(console, "observation")
    assert answer.status_code == 409
    assert "Somebody else" in answer.json()["error"]
    assert post(console, "observation", observer="O2").status_code == 200
    assert [one["observer"] for one in web.host.desk.of("observe")] == ["O2"]


def test_an_invitation_opens_once_and_for_an_observer(console: httpx.Client, web: Any) -> None:
    path = post(console, "invite").json()["path"]
    with httpx.Client(base_url=web.url) as browser:
        assert browser.get(path).status_code == 303
        assert browser.get("/console/observe").status_code == 200
        assert browser.get("/console").status_code == 403
    assert httpx.get(web.url + path).status_code == 403


# ---------------------------------------------------------------- blinding


def test_a_blinded_console_neither_chooses_nor_learns_who_could(
    console: httpx.Client, web: Any, session: Any
) -> None:
    web.join()
    assert post(console, "blind").status_code == 200
    for name in ("wizard", "line"):
        answers = [post(console, name, participant=who) for who in ("P001", "P002", "P999")]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert len({answer.text for answer in answers}) == 1
    assert post(console, "pause").status_code == 200
    assert post(console, "blind", on=False).status_code == 200
    assert post(console, "wizard").status_code == 200
