"""What the tutor tells in messages of its own reaches a node (`make ros-bench`; not part of `make test`)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.robot import RobotDiary
from tests.ros.ros_bench import REPOSITORY, RosBench, hri_bench, running
from tutorbot.adapters.ros import BridgeSettings, RobotProfile, RosRobot, load_profile

WITHIN_S = 10.0
TOLD = {
    "affect": {
        "at_s": 3.5,
        "window_s": 2.0,
        "confusion": 0.75,
        "frustration": None,
        "coverage": 1.0,
        "n_faces": 1,
        "engagement": "engaged",
    },
    "proactivity": {
        "at_s": 4.0,
        "what": "reaction",
        "act_id": "A1",
        "reaction": "accepted",
        "latency_s": 1.5,
    },
    "dialogue_state": {"at_s": 5.0, "phase": "task", "item_id": None, "paused": True},
}
HEARD = {
    "affect": {
        "at_s": 3.5,
        "window_s": 2.0,
        "confusion": 0.75,
        "confusion_known": True,
        "frustration": 0.0,
        "frustration_known": False,
        "concentration": 0.0,
        "concentration_known": False,
        "p_confused": 0.0,
        "p_confused_known": False,
        "p_frustrated": 0.0,
        "p_frustrated_known": False,
        "coverage": 1.0,
        "n_faces": 1,
        "engagement": "engaged",
    },
    "proactivity": {
        "at_s": 4.0,
        "what": "reaction",
        "act_id": "A1",
        "level": 0,
        "move": "",
        "delivered": False,
        "reaction": "accepted",
        "latency_s": 1.5,
    },
    "dialogue_state": {"at_s": 5.0, "phase": "task", "item_id": "", "paused": True},
}


@pytest.fixture(scope="module")
def ros_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosBench]:
    """A bridge and a robot that know these interfaces; the robot listens to them."""
    with running(hri_bench(tmp_path_factory.mktemp("hri-news"))) as bench:
        bench.robot_with(typed=True)
        yield bench


@pytest.fixture
def profile(tmp_path: Path) -> RobotProfile:
    """The example of docs/robot.md."""
    *_, example = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "docs/robot.md").read_text(), re.DOTALL)
    path = tmp_path / "typed.yml"
    path.write_text(f"title: Typed\nros: 2\n{example}")
    return load_profile(path)


def written(bench: RosBench) -> list[Mapping[str, Any]]:
    if not bench.diary.exists():
        return []
    return [json.loads(line) for line in bench.diary.read_text().rpartition("\n")[0].splitlines()]


async def test_each_message_reaches_the_robot_with_all_its_fields_and_a_stamp(
    ros_bench: RosBench, profile: RobotProfile
):
    diary = RobotDiary()
    robot = RosRobot(profile, BridgeSettings(url=ros_bench.url))
    await robot.start(diary)
    try:
        await robot.ready(within_s=20)
        for what, values in TOLD.items():
            await robot.tell(what, values, within_s=2)
        async with asyncio.timeout(WITHIN_S):
            while len(written(ros_bench)) < len(TOLD):
                await asyncio.sleep(0.05)
    finally:
        await robot.close()
    assert {one["topic"]: one["data"] for one in written(ros_bench)} == HEARD
    assert all(one["stamp_s"] > 0 for one in written(ros_bench))
    assert diary.complaints == []
