"""One connection to a rosbridge server: besides what is expected back, who listens and what is fed back."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection

from tutorbot.adapters.robots.link import Link
from tutorbot.adapters.robots.wire import Message
from tutorbot.adapters.ros.declared import Heard


class RosLink(Link):
    """Use from one event loop."""

    def __init__(self, socket: ClientConnection, epoch: int) -> None:
        """See ``Link``."""
        super().__init__(socket, epoch)
        self.listeners: dict[str, list[Heard]] = defaultdict(list)
        """Topic -> who is called with its messages."""
        self._feedback: dict[str, Callable[[Mapping[str, Any]], None]] = {}

    def expect(
        self, op_id: str, on_feedback: Callable[[Mapping[str, Any]], None] | None = None
    ) -> asyncio.Future[Message]:
        """See ``Link``. on_feedback: told how far it is until the answer comes."""
        answer = super().expect(op_id)
        if on_feedback is not None and not answer.done():
            self._feedback[op_id] = on_feedback
            answer.add_done_callback(lambda done: self._feedback.pop(op_id, None))
        return answer

    def fed_back(self, message: Message) -> None:
        """An action tells how far it is."""
        tell, values = self._feedback.get(str(message.get("id"))), message.get("values")
        if tell is not None and isinstance(values, dict):
            tell(values)
