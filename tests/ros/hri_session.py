"""A session by voice on a robot that speaks by an action (`make ros-bench`; not part of `make test`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ros.by_voice import SAYINGS, decided_alike
from tests.ros.ros_bench import RosBench, hri_bench, running
from tutorbot.adapters.ros import load_profile


@pytest.fixture(scope="module")
def ros_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RosBench]:
    """A bridge and a robot that know these interfaces."""
    with running(hri_bench(tmp_path_factory.mktemp("hri-session"))) as bench:
        yield bench


async def test_a_session_by_voice_on_skills_is_decided_as_one_on_the_page(ros_bench: RosBench):
    assert await decided_alike(ros_bench, load_profile("ros4hri")) == ["taken"] * len(SAYINGS)
