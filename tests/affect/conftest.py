"""Recordings and the loaded networks; a missing recording fails the test and says what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from affect.feed import AffectEngine
from affect.settings import AffectSettings

MEDIA = Path(__file__).parents[2] / ".cache/media"


@pytest.fixture(scope="session")
def media() -> Callable[[str], Path]:
    """Path of a recording by name."""

    def find(name: str) -> Path:
        path = MEDIA / name
        if not path.is_file():
            pytest.fail(f"The recording .cache/media/{name} is missing: run `make media`.")
        return path

    return find


@pytest.fixture(scope="session")
def engine() -> Iterator[AffectEngine]:
    made = AffectEngine(AffectSettings())
    yield made
    made.close()


@pytest.fixture(scope="session")
def photo(media: Callable[[str], Path]) -> NDArray[np.uint8]:
    """A real face, (562, 572, 3)."""
    picture = cv2.imread(str(media("single_face.jpg")))
    assert picture is not None
    return np.asarray(picture, dtype=np.uint8)


@pytest.fixture(scope="session")
def photo_jpeg(media: Callable[[str], Path]) -> bytes:
    return media("single_face.jpg").read_bytes()
