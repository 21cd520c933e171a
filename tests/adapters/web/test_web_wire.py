"""What a page may say, and what happens to everything else."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tutorbot.adapters.web.limits import WebLimits

JPEG = b"\xff\xd8 not a real one, but the stub only looks at the start"


def stamped(jpeg: bytes, at_ms: float = 12.5) -> bytes:
    return struct.pack(">d", at_ms) + jpeg


def test_a_new_page_is_shown_the_whole_view_at_once(web: Any) -> None:
    code, _ = web.join()
    assert web.connect(code).read("view")["view"]["phase"] == "consent"


def test_an_action_is_acknowledged_by_its_id(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="consent", participation=True, camera=False, version="stub-1", client_id="c-000001")
    assert client.read("ack")["client_id"] == "c-000001"
    assert session.phase == "baseline"


def test_the_view_an_action_leads_to_comes_before_its_acknowledgement(web: Any) -> None:
    code, _ = web.join()
    client = web.connect(code)
    client.read("view")
    client.send(type="consent", participation=True, camera=False, version="stub-1", client_id="c-000001")
    first = json.loads(client.socket.recv(timeout=10))
    assert (first["type"], first["view"]["phase"]) == ("view", "baseline")


def test_an_action_that_is_sent_again_after_a_reconnect_is_done_once(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="say", text="hello there", client_id="c-000001")
    client.read("ack")
    client.socket.close()
    again = web.connect(code)
    again.send(type="say", text="hello there", client_id="c-000001")
    assert again.read("ack")["client_id"] == "c-000001"
    assert len(session.of_type("say")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "null",
        "[]",
        "1e999",
        '{"type":"fly"}',
        '{"type":"place"}',
        '{"type":"place","item_id":"b","card_id":"c","box":"middle"}',
        '{"type":"place","item_id":"../x","card_id":"c","box":"left"}',
        '{"type":"probe","item_id":"b","trust":6,"concentration":1}',
        '{"type":"probe","item_id":"b","trust":"5","concentration":1}',
        '{"type":"probe","item_id":"b","trust":true,"concentration":1}',
        '{"type":"check_in","probe_id":"V1","confused":6,"frustrated":1}',
        '{"type":"check_in","probe_id":"V1","confused":0,"frustrated":1}',
        '{"type":"check_in","probe_id":"V1","confused":"3","frustrated":1}',
        '{"type":"check_in","probe_id":"V1","confused":true,"frustrated":1}',
        '{"type":"check_in","probe_id":"V1","confused":3}',
        '{"type":"check_in","probe_id":"I1","confused":3,"frustrated":1}',
        '{"type":"check_in","probe_id":"V0","confused":3,"frustrated":1}',
        '{"type":"check_in","probe_id":"V1234567","confused":3,"frustrated":1}',
        '{"type":"check_in","probe_id":"V1","confused":3,"frustrated":1,"bored":2}',
        '{"type":"pause","on":"yes"}',
        '{"type":"stuck","surprise":1}',
        '{"type":"say","text":"no id"}',
        '{"type":"say","text":"\\ud800 half a pair","client_id":"c-000001"}',
        '{"type":"hello","viewport":[-1,5],"input":"mouse","language":"en"}',
        '{"type":"hello","language":"<script>"}',
        "[" * 30_000,
    ],
)
def test_what_does_not_fit_is_answered_and_the_connection_stays(web: Any, text: str) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.socket.send(text)
    problem = client.read("problem")
    assert problem["text"]
    assert problem["remedy"]
    client.send(type="hello", viewport=[360, 640], input="touch", language="de-AT", client_id="c-000009")
    client.read("ack")
    assert [message["type"] for message in session.received] == ["hello"]


@pytest.mark.parametrize(("confused", "frustrated"), [(1, 5), (3, None), (None, None)])
def test_each_of_the_studys_two_questions_is_answered_or_passed_over(
    web: Any, confused: int | None, frustrated: int | None
) -> None:
    code, session = web.join()
    client = web.connect(code)
    answer = {"probe_id": "V12", "confused": confused, "frustrated": frustrated, "client_id": "c-000001"}
    client.send(type="check_in", **answer)
    client.read("ack")
    client.send(type="check_in", **answer)
    client.read("ack")
    assert session.of_type("check_in") == [{"type": "check_in", **answer}]


def test_a_text_of_20_kb_is_refused_by_name_and_the_next_one_is_heard(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="say", text="x" * 20_000, client_id="c-000001")
    problem = client.read("problem")
    assert problem["client_id"] == "c-000001"
    assert "4000" in problem["text"]
    assert "still in the box" in problem["remedy"]
    client.send(type="say", text="short", client_id="c-000002")
    client.read("ack")
    assert [message["text"] for message in session.of_type("say")] == ["short"]


def test_a_message_over_64_kb_is_refused_and_the_connection_stays(web: Any) -> None:
    code, _ = web.join()
    client = web.connect(code)
    client.send(type="say", text="x" * 70_000, client_id="c-000001")
    problem = client.read("problem")
    assert problem["client_id"] == "c-000001"
    assert "65536" in problem["text"]
    client.send(type="stuck", client_id="c-000002")
    client.read("ack")


def test_a_problem_never_repeats_what_the_learner_wrote(web: Any) -> None:
    code, _ = web.join()
    client = web.connect(code)
    client.socket.send('{"type":"say","text":["my secret"],"client_id":"c-000001"}')
    assert "secret" not in json.dumps(client.read("problem"))


def test_what_the_session_refuses_is_shown_with_the_id_of_the_action(web: Any) -> None:
    code, _ = web.join()
    client = web.connect(code)
    client.send(type="place", item_id="board-1", card_id="no-such", box="left", client_id="c-000001")
    problem = client.read("problem")
    assert problem["client_id"] == "c-000001"
    assert "no-such" in problem["text"]


def test_a_fault_of_the_session_leaves_the_words_out_of_the_log(
    web: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.browser.stub_host import StubSitting

    async def broken(self: StubSitting, message: dict[str, Any]) -> None:
        raise RuntimeError(f"cannot take {message['text']}")

    monkeypatch.setattr(StubSitting, "_say", broken)
    code, _ = web.join()
    client = web.connect(code)
    client.send(type="say", text="my secret", client_id="c-000001")
    assert client.read("problem")["client_id"] == "c-000001"
    assert "RuntimeError" in caplog.text
    assert "my secret" not in caplog.text


def test_pictures_are_answered_one_by_one_once_the_learner_agreed(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="consent", participation=True, camera=True, version="stub-1", client_id="c-000001")
    client.read("ack")
    for _ in range(3):
        client.socket.send(stamped(JPEG))
        client.read("frame_ack")
    assert session.frames == [len(JPEG)] * 3


def test_a_picture_without_consent_is_a_problem_said_once(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.socket.send(stamped(JPEG))
    assert client.read("problem")["about"] == "camera_refused"
    client.read("frame_ack")
    client.socket.send(stamped(JPEG))
    assert json.loads(client.socket.recv(timeout=10))["type"] == "frame_ack"
    assert session.frames == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 7,
        struct.pack(">d", 1.0),
        stamped(JPEG, float("nan")),
        stamped(JPEG, float("inf")),
        stamped(b"GIF89a"),
        stamped(JPEG + b"\x00" * (1024 * 1024)),
    ],
    ids=["nothing", "cut", "no picture", "no time", "endless time", "no jpeg", "too large"],
)
def test_a_bad_picture_is_answered_and_the_next_good_one_is_seen(web: Any, data: bytes) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.send(type="consent", participation=True, camera=True, version="stub-1", client_id="c-000001")
    client.read("ack")
    client.socket.send(data)
    assert client.read("problem")["about"] == "frame"
    client.read("frame_ack")
    client.socket.send(stamped(JPEG))
    client.read("frame_ack")
    assert session.frames == [len(JPEG)]


def test_an_absurdly_large_frame_ends_the_connection_and_not_the_session(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    client.read("view")
    with pytest.raises(ConnectionClosed):
        client.socket.send(b"\x00" * (3 * 1024 * 1024))
        client.read("never")
    assert web.connect(code).read("view")["view"]["session_label"] == session.label


def test_too_many_messages_close_the_connection_with_a_reason(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(messages_per_s=0.001, messages_burst=5))
    code, _ = web.join()
    client = web.connect(code)
    with pytest.raises(ConnectionClosed) as closed:
        for _ in range(20):
            client.send(type="stuck")
        client.read("never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429
    assert "Too many messages" in closed.value.rcvd.reason


def test_too_many_pictures_close_the_connection_with_a_reason(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(frames_per_s=0.001, frames_burst=5))
    code, _ = web.join()
    client = web.connect(code)
    with pytest.raises(ConnectionClosed) as closed:
        for _ in range(20):
            client.socket.send(stamped(JPEG))
        client.read("never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


def test_everything_that_arrived_is_done_although_the_page_left(web: Any) -> None:
    code, session = web.join()
    client = web.connect(code)
    for n in range(20):
        client.send(type="stuck", client_id=f"c-{n:06}")
    client.socket.close()
    again = web.connect(code)
    again.read("view")
    assert len(session.of_type("stuck")) == 20


def test_a_second_tab_is_refused_kindly_and_the_first_one_stays(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(same_tab_s=0.05))
    code, _ = web.join()
    first = web.connect(code)
    first.read("view")
    second = web.connect(code)
    with pytest.raises(ConnectionClosed) as closed:
        second.read("view")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4409
    assert "another tab" in closed.value.rcvd.reason
    first.send(type="stuck", client_id="c-000001")
    first.read("ack")


def test_a_reload_gets_the_link_as_soon_as_its_old_connection_is_gone(make_web: Callable[..., Any]) -> None:
    web = make_web(limits=WebLimits(same_tab_s=10.0))
    code, session = web.join()
    old = web.connect(code)
    old.read("view")
    new = web.connect(code)  # the server waits: the old one is not gone yet
    old.socket.close()
    assert new.read("view")["view"]["session_label"] == session.label


def test_an_unknown_link_is_told_apart(web: Any) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        web.connect("no-such-code").read("view")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://127.0.0.1:1", "file://"])
def test_a_socket_opened_by_a_strange_page_is_refused(web: Any, origin: str | None) -> None:
    code, session = web.join()
    with pytest.raises(InvalidStatus) as refused:
        web.connect(code, origin=origin)
    assert refused.value.response.status_code == 403
    assert session.surface is None
