"""A bag of what went to and fro between tutor and robot, written without ROS: MCAP as ROS 2 reads it.

Each message is JSON in a ``std_msgs/msg/String``, so that ``ros2 bag play``, ``mcap``, rosbags and Foxglove
read it without a package of ours. No picture and no sound goes into it. What was said stands in it, by the
tutor and by the learner: a bag is data like the log, and ``studies withdraw --bags`` takes a person out.
"""

from __future__ import annotations

import json
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tutorbot.adapters.robots.clean import clean
from tutorbot.errors import BadInput, MissingPart

logger = logging.getLogger(__name__)

SCHEMA = 1
"""Version of the messages, in each of them."""
INDEX = "index.json"
"""Which folder of bags is whose session."""
STRING = "std_msgs/msg/String"


def require_bags(folder: Path) -> None:
    """Pass when bags can be kept in a folder: asked before anybody has a place. Raises: as ``Bag``."""
    _rosbags()
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _bags_in(folder)
        tempfile.TemporaryFile(dir=folder).close()


class Bag:
    """One session's bag, open until ``close``. Use from one event loop.

    Each message is in the file at once: what a tutor that is killed leaves lacks its end alone.
    """

    def __init__(
        self,
        folder: Path,
        *,
        participant: str,
        session_id: str,
        now_ns: Callable[[], int] = time.time_ns,
        on_fault: Callable[[str], None] = logger.warning,
    ) -> None:
        """folder: of all bags; made if it is not there. on_fault: told when nothing more can be written.

        Raises: MissingPart: rosbags is not installed. BadInput: the folder cannot be written, or its index
            is none.
        """
        _rosbags()
        from rosbags.rosbag2 import StoragePlugin, Writer
        from rosbags.typesys import Stores, get_typestore

        self._now_ns, self.on_fault = now_ns, on_fault
        self._types = get_typestore(Stores.ROS2_JAZZY)
        self._string = self._types.types[STRING]
        self._topics: dict[str, Any] = {}
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True)
            begun = _bags_in(folder)
            self.path = _free(folder, f"{participant}-{session_id[:8]}")
            self._writer = Writer(self.path, version=9, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()
            bag = {"participant": participant, "session_id": session_id, "folder": self.path.name}
            _note(folder / INDEX, [*begun, bag])
        self._open = True

    def write(self, topic: str, values: Mapping[str, Any]) -> None:
        """Add one message, stamped now. Values must fit JSON. A full disk ends the bag, never the session."""
        if not self._open:
            return
        text = clean(json.dumps({"schema": SCHEMA, **values}, ensure_ascii=False, default=str))
        try:
            if topic not in self._topics:
                self._topics[topic] = self._writer.add_connection(topic, STRING, typestore=self._types)
            message = self._types.serialize_cdr(self._string(data=text), STRING)
            self._writer.write(self._topics[topic], self._now_ns(), message)
            self._put_down()
        except OSError as error:
            self.on_fault(f"the bag cannot be written any more ({error.strerror or error})")
            self.close()

    def _put_down(self) -> None:
        """Into the file: rosbags itself waits for a megabyte, which few sessions have."""
        storage: Any = self._writer.storage
        storage.close_chunk()
        storage.bio.flush()

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self._writer.close()
        except OSError as error:
            self.on_fault(f"the bag could not be finished ({error.strerror or error})")


def _free(folder: Path, name: str) -> Path:
    """A session that is gone on with gets a further bag."""
    n, path = 1, folder / name
    while path.exists():
        n += 1
        path = folder / f"{name}-{n}"
    return path


def _rosbags() -> None:
    """Pass when rosbags is there. Raises: MissingPart."""
    if find_spec("rosbags") is None:
        raise MissingPart(
            "Package rosbags is not installed; a bag needs it.",
            remedy="Run `make env-analysis`, or leave --bag out.",
        )


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the system says against writing there becomes BadInput."""
    try:
        yield
    except OSError as error:
        raise BadInput(
            f"No bag can be written to {str(folder)!r} ({error.strerror or error}).",
            remedy="Name another folder with --bag, or free some space.",
        ) from error


def _bags_in(folder: Path) -> list[dict[str, str]]:
    """What the index of a folder holds. Raises: BadInput: it is none."""
    index = folder / INDEX
    if not index.exists():
        return []
    try:
        bags = json.loads(index.read_text(encoding="utf-8"))
    except ValueError:
        bags = None
    if not isinstance(bags, list):
        raise BadInput(
            f"{str(index)!r} is no index of bags.", remedy="Name another folder with --bag, or mend the file."
        )
    return bags


def _note(index: Path, bags: list[dict[str, str]]) -> None:
    """Write the index beside itself, and put it in its place in one step."""
    beside = index.with_name(f".{index.name}.new")
    beside.write_text(json.dumps(bags, indent=2) + "\n", encoding="utf-8")
    beside.replace(index)
