"""`tutorbot robot check` on a real bridge: green for a whole robot, one red row for a part it lacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ros.checking import Checked, check
from tests.ros.ros_bench import RosBench

pytestmark = pytest.mark.ros

PARTS = ("bridge", "say", "stop", "gesture", "express", "look", "hear", "see", "touch", "tell")


@pytest.fixture(autouse=True, scope="module")
def robot_as_ever(ros_bench: RosBench) -> Iterator[None]:
    """The other tests' robot is whole, and its learner is quiet."""
    yield
    ros_bench.robot_with()


def checked(bench: RosBench, **parameters: object) -> Checked:
    """A robot whose learner speaks and touches it meanwhile."""
    bench.robot_with(**{"lively": True, "films": "jpeg", **parameters})
    return check(bench, "generic", "--listen", "3", "--camera")


def test_a_whole_robot_is_green_in_every_part(ros_bench: RosBench):
    found = checked(ros_bench)
    assert found.outcomes == dict.fromkeys(PARTS, "ok"), found.details
    assert (found.exit_code, found.complaints) == (0, [])
    assert found.details["touch"] == "touched: head"


LACKS = {
    "say": ("say", "told no beginning", "topic /robot/say"),
    "speaking": ("say", "told no beginning", "its end by topic /robot/speaking"),
    "stop": ("stop", "did not confirm within 2 s that it is silent", "service /robot/stop"),
    "hear": ("hear", "No speech came within 3 s", "topic /robot/speech_in"),
    "see": ("see", "No picture came within 5 s", "topic /robot/camera/compressed"),
    "touch": ("touch", "No touch came within 3 s", "topic /robot/touch"),
}


@pytest.mark.parametrize("lacking", LACKS)
def test_a_robot_that_lacks_a_part_is_red_there_alone_and_says_why(ros_bench: RosBench, lacking: str):
    part, what, by = LACKS[lacking]
    found = checked(ros_bench, without=lacking)
    expected = {**dict.fromkeys(PARTS, "ok"), part: "failed"}
    if part == "say":
        expected["stop"] = "not tried"
    assert found.outcomes == expected, found.details
    assert found.exit_code == 1
    assert what in found.details[part]
    assert "In the profile: " in found.details[part]
    assert by in found.details[part]


def test_what_is_wrong_with_the_pictures_stands_in_their_row(ros_bench: RosBench):
    ros_bench.robot_with(lively=True, films="noise")
    found = check(ros_bench, "generic", "--camera")
    assert (found.outcomes["see"], found.exit_code) == ("failed", 1)
    assert "a picture that is no JPEG was dropped; set the robot's camera to jpeg" in found.details["see"]
    assert found.outcomes["hear"] == found.outcomes["touch"] == "not tried"


def test_a_bridge_without_the_robot_s_packages_is_red_in_every_part_that_needs_one(ros_bench: RosBench):
    ros_bench.robot_with()
    found = check(ros_bench, "ros4hri")
    failed = [part for part, outcome in found.outcomes.items() if outcome == "failed"]
    assert (failed, found.exit_code) == (["say", "express", "look", "hear"], 1), found.details
    for part, package in zip(failed, ("communication", "interaction", "interaction", "hri"), strict=True):
        assert f"load message definition {package}_" in found.details[part]
    assert "Start the bridge where that package is installed" in found.details["express"]
