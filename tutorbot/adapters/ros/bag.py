"""A bag of what went to and fro between tutor and robot, written without ROS: MCAP as ROS 2 reads it.

Each message is JSON in a ``std_msgs/msg/String``, so that ``ros2 bag play``, ``mcap``, rosbags and Foxglove
read it without a package of ours. No picture and no sound goes into it. What was said stands in it, by the
tutor and by the learner: a bag is data like the log, and ``studies withdraw --bags`` takes a person out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tutorbot.errors import BadInput, MissingPart

SCHEMA = 1
"""Version of the messages, in each of them."""
INDEX = "index.json"
"""Which folder of bags is whose session."""
STRING = "std_msgs/msg/String"


class Bag:
    """One session's bag, open until ``close``. Use from one event loop."""

    def __init__(
        self,
        folder: Path,
        *,
        participant: str,
        session_id: str,
        now_ns: Callable[[], int] = time.time_ns,
        on_fault: Callable[[str], None] = lambda what: None,
    ) -> None:
        """folder: of all bags; made if it is not there. on_fault: told when nothing more can be written.

        Raises: MissingPart: rosbags is not installed. BadInput: the folder cannot be written.
        """
        try:
            from rosbags.rosbag2 import StoragePlugin, Writer
            from rosbags.typesys import Stores, get_typestore
        except ModuleNotFoundError as error:
            raise MissingPart(
                f"Package {error.name} is not installed; a bag needs it.",
                remedy="Run `make env-analysis`, or leave --bag out.",
            ) from error
        self._now_ns, self._on_fault = now_ns, on_fault
        self._types = get_typestore(Stores.ROS2_JAZZY)
        self._string = self._types.types[STRING]
        self._topics: dict[str, Any] = {}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self.path = _free(folder, f"{participant}-{session_id[:8]}")
            self._writer = Writer(self.path, version=9, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()
            _note(folder / INDEX, participant, session_id, self.path.name)
        except OSError as error:
            raise BadInput(
                f"No bag can be written to {str(folder)!r} ({error.strerror or error}).",
                remedy="Name another folder with --bag, or free some space.",
            ) from error
        self._open = True

    def write(self, topic: str, values: Mapping[str, Any]) -> None:
        """Add one message, stamped now. Values must fit JSON. A full disk ends the bag, never the session."""
        if not self._open:
            return
        text = json.dumps({"schema": SCHEMA, **values}, ensure_ascii=False, default=str)
        try:
            if topic not in self._topics:
                self._topics[topic] = self._writer.add_connection(topic, STRING, typestore=self._types)
            message = self._types.serialize_cdr(self._string(data=text), STRING)
            self._writer.write(self._topics[topic], self._now_ns(), message)
        except OSError as error:
            self._on_fault(f"the bag cannot be written any more ({error.strerror or error})")
            self.close()

    def close(self) -> None:
        """Finish the file; a second call does nothing."""
        if not self._open:
            return
        self._open = False
        try:
            self._writer.close()
        except OSError as error:
            self._on_fault(f"the bag could not be finished ({error.strerror or error})")


def _free(folder: Path, name: str) -> Path:
    """A session that is gone on with gets a further bag."""
    n, path = 1, folder / name
    while path.exists():
        n += 1
        path = folder / f"{name}-{n}"
    return path


def _note(index: Path, participant: str, session_id: str, name: str) -> None:
    """Add a bag to the index; written beside it and put in its place in one step."""
    bags = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
    bags.append({"participant": participant, "session_id": session_id, "folder": name})
    beside = index.with_name(f".{index.name}.new")
    beside.write_text(json.dumps(bags, indent=2) + "\n", encoding="utf-8")
    beside.replace(index)
