"""What a client has told the bridge of itself, and tells it again after every reconnect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tutorbot.adapters.robots.wire import Message

Heard = Callable[[Mapping[str, Any]], None]
"""Called with each message of a topic, in the reader's own time: it must return at once."""
Served = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Answers a call of a service with its fields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """compression: ``cbor`` for pictures: bytes come as bytes. throttle_ms: least time between two."""

    topic: str
    type: str
    heard: Heard
    compression: str | None = None
    throttle_ms: int = 0

    def message(self, op_id: str) -> Message:
        """What is sent to subscribe."""
        message = {"op": "subscribe", "id": op_id, "topic": self.topic, "type": self.type}
        if self.compression is not None:
            message["compression"] = self.compression
        if self.throttle_ms:
            return {**message, "throttle_rate": self.throttle_ms, "queue_length": 1}
        return message


@dataclass(frozen=True, slots=True)
class Declared:
    """advertised: topic -> (type, latched). services: name -> (type, who answers)."""

    advertised: dict[str, tuple[str, bool]] = field(default_factory=dict)
    subscriptions: list[Subscription] = field(default_factory=list)
    services: dict[str, tuple[str, Served]] = field(default_factory=dict)

    def of_topic(self, topic: str) -> list[Subscription]:
        """Who listens to it."""
        return [one for one in self.subscriptions if one.topic == topic]


def advertise(op_id: str, topic: str, kind: str, *, latch: bool) -> Message:
    """What is sent before the first message on a topic."""
    message = {"op": "advertise", "id": op_id, "topic": topic, "type": kind}
    return {**message, "latch": True} if latch else message


def advertise_service(service: str, kind: str) -> Message:
    """What is sent to answer calls of a service."""
    return {"op": "advertise_service", "service": service, "type": kind}
