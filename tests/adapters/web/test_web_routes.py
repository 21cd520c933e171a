"""Every address a browser may ask for, and the ones it may not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tutorbot.adapters.web.app import card_file
from tutorbot.adapters.web.limits import WebLimits
from tutorbot.adapters.web.pages import WEB
from tutorbot.adapters.web.security import same_origin
from tutorbot.errors import LogUnwritable, ProtocolChanged
from tutorbot.ports import JoinForm, JoinQuestion


def test_joining_makes_a_participant_and_leads_to_their_page(web: Any) -> None:
    answer = httpx.get(f"{web.url}/join")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/p/stub-code-1"
    assert list(web.host.sessions) == ["stub-code-1"]
    assert httpx.get(web.url + answer.headers["location"]).status_code == 200


def test_a_browser_that_looks_ahead_makes_no_participant(web: Any) -> None:
    answer = httpx.get(f"{web.url}/join", headers={"Sec-Purpose": "prefetch;prerender"})
    assert answer.status_code == 503
    assert web.host.sessions == {}


def test_joining_has_a_limit_that_is_explained(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(joins_per_min=2))
    answers = [httpx.get(f"{web.url}/join").status_code for _ in range(3)]
    assert answers == [303, 303, 429]
    assert "try again in a minute" in httpx.get(f"{web.url}/join").text


def test_a_refused_join_says_what_happened_and_what_to_do(web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(arrival: object) -> str:
        raise LogUnwritable("The log <study.db> cannot be written.", remedy="Free some space.")

    monkeypatch.setattr(web.host, "join", refuse)
    answer = httpx.get(f"{web.url}/join")
    assert answer.status_code == 503
    assert "The log &lt;study.db&gt; cannot be written." in answer.text
    assert "Free some space." in answer.text


def test_who_came_before_is_sent_on_without_being_asked_again(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = JoinQuestion(id="prior", text="Before?", options=(("yes", "Yes"), ("no", "No")))
    form = JoinForm(
        language="en", title="S", instruction="", button="Go", questions=(question,), parameters=("PID",)
    )

    async def known(parameters: dict[str, str]) -> str | None:
        return "code-of-before" if parameters == {"PID": "somebody"} else None

    monkeypatch.setattr(web.host, "join_form", lambda wanted: form)
    monkeypatch.setattr(web.host, "known", known)
    assert httpx.get(f"{web.url}/join?PID=somebody").headers["location"] == "/p/code-of-before"
    first = httpx.get(f"{web.url}/join?PID=another")
    assert first.status_code == 200
    assert "Before?" in first.text
    assert 'value="another"' in first.text, "what the address brought is kept"


def test_a_protocol_to_be_mended_is_the_operator_s_and_no_participant_s_matter(
    web: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(arrival: object) -> str:
        raise ProtocolChanged("Protocol 'x' was changed.", remedy="Add an entry to `amendments:`.")

    monkeypatch.setattr(web.host, "join", refuse)
    answer = httpx.get(f"{web.url}/join")
    assert answer.status_code == 503
    assert "cannot take you in just now" in answer.text
    assert "amendments" not in answer.text
    assert "newcomers are refused: Protocol 'x' was changed." in caplog.text


@pytest.mark.parametrize("path", ["/p/x", "/console", "/join", "/static/js/main.js", "/healthz", "/nowhere"])
def test_every_answer_carries_the_security_headers(web: Any, path: str) -> None:
    headers = httpx.get(web.url + path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "server" not in headers


def test_pages_hold_nothing_inline_and_nothing_from_another_host() -> None:
    for page in WEB.glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\bsrc=)|https?:|//\w", text), page.name
    for path in [*WEB.rglob("*.js"), *WEB.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)\w|@import|innerHTML|\beval\b", text), (
            path.name
        )


def test_a_card_is_served_as_a_drawing_in_which_no_script_runs(web: Any) -> None:
    answer = httpx.get(f"{web.url}/lesson/stub/large-red-circle.svg")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/lesson/stub/none.svg",
        "/lesson/..%2f..%2fstub/large-red-circle.svg",
        "/lesson/stub/..%2f..%2f..%2fsecret.svg",
        "/lesson/stub/%2e%2e%2fsecret.svg",
        "/lesson/%2e%2e/secret.svg",
        "/static/..%2fparticipant.html",
        "/static/%2e%2e/%2e%2e/errors.py",
    ],
)
def test_no_name_leads_out_of_a_folder(web: Any, path: str) -> None:
    (web.lessons.parent / "secret.svg").write_text("<svg/>", encoding="utf-8")
    (web.lessons / "stub" / "secret.svg").write_text("<svg/>", encoding="utf-8")
    assert httpx.get(web.url + path).status_code == 404


def test_a_link_out_of_the_lessons_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.svg").write_text("<svg/>", encoding="utf-8")
    cards = tmp_path / "lessons" / "pack" / "cards"
    cards.mkdir(parents=True)
    (cards / "card.svg").symlink_to(tmp_path / "secret.svg")
    assert card_file(tmp_path / "lessons", "pack", "card") is None
    assert card_file(tmp_path / "lessons", "..", "card") is None
    assert card_file(tmp_path / "lessons", "pack", "a\x00b") is None


def test_health_is_json_without_secrets(web: Any) -> None:
    code, _ = web.join()
    web.connect(code).read("view")
    assert httpx.get(f"{web.url}/healthz").json() == {"ok": True, "version": "1.2.3", "pages": 1}


def test_a_missing_page_says_so_in_words(web: Any) -> None:
    answer = httpx.get(f"{web.url}/nowhere")
    assert answer.status_code == 404
    assert "Check the link you were given" in answer.text


def test_a_console_token_opens_the_console_once(web: Any) -> None:
    token = web.keys.issue()
    with httpx.Client(base_url=web.url) as browser:
        first = browser.get(f"/console?token={token}")
        assert first.status_code == 303
        assert first.headers["location"] == "/console"
        cookie = first.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/console" in cookie
        assert browser.get("/console").status_code == 200
    second = httpx.get(f"{web.url}/console?token={token}")
    assert second.status_code == 403
    assert "used already" in second.text
    assert "tutorbot pilot" in second.text


def test_a_browser_that_looks_ahead_does_not_use_the_token_up(web: Any) -> None:
    address = f"{web.url}/console?token={web.keys.issue()}"
    assert httpx.get(address, headers={"Purpose": "prefetch"}).status_code == 503
    assert httpx.get(address).status_code == 303


@pytest.mark.parametrize("cookie", [None, "", "guess", "\u00fc"])
def test_nobody_reads_the_rows_without_the_cookie(web: Any, cookie: str | None) -> None:
    web.join()
    headers = {} if cookie is None else {"Cookie": f"tutorbot_console={cookie}".encode()}
    assert httpx.get(f"{web.url}/console/rows", headers=headers).status_code == 403
    assert httpx.get(f"{web.url}/console", headers=headers).status_code == 403


def test_the_rows_hold_what_the_console_shows_and_no_words(web: Any) -> None:
    web.join()
    with httpx.Client(base_url=web.url, follow_redirects=True) as browser:
        browser.get(f"/console?token={web.keys.issue()}")
        (row,) = browser.get("/console/rows").json()["rows"]
    assert row["participant"] == "P001"
    assert row["condition"] == "AD"
    assert "last_words" not in row


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://LAB.example", "lab.example", True),
        ("https://lab.example:444", "lab.example", False),
        ("https://evil.example", "lab.example", False),
        ("https://proxy.example", "inside:8000", True),
        ("chrome-extension://lab.example", "lab.example", False),
        ("", "lab.example", False),
        ("https://lab.example", None, False),
    ],
)
def test_a_socket_belongs_to_our_own_page_or_to_an_allowed_one(
    origin: str, host: str | None, same: bool
) -> None:
    assert same_origin(origin, host, allowed=("https://proxy.example",)) is same


@pytest.mark.parametrize(("language", "words"), [("en", "Take part"), ("de-AT,de;q=0.9", "Teilnehmen")])
def test_the_bare_address_takes_no_place_in_the_study(web: Any, language: str, words: str):
    answer = httpx.get(web.url, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert f'href="/join">{words}<' in answer.text
    sent_on = httpx.get(f"{web.url}/?PROLIFIC_PID=abc&lang=en", headers={"Accept-Language": language})
    assert 'href="/join?PROLIFIC_PID=abc&amp;lang=en"' in sent_on.text
    assert web.host.sessions == {}
