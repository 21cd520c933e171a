"""A Furhat robot by its own API: what the contract cannot ask of all robots alike."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.furhat import FakeFurhat
from tests.fakes.robot import RobotDiary
from tutorbot.adapters.furhat import FurhatRobot
from tutorbot.adapters.furhat.client import decoded, events_url
from tutorbot.adapters.furhat.moving import MOTIONS
from tutorbot.adapters.robots.line import BridgeSettings
from tutorbot.adapters.robots.mouth import Patience
from tutorbot.adapters.robots.pictures import MOST_BYTES
from tutorbot.adapters.robots.wire import Garbled, encode
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS

JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
HASTY = Patience(characters_per_s=1000.0, plus_s=0.3)


@dataclass(frozen=True, slots=True)
class Room:
    robot: FurhatRobot
    furhat: FakeFurhat
    diary: RobotDiary

    async def say(self, text: str = "Hello there", *, language: str = "en", within_s: float = 2.0) -> Any:
        return await self.robot.say(text, language=language, within_s=within_s)

    async def speaking(self) -> asyncio.Task[Any]:
        """A long utterance under way."""
        self.furhat.slow = True
        saying = asyncio.create_task(self.say("On and on."))
        await until(lambda: self.furhat.said[-1:] == ["On and on."])
        return saying


Rooms = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    @asynccontextmanager
    async def make(
        *, change: Callable[[FakeFurhat], None] | None = None, ready: bool = True, **named: Any
    ) -> AsyncIterator[Room]:
        furhat, diary = FakeFurhat(), RobotDiary()
        if change is not None:
            change(furhat)
        await furhat.start()
        robot = furhat.robot(**named)
        try:
            await robot.start(diary)
            if ready:
                await robot.ready(within_s=5)
            yield Room(robot, furhat, diary)
        finally:
            await robot.close()
            await furhat.stop()

    return make


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


def with_values(**values: Any) -> Callable[[FakeFurhat], None]:
    """The fake with other values than its own."""

    def change(furhat: FakeFurhat) -> None:
        for name, value in values.items():
            setattr(furhat, name, value)

    return change


# --------------------------------------------------------------------------- address, key, readiness


@pytest.mark.parametrize("address", ["ws://robot:9000", "ws://robot:9000/", "ws://robot:9000/v1/events"])
def test_the_robot_s_address_goes_with_and_without_its_path(address: str):
    assert events_url(address) == "ws://robot:9000/v1/events"


@pytest.mark.parametrize("address", ["http://robot:9000", "robot", "ws://", "ws://robot:9000/v2/events"])
def test_an_address_that_is_none_is_refused(address: str):
    with pytest.raises(BadInput, match="no address of a Furhat robot"):
        FurhatRobot(BridgeSettings(url=address))


async def test_it_is_ready_only_when_the_robot_answers(rooms: Rooms):
    async with rooms(change=with_values(answers=False), ready=False) as room:
        with pytest.raises(RobotUnreachable, match="does not answer yet"):
            await room.robot.ready(within_s=0.3)
        with pytest.raises(RobotUnreachable):
            await room.say()
        assert room.diary.changes == []
        room.furhat.answers = True
        await room.robot.ready(within_s=5)
        assert room.diary.changes == [True]
        assert room.furhat.sent("request.users.once")
    assert room.furhat.said == []


@pytest.mark.parametrize(("key", "why"), [("", "asks for a key"), ("wrong key", "refuses its key")])
async def test_a_robot_that_wants_another_key_says_which_variable_it_is(
    rooms: Rooms, key: str, why: str, caplog: pytest.LogCaptureFixture
):
    async with rooms(change=with_values(key="secret"), ready=False, key=key) as room:
        with pytest.raises(RobotUnreachable, match=f"{why}.*TUTORBOT_FURHAT_KEY") as told:
            await room.robot.ready(within_s=0.5)
        assert room.furhat.sent("request.users.once") == []
        room.furhat.key = key
        await room.robot.ready(within_s=5)
    for text in (str(told.value), caplog.text, *room.diary.complaints):
        assert "wrong key" not in text


async def test_the_key_is_sent_again_after_a_return_and_stands_in_no_log(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO")
    async with rooms(change=with_values(key="secret"), key="secret") as room:
        await room.furhat.lose()
        await until(lambda: room.diary.changes == [True, False])
        await room.furhat.come_back()
        await room.robot.ready(within_s=5)
        assert [one.get("key") for one in room.furhat.sent("request.auth")] == ["secret", "secret"]
    assert "is not there" in caplog.text
    assert "secret" not in caplog.text


# --------------------------------------------------------------------------- speaking


async def test_an_utterance_is_never_queued_behind_another_on_the_robot(rooms: Rooms):
    async with rooms() as room:
        spoken = await room.say("Weiter so, {name} & “alle”!")
        assert not spoken.stopped
        (sent,) = room.furhat.sent("request.speak.text")
        assert sent == {
            "type": "request.speak.text",
            "text": "Weiter so, {name} & “alle”!",
            "abort": True,
            "monitor_words": False,
            "request_id": sent["request_id"],
        }


@pytest.mark.parametrize("echoes_ids", [True, False])
async def test_a_silence_that_is_told_late_does_not_end_the_next_utterance(rooms: Rooms, echoes_ids: bool):
    async with rooms(change=with_values(echoes_ids=echoes_ids)) as room:
        saying = await room.speaking()
        room.furhat.mute = True
        assert not await room.robot.stop_speaking(within_s=0.1)
        assert (await saying).stopped
        first = room.furhat.sent("request.speak.text")[0]
        id_of_first = {"request_id": first["request_id"]} if echoes_ids else {}
        saying = asyncio.create_task(room.say("And now this."))
        await until(lambda: room.furhat.said[-1:] == ["And now this."])
        await room.furhat.tell("response.speak.end", aborted=True, **id_of_first)
        await asyncio.wait({saying}, timeout=0.1)
        assert not saying.done()
        id_of_second = {"request_id": room.furhat.sent("request.speak.text")[1]["request_id"]}
        for kind in ("response.speak.start", "response.speak.end"):
            await room.furhat.tell(kind, **(id_of_second if echoes_ids else {}))
        assert not (await saying).stopped


async def test_what_somebody_else_has_it_say_is_not_ours(rooms: Rooms):
    async with rooms() as room:
        saying = await room.speaking()
        await room.furhat.tell("response.speak.end", request_id="of-somebody-else")
        await asyncio.wait({saying}, timeout=0.1)
        assert not saying.done()
        room.furhat.finish()
        await saying


async def test_an_utterance_that_somebody_else_cuts_short_counts_as_stopped(rooms: Rooms):
    async with rooms() as room:
        saying = await room.speaking()
        mine = room.furhat.sent("request.speak.text")[0]["request_id"]
        await room.furhat.tell("response.speak.end", request_id=mine, aborted=True)
        assert (await saying).stopped


@pytest.mark.parametrize(
    ("change", "named", "what"),
    [
        ({"mute": True}, {"starts_within_s": 0.1}, "no beginning of an utterance of 11 characters"),
        ({"slow": True}, {"patience": HASTY}, "no end of an utterance of 11 characters"),
    ],
)
async def test_an_utterance_without_beginning_or_end_is_given_up_and_called_off(
    rooms: Rooms, change: dict[str, Any], named: dict[str, Any], what: str
):
    async with rooms(change=with_values(**change), **named) as room:
        with pytest.raises(RobotSilent, match=what):
            await room.say()
        assert len(room.furhat.sent("request.speak.stop")) == 1, "or it may be said when nobody wants it"
        room.furhat.slow = room.furhat.mute = False
        await until(lambda: room.diary.changes == [True, False, True])  # it was asked whether it is there
        assert not (await room.say("Again")).stopped


@pytest.mark.parametrize(
    ("change", "why"),
    [({"fails": True}, "its synthesis failed"), ({"refuses": True}, r"No voice for \(words\)")],
)
async def test_what_it_does_not_say_is_told_without_the_words(
    rooms: Rooms, change: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
):
    async with rooms(change=with_values(**change)) as room:
        with pytest.raises(RobotRefused, match=why) as told:
            await room.say()
        for text in (str(told.value), caplog.text, *room.diary.complaints):
            assert "Hello there" not in text


async def test_an_error_that_comes_after_the_utterance_is_told_without_its_words(rooms: Rooms):
    async with rooms() as room:
        await room.say()
        await room.furhat.tell("response.error", message="Late: Hello there" + "!" * 1000)
        await until(lambda: bool(room.diary.complaints))
        (complaint,) = room.diary.complaints
        assert complaint.startswith("the robot told of an error: Late: (words)")
        assert len(complaint) <= 200


async def test_silence_that_is_not_confirmed_is_silence_all_the_same(rooms: Rooms):
    async with rooms() as room:
        saying = await room.speaking()
        room.furhat.mute = True
        began_s = time.monotonic()
        assert not await room.robot.stop_speaking(within_s=0.2)
        assert time.monotonic() - began_s < 1.5
        assert (await saying).stopped


async def test_a_robot_lost_while_it_is_to_be_silent_confirms_nothing(rooms: Rooms):
    async with rooms() as room:
        saying = await room.speaking()
        room.furhat.mute = True
        stopping = asyncio.create_task(room.robot.stop_speaking(within_s=5))
        await until(lambda: bool(room.furhat.sent("request.speak.stop")))
        await room.furhat.lose()
        for one in (stopping, saying):
            with pytest.raises(RobotUnreachable):
                await one


async def test_a_frozen_robot_is_told_within_the_handing_over_and_noticed(rooms: Rooms):
    async with rooms(ping_every_s=0.1, ping_timeout_s=0.2, close_timeout_s=0.1) as room:
        room.furhat.freeze()
        with pytest.raises(RobotUnreachable):
            await room.say(within_s=0.3)
        await until(lambda: room.diary.changes[:2] == [True, False])
    assert room.furhat.said == []


async def test_a_robot_that_is_let_go_of_in_mid_utterance_leaves_nobody_waiting(rooms: Rooms):
    async with rooms() as room:
        saying = await room.speaking()
        await room.robot.close()
        await asyncio.wait({saying}, timeout=2)
        assert saying.done()


# --------------------------------------------------------------------------- hearing


async def test_it_listens_on_while_it_speaks_and_begins_anew_after_every_end(rooms: Rooms):
    async with rooms() as room:
        for n in range(1, 4):
            await until(lambda n=n: len(room.furhat.sent("request.listen.start")) == n)
            await until(lambda: room.furhat.listening)
            await room.furhat.listened()
        await until(lambda: len(room.furhat.sent("request.listen.start")) == 4)
        sent = room.furhat.sent("request.listen.start")[-1]
        assert sent["partial"] is True
        assert {sent[name] for name in sent if name.startswith("stop_")} == {False}


async def test_a_robot_that_cannot_listen_now_is_not_asked_without_end(rooms: Rooms):
    async with rooms(listen_again_s=30.0) as room:
        await until(lambda: room.furhat.listening)
        await room.furhat.listened()
        await room.say()
        assert len(room.furhat.sent("request.listen.start")) == 1


async def test_listening_begins_anew_after_a_return(rooms: Rooms):
    async with rooms() as room:
        await until(lambda: room.furhat.listening)
        await room.furhat.lose()
        await until(lambda: room.diary.changes == [True, False])
        await room.furhat.come_back()
        await room.robot.ready(within_s=5)
        await until(lambda: room.furhat.listening)
        await room.furhat.hear("hello")
        await until(lambda: [one.text for one in room.diary.hearings] == ["hello"])


async def test_speech_is_recognised_in_the_language_of_the_lesson(rooms: Rooms):
    async with rooms() as room:
        for language in ("de", "de", "en-GB"):
            await room.say(language=language)
        await until(lambda: len(room.furhat.sent("request.listen.config")) == 2)
        assert [one["languages"] for one in room.furhat.sent("request.listen.config")] == [
            ["de-DE"],
            ["en-GB"],
        ]
        await until(lambda: len(room.furhat.sent("request.listen.start")) == 3)
        await room.furhat.lose()
        await until(lambda: room.diary.changes == [True, False])
        await room.furhat.come_back()
        await room.robot.ready(within_s=5)
        assert room.furhat.sent("request.listen.config")[-1]["languages"] == ["en-GB"]


async def test_speech_without_words_is_nothing_and_what_is_no_speech_is_complained_of(rooms: Rooms):
    async with rooms() as room:
        await room.furhat.hear("")
        await room.furhat.tell("response.hear.end", text=["Ada", "said"])
        await until(lambda: bool(room.diary.complaints))
        assert room.diary.complaints == ["speech of the robot is a list, no text"]
        assert room.diary.hearings == []


async def test_it_listens_no_longer_when_it_is_let_go_of(rooms: Rooms):
    async with rooms() as room:
        await until(lambda: room.furhat.listening)
        await room.robot.watch(True)
        await until(lambda: room.furhat.watching)
        await room.robot.close()
        assert [one["type"] for one in room.furhat.received[-2:]] == [
            "request.camera.stop",
            "request.listen.stop",
        ]


# --------------------------------------------------------------------------- moving


def test_what_it_is_asked_for_has_the_tutor_s_names():
    known = {"gesture": GESTURES, "express": EXPRESSIONS, "look": LOOKS}
    assert {part: set(names) - set(known[part]) for part, names in MOTIONS.items()} == {
        "gesture": set(),
        "express": set(),
        "look": set(),
    }
    assert set(MOTIONS["look"]) == set(LOOKS)


async def test_every_motion_it_knows_is_handed_over(rooms: Rooms):
    async with rooms() as room:
        motions = room.robot.motions
        for part, names in motions.items():
            for name in names:
                await getattr(room.robot, part)(name, within_s=2)
        await until(lambda: len(room.furhat.moved) == sum(map(len, motions.values())))
        assert [name for part, name in room.furhat.moved if part == "look"] == [
            "closest",
            "location",
            "nobody",
        ]


async def test_a_robot_without_arms_presents_nothing(rooms: Rooms):
    async with rooms() as room:
        with pytest.raises(RobotRefused, match="'present'"):
            await room.robot.gesture("present", within_s=2)


# --------------------------------------------------------------------------- seeing


async def test_watching_goes_on_after_a_return_and_an_end_holds_after_one(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        for on in (True, False):
            await room.furhat.lose()
            await until(lambda: room.diary.changes[-1:] == [False])
            if not on:
                await room.robot.watch(False)
            await room.furhat.come_back()
            await room.robot.ready(within_s=5)
            await room.say()
            assert room.furhat.watching is on


async def test_what_is_no_picture_is_dropped_and_complained_of_once(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: room.furhat.watching)
        for bad in (b"\x89PNG", b"\x89PNG", JPEG + bytes(MOST_BYTES)):
            before = len(room.diary.complaints)
            await room.furhat.picture(bad)
            await room.say()
            assert len(room.diary.complaints) - before <= 1
        await room.furhat.picture(JPEG)
        await until(lambda: room.diary.pictures == [(JPEG, None)])
        assert [one.split(" was dropped")[0] for one in room.diary.complaints] == [
            "a picture that is no JPEG",
            "a picture larger than 4 MB",
        ]


async def test_a_picture_of_20_mb_ends_the_connection_and_says_so(rooms: Rooms):
    async with rooms(retry_min_s=0.2, retry_max_s=0.2) as room:
        await room.robot.watch(True)
        await until(lambda: room.furhat.watching)
        await room.furhat.picture(JPEG + bytes(20_000_000))
        await until(lambda: room.diary.changes[:2] == [True, False])
        with pytest.raises(RobotUnreachable, match="larger than 8388 kB"):
            await room.say()
        await room.robot.ready(within_s=5)
        assert room.diary.pictures == []


# --------------------------------------------------------------------------- the wire


def test_a_number_that_is_none_is_refused_before_it_is_sent():
    with pytest.raises(BadInput, match=r"for request\.attend\.location cannot be sent"):
        encode({"type": "request.attend.location", "x": math.nan})


async def test_what_is_not_known_is_ignored_and_what_is_garbled_complained_of_once(rooms: Rooms):
    async with rooms() as room:
        await room.furhat.tell("response.attend.status", current="nobody")
        for frame in ("{broken", "{broken too", b"\xff\xfe", '["no object"]', json.dumps({"no": "type"})):
            await room.furhat.send_raw(frame)
        await room.say()
        assert room.diary.complaints == [
            "the robot sent what is no message (JSONDecodeError)",
            "the robot sent what is no message (UnicodeDecodeError)",
            "the robot sent an object without a type",
        ]
        assert room.diary.changes == [True]


def test_a_message_may_come_as_bytes_and_a_number_that_is_none_comes_as_none():
    assert decoded(b'{"type": "response.users.data", "x": NaN}') == {"type": "response.users.data", "x": None}
    with pytest.raises(Garbled):
        decoded("[" * 100_000)
