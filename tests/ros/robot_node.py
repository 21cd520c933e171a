"""A robot that exists only on ROS: it speaks by waiting, acts by counting and films noise.

Run by the Python of `.venv-ros`, which has rclpy and none of the tutor's packages. Only ready-made types:

| name                     | type                        | what it is                                      |
|--------------------------|-----------------------------|-------------------------------------------------|
| /robot/ready             | std_msgs/String, latched    | JSON: name, since_s                             |
| /robot/say               | std_msgs/String             | said one after the other; an empty one is noted |
| /robot/speaking          | std_msgs/Bool               | true at the start, false at the end             |
| /robot/said              | std_msgs/String             | JSON: text, start_s, end_s, finished            |
| /robot/stop              | service std_srvs/Trigger    | silent at once, what waits is dropped           |
| /robot/gesture           | std_msgs/String             | only noted                                      |
| /robot/seen              | std_msgs/String             | JSON of each text it got: topic, data, at_s     |
| /robot/act               | action test_msgs/Fibonacci  | one feedback a step; can be cancelled           |
| /robot/camera/on         | service std_srvs/SetBool    | off at the start                                |
| /robot/camera/compressed | sensor_msgs/CompressedImage | stamped when it was taken; best effort          |

Parameters, read when they are used and set by the service /robot/set_parameters: `ms_per_character`,
`step_ms` of an act, `camera_fps`, `camera_bytes`. Times are seconds of the machine's clock. What it hears,
tests publish themselves on /robot/speech_in.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from typing import Any

import rclpy
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Bool, String
from std_srvs.srv import SetBool, Trigger
from test_msgs.action import Fibonacci

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PARAMETERS = {"ms_per_character": 20.0, "step_ms": 50.0, "camera_fps": 15.0, "camera_bytes": 40_000}


def told(**fields: Any) -> String:
    """A JSON object as a message."""
    return String(data=json.dumps(fields, ensure_ascii=False))


class Voice:
    """Says one text after the other; a text takes as long as it has characters.

    All calls come from one callback group of the node, so never two at a time.
    """

    def __init__(self, node: Robot) -> None:
        self._node = node
        self._waiting: deque[str] = deque()
        self._text: str | None = None
        self._start_s = 0.0
        self._end: Any = None
        self._speaking = node.create_publisher(Bool, "/robot/speaking", 10)
        self._said = node.create_publisher(String, "/robot/said", 10)
        node.create_subscription(String, "/robot/say", self._say, 10)
        node.create_service(Trigger, "/robot/stop", self._stop)

    def _say(self, message: String) -> None:
        self._node.note("/robot/say", message.data)
        if message.data:
            self._waiting.append(message.data)
        if self._waiting and self._text is None:
            self._begin()

    def _begin(self) -> None:
        self._text, self._start_s = self._waiting.popleft(), time.time()
        self._speaking.publish(Bool(data=True))
        length_s = max(0.001, len(self._text) * self._node.parameter("ms_per_character") / 1000)
        self._end = self._node.create_timer(length_s, lambda: self._over(finished=True))

    def _over(self, *, finished: bool) -> None:
        self._node.destroy_timer(self._end)
        self._speaking.publish(Bool(data=False))
        end_s = time.time()
        self._said.publish(told(text=self._text, start_s=self._start_s, end_s=end_s, finished=finished))
        self._text = None
        if self._waiting:
            self._begin()

    def _stop(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = self._text is not None
        response.message = f"{len(self._waiting)} more dropped"
        self._waiting.clear()
        if self._text is not None:
            self._over(finished=False)
        return response


class Camera:
    """Publishes noise of a fixed size as if it were JPEG, once it is switched on."""

    def __init__(self, node: Robot) -> None:
        self._node = node
        self._timer: Any = None
        self._frames = node.create_publisher(
            CompressedImage, "/robot/camera/compressed", qos_profile_sensor_data
        )
        node.create_service(SetBool, "/robot/camera/on", self._switch)

    def _switch(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
            self._timer = None
        if request.data:
            picture = os.urandom(int(self._node.parameter("camera_bytes")))
            self._message = CompressedImage(format="jpeg", data=picture)
            self._timer = self._node.create_timer(1.0 / self._node.parameter("camera_fps"), self._film)
        response.success = True
        return response

    def _film(self) -> None:
        self._message.header.stamp = self._node.get_clock().now().to_msg()
        self._frames.publish(self._message)


class Robot(Node):
    """The node: parameters, readiness, the list of what it received, and acts that take time."""

    def __init__(self) -> None:
        super().__init__("robot")
        for name, value in PARAMETERS.items():
            self.declare_parameter(name, value)
        self._seen = self.create_publisher(String, "/robot/seen", 10)
        self._ready = self.create_publisher(String, "/robot/ready", LATCHED)
        self.create_subscription(
            String, "/robot/gesture", lambda message: self.note("/robot/gesture", message.data), 10
        )
        self._act_server = ActionServer(
            self,
            Fibonacci,
            "/robot/act",
            execute_callback=self._act,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )
        self._never = threading.Event()
        Voice(self)
        Camera(self)
        self._ready.publish(told(name="robot of the tests", since_s=time.time()))

    def parameter(self, name: str) -> float:
        """Its value at this moment."""
        return float(self.get_parameter(name).value)

    def note(self, topic: str, data: str) -> None:
        """Tell on /robot/seen what was received."""
        self._seen.publish(told(topic=topic, data=data, at_s=time.time()))

    def _act(self, goal: Any) -> Fibonacci.Result:
        """Count as many steps as asked, one number and one feedback each."""
        numbers = [0, 1]
        for _ in range(goal.request.order):
            self._never.wait(self.parameter("step_ms") / 1000)
            if goal.is_cancel_requested:
                goal.canceled()
                break
            numbers.append(numbers[-1] + numbers[-2])
            goal.publish_feedback(Fibonacci.Feedback(sequence=numbers))
        else:
            goal.succeed()
        return Fibonacci.Result(sequence=numbers)


def main() -> None:
    """Be a robot until a signal ends it; the line it prints says that it is up."""
    rclpy.init()
    executor = MultiThreadedExecutor(num_threads=4)
    executor.add_node(Robot())
    print("robot is up", flush=True)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
