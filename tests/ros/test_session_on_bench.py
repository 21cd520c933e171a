"""Whole sessions by voice on a real bridge: decided as on the page, said by the robot, kept in a bag."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.browser.pilot import Pilot
from tests.ros.by_voice import SAYINGS, decided_alike, ears_of, until
from tests.ros.ros_bench import RosBench
from tutorbot.adapters.ros import load_profile

pytestmark = pytest.mark.ros


async def test_a_session_by_voice_is_decided_as_one_on_the_page(ros_bench: RosBench):
    assert await decided_alike(ros_bench, load_profile("generic")) == ["taken"] * len(SAYINGS)


class Tablet:
    """The participant's page at the wire."""

    def __init__(self, pilot: Pilot, page: str) -> None:
        self._socket = connect(f"ws://127.0.0.1:{pilot.port}/ws/{page}", origin=pilot.url)
        self.view: dict[str, Any] = {}
        self._n = 0

    def send(self, **message: Any) -> None:
        """One action; returns once it is stored."""
        self._n += 1
        client_id = f"tablet-{self._n:06}"
        self._socket.send(json.dumps({**message, "client_id": client_id}))
        self.until(lambda got: got.get("client_id") == client_id and got["type"] == "ack")

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv(timeout=20))
            if message["type"] == "view":
                self.view = message["view"]
            if wanted(message):
                return message

    def close(self) -> None:
        self._socket.close()


@pytest.mark.rasa
@pytest.mark.timeout(180)
async def test_robot_run_holds_a_session_with_the_real_dialogue_manager(ros_bench: RosBench, tmp_path: Path):
    bags = tmp_path / "bags"
    command = ("robot", "run", "--bridge", ros_bench.url, "--profile", "generic", "--bag", str(bags))
    pilot = await asyncio.to_thread(lambda: Pilot(tmp_path, study="pilot", command=command))
    try:
        assert f"Robot:        generic at {ros_bench.url}, beside P001" in pilot.printed
        found = re.search(r"Their page:\s+\S+/p/(\S+)", pilot.printed)
        assert found is not None
        async with ears_of(ros_bench, load_profile("generic")) as speak:
            tablet = await asyncio.to_thread(_to_the_first_board, pilot, found.group(1))
            await speak("Can I have a hint?")
            answered = await asyncio.to_thread(
                tablet.until,
                lambda got: (
                    got["type"] == "view" and any(m["who"] == "tutor" for m in got["view"]["messages"])
                ),
            )
            await until(lambda: bool(_column(tmp_path, "SELECT outcome FROM robot_speech")), 20)
            tablet.close()
    finally:
        await asyncio.to_thread(pilot.stop)
    assert [one["text"] for one in answered["view"]["messages"] if one["who"] == "you"] == [
        "Can I have a hint?"
    ]
    assert _column(tmp_path, "SELECT intent FROM understood") == ["ask_hint"]
    assert set(_column(tmp_path, "SELECT outcome FROM robot_speech")) == {"spoken"}
    assert _column(tmp_path, "SELECT outcome FROM robot_hearing") == ["taken"]
    assert len(list(bags.glob("P001-*/*.mcap"))) == 1
    await _goes_on(pilot, command, tmp_path)


async def _goes_on(pilot: Pilot, command: tuple[str, ...], folder: Path) -> None:
    """The operator starts it again for the same participant, and has the block begun anew."""
    pilot.command = (*command, "--participant", "P001", "--then", "restart_block")
    await asyncio.to_thread(pilot.start)
    await asyncio.to_thread(pilot.stop)
    assert "beside P001, whose session stood in block 1, board I1" in pilot.printed
    assert _column(folder, "SELECT run FROM block ORDER BY seq") == [1, 2]


def _to_the_first_board(pilot: Pilot, page: str) -> Tablet:
    tablet = Tablet(pilot, page)
    tablet.until(lambda got: got["type"] == "view")
    version = tablet.view["consent"]["version"]
    tablet.send(type="consent", participation=True, camera=False, version=version)
    while tablet.view["phase"] != "task":
        if tablet.view["phase"] == "check":
            tablet.send(type="check_done")
        elif tablet.view["phase"] == "baseline":
            tablet.send(type="baseline_done")
        if tablet.view["phase"] != "task":
            tablet.until(lambda got: got["type"] == "view")
    return tablet


def _column(folder: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{folder / 'study.db'}?mode=ro", uri=True)) as connection:
        return [value for (value,) in connection.execute(statement)]


async def test_a_robot_that_does_not_answer_is_told_before_anybody_has_a_place(tmp_path: Path):
    command = ("robot", "run", "--bridge", "ws://127.0.0.1:9", "--profile", "generic")
    with pytest.raises(AssertionError, match="nothing listens at that address") as told:
        await asyncio.to_thread(lambda: Pilot(tmp_path, study="pilot", command=command))
    assert "was not ready within 10 s" in str(told.value)
    assert not (tmp_path / "study.db").exists(), "nothing was begun"
