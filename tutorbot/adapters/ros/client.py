"""A client of a rosbridge server that never says anything late.

What goes out goes now or fails (see ``Line``). It tells the bridge everything anew after each reconnect, and
is ready only when the robot behind it answers. Use from one event loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tutorbot.adapters.robots.line import BridgeSettings, BridgeState, Line, nobody
from tutorbot.adapters.robots.link import in_time
from tutorbot.adapters.robots.wire import Garbled, Message
from tutorbot.adapters.ros.declared import (
    Declared,
    Heard,
    Served,
    Subscription,
    advertise,
    advertise_service,
)
from tutorbot.adapters.ros.goal import Goal
from tutorbot.adapters.ros.link import RosLink
from tutorbot.adapters.ros.probe import ECHO, Probe, until_answered
from tutorbot.adapters.ros.wire import decode
from tutorbot.errors import BadInput, RobotRefused, RobotUnreachable

TELL_WITHIN_S = 3.0
"""Longest that telling the bridge of one topic may take. P"""
MOST_CALLS = 16
"""Calls of our services that are answered at a time; more are refused. P"""


class TooManyCalls(Exception):
    """Our services are called faster than they answer."""


class RosbridgeClient(Line[RosLink]):
    """Topics, services and actions of a robot by way of its bridge."""

    bridge = "rosbridge"

    def __init__(
        self,
        settings: BridgeSettings,
        *,
        probe: Probe = ECHO,
        on_state: Callable[[BridgeState], None] = nobody,
        on_fault: Callable[[str], None] = nobody,
    ) -> None:
        """on_state: told when the state changes. on_fault: told of what goes wrong beside it, in words."""
        super().__init__(settings, link=RosLink, on_state=on_state)
        self._probe, self._on_fault = probe, on_fault
        self._declared = Declared()
        self._n_calls = 0

    # ------------------------------------------------------------ what comes in

    async def _get_ready(self, link: RosLink) -> None:
        for topic, (kind, latch) in tuple(self._declared.advertised.items()):
            await self._tell(link, advertise(link.new_id(), topic, kind, latch=latch))
        for one in tuple(self._declared.subscriptions):
            if one in self._declared.subscriptions:  # it may have been left meanwhile
                await self._subscribe(link, one)
        for service, (kind, _) in tuple(self._declared.services.items()):
            await self._tell(link, advertise_service(service, kind))
        await until_answered(link, self._probe, every_s=self.settings.probe_every_s)

    def _take(self, link: RosLink, frame: str | bytes) -> None:
        try:
            message = decode(frame)
        except Garbled as error:
            self._on_fault(str(error))
            return
        match message["op"]:
            case "publish":
                self._published(link, message)
            case "service_response" | "action_result":
                link.answered(str(message.get("id")), message)
            case "action_feedback":
                link.fed_back(message)
            case "call_service":
                self._job(self._answer(link, message))
            case "status":
                if message.get("level") in ("error", "warning"):
                    self._on_fault(str(message.get("msg")))
            case op:
                self._on_fault(f"the bridge sent a message with op {op!r}, which is not known here")

    def _published(self, link: RosLink, message: Message) -> None:
        values = message.get("msg")
        if not isinstance(values, dict):
            self._on_fault(f"a message on {message.get('topic')} has no fields")
            return
        for heard in tuple(link.listeners.get(str(message.get("topic")), ())):
            try:
                heard(values)
            except Exception as error:  # noqa: BLE001  # one bad message must not end the connection
                self._on_fault(
                    f"a message on {message.get('topic')} could not be used ({type(error).__name__})"
                )

    async def _answer(self, link: RosLink, message: Message) -> None:
        """Somebody on the robot's side asks one of our services."""
        service, asked = str(message.get("service")), message.get("args")
        answer = {"op": "service_response", "id": message.get("id"), "service": service}
        known = self._declared.services.get(service)
        self._n_calls += 1
        try:
            if known is None:
                raise LookupError(service)
            if self._n_calls > MOST_CALLS:
                raise TooManyCalls
            values = await known[1](asked if isinstance(asked, dict) else {})
            answer |= {"values": dict(values), "result": True}
        except Exception as error:  # noqa: BLE001  # whoever asked is told; the connection goes on
            self._on_fault(f"a call of {service} failed ({type(error).__name__})")
            answer |= {"values": {}, "result": False}
        finally:
            self._n_calls -= 1
        try:
            await link.send(answer, within_s=TELL_WITHIN_S)
        except (RobotUnreachable, BadInput) as error:
            self._on_fault(error.what)

    # ------------------------------------------------------------ what is declared

    async def advertise(self, topic: str, kind: str, *, latch: bool = False) -> None:
        """Say that messages will be published on a topic. latch: newcomers are to get the last one."""
        self._declared.advertised[topic] = kind, latch
        if (link := self._link) is not None:
            await self._tell(link, advertise(link.new_id(), topic, kind, latch=latch))

    async def subscribe(
        self, topic: str, kind: str, heard: Heard, *, compression: str | None = None, throttle_ms: int = 0
    ) -> None:
        """Have a function called with each message of a topic, now and after every reconnect."""
        one = Subscription(
            topic=topic, type=kind, heard=heard, compression=compression, throttle_ms=throttle_ms
        )
        self._declared.subscriptions.append(one)
        if (link := self._link) is not None:
            await self._subscribe(link, one)

    async def unsubscribe(self, topic: str, heard: Heard) -> None:
        """Call this function no longer; the bridge is told when nobody else here listens to the topic.

        Raises: RobotUnreachable: the bridge may still send it, and nobody is called.
        """
        kept = [one for one in self._declared.subscriptions if (one.topic, one.heard) != (topic, heard)]
        self._declared.subscriptions[:] = kept
        if (link := self._link) is None:
            return
        if heard in link.listeners[topic]:
            link.listeners[topic].remove(heard)
        if not link.listeners[topic]:
            del link.listeners[topic]
        if not self._declared.of_topic(topic):
            await self._tell(link, {"op": "unsubscribe", "topic": topic})

    async def serve(self, service: str, kind: str, served: Served) -> None:
        """Answer calls of a service, now and after every reconnect."""
        self._declared.services[service] = kind, served
        if (link := self._link) is not None:
            await self._tell(link, advertise_service(service, kind))

    async def _subscribe(self, link: RosLink, one: Subscription) -> None:
        if one.heard not in link.listeners[one.topic]:
            link.listeners[one.topic].append(one.heard)
        await self._tell(link, one.message(link.new_id()))

    async def _tell(self, link: RosLink, message: Message) -> None:
        await self._must_know(link, message, within_s=TELL_WITHIN_S)

    # ------------------------------------------------------------ commands

    async def publish(self, topic: str, message: Mapping[str, Any], *, within_s: float = 1.0) -> None:
        """Publish one message now, on a topic that was advertised.

        Raises: RobotUnreachable: it was not sent, and will not be. BadInput.
        """
        sent = {"op": "publish", "topic": topic, "msg": dict(message)}
        await self.living().send(sent, within_s=within_s)

    async def call(
        self,
        service: str,
        kind: str,
        fields: Mapping[str, Any],
        *,
        within_s: float,
        sent_within_s: float | None = None,
    ) -> Mapping[str, Any]:
        """Call a service of the robot. Returns: the fields of its answer.

        within_s: for the whole. sent_within_s: for handing it over, where its work may take long.

        Raises: RobotUnreachable; RobotSilent; RobotRefused: there is no such service, or it failed; BadInput.
        """
        link = self.living()
        op_id = link.new_id()
        answer = link.expect(op_id)
        asked = {"op": "call_service", "id": op_id, "service": service, "type": kind, "args": dict(fields)}
        try:
            send_s = within_s if sent_within_s is None else sent_within_s
            await link.send({**asked, "timeout": within_s}, within_s=send_s)
            found = await in_time(answer, within_s=within_s, what=f"A call of {service}")
        finally:
            answer.cancel()
        values = found.get("values")
        if not found.get("result"):
            raise refused(f"A call of {service}", values)
        return values if isinstance(values, dict) else {}

    async def goal(
        self,
        action: str,
        kind: str,
        fields: Mapping[str, Any],
        *,
        within_s: float,
        on_feedback: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Goal:
        """Send a goal to an action. Returns: what follows it, once it is sent within ``within_s`` seconds.

        Raises: RobotUnreachable; BadInput.
        """
        link = self.living()
        op_id = link.new_id()
        answer = link.expect(op_id, on_feedback)
        sent = {
            "op": "send_action_goal",
            "id": op_id,
            "action": action,
            "action_type": kind,
            "args": dict(fields),
            "feedback": on_feedback is not None,
        }
        try:
            await link.send(sent, within_s=within_s)
        except BaseException:
            answer.cancel()
            raise
        return Goal(link, action, op_id, answer)


def refused(what: str, said: object) -> RobotRefused:
    """The robot's side said no, in its words."""
    words = said if isinstance(said, str) and said else "no reason was given"
    return RobotRefused(
        f"{what} was refused: {words}.",
        remedy="See that the robot has it and that the profile names it right.",
    )
