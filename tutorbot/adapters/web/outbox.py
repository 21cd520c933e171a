"""What waits to be sent to one page: bounded, in order, with only the newest view."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from tutorbot.ports import TutorLine


class Outbox:
    """The page as a ``tutorbot.ports.Surface``, and the queue in front of its socket.

    A slow page gets fewer views, never older ones: a newer view takes the place
    of one that still waits. Everything else is sent once, in order. When more
    than ``limit`` things wait the page is too slow and ``overrun`` is set; it is
    then cut off, comes back, and is shown the whole view.

    Messages are numbered 1, 2, 3 ... within a session, the learner's own words
    included. ``say`` numbers its line next after the highest number seen in a
    view or in an earlier ``say``. ``language`` is that of the newest view.
    """

    def __init__(self, limit: int = 256) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._limit = limit
        self._something = asyncio.Event()
        self._last_n = 0
        self.language = "en"
        self.overrun = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def show(self, view: Mapping[str, Any]) -> None:
        """Send the whole view; replaces a view that still waits, at that one's place in the queue."""
        for message in view.get("messages", ()):
            self._last_n = max(self._last_n, int(message["n"]))
        self.language = str(view.get("language") or self.language)
        text = encode({"type": "view", "view": view})
        for index, (kind, _) in enumerate(self._waiting):
            if kind == "view":
                self._waiting[index] = ("view", text)
                return
        self._put("view", text)

    async def say(self, line: TutorLine, *, at_s: float) -> None:
        """Send one whole message of the tutor."""
        self._last_n += 1
        self.send(
            {
                "type": "message",
                "n": self._last_n,
                "who": "tutor",
                "text": line.text,
                "act_id": line.act_id,
                "choices": list(line.choices),
            }
        )

    def send(self, message: Mapping[str, Any]) -> None:
        """Send anything else (``ack``, ``frame_ack``, ``problem``)."""
        self._put(str(message["type"]), encode(message))

    async def next(self) -> str:
        """The text frame to send next; waits for one."""
        while not self._waiting:
            self._something.clear()
            await self._something.wait()
        return self._waiting.popleft()[1]

    def _put(self, kind: str, text: str) -> None:
        if len(self._waiting) >= self._limit:
            self.overrun.set()
            return
        self._waiting.append((kind, text))
        self._something.set()


def encode(message: Mapping[str, Any]) -> str:
    """One JSON text frame; NaN and infinity are a programming error and raise ValueError."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
