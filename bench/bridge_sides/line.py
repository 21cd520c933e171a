# ruff: noqa: T201
"""What `bench.bridge` and a client in its child process say to each other: one JSON object a line.

Asked on stdin, answered in turn on stdout, with events in between:

| asked                        | answered                                                              |
|------------------------------|-----------------------------------------------------------------------|
| open: url                    | once a gesture has reached the robot                                  |
| round_trips: n, gap_s        | trips_ms: from /robot/gesture to /robot/seen, one after the other     |
| speak: every_s               | at once; gestures are published from now on, their text is when       |
| quiet                        | n_sent and n_refused since `speak`                                    |
| ask_deaf                     | at once; a service that never answers is called, with a minute's time |
| barge_in: n                  | confirmed_ms: from each cancel to the goal's end, null: not in 5 s    |
| watch: work_s, throttle_ms   | at once; the camera's pictures are taken from now on                  |
| unwatch                      | pictures: number and age in seconds of each as it came to be used     |

Events: `state` (up: connected; ready: commands reach the robot; `at_s`) and `call` (how the call of
`ask_deaf` ended; `at_s`). Times are seconds of the machine's clock. Imports the standard library alone.
"""

from __future__ import annotations

import base64
import json
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

STRING = "std_msgs/msg/String"
GESTURE, SEEN = "/robot/gesture", "/robot/seen"
ACT, FIBONACCI = "/robot/act", "test_msgs/action/Fibonacci"
CAMERA, IMAGE = "/robot/camera/compressed", "sensor_msgs/msg/CompressedImage"
DEAF, TRIGGER = "/robot/deaf", "std_srvs/srv/Trigger"
CALL_S, CONFIRM_S, TRIP_S = 60.0, 5.0, 2.0
STEPS = 60
"""Of a goal that is called off: three seconds."""

_one_at_a_time = threading.Lock()


def tell(**fields: Any) -> None:
    """One line to whoever started this."""
    with _one_at_a_time:
        print(json.dumps(fields), flush=True)


def stamp() -> str:
    """A gesture's text: when it was sent."""
    return f"{time.time():.6f}"


def picture_of(message: Mapping[str, Any]) -> tuple[int, float]:
    """(number, age in seconds) of a picture whose bytes are at hand, whatever they came as."""
    data = message["data"]
    if isinstance(data, str):
        data = base64.b64decode(data)
    assert data
    at = message["header"]["stamp"]
    return int(message["header"]["frame_id"]), time.time() - at["sec"] - at["nanosec"] / 1e9


def asked() -> Mapping[str, Any] | None:
    """The next thing asked; None: nothing more will be."""
    line = sys.stdin.readline()
    return json.loads(line) if line else None
