"""Signing in to the console: the password, the waits, the cookie, and the roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tutorbot.adapters.web.passwords import (
    is_password,
    new_password,
    password_hash,
    read_hash,
    write_hash,
)
from tutorbot.adapters.web.sign_in import LONGEST_WAIT_S, MOST_ADDRESSES, Waits
from tutorbot.adapters.web.tokens import LASTS_S, OBSERVER, ConsoleKeys
from tutorbot.errors import BadInput

PASSWORD = new_password()
HASH = password_hash(PASSWORD)


@pytest.fixture
def web(make_web: Callable[..., Any]) -> Any:
    """A server with a password."""
    made = make_web()
    made.keys.password = HASH
    return made


@pytest.fixture
def browser(web: Any) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.url, headers={"Origin": web.url}) as client:
        yield client


def sign_in(browser: httpx.Client, password: str, **headers: str) -> httpx.Response:
    return browser.post("/console/sign-in", data={"password": password}, headers=headers)


# ---------------------------------------------------------------- the page


def test_the_password_opens_the_console_and_signing_out_closes_it(browser: httpx.Client) -> None:
    assert "Password" in browser.get("/console").text
    answer = sign_in(browser, f" {PASSWORD} ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/console"))
    assert "Sessions" in browser.get("/console").text
    kept = dict(browser.cookies)
    assert browser.post("/console/sign-out").status_code == 303
    assert browser.get("/console").status_code == 403
    browser.cookies.update(kept)  # the cookie itself is void, not only forgotten
    assert browser.get("/console").status_code == 403


def test_a_wrong_password_is_told_so_and_no_more(browser: httpx.Client, web: Any) -> None:
    answer = sign_in(browser, "guess")
    assert answer.status_code == 403
    assert "That password is not right." in answer.text
    assert "set-cookie" not in answer.headers
    web.keys.password = None  # without any password the answer is the same
    again = sign_in(browser, "guess")
    assert (again.status_code, again.text) == (answer.status_code, answer.text)


def test_a_one_time_address_still_opens_it(browser: httpx.Client, web: Any) -> None:
    assert browser.get(f"/console?token={web.keys.issue()}").status_code == 303
    assert "Sessions" in browser.get("/console").text
    with httpx.Client(base_url=web.url) as other:
        assert "used already" in other.get("/console?token=used").text
        assert "Password" in other.get("/console?token=used").text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_foreign_page_signs_nobody_in_or_out(browser: httpx.Client, web: Any, origin: str) -> None:
    assert "set-cookie" not in sign_in(browser, PASSWORD, Origin=origin).headers
    sign_in(browser, PASSWORD)
    cookie = browser.cookies["tutorbot_console"]
    browser.post("/console/sign-out", headers={"Origin": origin})
    assert web.keys.admits(cookie)


@pytest.mark.parametrize("body", [b"", b"\xff", b"password", b"p=1&" * 9, b"password=" + b"x" * 5000, b"{}"])
def test_what_is_no_form_opens_nothing(browser: httpx.Client, body: bytes) -> None:
    answer = browser.post("/console/sign-in", content=body)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_form_is_sent_with_its_origin(browser: httpx.Client) -> None:
    """With no-referrer a browser would send `Origin: null` with a form."""
    assert browser.get("/console").headers["referrer-policy"] == "same-origin"


def test_after_some_wrong_passwords_even_the_right_one_has_to_wait(browser: httpx.Client) -> None:
    for _ in range(3):
        assert sign_in(browser, "guess").status_code == 403
    answer = sign_in(browser, PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert re.search(r"Wait [1-9]\d* s", answer.text)  # the last part of a second is one too


# ---------------------------------------------------------------- the waits


def test_waits_grow_and_end_and_are_forgiven() -> None:
    now = [0.0]
    waits = Waits(lambda: now[0])
    seen = []
    for _ in range(12):
        waits.tried("a")
        seen.append(waits.left_s("a"))
    assert seen[:7] == [0.0, 0.0, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert seen[-1] == LONGEST_WAIT_S
    assert waits.left_s("b") == 0.0
    now[0] += LONGEST_WAIT_S
    assert waits.left_s("a") == 0.0
    waits.right("a")
    waits.tried("a")
    assert waits.left_s("a") == 0.0


def test_many_addresses_take_no_memory() -> None:
    waits = Waits(lambda: 0.0)
    for n in range(MOST_ADDRESSES + 50):
        waits.tried(str(n))
    assert len(waits._failed) == MOST_ADDRESSES


# ---------------------------------------------------------------- passwords


def test_a_password_is_strong_and_each_is_another() -> None:
    made = {new_password() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"([a-hj-km-np-z2-9]{4}-){4}[a-hj-km-np-z2-9]{4}", one) for one in made)


def test_only_the_password_fits_its_hash_and_the_hash_does_not_hold_it() -> None:
    assert is_password(PASSWORD, HASH)
    assert not is_password(PASSWORD.upper(), HASH)
    assert not is_password("", HASH)
    assert not is_password("\ud800", HASH)
    assert PASSWORD not in HASH
    assert password_hash(PASSWORD) != HASH  # salted


def test_a_hash_file_is_new_private_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "console.hash"
    password = write_hash(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert is_password(password, read_hash(path))
    with pytest.raises(BadInput, match="exists"):
        write_hash(path)
    with pytest.raises(BadInput, match="cannot be written"):
        write_hash(tmp_path / "nowhere" / "console.hash")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "scrypt$16384$8$1$c2FsdA==$aGFzaA==",
        HASH.replace("$16384$", "$16$"),
        HASH.replace("$16384$", "$1073741824$"),
        HASH.replace("scrypt", "md5"),
        HASH + "$",
    ],
)
def test_a_file_without_a_hash_of_ours_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "hash"
    path.write_text(text, encoding="ascii")
    with pytest.raises(BadInput, match="holds no password hash"):
        read_hash(path)


# ---------------------------------------------------------------- keys


def test_a_cookie_is_void_after_a_day_in_the_lab() -> None:
    now = [0.0]
    keys = ConsoleKeys(now_s=lambda: now[0])
    cookie = keys.let_in()
    now[0] = LASTS_S - 1
    assert keys.admits(cookie)
    now[0] = LASTS_S
    assert not keys.admits(cookie)


def test_an_observer_is_let_in_to_observe_and_nowhere_else(web: Any) -> None:
    with httpx.Client(base_url=web.url) as browser:
        answer = browser.get(f"/console/observe?token={web.keys.issue(OBSERVER)}")
        assert answer.headers["location"] == "/console/observe"
        assert browser.get("/console/observe").status_code == 200
        assert browser.get("/console").status_code == 403
        assert browser.get("/console/rows").status_code == 403
    assert httpx.get(f"{web.url}/console/observe").status_code == 403


def test_an_observers_token_opens_no_console_by_another_address(web: Any) -> None:
    with httpx.Client(base_url=web.url) as browser:
        answer = browser.get(f"/console?token={web.keys.issue(OBSERVER)}")
        assert answer.headers["location"] == "/console/observe"
        assert browser.get("/console").status_code == 403


def test_one_name_is_one_browsers() -> None:
    keys = ConsoleKeys()
    first, second = (keys.let_in(OBSERVER) for _ in range(2))
    one, other = keys.visitor(first), keys.visitor(second)
    assert one is not None
    assert other is not None
    assert keys.claim(one, "O1")
    assert keys.claim(one, "O1")
    assert not keys.claim(other, "O1")
    keys.sign_out(first)
    assert keys.claim(other, "O1")
