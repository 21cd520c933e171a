"""Messages of the rosbridge protocol, version 2, as they go over the WebSocket.

Outbound is JSON alone, as the reference server takes no CBOR; inbound is JSON in text frames and CBOR in
binary ones.
Source: ROSBRIDGE_PROTOCOL.md, branch ros2, sections 3.1 to 3.4.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import cbor2

from tutorbot.adapters.robots.wire import Garbled, Message, decode_json


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
        return decode_json(frame)
    with BytesIO(frame) as stream:
        return cbor2.CBORDecoder(stream).decode()
