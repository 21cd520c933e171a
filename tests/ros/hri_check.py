"""`tutorbot robot check` of profile ros4hri on a real bridge (`make ros-bench`; not part of `make test`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ros.checking import Checked, check
from tests.ros.ros_bench import RosBench, hri_bench, running

HAS = ("bridge", "say", "stop", "express", "look", "hear", "tell")
LACKS = ("gesture", "see", "touch")


@pytest.fixture(scope="module")
def ros_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosBench]:
    """A bridge and a robot that know these interfaces."""
    with running(hri_bench(tmp_path_factory.mktemp("hri-check"))) as bench:
        yield bench


def checked(bench: RosBench, **parameters: object) -> Checked:
    """A robot whose learner speaks meanwhile."""
    bench.robot_with(**{"lively": True, **parameters})
    return check(bench, "ros4hri", "--listen", "3")


def expected(**but: str) -> dict[str, str]:
    return {**dict.fromkeys(HAS, "ok"), **dict.fromkeys(LACKS, "not in profile"), **but}


def test_a_robot_with_all_skills_is_green(ros_bench: RosBench):
    found = checked(ros_bench)
    assert found.outcomes == expected(), found.details
    assert (found.exit_code, found.complaints) == (0, [])
    assert found.details["look"] == "the robot took them: learner, away"


def test_without_the_skill_to_look_that_row_alone_is_red(ros_bench: RosBench):
    found = checked(ros_bench, without="look_at")
    assert found.outcomes == expected(look="failed"), found.details
    assert found.exit_code == 1
    assert "neither ended within 10 s nor could be called off" in found.details["look"]
    assert "action /skill/look_at" in found.details["look"]


def test_without_the_skill_to_say_that_row_alone_is_red(ros_bench: RosBench):
    found = checked(ros_bench, without="say")
    assert found.outcomes == expected(say="failed", stop="not tried"), found.details
    assert found.exit_code == 1
    assert "action /skill/say" in found.details["say"]
