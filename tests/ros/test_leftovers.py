"""What killed ROS processes leave in shared memory goes; what living ones use stays."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tests.ros.leftovers import sweep

DOMAIN = 3


def segment(folder: Path, name: str, *, age_s: float = 60.0) -> Path:
    """A segment and its lock; returns the lock."""
    (folder / name).touch()
    lock = folder / f"{name}_el"
    lock.touch()
    made_s = lock.stat().st_mtime - age_s
    os.utime(lock, (made_s, made_s))
    return lock


def test_a_dead_process_s_segment_goes_and_a_living_one_s_stays(tmp_path: Path):
    segment(tmp_path, "fastrtps_dead")
    with segment(tmp_path, "fastrtps_alive").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        sweep(DOMAIN, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fastrtps_alive", "fastrtps_alive_el"]


def test_a_segment_that_was_just_made_stays(tmp_path: Path):
    segment(tmp_path, "fastrtps_new", age_s=0.0)
    sweep(DOMAIN, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_the_ports_of_the_domain_go_and_those_of_others_stay(tmp_path: Path):
    for name in (
        "fastrtps_port8161",
        "sem.fastrtps_port8161_mutex",
        "fastrtps_port8411",
        "fastrtps_port7000_el",
    ):
        (tmp_path / name).touch()
    sweep(DOMAIN, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fastrtps_port7000_el", "fastrtps_port8411"]
