from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affect.decode import check_jpeg, decode_jpeg
from affect.settings import AffectSettings
from tutorbot.errors import BadFrame

SETTINGS = AffectSettings()


def encoded(width: int, height: int) -> bytes:
    ok, data = cv2.imencode(".jpg", np.full((height, width, 3), 90, dtype=np.uint8))
    assert ok
    return data.tobytes()


def declaring(width: int, height: int) -> bytes:
    """A small JPEG whose header claims another size."""
    jpeg = bytearray(encoded(16, 16))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(jpeg)


def test_a_whole_jpeg_becomes_a_picture_of_its_declared_size() -> None:
    assert check_jpeg(encoded(64, 48), SETTINGS) == (64, 48)
    assert decode_jpeg(encoded(64, 48), SETTINGS).shape == (48, 64, 3)


def test_portrait_pictures_of_the_allowed_size_are_taken() -> None:
    assert check_jpeg(declaring(1440, 1920), SETTINGS) == (1440, 1920)


@pytest.mark.parametrize(
    ("jpeg", "message"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a JPEG"),
        (b"\xff\xd8\xff", "cut short in its header"),
        (encoded(64, 48)[:-2], "end marker is missing"),
        (encoded(64, 48)[:300], "cut short"),
        (declaring(10_000, 10_000), "10000x10000"),
        (declaring(1920, 1920), "1920x1920"),
        (declaring(0, 16), "0x16"),
        (encoded(64, 48) + bytes(1_000_000), "more than the 1000000 allowed"),
    ],
)
def test_a_bad_picture_is_refused_with_the_reason(jpeg: bytes, message: str) -> None:
    with pytest.raises(BadFrame, match=message):
        decode_jpeg(jpeg, SETTINGS)


def test_a_hundred_megapixels_are_refused_before_anything_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(BadFrame):
        decode_jpeg(declaring(12_000, 9_000), SETTINGS)


def test_a_picture_with_a_broken_table_is_refused() -> None:
    jpeg = bytearray(encoded(64, 48))
    at = jpeg.index(b"\xff\xdb")
    jpeg[at + 4] = 0xFF  # no such quantisation table
    with pytest.raises(BadFrame, match="could not be decoded"):
        decode_jpeg(bytes(jpeg), SETTINGS)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_size_or_a_bad_frame(tail: bytes) -> None:
    for data in (tail, b"\xff\xd8" + tail, b"\xff\xd8\xff\xe0" + tail):
        try:
            width, height = check_jpeg(data, SETTINGS)
        except BadFrame:
            continue
        assert 0 < width <= 1920
        assert 0 < height <= 1920
