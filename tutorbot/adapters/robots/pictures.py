"""A robot's pictures: only JPEG of a bounded size, and only the newest."""

from __future__ import annotations

import base64
import binascii

JPEG = b"\xff\xd8\xff"
MOST_BYTES = 4 * 2**20


class Refused(ValueError):
    """A picture that is not used; the text says why."""


def jpeg_in(data: object) -> bytes:
    """The picture in what a robot sent: bytes, or base64 as text. Raises: Refused."""
    if isinstance(data, str):
        if len(data) > MOST_BYTES * 4 // 3 + 4:
            raise Refused(f"a picture larger than {MOST_BYTES // 2**20} MB was dropped")
        try:
            data = base64.b64decode(data, validate=True)
        except (binascii.Error, ValueError):
            data = None
    if not isinstance(data, bytes):
        raise Refused("a picture holds no data")
    if len(data) > MOST_BYTES:
        raise Refused(f"a picture larger than {MOST_BYTES // 2**20} MB was dropped")
    if not data.startswith(JPEG):
        raise Refused("a picture that is no JPEG was dropped; set the robot's camera to jpeg")
    return data
