"""Messages of the rosbridge protocol, version 2, as they go over the WebSocket.

Outbound is JSON alone, as the reference server takes no CBOR; inbound is JSON in text frames and CBOR in
binary ones. JSON has no NaN: a server drops a message that holds one, so it is refused here before.
Source: ROSBRIDGE_PROTOCOL.md, branch ros2, sections 3.1 to 3.4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import cbor2

from tutorbot.errors import BadInput

Message = Mapping[str, Any]
"""One message: ``op`` and its fields."""


class Garbled(ValueError):
    """A frame that is no message of the protocol; the text says why."""


def encode(message: Message) -> str:
    """A message as text to send.

    Raises: BadInput: it holds NaN, an infinite number, or something that JSON has no word for.
    """
    try:
        return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        place = message.get("topic") or message.get("service") or message.get("action") or message.get("op")
        raise BadInput(
            f"A message for {place} cannot be sent: {error}.",
            remedy="Send numbers that are finite, text, lists and objects.",
        ) from error


def decode(frame: str | bytes) -> Message:
    """A received frame as a message. Numbers that JSON cannot tell (NaN, Infinity) come as None.

    Raises: Garbled: it is neither JSON nor CBOR, or no object with an ``op``.
    """
    try:
        message = _decoded(frame)
    except (ValueError, RecursionError, cbor2.CBORDecodeError) as error:
        raise Garbled(f"a frame of {len(frame)} bytes is no message ({type(error).__name__})") from error
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        raise Garbled(f"a frame of {len(frame)} bytes holds no object with an op")
    return message


def _decoded(frame: str | bytes) -> Any:
    if isinstance(frame, str):
        return json.loads(frame, parse_constant=lambda word: None)
    with BytesIO(frame) as stream:
        return cbor2.CBORDecoder(stream).decode()
