"""Gestures, expressions and looks of a Furhat robot: begun, not waited for.

Sources: furhat-realtime-api 0.1.3 for all messages but ``request.attend.nobody``; that one, the names of
gestures and the axes of places are from public programs that use the API. A Furhat has a face and a neck and
no arms, so it presents nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tutorbot.adapters.furhat.client import FurhatClient
from tutorbot.adapters.robots.motions import require_known
from tutorbot.adapters.robots.wire import Message
from tutorbot.errors import RobotRefused


def _gesture(name: str) -> Message:
    return MappingProxyType({"type": "request.gesture.start", "name": name, "monitor": False})


TASK = {"x": 0.0, "y": -0.4, "z": 0.6}
"""Metres from the robot: to its side, up, ahead. A board on the table before it. P"""

MOTIONS: Mapping[str, Mapping[str, Message]] = MappingProxyType(
    {
        "gesture": MappingProxyType(
            {
                "attention": _gesture("BrowRaise"),
                "nod": _gesture("Nod"),
                "think": _gesture("Thoughtful"),
                "encourage": _gesture("BigSmile"),
                "greet": _gesture("Smile"),
            }
        ),
        "express": MappingProxyType(
            {
                "neutral": MappingProxyType({"type": "request.face.reset"}),
                "friendly": _gesture("Smile"),
                "thinking": _gesture("Thoughtful"),
                "glad": _gesture("BigSmile"),
            }
        ),
        "look": MappingProxyType(
            {
                "learner": MappingProxyType({"type": "request.attend.user", "user_id": "closest"}),
                "task": MappingProxyType({"type": "request.attend.location", **TASK}),
                "away": MappingProxyType({"type": "request.attend.nobody"}),
            }
        ),
    }
)
"""Part and the tutor's name -> what the robot is sent."""


async def move(client: FurhatClient, part: str, name: str, *, within_s: float) -> None:
    """Do one motion; returns when it was handed over.

    Raises: RobotUnreachable; RobotRefused: this robot has none for it; BadInput: nobody knows such a motion.
    """
    require_known(part, name)
    if name not in MOTIONS[part]:
        raise RobotRefused(
            f"A Furhat robot cannot do {part} {name!r}.", remedy="Ask for one of `motions`; it has no arms."
        )
    await client.send(dict(MOTIONS[part][name]), within_s=within_s)
