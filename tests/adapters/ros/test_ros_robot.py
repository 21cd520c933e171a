"""A robot behind a fake bridge: what the contract cannot ask of all robots alike."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.fakes.robot import RobotDiary
from tests.fakes.robot_bench import BridgeBench
from tutorbot.adapters.robots.pictures import MOST_BYTES, Refused
from tutorbot.adapters.robots.speech import NotHeard
from tutorbot.adapters.ros import Patience, RobotProfile, RosRobot, seeing
from tutorbot.adapters.ros.hearing import understood
from tutorbot.adapters.ros.profile_file import Hear, NewsTopic
from tutorbot.adapters.ros.seeing import Age, jpeg_of
from tutorbot.adapters.ros.stamps import stamped_s
from tutorbot.adapters.ros.telling import expression_of
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable

JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
HASTY = Patience(characters_per_s=1000.0, plus_s=0.3)


@dataclass(frozen=True, slots=True)
class Room:
    robot: RosRobot
    bench: BridgeBench
    diary: RobotDiary

    async def say(self, text: str = "Hello there", within_s: float = 2.0) -> Any:
        return await self.robot.say(text, language="en", within_s=within_s)


Rooms = Callable[..., AbstractAsyncContextManager[Room]]


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    @asynccontextmanager
    async def make(
        profile: str = "generic", *, change: Callable[[BridgeBench], None] | None = None, **named: Any
    ) -> AsyncIterator[Room]:
        bench, diary = BridgeBench(profile), RobotDiary()
        if change is not None:
            change(bench)
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


def changed(bench: BridgeBench, **parts: Any) -> None:
    """The bench's profile with other values in its parts."""
    file = bench.profile.file
    updates = {name: getattr(file, name).model_copy(update=values) for name, values in parts.items()}
    bench.profile = RobotProfile(name=bench.profile.name, file=file.model_copy(update=updates))


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


# --------------------------------------------------------------------------- speaking


async def test_the_message_is_the_profile_s(rooms: Rooms):
    async with rooms("ros4hri") as room:
        await room.say("Weiter so!")
        assert room.bench.messages == [
            {"meta": {"caller": "tutorbot", "priority": 128}, "input": "Weiter so!"}
        ]


async def test_a_robot_that_tells_no_beginning_is_told_without_the_words(rooms: Rooms):
    def deaf(bench: BridgeBench) -> None:
        assert bench.profile.file.say is not None
        changed(bench, say={"ends": bench.profile.file.say.ends.model_copy(update={"starts_within_s": 0.1})})
        bench.bridge.robot.clear()

    async with rooms(change=deaf) as room:
        with pytest.raises(RobotSilent, match=r"no beginning of an utterance of 11 characters within 0.1 s"):
            await room.say()


@pytest.mark.parametrize("profile", ["generic", "qtrobot", "ros4hri"])
async def test_an_utterance_without_an_end_is_given_up_in_time(rooms: Rooms, profile: str):
    async with rooms(profile, patience=HASTY) as room:
        room.bench.slow = True
        with pytest.raises(RobotSilent) as told:
            await room.say()
        assert "Hello there" not in str(told.value)
        stops = [one for one in room.bench.bridge.sent("call_service") if "stop" in one["service"]]
        stops += room.bench.bridge.sent("cancel_action_goal")
        assert len(stops) == 1, "or it may be said when nobody wants it any longer"
        room.bench.slow = False
        room.bench.finish()
        await until(lambda: room.diary.changes == [True, False, True])  # it was asked whether it is there
        await room.say("Again")


def test_longer_texts_are_given_longer():
    assert Patience().longest_s(400) == 110.0


@pytest.mark.parametrize("profile", ["ros4hri", "qtrobot"])
async def test_a_robot_that_says_no_is_told(rooms: Rooms, profile: str):
    async def failed(*_: Any) -> dict[str, Any]:
        return {"status": False, "result": {"error_code": 134}}

    async with rooms(profile) as room:
        room.bench.bridge.actions["/skill/say"] = failed
        room.bench.bridge.services["/qt_robot/speech/say"] = failed
        with pytest.raises(RobotRefused, match="answered that it was not said"):
            await room.say()


async def test_silence_that_is_not_confirmed_is_silence_all_the_same(rooms: Rooms):
    async with rooms() as room:
        room.bench.bridge.services["/robot/stop"] = lambda asked: {"success": False}
        room.bench.slow = True
        saying = asyncio.create_task(room.say())
        await until(lambda: bool(room.bench.said))
        assert not await room.robot.stop_speaking(within_s=0.5)
        assert (await saying).stopped


@pytest.mark.parametrize("profile", ["generic", "ros4hri", "qtrobot"])
async def test_a_stop_nobody_answers_ends_at_its_deadline(rooms: Rooms, profile: str):
    async with rooms(profile) as room:
        room.bench.slow = True
        saying = asyncio.create_task(room.say())
        await until(lambda: bool(room.bench.said))
        room.bench.bridge.swallowed = {"call_service", "cancel_action_goal"}
        began_s = time.monotonic()
        assert not await room.robot.stop_speaking(within_s=0.3)
        assert 0.25 < time.monotonic() - began_s < 1.0
        assert (await saying).stopped


async def test_a_robot_may_be_stopped_by_a_topic(rooms: Rooms):
    stop = {"kind": "topic", "name": "/hush", "type": "std_msgs/msg/Empty", "success": None}
    async with rooms(change=lambda bench: changed(bench, stop=stop)) as room:

        async def hush(message: Any) -> None:
            room.bench.finish()

        room.bench.bridge.robot["/hush"] = hush
        room.bench.slow = True
        saying = asyncio.create_task(room.say())
        await until(lambda: bool(room.bench.said))
        assert await room.robot.stop_speaking(within_s=2)
        assert (await saying).stopped


async def test_a_goal_the_robot_calls_off_itself_is_a_stop(rooms: Rooms):
    async def interrupted(*_: Any) -> dict[str, Any]:
        raise asyncio.CancelledError

    async with rooms("ros4hri") as room:
        room.bench.bridge.actions["/skill/say"] = interrupted
        assert (await room.say()).stopped


async def test_a_frozen_bridge_is_told_within_the_handing_over(rooms: Rooms):
    async with rooms(ping_every_s=5, ping_timeout_s=5) as room:
        room.bench.bridge.freeze()
        await asyncio.sleep(0.55)  # longer than a bridge is believed in without a sign of life
        with pytest.raises(RobotUnreachable):
            await room.say(within_s=0.2)
        room.bench.bridge.thaw()
        assert room.bench.said == []


async def test_what_the_bridge_complains_of_is_told_without_the_words(rooms: Rooms):
    async with rooms() as room:
        room.bench.slow = True
        saying = asyncio.create_task(room.say('He said "yes"'))
        await until(lambda: bool(room.bench.said))
        await room.bench.bridge.say_status('cannot convert {"data": "He said \\"yes\\""}')
        await until(lambda: bool(room.diary.complaints))
        room.bench.finish()
        await saying
        assert room.diary.complaints == ['cannot convert {"data": "(words)"}']


async def test_a_robot_that_is_let_go_of_in_mid_utterance_leaves_nobody_waiting(rooms: Rooms):
    async with rooms() as room:
        room.bench.slow = True
        saying = asyncio.create_task(room.say())
        await until(lambda: bool(room.bench.said))
        await room.robot.close()
        with pytest.raises((asyncio.CancelledError, RobotUnreachable)):
            await saying


# --------------------------------------------------------------------------- moving


async def test_a_motion_that_fails_later_is_told_to_the_operator(rooms: Rooms):
    async def stuck(*_: Any) -> dict[str, Any]:
        raise RuntimeError("the neck is blocked")

    async with rooms("ros4hri") as room:
        room.bench.bridge.actions["/skill/look_at"] = stuck
        await room.robot.look("learner", within_s=1)
        await until(lambda: bool(room.diary.complaints))
        assert "the neck is blocked" in room.diary.complaints[0]


@pytest.mark.parametrize(
    ("profile", "part", "name", "tells"),
    [
        ("ros4hri", "look", "learner", True),
        ("ros4hri", "express", "glad", False),
        ("generic", "look", "task", False),
    ],
)
async def test_a_motion_to_its_end_says_whether_the_robot_told_that_it_took_it(
    rooms: Rooms, profile: str, part: str, name: str, tells: bool
):
    async with rooms(profile) as room:
        assert await room.robot.move(part, name, within_s=1, ends_within_s=1) is tells


async def test_a_motion_that_goes_on_is_called_off_and_one_that_nobody_takes_is_told(rooms: Rooms):
    async def goes_on(*_: Any) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async with rooms("ros4hri") as room:
        room.bench.bridge.actions["/skill/look_at"] = goes_on
        assert await room.robot.move("look", "away", within_s=1, ends_within_s=0.1)
        del room.bench.bridge.actions["/skill/look_at"]
        with pytest.raises(RobotSilent, match="/skill/look_at neither ended"):
            await room.robot.move("look", "away", within_s=0.1, ends_within_s=0.1)
        assert room.diary.complaints == []


async def test_a_motion_that_ends_as_not_done_is_refused(rooms: Rooms):
    async def stuck(*_: Any) -> dict[str, Any]:
        raise RuntimeError("the neck is blocked")

    async with rooms("ros4hri") as room:
        room.bench.bridge.actions["/skill/look_at"] = stuck
        with pytest.raises(RobotRefused, match="the neck is blocked"):
            await room.robot.move("look", "learner", within_s=1, ends_within_s=1)


# --------------------------------------------------------------------------- hearing


async def test_voices_that_come_are_listened_to_and_those_that_go_are_left(rooms: Rooms):
    async with rooms("ros4hri") as room:
        bridge = room.bench.bridge
        await bridge.publish("/humans/voices/tracked", {"ids": ["v1", "v2", "no/id"]})
        await until(lambda: bridge.listened_to("/humans/voices/v1/speech"))
        await bridge.publish("/humans/voices/v1/speech", {"final": "left", "language": "en-GB"})
        await until(lambda: [one.text for one in room.diary.hearings] == ["left"])
        await bridge.publish("/humans/voices/tracked", {"ids": []})
        await until(lambda: not bridge.listened_to("/humans/voices/v1/speech"))
        assert bridge.listened_to("/humans/voices/anonymous_speaker/speech")
        await bridge.publish("/humans/voices/tracked", {"ids": 3})
        await until(lambda: len(room.diary.complaints) == 2)


def hear(format: str, **named: Any) -> Hear:
    given = {"name": "/x", "type": "a_b/msg/C", "format": format, "confirmed": {"bench": "x"}, **named}
    return Hear.model_validate(given)


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        ({"final": " left ", "incremental": "le", "confidence": 0.5}, ("left", True, 0.5, None)),
        ({"incremental": "le", "final": "", "locale": "en_GB"}, ("le", False, None, "en_GB")),
        ({"final": "x", "confidence": 1.5, "language": "de"}, ("x", True, None, "de")),
        ({"final": "x", "confidence": None, "language": ""}, ("x", True, None, None)),
        ({"final": "x", "confidence": True, "language": "no language"}, ("x", True, None, None)),
    ],
)
def test_speech_is_read_with_what_is_known_of_it(message: Any, heard: Any):
    for form, sent in (("live_speech", message), ("json", {"data": json.dumps(message)})):
        one = understood(sent, hear(form))
        assert (one.text, one.final, one.confidence, one.language) == heard


def test_a_confidence_that_a_robot_never_fills_in_is_none():
    one = understood({"final": "x", "confidence": 0.0}, hear("live_speech", tells_confidence=False))
    assert one.confidence is None
    assert understood({"data": "whole"}, hear("text")).final


@pytest.mark.parametrize(
    ("form", "message", "why"),
    [
        ("live_speech", {"final": "", "incremental": ""}, "speech without words was ignored"),
        ("live_speech", {"final": "  "}, "speech without words was ignored"),
        ("live_speech", {"final": ["secret"]}, "is a list, no text"),
        ("live_speech", {"final": "secret" * 1000}, "6000 characters"),
        ("json", {"data": "secret {"}, "no JSON object"),
        ("json", {"data": "[" * 100_000}, "no JSON object"),
        ("json", {}, "no JSON object"),
        ("text", {"data": None}, "without words"),
    ],
)
def test_what_is_no_speech_is_told_without_its_words(form: str, message: Any, why: str):
    with pytest.raises(NotHeard, match=why) as told:
        understood(message, hear(form))
    assert "secret" not in str(told.value)


async def test_speech_without_words_is_complained_of_and_ignored(rooms: Rooms):
    async with rooms() as room:
        await room.bench.hear("")
        await room.bench.hear("left")
        await until(lambda: len(room.diary.hearings) == 1)
        assert room.diary.complaints == ["speech without words was ignored"]


async def test_a_touch_without_a_name_is_ignored(rooms: Rooms):
    async with rooms() as room:
        await room.bench.touch("")
        await room.bench.touch("head")
        await until(lambda: room.diary.touches == ["head"])
        assert len(room.diary.complaints) == 1


# --------------------------------------------------------------------------- seeing


async def test_pictures_are_asked_for_as_bytes_and_no_more_often_than_needed(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        asked = room.bench.bridge.sent("subscribe")[-1]
        assert (asked["topic"], asked["compression"]) == ("/robot/camera/compressed", "cbor")
        assert (asked["throttle_rate"], asked["queue_length"]) == (100, 1)
        await room.robot.watch(False)
        await until(lambda: not room.bench.bridge.listened_to("/robot/camera/compressed"))


async def test_watching_goes_on_after_a_return_and_an_end_holds_after_one(rooms: Rooms):
    async with rooms() as room:
        bridge = room.bench.bridge
        await room.robot.watch(True)
        for watched in (True, False):
            await bridge.stop()
            await until(lambda: room.diary.changes[-1] is False)
            await room.robot.watch(watched)
            await bridge.start()
            await room.robot.ready(within_s=5)
            assert bridge.listened_to("/robot/camera/compressed") == watched


async def test_old_pictures_are_dropped_and_complained_of_once(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        await room.bench.picture(JPEG)
        await until(lambda: len(room.diary.pictures) == 1)
        old = {"sec": int(time.time()) - 2, "nanosec": 0}
        for _ in range(3):
            message = {"header": {"stamp": old}, "data": b"\xff\xd8\xffold"}
            await room.bench.bridge.publish("/robot/camera/compressed", message)
        await room.bench.picture(JPEG)
        await until(lambda: len(room.diary.pictures) == 2)
        assert [jpeg for jpeg, _ in room.diary.pictures] == [JPEG, JPEG]
        assert len(room.diary.complaints) <= 1


def film(bench: BridgeBench, *, ago_s: float) -> Any:
    """A picture as a robot stamps it that took it so long ago, by a clock of its own."""
    whole, part = divmod(time.time() + bench.bridge.clock_ahead_s - ago_s, 1.0)
    message = {"header": {"stamp": {"sec": int(whole), "nanosec": int(1e9 * part)}}, "data": JPEG}
    return bench.bridge.publish("/robot/camera/compressed", message)


async def test_ages_are_right_from_the_first_picture_on_though_the_robots_clock_is_off(rooms: Rooms):
    async with rooms() as room:
        room.bench.bridge.clock_ahead_s = 5.0
        await room.robot.watch(True)
        await until(lambda: len(room.diary.notes) == 1)
        assert room.diary.notes[0].endswith("ms")
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        await film(room.bench, ago_s=0.2)
        await until(lambda: len(room.diary.pictures) == 1)
        assert room.diary.pictures[0][1] == pytest.approx(0.2, abs=0.1)
        await room.robot.watch(False)
        await until(lambda: not room.bench.bridge.listened_to("/tutor/clock"))


async def test_a_robots_clock_that_jumps_is_measured_anew_and_pictures_come_again(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(seeing, "STALE_FOR_S", 0.05)
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: len(room.diary.notes) == 1)
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        await film(room.bench, ago_s=0.0)
        await until(lambda: len(room.diary.pictures) == 1)
        for jump_s, seen in ((-30.0, 1), (60.0, 2)):
            room.bench.bridge.clock_ahead_s += jump_s
            async with asyncio.timeout(5):
                while len(room.diary.pictures) == seen:
                    await film(room.bench, ago_s=0.1)
                    await asyncio.sleep(0.01)  # a camera's pace
            assert room.diary.pictures[-1][1] == pytest.approx(0.1, abs=0.1)
        assert len(room.diary.notes) == 3


async def test_a_robot_that_comes_back_is_asked_for_its_clock_anew(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: len(room.diary.notes) == 1)
        await room.bench.lose()
        room.bench.bridge.clock_ahead_s = 9.0
        await room.bench.come_back()
        await until(lambda: len(room.diary.notes) == 2)
        assert room.diary.notes[1].split(" s ")[1].startswith("ahead")


async def test_a_bridge_that_stamps_nothing_is_noted_and_pictures_come_all_the_same(rooms: Rooms):
    async with rooms() as room:
        room.bench.bridge.stamps = False
        await room.robot.watch(True)
        await until(lambda: len(room.diary.notes) == 1)
        assert "stamps no messages" in room.diary.notes[0]
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        await film(room.bench, ago_s=0.2)
        await until(lambda: len(room.diary.pictures) == 1)
        assert room.diary.pictures[0][1] == 0.0, "the fastest so far counts as new"


async def test_what_is_no_jpeg_is_dropped(rooms: Rooms):
    async with rooms() as room:
        await room.robot.watch(True)
        await until(lambda: room.bench.bridge.listened_to("/robot/camera/compressed"))
        await room.bench.picture(b"\x89PNG")
        await until(lambda: len(room.diary.complaints) == 1)
        assert "no JPEG" in room.diary.complaints[0]
        assert room.diary.pictures == []


@pytest.mark.parametrize(
    "data",
    [None, 3, "no base64!", b"", b"\x89PNG", JPEG + bytes(MOST_BYTES), "A" * (MOST_BYTES * 2), [255, 216]],
)
def test_a_picture_that_is_none_is_refused(data: Any):
    with pytest.raises(Refused):
        jpeg_of({"data": data})


def test_a_picture_comes_as_bytes_or_as_base64():
    assert jpeg_of({"data": JPEG}) == jpeg_of({"data": base64.b64encode(JPEG).decode()}) == JPEG


def test_stamps_of_both_ros_are_read_and_a_zero_one_is_none():
    assert stamped_s({"header": {"stamp": {"sec": 3, "nanosec": 500_000_000}}}) == 3.5
    assert stamped_s({"header": {"stamp": {"secs": 3, "nsecs": 0}}}) == 3.0
    for header in (None, {}, {"stamp": {"sec": 0, "nanosec": 0}}, {"stamp": {"sec": "3", "nanosec": 0}}):
        assert stamped_s({"header": header}) is None


def stamp(seconds: int) -> dict[str, Any]:
    return {"header": {"stamp": {"sec": seconds, "nanosec": 0}}}


def test_the_age_of_a_picture_takes_the_clocks_offset_into_account():
    measured = Age(100.0, now_s=lambda: 1100.5)
    assert measured.of(stamp(1000)) == pytest.approx(0.5)
    assert measured.of({}) is None
    measured.measured(100.2)
    assert measured.of(stamp(1000)) == pytest.approx(0.3)
    measured.begin_anew()
    assert measured.of(stamp(1000)) == pytest.approx(0.3), "what was measured stays"
    measured.measured(None)
    assert measured.of(stamp(1000)) == 0.0, "it counts as the fastest so far"


def test_without_a_measured_offset_the_fastest_picture_counts_as_new():
    now = [1000.0]
    age = Age(None, now_s=lambda: now[0])
    assert age.of(stamp(50)) == 0.0
    now[0] = 1001.4
    assert age.of(stamp(51)) == pytest.approx(0.4)
    now[0] = 1001.9
    assert age.of(stamp(52)) == 0.0, "this one came faster"
    age.begin_anew()
    assert age.of(stamp(7)) == 0.0, "the robot's clock was set"


# --------------------------------------------------------------------------- telling


async def test_what_is_told_names_its_version_and_the_dialogue_is_kept_for_newcomers(rooms: Rooms):
    async with rooms() as room:
        await room.robot.tell("dialogue_state", {"state": "waiting"}, within_s=1)
        await until(lambda: room.bench.told == [("dialogue_state", {"state": "waiting", "schema": 1})])
        advertised = {one["topic"]: one for one in room.bench.bridge.sent("advertise")}
        assert advertised["/tutor/dialogue_state"]["latch"]
        assert "latch" not in advertised["/tutor/affect"]
        assert not any(topic.startswith("/humans") for topic in advertised)


@pytest.mark.parametrize(("what", "values"), [("mood", {}), ("affect", {"confusion": math.nan})])
async def test_what_cannot_be_told_is_refused(rooms: Rooms, what: str, values: Any):
    async with rooms() as room:
        with pytest.raises(BadInput):
            await room.robot.tell(what, values, within_s=1)


async def test_a_topic_that_the_profile_takes_away_is_not_told(rooms: Rooms):
    async with rooms(change=lambda bench: changed(bench, tell={"affect": None})) as room:
        with pytest.raises(RobotRefused, match="no topic for affect"):
            await room.robot.tell("affect", {}, within_s=1)
        assert "tell" in room.robot.can


async def told_at(room: Room, topic: str) -> Any:
    """The message that reached the bridge."""
    await until(lambda: any(one["topic"] == topic for one in room.bench.bridge.sent("publish")))
    return next(one["msg"] for one in room.bench.bridge.sent("publish") if one["topic"] == topic)


TYPED = {"type": "tutor_msgs/msg/Affect", "name": "{prefix}/lab/affect"}


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"score": "{confusion}", "sure": "{confusion_known}"}, {"score": 0.75, "sure": True}),
        ({"score": "{frustration}", "sure": "{frustration_known}"}, {"score": 0.0, "sure": False}),
        ({"people": "{n_faces}", "p": {"x": "{p_confused}"}}, {"people": 2, "p": {"x": 0.0}}),
        ({"text": "{n_faces} faces"}, {"text": "2 faces"}),
    ],
)
async def test_a_message_of_the_profile_s_choice_is_told_without_null(rooms: Rooms, fields: Any, sent: Any):
    news = NewsTopic(**TYPED, fields=fields)
    async with rooms(change=lambda bench: changed(bench, tell={"affect": news})) as room:
        values = {"confusion": 0.75, "frustration": None, "n_faces": 2}
        await room.robot.tell("affect", values, within_s=1)
        assert await told_at(room, "/lab/affect") == sent
        (advertised,) = [one for one in room.bench.bridge.sent("advertise") if one["topic"] == "/lab/affect"]
        assert advertised["type"] == "tutor_msgs/msg/Affect"


async def test_the_whole_json_may_stand_in_a_message_of_one_s_own(rooms: Rooms):
    news = NewsTopic(name="/lab/affect", type="lab_msgs/msg/Note", fields={"note": {"text": "{json}"}})
    async with rooms(change=lambda bench: changed(bench, tell={"affect": news})) as room:
        await room.robot.tell("affect", {"confusion": None, "mood": [1]}, within_s=1)
        message = await told_at(room, "/lab/affect")
        assert json.loads(message["note"]["text"]) == {"confusion": None, "mood": [1], "schema": 1}


@pytest.mark.parametrize("values", [{"confusion": "much"}, {"n_faces": True}, {"confusion": math.inf}])
async def test_a_value_that_does_not_fit_a_message_is_refused(rooms: Rooms, values: Any):
    news = NewsTopic(**TYPED, fields={"a": "{confusion}", "b": "{n_faces}"})
    async with rooms(change=lambda bench: changed(bench, tell={"affect": news})) as room:
        with pytest.raises(BadInput):
            await room.robot.tell("affect", values, within_s=1)


async def test_the_learner_is_published_as_ros4hri_has_it_only_if_asked_and_under_our_own_ids(rooms: Rooms):
    humans = {"expression": True, "engagement": True}
    async with rooms("ros4hri", change=lambda bench: changed(bench, humans=humans)) as room:
        values = {"confusion": 0.7, "frustration": 0.2, "engagement": "engaged"}
        await room.robot.tell("affect", values, within_s=1)
        await until(lambda: "engagement_status" in room.bench.bridge.received[-1].get("topic", ""))
        sent = {one["topic"]: one["msg"] for one in room.bench.bridge.sent("publish")}
        face = "/humans/faces/tutor_learner_face/expression"
        assert sent[face] == {"expression": "confused", "confidence": 0.7}
        assert sent["/humans/persons/tutor_learner/engagement_status"] == {"level": 3}


@pytest.mark.parametrize(
    ("values", "expression"),
    [
        ({"confusion": 0.6, "frustration": 0.1}, "confused"),
        ({"confusion": 0.3, "frustration": 0.1}, "neutral"),
        ({"confusion": 0.6, "frustration": 0.9}, None),
        ({"confusion": None, "frustration": None}, None),
        ({"confusion": "much", "frustration": 0.1}, None),
        ({}, None),
    ],
)
def test_an_expression_is_told_only_where_one_is_honest(values: Any, expression: str | None):
    told = expression_of(values)
    assert (None if told is None else told["expression"]) == expression
