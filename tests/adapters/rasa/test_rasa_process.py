"""The keeper of the Rasa server, tried on a stand-in that starts at once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.adapters.rasa import RasaProcess, RasaSettings, RasaState, childlog
from tutorbot.adapters.rasa.process import backoff_s, child_environment, command_line
from tutorbot.errors import MissingPart, PortTaken

STAND_IN = Path(__file__).with_name("stand_in.py")
DEADLINE_S = 30.0

Start = Callable[..., Awaitable[RasaProcess]]


@pytest.fixture
def settings(tmp_path: Path) -> RasaSettings:
    for name in ("endpoints.yml", "credentials.yml", "tutor.tar.gz"):
        (tmp_path / name).touch()
    (tmp_path / "mode.txt").write_text("ok")
    return RasaSettings(
        python=Path(sys.executable),
        project=tmp_path,
        model=tmp_path / "tutor.tar.gz",
        log_file=tmp_path / "log" / "rasa.log",
        tutor_url="http://127.0.0.1:1",
        tutor_token="tutor-secret",
        launcher=STAND_IN,
        ready_within_s=DEADLINE_S,
        backoff_first_s=0.01,
        backoff_max_s=0.04,
        health_every_s=0.05,
        status_within_s=5.0,
    )


@pytest.fixture
def states() -> list[tuple[RasaState, str]]:
    return []


@pytest_asyncio.fixture
async def start(settings: RasaSettings, states: list[tuple[RasaState, str]]) -> AsyncIterator[Start]:
    started: list[RasaProcess] = []

    async def start_one(**changes: object) -> RasaProcess:
        process = RasaProcess(
            replace(settings, **changes),  # type: ignore[arg-type]
            on_state=lambda state, why: states.append((state, why)),
            jitter=lambda: 0.0,
        )
        started.append(process)
        await process.start()
        return process

    yield start_one
    for process in started:
        await process.stop()


@given(
    n_failures=st.integers(1, 10_000),
    jitter=st.floats(0.0, 1.0),
    first_s=st.floats(0.01, 10.0),
    factor=st.floats(1.0, 100.0),
)
def test_a_pause_is_never_shorter_than_the_first_nor_longer_than_the_longest(
    n_failures: int, jitter: float, first_s: float, factor: float
) -> None:
    max_s = first_s * factor
    pause_s = backoff_s(n_failures, first_s=first_s, max_s=max_s, jitter=jitter)
    assert first_s <= pause_s <= max_s


def test_pauses_double_from_one_to_thirty_seconds() -> None:
    pauses_s = [backoff_s(n, first_s=1.0, max_s=30.0, jitter=0.0) for n in range(1, 8)]
    assert pauses_s == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


async def test_a_started_server_is_ready_and_a_stopped_one_is_gone(
    start: Start, states: list[tuple[RasaState, str]]
) -> None:
    process = await start()
    pid = process.pid
    assert pid is not None
    assert process.state is RasaState.READY
    await process.stop()
    await process.stop()
    assert not psutil.pid_exists(pid)
    assert process.pid is None
    assert [state for state, _ in states] == [RasaState.STARTING, RasaState.READY, RasaState.STOPPED]


async def test_a_killed_server_comes_back_at_the_same_address(
    start: Start, states: list[tuple[RasaState, str]]
) -> None:
    process = await start()
    address, pid = process.base_url, process.pid
    assert pid is not None
    states.clear()
    os.kill(pid, signal.SIGKILL)
    await process.wait_for(RasaState.DOWN, deadline_s=DEADLINE_S)
    await process.wait_for(RasaState.READY, deadline_s=DEADLINE_S)
    assert process.base_url == address
    assert process.pid not in (None, pid)
    assert [state for state, _ in states] == [RasaState.DOWN, RasaState.STARTING, RasaState.READY]
    assert "exit code -9" in states[0][1]


async def test_a_server_that_cannot_start_again_is_tried_with_growing_pauses(
    start: Start, settings: RasaSettings, states: list[tuple[RasaState, str]]
) -> None:
    process = await start()
    (settings.project / "mode.txt").write_text("exit 3")
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    async with asyncio.timeout(DEADLINE_S):
        while sum(state is RasaState.DOWN for state, _ in states) < 4:
            await process.wait_for(RasaState.STARTING, deadline_s=DEADLINE_S)
            await process.wait_for(RasaState.DOWN, deadline_s=DEADLINE_S)
    reasons = [why for state, why in states if state is RasaState.DOWN]
    assert "exit code -9" in reasons[0]
    assert "exit code 3" in reasons[1]
    (settings.project / "mode.txt").write_text("ok")
    await process.wait_for(RasaState.READY, deadline_s=DEADLINE_S)


async def test_a_server_that_hangs_is_killed_and_replaced(
    start: Start, states: list[tuple[RasaState, str]]
) -> None:
    process = await start(status_within_s=1.0, n_health_failures=2)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    await process.wait_for(RasaState.DOWN, deadline_s=DEADLINE_S)
    await process.wait_for(RasaState.READY, deadline_s=DEADLINE_S)
    assert not psutil.pid_exists(pid)
    assert any("no answer to 2 health checks" in why for _, why in states)


async def test_a_server_deaf_to_a_polite_request_is_killed(start: Start, settings: RasaSettings) -> None:
    (settings.project / "mode.txt").write_text("stubborn")
    process = await start(stop_grace_s=0.1)
    pid = process.pid
    assert pid is not None
    await process.stop()
    assert not psutil.pid_exists(pid)


async def test_a_restart_can_be_stopped_while_it_pauses(start: Start) -> None:
    process = await start(backoff_first_s=600.0, backoff_max_s=600.0)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    await process.wait_for(RasaState.DOWN, deadline_s=DEADLINE_S)
    await process.stop()
    assert process.state is RasaState.STOPPED


@pytest.mark.parametrize(
    ("mode", "within_s", "what"),
    [
        ("exit 7", DEADLINE_S, "exit code 7"),
        ("no_model", DEADLINE_S, r"could not load the model .*tutor\.tar\.gz"),
        ("mute", 1.0, "not ready within 1 s"),
    ],
)
async def test_a_server_that_never_gets_ready_is_named_and_removed(
    start: Start, settings: RasaSettings, mode: str, within_s: float, what: str
) -> None:
    (settings.project / "mode.txt").write_text(mode)
    with pytest.raises(MissingPart, match=what) as caught:
        await start(ready_within_s=within_s)
    assert "rasa.log" in caught.value.remedy
    assert not [child for child in psutil.Process().children() if STAND_IN.name in str(child.cmdline())]


@pytest.mark.parametrize(
    ("part", "remedy"), [("python", "make env-rasa"), ("project", "checkout"), ("model", "make model")]
)
async def test_a_missing_part_is_named_with_its_remedy(
    start: Start, tmp_path: Path, part: str, remedy: str
) -> None:
    with pytest.raises(MissingPart, match="nowhere") as caught:
        await start(**{part: tmp_path / "nowhere"})
    assert remedy in caught.value.remedy


async def test_a_port_in_use_is_named(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=str(port)):
            await start(port=port)


async def test_no_secret_is_on_the_command_line_or_in_the_log(start: Start, settings: RasaSettings) -> None:
    process = await start()
    assert process.pid is not None
    assert process.api_token not in str(psutil.Process(process.pid).cmdline())
    await process.stop()
    written = settings.log_file.read_text()
    assert "secrets: *** ***" in written
    assert process.api_token not in written
    assert settings.tutor_token not in written + repr(settings)


def test_the_child_is_told_to_be_quiet_and_to_phone_nobody(settings: RasaSettings) -> None:
    environment = child_environment(settings, "api", os.environ)
    assert environment["RASA_TELEMETRY_ENABLED"] == "false"
    assert environment["LOG_LEVEL"] == "WARNING"
    assert "--quiet" in command_line(settings, 5005)


def test_a_log_is_turned_over_before_it_grows_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(childlog, "MAX_BYTES", 2_000)
    log = childlog.ChildLog(tmp_path / "rasa.log", secrets=())

    async def print_much() -> None:
        output = asyncio.StreamReader()
        output.feed_data(b"".join(b"line %d of what a server printed\n" % n for n in range(1_000)))
        output.feed_data(b"\xff no newline at the end")
        output.feed_eof()
        await log.drain(output)

    asyncio.run(print_much())
    files = list(tmp_path.iterdir())
    assert len(files) == 1 + childlog.N_KEPT
    assert all(file.stat().st_size <= 2_000 for file in files)
    assert "no newline at the end" in (tmp_path / "rasa.log").read_text()
