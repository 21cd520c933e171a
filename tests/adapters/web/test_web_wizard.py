"""The wizard's choice over HTTP: who may choose, what is a choice, and what the console may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tutorbot.adapters.web.desk import MAX_BODY_BYTES
from tutorbot.errors import LogUnwritable

CHOICE = {"participant": "P001", "level": 2, "trigger_id": "T1", "client_id": "choice-number-1"}


@pytest.fixture
def session(web: Any) -> Any:
    """A WZ session with a proposal."""
    _, session = web.join()
    session.under_wizard()
    session.propose()
    return session


@pytest.fixture
def console(web: Any) -> Iterator[httpx.Client]:
    """A browser that was let in; every request of its page carries the page's origin."""
    with httpx.Client(base_url=web.url, headers={"Origin": web.url}) as browser:
        browser.get(f"/console?token={web.keys.issue()}")
        yield browser


def choose(console: httpx.Client, **changes: Any) -> httpx.Response:
    return console.post("/console/wizard", json={**CHOICE, **changes})


def refused(answer: httpx.Response) -> int:
    """Its status; it says what is wrong and what to do."""
    assert set(answer.json()) == {"error", "remedy"}
    assert all(answer.json().values())
    return answer.status_code


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_choice_reaches_the_session(console: httpx.Client, session: Any, level: int) -> None:
    answer = choose(console, level=level)
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert session.choices == [(level, "T1")]


def test_a_veto_is_level_0_and_a_choice_needs_no_proposal(console: httpx.Client, session: Any) -> None:
    assert choose(console, level=0).status_code == 200
    assert choose(console, level=1, trigger_id=None, client_id="choice-number-2").status_code == 200
    assert session.choices == [(0, "T1"), (1, None)]


def test_a_choice_that_comes_twice_counts_once(console: httpx.Client, session: Any) -> None:
    assert [choose(console).status_code for _ in range(2)] == [200, 200]
    assert session.choices == [(2, "T1")]


def test_nobody_chooses_without_the_cookie(web: Any, session: Any) -> None:
    for cookie in ({}, {"Cookie": "tutorbot_console=guess"}):
        answer = httpx.post(f"{web.url}/console/wizard", json=CHOICE, headers={"Origin": web.url, **cookie})
        assert refused(answer) == 403
    assert session.choices == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
def test_a_foreign_page_does_not_choose(console: httpx.Client, session: Any, origin: str) -> None:
    answer = console.post("/console/wizard", json=CHOICE, headers={"Origin": origin})
    assert refused(answer) == 403
    del console.headers["Origin"]
    assert refused(choose(console)) == 403
    assert session.choices == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"level": 2', b"level=2", b"[" * 2000])
def test_what_is_no_json_is_told_so(console: httpx.Client, session: Any, body: bytes) -> None:
    assert refused(console.post("/console/wizard", content=body)) == 400
    assert session.choices == []


@pytest.mark.parametrize(
    "changes",
    [
        {"level": 4},
        {"level": -1},
        {"level": "2"},
        {"level": True},
        {"level": 1.5},
        {"participant": ""},
        {"participant": "P001\x00"},
        {"participant": None},
        {"participant": "P" * 65},
        {"trigger_id": 7},
        {"trigger_id": "<b>"},
        {"client_id": "short"},
        {"client_id": "x" * 65},
        {"client_id": None},
        {"more": 1},
    ],
)
def test_what_is_no_choice_is_told_which_field(
    console: httpx.Client, session: Any, changes: dict[str, Any]
) -> None:
    answer = choose(console, **changes)
    assert refused(answer) == 422
    assert next(iter(changes)) in answer.json()["error"]
    assert session.choices == []


@pytest.mark.parametrize("body", [b"[]", b"7", b"null"])
def test_json_that_is_no_object_is_no_choice(console: httpx.Client, body: bytes) -> None:
    assert refused(console.post("/console/wizard", content=body)) == 422


def test_a_field_that_is_missing_is_named(console: httpx.Client, session: Any) -> None:
    for field in CHOICE:
        answer = console.post(
            "/console/wizard", json={key: value for key, value in CHOICE.items() if key != field}
        )
        assert refused(answer) == 422
        assert field in answer.json()["error"]


def test_a_body_that_is_too_long_is_not_read(console: httpx.Client, session: Any) -> None:
    for n in (MAX_BODY_BYTES + 1, 60_000):
        assert refused(console.post("/console/wizard", content=b" " * n)) == 413
    chunks = (b" " * 1000 for _ in range(5))
    assert refused(console.post("/console/wizard", content=chunks)) == 413
    assert session.choices == []
    assert choose(console).status_code == 200


def test_an_unknown_participant_another_condition_and_a_wrong_moment_are_conflicts(
    console: httpx.Client, web: Any, session: Any
) -> None:
    web.join()
    assert refused(choose(console, participant="P009")) == 409
    assert "WZ" in choose(console, participant="P002").json()["remedy"]
    session.wizard["can_choose"] = False
    assert refused(choose(console)) == 409
    assert session.choices == []


def test_what_cannot_be_stored_is_503(console: httpx.Client, web: Any, session: Any) -> None:
    web.host.desk.broken = LogUnwritable("The disk is full.", remedy="Free some space.")
    answer = choose(console)
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "The disk is full.", "remedy": "Free some space."},
    )
    assert session.choices == []


def test_a_fault_is_said_without_its_words(
    console: httpx.Client, web: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "zebra"

    async def break_down(*choice: Any, **more: Any) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(web.host.desk, "wizard", break_down)
    answer = choose(console)
    assert refused(answer) == 503
    assert "RuntimeError" in caplog.text
    assert secret not in answer.text + caplog.text


def test_the_address_takes_choices_only(console: httpx.Client) -> None:
    assert console.get("/console/wizard").status_code == 405
    assert console.put("/console/wizard", json=CHOICE).status_code == 405


def test_the_rows_hold_the_proposal_and_what_became_of_the_choice_and_no_words(
    console: httpx.Client, web: Any, session: Any
) -> None:
    web.join()
    session.judge("refused", level=1, why="too soon after the last act", ago_s=4)
    answer = console.get("/console/rows")
    first, second = answer.json()["rows"]
    assert first["wizard"] == {
        "can_choose": True,
        "can_say": True,
        "limits": [],
        "proposal": {
            "trigger_id": "T1",
            "reason": "signs of frustration",
            "basis": "the face, with behaviour beside it",
            "signs": ["wrong checks in a row"],
            "level": 2,
            "waits_s": 12,
        },
        "verdict": {
            "level": 1,
            "state": "refused",
            "why": "too soon after the last act",
            "ago_s": 4,
            "in_s": None,
        },
        "agreement": {"n": 0, "share": None, "kappa": None},
    }
    assert second["wizard"] is None
    assert "last_words" not in answer.text
