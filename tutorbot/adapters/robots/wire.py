"""Messages as JSON. It has no NaN: a server drops a message that holds one, so it is refused here before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tutorbot.errors import BadInput

Message = Mapping[str, Any]
"""One message: its kind (``op`` or ``type``) and its fields."""
PLACES = ("topic", "service", "action", "op", "type")
"""Fields that say what a message is for, the most telling first."""


class Garbled(ValueError):
    """A frame that is no message of the protocol; the text says why."""


def encode(message: Message) -> str:
    """A message as text to send.

    Raises: BadInput: it holds NaN, an infinite number, or something that JSON has no word for.
    """
    try:
        return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        place = next((message[name] for name in PLACES if message.get(name)), None)
        raise BadInput(
            f"A message for {place} cannot be sent: {error}.",
            remedy="Send numbers that are finite, text, lists and objects.",
        ) from error


def decode_json(text: str) -> Any:
    """What the text holds. Numbers that JSON cannot tell (NaN, Infinity) come as None. Raises: ValueError."""
    return json.loads(text, parse_constant=lambda word: None)
