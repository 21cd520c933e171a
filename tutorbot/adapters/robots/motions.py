"""The names of motions that the tutor may ask any robot for."""

from __future__ import annotations

from tutorbot.errors import BadInput
from tutorbot.ports import EXPRESSIONS, GESTURES, LOOKS

KNOWN = {"gesture": GESTURES, "express": EXPRESSIONS, "look": LOOKS}


def require_known(part: str, name: str) -> None:
    """Raises: BadInput: nobody knows such a motion."""
    if name not in KNOWN[part]:
        raise BadInput(
            f"{name!r} is nothing a robot is asked to {part}.",
            remedy=f"Known are {', '.join(KNOWN[part])}.",
        )
