"""The bridge client against a fake bridge with the faults that were seen on real ones."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import cbor2
import pytest

from tests.fakes.bridge import FakeBridge
from tutorbot.adapters.robots.link import FRESH_S
from tutorbot.adapters.ros import BridgeSettings, BridgeState, Canceled, Latest, Probe, RosbridgeClient
from tutorbot.errors import BadInput, RobotRefused, RobotSilent, RobotUnreachable

STRING = "std_msgs/msg/String"
TRIGGER = "std_srvs/srv/Trigger"
FIBONACCI = "test_msgs/action/Fibonacci"
READY_TOPIC = Probe(kind="latched", name="/robot/ready")

Calls = Callable[..., AbstractAsyncContextManager[RosbridgeClient]]


@pytest.fixture
async def bridge() -> AsyncIterator[FakeBridge]:
    fake = FakeBridge(latched={"/robot/ready": {"data": "yes"}})
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def states() -> list[BridgeState]:
    return []


@pytest.fixture
def calls(bridge: FakeBridge, faults: list[str], states: list[BridgeState]) -> Calls:
    @asynccontextmanager
    async def make(*, ready: bool = True, probe: Probe = READY_TOPIC, **settings: Any) -> AsyncIterator[Any]:
        quick = {"retry_min_s": 0.02, "retry_max_s": 0.1, "probe_every_s": 0.1, **settings}
        client = RosbridgeClient(
            BridgeSettings(**{"url": bridge.url, **quick}),
            probe=probe,
            on_state=states.append,
            on_fault=faults.append,
        )
        await client.start()
        try:
            if ready:
                await client.ready(within_s=5)
            yield client
        finally:
            await client.close()

    return make


async def until(wanted: Callable[[], bool], within_s: float = 5.0) -> None:
    """Let the loop run until something is so."""
    async with asyncio.timeout(within_s):
        while not wanted():
            await asyncio.sleep(0.01)


# --------------------------------------------------------------------------- topics


async def test_what_is_published_comes_round_with_every_letter_intact(calls: Calls, bridge: FakeBridge):
    heard: list[str] = []
    async with calls() as client:
        await client.advertise("/say", STRING)
        await client.subscribe("/say", STRING, lambda message: heard.append(message["data"]))
        for text in ("Schön, weiter so!", "好", "x" * 20_000):
            await client.publish("/say", {"data": text})
        await until(lambda: len(heard) == 3)
    assert heard == ["Schön, weiter so!", "好", "x" * 20_000]


async def test_pictures_come_as_bytes(calls: Calls, bridge: FakeBridge):
    heard: list[bytes] = []
    async with calls() as client:
        await client.subscribe(
            "/camera",
            "sensor_msgs/msg/CompressedImage",
            lambda one: heard.append(one["data"]),
            compression="cbor",
        )
        await until(lambda: bridge.listened_to("/camera"))
        await bridge.publish("/camera", {"data": b"\xff\xd8jpeg"})
        await until(lambda: bool(heard))
    assert heard == [b"\xff\xd8jpeg"]


async def test_a_subscription_names_its_throttle(calls: Calls, bridge: FakeBridge):
    async with calls() as client:
        await client.subscribe("/camera", STRING, print, compression="cbor", throttle_ms=100)
        await until(lambda: bridge.sent("subscribe")[-1]["topic"] == "/camera")
    assert bridge.sent("subscribe")[-1] == {
        "op": "subscribe",
        "id": bridge.sent("subscribe")[-1]["id"],
        "topic": "/camera",
        "type": STRING,
        "compression": "cbor",
        "throttle_rate": 100,
        "queue_length": 1,
    }


async def test_a_slow_reader_gets_the_newest_picture_and_no_queue():
    slot: Latest[int] = Latest()
    for n in range(10):
        slot.put(n)
    assert await slot.take() == 9
    assert slot.n_dropped == 9
    slot.put(10)
    assert await slot.take() == 10
    waiting = asyncio.create_task(slot.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


# --------------------------------------------------------------------------- readiness


async def test_a_bridge_is_not_ready_before_the_robot_answers(
    calls: Calls, bridge: FakeBridge, states: list[BridgeState]
):
    bridge.latched.clear()
    async with calls(ready=False) as client:
        await until(lambda: client.state is BridgeState.CONNECTED)
        with pytest.raises(RobotUnreachable, match="the robot does not answer yet"):
            await client.publish("/say", {"data": "too early"})
        with pytest.raises(RobotUnreachable, match=r"not ready within 0.05 s: the bridge is there"):
            await client.ready(within_s=0.05)
        asked = len(bridge.sent("subscribe"))
        bridge.latched["/robot/ready"] = {"data": "yes"}
        await client.ready(within_s=5)
        assert len(bridge.sent("subscribe")) > asked, "asked again, as the first may have been nobody's"
    assert states[:2] == [BridgeState.CONNECTED, BridgeState.READY]
    assert bridge.sent("publish") == []


async def test_a_robot_of_which_nothing_is_known_is_tried_by_an_echo(calls: Calls, bridge: FakeBridge):
    bridge.discovery_s = 0.25
    async with calls(probe=Probe(kind="echo", name="/tutor/echo")):
        assert len(bridge.sent("publish")) >= 2


async def test_a_probe_that_shows_the_bridge_alone_is_followed_by_a_while(calls: Calls, bridge: FakeBridge):
    async with calls(probe=Probe(kind="echo", name="/tutor/echo", settle_s=0.3), ready=False) as client:
        with pytest.raises(RobotUnreachable):
            await client.ready(within_s=0.2)
        await until(lambda: bridge.listened_to("/tutor/echo"))
        await client.ready(within_s=5)


async def test_a_service_may_be_the_probe(calls: Calls, bridge: FakeBridge):
    bridge.services["/robot/state"] = lambda asked: {"success": True}
    async with calls(probe=Probe(kind="service", name="/robot/state", type=TRIGGER)) as client:
        assert client.state is BridgeState.READY


# --------------------------------------------------------------------------- loss and return


async def test_nothing_is_queued_while_the_bridge_is_away_and_nothing_stale_is_said_later(
    calls: Calls, bridge: FakeBridge, states: list[BridgeState]
):
    said: list[str] = []

    async def say(message: dict[str, Any]) -> None:
        said.append(message["data"])

    bridge.robot["/say"] = say
    async with calls() as client:
        await client.advertise("/say", STRING)
        await client.publish("/say", {"data": "before"})
        await until(lambda: said == ["before"])
        await bridge.stop()
        await until(lambda: client.state is BridgeState.DOWN)
        for _ in range(50):
            with pytest.raises(RobotUnreachable):
                await client.publish("/say", {"data": "while it was away"})
        bridge.discovery_s = 0.2
        await bridge.start()
        await client.ready(within_s=5)
        await client.publish("/say", {"data": "after"})
        await until(lambda: "after" in said)
    assert said == ["before", "after"]
    assert states.count(BridgeState.READY) == 2


async def test_after_a_return_everything_is_told_again(calls: Calls, bridge: FakeBridge):
    heard: list[str] = []

    async def pause(asked: Any) -> dict[str, Any]:
        return {"success": True, "message": "paused"}

    async with calls() as client:
        await client.advertise("/tutor/affect", STRING, latch=True)
        await client.subscribe("/speech", STRING, lambda message: heard.append(message["data"]))
        await client.serve("/tutor/pause", "std_srvs/srv/SetBool", pause)
        for n in range(2):
            await until(lambda: bridge.listened_to("/speech") and bridge.offered("/tutor/pause"))
            await bridge.publish("/speech", {"data": f"hello {n}"})
            await until(lambda n=n: len(heard) == n + 1)
            assert (await bridge.call("/tutor/pause", {"data": True}))["values"]["message"] == "paused"
            await bridge.stop()
            await until(lambda: client.state is BridgeState.DOWN)
            await bridge.start()
            await client.ready(within_s=5)
    told = [(one["topic"], one["type"], one.get("latch")) for one in bridge.sent("advertise")]
    assert told == [("/tutor/affect", STRING, True)] * 3
    ids = [one["id"] for one in bridge.received if "id" in one and one["op"] != "service_response"]
    assert len(set(ids)) == len(ids)


async def test_what_was_asked_over_a_connection_that_breaks_fails_at_once(calls: Calls, bridge: FakeBridge):
    async def never(asked: Any, feedback: Any) -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    bridge.actions["/act"] = never
    async with calls() as client:
        call = asyncio.create_task(client.call("/missing", TRIGGER, {}, within_s=30))
        goal = await client.goal("/act", FIBONACCI, {"order": 3}, within_s=1)
        result = asyncio.create_task(goal.result(within_s=30))
        await until(
            lambda: len(bridge.sent("send_action_goal")) == 1 and len(bridge.sent("call_service")) == 1
        )
        await bridge.stop()
        async with asyncio.timeout(2):
            for one in (call, result):
                with pytest.raises(RobotUnreachable, match="broke before the answer came"):
                    await one
        await bridge.start()


async def test_a_frozen_bridge_is_noticed_and_never_handed_a_command(calls: Calls, bridge: FakeBridge):
    said: list[str] = []

    async def say(message: dict[str, Any]) -> None:
        said.append(message["data"])

    bridge.robot["/say"] = say
    async with calls(ping_every_s=0.3, ping_timeout_s=0.6, close_timeout_s=0.2) as client:
        await client.advertise("/say", STRING)
        bridge.freeze()
        await asyncio.sleep(2 * FRESH_S)  # longer than a bridge is believed in without a sign of life
        with pytest.raises(RobotUnreachable, match=r"no sign of life|gone|cannot be reached"):
            await client.publish("/say", {"data": "stale"}, within_s=0.2)
        await until(lambda: client.state is BridgeState.DOWN, within_s=3)
        bridge.thaw()
        await client.ready(within_s=5)
        await client.publish("/say", {"data": "fresh"})
        await until(lambda: "fresh" in said)
    assert said == ["fresh"]


# --------------------------------------------------------------------------- services and actions


async def test_a_service_answers_with_its_fields(calls: Calls, bridge: FakeBridge):
    bridge.services["/stop"] = lambda asked: {"success": True, "message": f"stopped {asked['data']}"}
    async with calls() as client:
        answer = await client.call("/stop", "std_srvs/srv/SetBool", {"data": True}, within_s=2)
    assert answer == {"success": True, "message": "stopped True"}


async def test_answers_in_another_order_reach_those_who_asked(calls: Calls, bridge: FakeBridge):
    bridge.services["/same"] = lambda asked: {"data": asked["data"]}
    bridge.reorder = True
    async with calls() as client:
        answers = await asyncio.gather(
            *(client.call("/same", STRING, {"data": n}, within_s=2) for n in range(4))
        )
    assert [answer["data"] for answer in answers] == [0, 1, 2, 3]


@pytest.mark.parametrize("dialect", ["rust", "suite"])
async def test_a_service_that_is_not_there_is_told_in_the_caller_s_time(
    calls: Calls, bridge: FakeBridge, dialect: Any
):
    bridge.dialect = dialect
    async with calls() as client:
        with pytest.raises((RobotRefused, RobotSilent)) as told:
            await client.call("/missing", TRIGGER, {}, within_s=0.3)
    assert "/missing" in str(told.value)


async def test_a_lost_message_is_told_in_the_caller_s_time(calls: Calls, bridge: FakeBridge):
    bridge.services["/stop"] = lambda asked: {"success": True}
    bridge.swallowed = {"call_service"}
    async with calls() as client:
        with pytest.raises(RobotSilent, match=r"/stop was not answered within 0.2 s"):
            await client.call("/stop", TRIGGER, {}, within_s=0.2)


async def test_an_answer_that_comes_too_late_is_nobody_s(calls: Calls, bridge: FakeBridge, faults: list[str]):
    async with calls() as client:
        with pytest.raises(RobotSilent):
            await client.call("/missing", TRIGGER, {}, within_s=0.1)
        late = {"op": "service_response", "id": bridge.sent("call_service")[0]["id"], "result": True}
        await bridge.send_raw(json.dumps(late))
        bridge.services["/stop"] = lambda asked: {"success": True}
        assert await client.call("/stop", TRIGGER, {}, within_s=2) == {"success": True}
    assert faults == []


async def count(asked: Any, feedback: Any) -> dict[str, Any]:
    for n in range(asked["order"]):
        await feedback({"n": n})
        await asyncio.sleep(0.01)
    return {"sequence": list(range(asked["order"]))}


async def test_an_action_tells_how_far_it_is_and_ends_with_a_result(calls: Calls, bridge: FakeBridge):
    bridge.actions["/act"] = count
    told: list[int] = []
    async with calls() as client:
        goal = await client.goal(
            "/act", FIBONACCI, {"order": 3}, within_s=1, on_feedback=lambda values: told.append(values["n"])
        )
        assert await goal.result(within_s=2) == {"sequence": [0, 1, 2]}
        assert goal.over
    assert told == [0, 1, 2]


@pytest.mark.parametrize("dialect", ["rust", "suite"])
async def test_a_goal_that_is_called_off_is_confirmed(calls: Calls, bridge: FakeBridge, dialect: Any):
    bridge.dialect = dialect
    bridge.actions["/act"] = count
    async with calls() as client:
        goal = await client.goal("/act", FIBONACCI, {"order": 1000}, within_s=1)
        assert not goal.over
        assert await goal.cancel(within_s=2)
        with pytest.raises(Canceled):
            await goal.result(within_s=1)


async def test_a_goal_nobody_works_on_is_given_up_in_time(calls: Calls, bridge: FakeBridge):
    bridge.dialect = "suite"
    async with calls() as client:
        goal = await client.goal("/missing", FIBONACCI, {"order": 3}, within_s=1)
        with pytest.raises(RobotSilent, match=r"/missing was not answered within 0.2 s"):
            await goal.result(within_s=0.2)
        assert not await goal.cancel(within_s=0.2), "nobody confirms it"


async def test_an_aborted_goal_says_why(calls: Calls, bridge: FakeBridge):
    async def abort(asked: Any, feedback: Any) -> dict[str, Any]:
        raise RuntimeError("the battery is low")

    bridge.actions["/act"] = abort
    async with calls() as client:
        goal = await client.goal("/act", FIBONACCI, {"order": 3}, within_s=1)
        with pytest.raises(RobotRefused, match="the battery is low"):
            await goal.result(within_s=2)


async def test_a_service_of_ours_that_fails_is_answered_all_the_same(
    calls: Calls, bridge: FakeBridge, faults: list[str]
):
    async def broken(asked: Any) -> dict[str, Any]:
        raise ValueError("secret words")

    async with calls() as client:
        await client.serve("/tutor/pause", "std_srvs/srv/SetBool", broken)
        await until(lambda: bridge.offered("/tutor/pause"))
        answer = await bridge.call("/tutor/pause", {"data": True})
    assert answer["result"] is False
    assert faults == ["a call of /tutor/pause failed (ValueError)"]


# --------------------------------------------------------------------------- bad input


@pytest.mark.parametrize("value", [math.nan, math.inf, object()])
async def test_what_json_cannot_tell_is_refused_before_it_is_sent(
    calls: Calls, bridge: FakeBridge, value: Any
):
    async with calls() as client:
        with pytest.raises(BadInput, match="A message for /x cannot be sent"):
            await client.publish("/x", {"data": value})
    assert bridge.sent("publish") == []


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[1]",
        "{",
        '{"op": 3}',
        b"\x00",
        b"\xff\xff",
        b"",
        '{"op":"dance"}',
        "[" * 100_000,
        json.dumps({"op": "publish", "topic": "/x"}),
        cbor2.dumps({"op": "publish", "topic": "/x", "msg": 1}),
    ],
)
async def test_a_garbled_frame_is_told_and_the_connection_goes_on(
    calls: Calls, bridge: FakeBridge, faults: list[str], frame: Any
):
    heard: list[Any] = []
    async with calls() as client:
        await client.subscribe("/x", STRING, heard.append)
        await until(lambda: bridge.listened_to("/x"))
        await bridge.send_raw(frame)
        await bridge.publish("/x", {"data": "still here"})
        await until(lambda: bool(heard))
        assert client.state is BridgeState.READY
    assert heard == [{"data": "still here"}]
    assert len(faults) == 1


async def test_a_number_that_is_none_comes_as_none(calls: Calls, bridge: FakeBridge):
    heard: list[Any] = []
    async with calls() as client:
        await client.subscribe("/x", STRING, heard.append)
        await until(lambda: bridge.listened_to("/x"))
        await bridge.publish("/x", {"confidence": math.nan})
        await until(lambda: bool(heard))
    assert heard == [{"confidence": None}]


async def test_a_listener_that_fails_is_told_without_its_words(
    calls: Calls, bridge: FakeBridge, faults: list[str]
):
    def fail(message: Any) -> None:
        raise KeyError(message["data"])

    async with calls() as client:
        await client.subscribe("/x", STRING, fail)
        await until(lambda: bridge.listened_to("/x"))
        await bridge.publish("/x", {"data": "my name is Ada"})
        await until(lambda: bool(faults))
    assert faults == ["a message on /x could not be used (KeyError)"]


async def test_a_type_that_is_not_installed_on_the_robot_is_told(
    calls: Calls, bridge: FakeBridge, faults: list[str]
):
    bridge.missing = {"hri_msgs/msg/LiveSpeech"}
    async with calls() as client:
        await client.subscribe("/speech", "hri_msgs/msg/LiveSpeech", print)
        await until(lambda: bool(faults))
    assert faults == ["load message definition hri_msgs/msg/LiveSpeech: install and source its ROS package"]


async def test_a_message_that_is_too_large_ends_the_connection_and_says_so(calls: Calls, bridge: FakeBridge):
    async with calls(max_message_bytes=10_000) as client:
        await client.subscribe("/x", STRING, print)
        await until(lambda: bridge.listened_to("/x"))
        await bridge.publish("/x", {"data": "x" * 20_000})
        await until(lambda: client.state is BridgeState.DOWN)
        await until(lambda: "larger than 10 kB" in client.why_down)
        await client.ready(within_s=5)


async def test_an_address_where_nothing_listens_says_so(calls: Calls, bridge: FakeBridge):
    await bridge.stop()
    async with calls(ready=False) as client:
        with pytest.raises(RobotUnreachable, match="nothing listens at that address"):
            await client.ready(within_s=0.3)
    await bridge.start()


async def test_an_address_where_something_else_answers_says_so(calls: Calls):
    async def web_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(web_page, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, calls(ready=False, url=f"ws://127.0.0.1:{port}") as client:
        with pytest.raises(RobotUnreachable, match="what answers there is no rosbridge"):
            await client.ready(within_s=0.5)


@pytest.mark.parametrize("url", ["", "192.168.1.20:9090", "http://robot:9090"])
async def test_an_address_that_is_none_is_refused(url: str):
    with pytest.raises(BadInput, match=r"no address of a bridge.*ws://"):
        await RosbridgeClient(BridgeSettings(url=url)).start()


async def test_two_tutors_on_one_bridge_do_not_mix_their_answers(calls: Calls, bridge: FakeBridge):
    bridge.services["/same"] = lambda asked: {"data": asked["data"]}
    async with calls() as one, calls() as other:
        answers = await asyncio.gather(
            *(
                client.call("/same", STRING, {"data": (who, n)}, within_s=2)
                for n in range(5)
                for who, client in (("one", one), ("other", other))
            )
        )
    assert [answer["data"] for answer in answers] == [[who, n] for n in range(5) for who in ("one", "other")]
