"""From JPEG bytes to a picture, refusing what is empty, cut short, oversized or something else.

The declared size is read from the header before anything is decoded, so a picture
that would fill the memory is refused at the cost of reading a few bytes.
"""

from __future__ import annotations

import cv2
import numpy as np

from affect.face import Picture
from affect.settings import AffectSettings
from tutorbot.errors import BadFrame

_START, _END = b"\xff\xd8", b"\xff\xd9"
_SCAN = 0xDA
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # SOF0..SOF15 without DHT, JPG, DAC
_REMEDY = "Send a baseline JPEG of a webcam frame, for example 640x480 at quality 0.8."


def decode_jpeg(jpeg: bytes, settings: AffectSettings) -> Picture:
    """The picture as (h, w, 3) BGR. Raises: BadFrame: with what is wrong; see ``check_jpeg``."""
    width, height = check_jpeg(jpeg, settings)
    try:
        picture = cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        picture = None
    if picture is None:
        raise BadFrame(
            f"The JPEG of {len(jpeg)} bytes, {width}x{height}, could not be decoded.", remedy=_REMEDY
        )
    return np.asarray(picture, dtype=np.uint8)


def check_jpeg(jpeg: bytes, settings: AffectSettings) -> tuple[int, int]:
    """Declared (width, height) in pixels of a JPEG that is whole and small enough; nothing is decoded.

    Raises: BadFrame: if it is empty, over the byte limit, no JPEG, cut short, or declares too many pixels.
    """
    if not jpeg:
        raise BadFrame("The picture is empty (0 bytes).", remedy=_REMEDY)
    if len(jpeg) > settings.max_jpeg_bytes:
        raise BadFrame(
            f"The picture has {len(jpeg)} bytes, more than the {settings.max_jpeg_bytes} allowed.",
            remedy=_REMEDY,
        )
    if not jpeg.startswith(_START):
        raise BadFrame(f"The picture of {len(jpeg)} bytes is not a JPEG.", remedy=_REMEDY)
    size, scan_at = _walk_header(jpeg)
    if size is None:
        raise BadFrame(f"The JPEG of {len(jpeg)} bytes is cut short in its header.", remedy=_REMEDY)
    _check_size(*size, settings)
    if scan_at is None or jpeg.find(_END, scan_at) < 0:
        raise BadFrame(
            f"The JPEG of {len(jpeg)} bytes is cut short: its end marker is missing.", remedy=_REMEDY
        )
    return size


def _check_size(width: int, height: int, settings: AffectSettings) -> None:
    if width == 0 or height == 0:
        raise BadFrame(f"The JPEG declares a size of {width}x{height}.", remedy=_REMEDY)
    if max(width, height) > settings.max_long_side_px or min(width, height) > settings.max_short_side_px:
        raise BadFrame(
            f"The JPEG declares {width}x{height} pixels, more than the "
            f"{settings.max_long_side_px}x{settings.max_short_side_px} allowed.",
            remedy=_REMEDY,
        )


def _walk_header(jpeg: bytes) -> tuple[tuple[int, int] | None, int | None]:
    """((width, height), where the first scan starts); None for what the header does not reach."""
    size: tuple[int, int] | None = None
    at = len(_START)
    while at + 4 <= len(jpeg):
        if jpeg[at] != 0xFF:
            return size, None
        marker = jpeg[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        length = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        if marker in _FRAME and at + 9 <= len(jpeg):
            size = (
                int.from_bytes(jpeg[at + 7 : at + 9], "big"),
                int.from_bytes(jpeg[at + 5 : at + 7], "big"),
            )
        if marker == _SCAN:
            return size, at
        if length < 2:
            return size, None
        at += 2 + length
    return size, None
