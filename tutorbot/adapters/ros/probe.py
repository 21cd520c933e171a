"""Whether the robot behind the bridge hears us: after a restart the bridge answers seconds before it does.

Measured: for 0 to 3 s after a bridge came back, what is published through it reaches nobody, because the
middleware has not found its partners again. So a connection is not a robot, and nothing is said before one
of these has answered.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import dataclass
from typing import Literal

from tutorbot.adapters.robots.wire import Message
from tutorbot.adapters.ros.declared import advertise
from tutorbot.adapters.ros.link import RosLink

STRING = "std_msgs/msg/String"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What shows that the robot is there.

    kind: ``latched``: a topic whose last message the robot keeps for newcomers; ``topic``: one that it
    publishes all the time; ``service``: one that can be asked without harm; ``echo``: our own topic, heard
    back by way of the bridge, where a robot offers none of these (it shows the bridge alone).
    settle_s: waited after the answer, for one that does not show the robot itself.
    """

    kind: Literal["latched", "topic", "service", "echo"]
    name: str
    type: str = STRING
    settle_s: float = 0.0


SEND_WITHIN_S = 3.0
"""Longest that asking may take; a bridge that hangs ends the connection by itself. P"""
IN_VAIN = 4
"""Asked so often without an answer, a robot is asked at uneven intervals.

Measured (rosbridge-server-rs 0.1.6): a latched message never comes by a subscription older than the bridge's
knowledge of the robot, and a bridge has one subscription for all its clients. So two clients that ask anew
without a pause would keep each other from an answer for good.
"""
ECHO = Probe(kind="echo", name="/tutor/echo")
"""For a robot that nothing is known of."""


async def until_answered(link: RosLink, probe: Probe, *, every_s: float) -> None:
    """Return once the probe has answered; asked again every so many seconds, up to twice as long in the end.

    Raises: RobotUnreachable: the connection broke.
    """
    there = asyncio.Event()
    link.listeners[probe.name].append(lambda message: there.set())
    try:
        if probe.kind == "echo":
            await _send(link, advertise(link.new_id(), probe.name, probe.type, latch=False))
        for n_asked in itertools.count(1):
            op_id = link.new_id()
            if await _ask(link, probe, op_id, every_s):
                break
            try:
                async with asyncio.timeout(every_s):
                    await there.wait()
                break
            except TimeoutError:
                if probe.kind in ("latched", "topic"):  # what it subscribed to may have been nobody's yet
                    await _send(link, {"op": "unsubscribe", "id": op_id, "topic": probe.name})
                if n_asked >= IN_VAIN:
                    await asyncio.sleep(random.uniform(0.0, every_s))
        await asyncio.sleep(probe.settle_s)
    finally:
        link.listeners[probe.name].pop()


async def _ask(link: RosLink, probe: Probe, op_id: str, every_s: float) -> bool:
    """Once. Returns: True when that was the answer; a topic's comes by itself."""
    if probe.kind == "service":
        answer = link.expect(op_id)
        asked = {"op": "call_service", "id": op_id, "service": probe.name, "type": probe.type, "args": {}}
        await _send(link, asked)
        try:
            async with asyncio.timeout(every_s):
                return bool((await answer).get("result"))
        except TimeoutError:
            return False
    subscribe = {"op": "subscribe", "id": op_id, "topic": probe.name, "type": probe.type}
    if probe.kind != "echo":
        await _send(link, subscribe)
        return False
    await _send(link, subscribe)
    await _send(link, {"op": "publish", "topic": probe.name, "msg": {"data": op_id}})
    return False


async def _send(link: RosLink, message: Message) -> None:
    await link.send(message, within_s=SEND_WITHIN_S)
