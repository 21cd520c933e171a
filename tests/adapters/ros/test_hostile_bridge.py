"""A bridge and a robot that mean harm or are broken: nothing private is told, nothing stands still."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import cbor2
import pytest
from websockets.asyncio.server import ServerConnection

from tests.fakes.robot import RobotDiary
from tests.fakes.robot_bench import BridgeBench
from tests.fakes.server import FakeServer
from tutorbot.adapters.robots.line import BridgeSettings, BridgeState
from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.news import MOST_CHARACTERS, MOST_COMPLAINTS, News
from tutorbot.adapters.ros import RosbridgeClient, RosRobot, load_profile
from tutorbot.adapters.ros.client import MOST_CALLS
from tutorbot.errors import BadInput, RobotUnreachable

JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
QUICK: dict[str, Any] = {"retry_min_s": 0.02, "retry_max_s": 0.1, "probe_every_s": 0.1}


@dataclass(frozen=True, slots=True)
class Room:
    robot: RosRobot
    bench: BridgeBench
    diary: RobotDiary

    async def say(self, text: str) -> Any:
        return await self.robot.say(text, language="en", within_s=2.0)

    async def still_works(self) -> None:
        """It speaks, and hears."""
        await self.say("Are you there?")
        await self.bench.hear("I am here")
        await until(lambda: bool(self.diary.hearings) and self.diary.hearings[-1].text == "I am here")


Rooms = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    @asynccontextmanager
    async def make(profile: str = "generic", **named: Any) -> AsyncIterator[Room]:
        bench, diary = BridgeBench(profile), RobotDiary()
        await bench.start()
        robot = bench.robot(**named)
        try:
            await robot.start(diary)
            await robot.ready(within_s=5)
            yield Room(robot, bench, diary)
        finally:
            await robot.close()
            await bench.stop()

    return make


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


# --------------------------------------------------------------------------- frames


def cyclic() -> bytes:
    """A message that holds itself, by CBOR's tags for shared values."""
    fields: dict[str, Any] = {}
    fields["data"] = fields
    return cbor2.dumps({"op": "publish", "topic": "/robot/touch", "msg": fields}, value_sharing=True)


def published(topic: str, **fields: Any) -> str:
    return json.dumps({"op": "publish", "topic": topic, "msg": fields})


HOSTILE: dict[str, str | bytes] = {
    "many bytes announced": b"\x5b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "many items announced": b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",
    "deep CBOR": b"\x81" * 200_000,
    "deep JSON object": '{"op":' * 50_000,
    "a message that holds itself": cyclic(),
    "a time that is none": cbor2.dumps({"op": cbor2.CBORTag(0, "not a time")}),
    "a pattern": cbor2.dumps({"op": cbor2.CBORTag(35, "(((((")}),
    "a division by zero": cbor2.dumps(cbor2.CBORTag(30, [1, 0])),
    "a number of a million digits": '{"op": "publish", "topic": 1' + "0" * 1_000_000 + "}",
    "a topic that is a list": cbor2.dumps({"op": "publish", "topic": [1], "msg": {}}),
    "an op of eight megabytes": json.dumps({"op": "x" * (8 * 2**20 - 100)}),
    "a status of a megabyte": json.dumps({"op": "status", "level": "error", "msg": "x" * 2**20}),
    "half a pair of letters": published("/robot/touch", data="\ud800"),
    "speech with half a pair": published("/robot/speech_in", data=json.dumps({"final": "yes \ud83d"})),
    "speech whose fields are lists": published("/robot/speech_in", data=json.dumps({"final": ["a"]})),
    "an answer to nobody": json.dumps({"op": "service_response", "id": "tutorbot-1-1", "values": 3}),
    "a result to nobody": json.dumps({"op": "action_result", "id": None, "status": "x"}),
    "feedback to nobody": json.dumps({"op": "action_feedback", "id": {}, "values": []}),
    "a call without a service": json.dumps({"op": "call_service"}),
    "a call with a list": json.dumps({"op": "call_service", "id": [1], "service": {}, "args": 4}),
}


@pytest.mark.parametrize("frame", HOSTILE.values(), ids=HOSTILE.keys())
async def test_no_frame_ends_the_talk_or_makes_a_long_complaint(rooms: Rooms, frame: str | bytes):
    async with rooms() as room:
        await room.bench.bridge.send_raw(frame)
        await room.still_works()
        assert room.diary.changes == [True], "the connection was kept"
        for text in (*room.diary.complaints, *room.diary.touches, *(one.text for one in room.diary.hearings)):
            assert len(text) <= MOST_CHARACTERS
            text.encode()


async def test_a_picture_with_an_endless_stamp_does_not_end_the_watching(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        data = base64.b64encode(JPEG).decode()
        for stamp in ({"sec": 10**400, "nanosec": 0}, {"sec": 1, "nanosec": -(10**400)}):
            fields = {"header": {"stamp": stamp}, "data": data}
            await room.bench.bridge.publish("/robot/camera/compressed", fields)
            await room.bench.hear("in between")
            await until(lambda: bool(room.diary.hearings))
            room.diary.hearings.clear()
        await room.bench.picture(JPEG)
        await until(lambda: bool(room.diary.pictures))


async def test_a_language_of_any_length_is_none(rooms: Rooms):
    async with rooms() as room:
        speech = {"final": "yes", "language": "en-" + "x" * 100_000}
        await room.bench.bridge.publish("/robot/speech_in", {"data": json.dumps(speech)})
        await until(lambda: bool(room.diary.hearings))
        assert room.diary.hearings[0].language is None


# --------------------------------------------------------------------------- floods


async def test_complaints_without_end_are_few_in_the_log_and_go_on_later(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
):
    async with rooms() as room:
        for n in range(2000):
            await room.bench.bridge.say_status(f"fault {n}")
        await room.still_works()
        assert len(room.diary.complaints) <= MOST_COMPLAINTS + 1
        assert "more" in room.diary.complaints[-1]
    assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) <= MOST_COMPLAINTS + 2


def test_one_complaint_again_and_again_is_told_once_a_minute():
    diary, at_s = RobotDiary(), [0.0]
    news = News("robot", now_s=lambda: at_s[0])
    news.events = diary
    for _ in range(100):
        news.complain("the neck is blocked")
        at_s[0] += 1.0
    assert diary.complaints == ["the neck is blocked"] * 2


async def test_topics_that_nobody_asked_for_take_no_room(rooms: Rooms):
    async with rooms() as room:
        link = room.robot._client.living()
        before = len(link.listeners)
        for n in range(500):
            await room.bench.bridge.send_raw(published(f"/made/up/{n}", data=1))
        await room.still_works()
        assert len(link.listeners) == before


async def test_calls_of_our_services_without_end_are_refused_beyond_a_few(rooms: Rooms):
    async with rooms() as room:
        await until(lambda: room.bench.bridge.offered("/tutor/pause"))
        ask, let_go = room.diary.asked, asyncio.Event()

        async def slow(what: str, on: bool) -> str | None:
            refusal = await ask(what, on)
            await let_go.wait()
            return refusal

        room.diary.asked = slow  # type: ignore[method-assign]  # the diary answers late
        calls = [
            asyncio.create_task(room.bench.bridge.call("/tutor/pause", {"data": True})) for _ in range(300)
        ]
        await until(lambda: len([one for one in calls if one.done()]) == 300 - MOST_CALLS)
        let_go.set()
        answers = await asyncio.gather(*calls)
        assert len(room.diary.asks) == len([one for one in answers if one["result"]]) == MOST_CALLS
        await room.still_works()


# --------------------------------------------------------------------------- words in complaints


SAID = 'Take the "größer" card,\nplease, and look at it'


@pytest.mark.parametrize(
    "complaint",
    [
        f"cannot convert {SAID}",
        f"cannot convert {json.dumps({'data': SAID})}",
        f"cannot convert {json.dumps({'data': SAID}, ensure_ascii=False)}",
        f"cannot convert { {'data': SAID}!r}",
        f"cannot convert {json.dumps(json.dumps({'data': SAID}))}",
        f"cannot convert {SAID[:26]}...",
        f"cannot convert ...{SAID[20:]}",
        f"cannot convert {SAID.upper()}",
        f"cannot convert {' '.join(SAID.split())}",
    ],
)
async def test_no_form_of_what_is_said_stands_in_a_complaint(
    rooms: Rooms, caplog: pytest.LogCaptureFixture, complaint: str
):
    async with rooms() as room:
        await room.say(SAID)
        await room.say("Something else altogether")
        await room.bench.bridge.say_status(complaint)
        await until(lambda: bool(room.diary.complaints))
        (told,) = room.diary.complaints
        assert told.startswith("cannot convert"), "what is no word of it is kept"
        for text in (told, caplog.text):
            for word in ("größer", "gr\\u00f6", "please", "card"):
                assert word not in text.casefold()


async def test_words_stand_in_no_log_of_the_socket(rooms: Rooms, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        async with rooms() as room:
            await room.say("a very secret sentence")
            await room.bench.hear("and a secret answer")
            await until(lambda: bool(room.diary.hearings))
    ours = [one.getMessage() for one in caplog.records if one.name != "websockets.server"]  # the fake's own
    assert [one for one in ours if "secret" in one] == []


# --------------------------------------------------------------------------- a line that must come back


class Stumbling(RosbridgeClient):
    """A client whose first connection fails while it is told what it must know. error: how."""

    error: Exception = ZeroDivisionError()
    n = 0

    async def _get_ready(self, link: Any) -> None:
        self.n += 1
        if self.n == 1:
            raise self.error
        await super()._get_ready(link)


@pytest.mark.parametrize("error", [RobotUnreachable("No sign of life.", remedy="Wait."), ZeroDivisionError()])
async def test_a_connection_that_could_not_get_ready_is_given_up_and_called_anew(
    rooms: Rooms, error: Exception
):
    async with rooms() as room:
        client = Stumbling(BridgeSettings(url=room.bench.bridge.url, **QUICK))
        client.error = error
        await client.start()
        await client.ready(within_s=5)
        await client.close()
        assert client.n == 2


async def test_a_fault_in_whoever_is_told_does_not_end_the_calling(rooms: Rooms):
    async with rooms() as room:

        def told(state: BridgeState) -> None:
            raise ZeroDivisionError

        client = RosbridgeClient(BridgeSettings(url=room.bench.bridge.url, **QUICK), on_state=told)
        await client.start()
        await client.ready(within_s=5)
        await client.close()


async def test_an_address_with_an_impossible_port_says_so():
    client = RosbridgeClient(BridgeSettings(url="ws://127.0.0.1:99999", **QUICK))
    with pytest.raises(BadInput, match="no address of a bridge"):
        await client.start()


class Closing(FakeServer):
    """Takes every connection and ends it at once. calls: when, seconds."""

    def __init__(self) -> None:
        self.calls: list[float] = []

    async def _connection(self, socket: ServerConnection) -> None:
        self.calls.append(time.monotonic())
        socket.transport.abort()


async def test_a_bridge_that_takes_a_call_and_ends_it_is_one_loss_and_called_ever_less_often():
    server, diary = Closing(), RobotDiary()
    await server.start()
    settings = BridgeSettings(url=server.url, retry_min_s=0.01, retry_max_s=0.5)
    robot = RosRobot(load_profile("generic"), settings)
    await robot.start(diary)
    await until(lambda: len(server.calls) >= 7)
    await robot.close()
    await server.stop()
    assert diary.changes == [False]
    first, last = server.calls[1] - server.calls[0], server.calls[6] - server.calls[5]
    assert last > 2 * first


async def test_a_robot_that_was_never_there_is_told_to_be_away():
    server, diary = Closing(), RobotDiary()
    await server.start()
    await server.stop()
    robot = RosRobot(load_profile("generic"), BridgeSettings(url=server.url, **QUICK))
    await robot.start(diary)
    await until(lambda: bool(diary.changes))
    await robot.close()
    assert diary.changes == [False]


async def test_a_camera_that_could_not_be_told_to_stop_is_hung_up_on(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
):
    send, lost = Link.send, []

    async def sent(link: Link, message: Any, *, within_s: float) -> None:
        if message["op"] == "unsubscribe" and not lost:
            lost.append(message)
            raise RobotUnreachable("No sign of life.", remedy="Wait.")
        await send(link, message, within_s=within_s)

    async with rooms() as room:
        await room.robot.watch(True)
        topic = "/robot/camera/compressed"
        await until(lambda: room.bench.bridge.listened_to(topic))
        monkeypatch.setattr(Link, "send", sent)
        with pytest.raises(RobotUnreachable):
            await room.robot.watch(False)
        await until(lambda: not room.bench.bridge.listened_to(topic))
        await room.robot.ready(within_s=5)
        await room.still_works()
        assert not room.bench.bridge.listened_to(topic)
