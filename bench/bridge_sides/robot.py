"""The robot of the tests, telling besides on its own output what reached it: no bridge is needed to know.

Run by the Python of `.venv-ros`. Pictures carry their number as the frame id, so that lost ones are seen.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/ros"))

import rclpy  # type: ignore[import-not-found,unused-ignore]
import robot_node  # type: ignore[import-not-found,unused-ignore]
from std_srvs.srv import Trigger  # type: ignore[import-not-found,unused-ignore]


class Telling(robot_node.Robot):  # type: ignore[misc,unused-ignore]
    """Writes each text it got as a line of JSON; part of it hangs."""

    def __init__(self) -> None:
        super().__init__()
        self._hanging = rclpy.create_node("hanging")  # no executor: it takes calls and answers none
        self._hanging.create_service(Trigger, "/robot/deaf", lambda _, response: response)

    def note(self, topic: str, data: str) -> None:
        """Tell it on the output, then as ever."""
        line = json.dumps({"topic": topic, "data": data, "at_s": time.time()})
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
        super().note(topic, data)


class Counting(robot_node.Camera):  # type: ignore[misc,unused-ignore]
    """Numbers its pictures."""

    n = 0

    def _film(self) -> None:
        self.n += 1
        self._message.header.frame_id = str(self.n)
        super()._film()


if __name__ == "__main__":
    robot_node.Camera, robot_node.Robot = Counting, Telling
    robot_node.main()
