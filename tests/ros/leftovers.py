"""Takes away what a killed ROS process leaves in shared memory, half a megabyte a time.

Fast DDS keeps each process's messages in a segment of /dev/shm and holds a lock on a file beside it for as
long as the process lives; the lock of a dead one is free. Segments of living processes, ours or not, stay.
"""

from __future__ import annotations

import fcntl
import time
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
SEGMENT_LOCK = "_el"
STARTING_S = 1.0
"""A lock younger than this may belong to a process that is about to take it."""


def ports_of(domain: int) -> range:
    """The ports a ROS domain takes, 250 of them."""
    return range(7400 + 250 * domain, 7400 + 250 * (domain + 1))


def owner_is_dead(lock: Path) -> bool:
    """Whether nobody holds this lock file, and nobody has just made it."""
    try:
        if time.time() - lock.stat().st_mtime < STARTING_S:
            return False
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(domain: int, folder: Path = SHARED_MEMORY) -> None:
    """Remove the segments of dead processes, and the ports of a domain in which no process is left."""
    for lock in folder.glob(f"fastrtps_*{SEGMENT_LOCK}"):
        if "port" not in lock.name and owner_is_dead(lock):
            lock.with_name(lock.name.removesuffix(SEGMENT_LOCK)).unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
    for port in ports_of(domain):
        for name in (f"fastrtps_port{port}", f"fastrtps_port{port}_el", f"fastrtps_port{port}_sl"):
            (folder / name).unlink(missing_ok=True)
        (folder / f"sem.fastrtps_port{port}_mutex").unlink(missing_ok=True)
