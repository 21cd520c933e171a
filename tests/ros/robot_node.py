"""A robot that exists only on ROS: it speaks by waiting, acts by counting and films noise.

Run by the Python of `.venv-ros`, which has rclpy and none of the tutor's packages. Only ready-made types:

| name                     | type                        | what it is                                      |
|--------------------------|-----------------------------|-------------------------------------------------|
| /robot/ready             | std_msgs/String, latched    | JSON: name, since_s                             |
| /robot/say               | std_msgs/String             | said one after the other; an empty one is noted |
| /robot/speaking          | std_msgs/Bool               | true at the start, false at the end             |
| /robot/said              | std_msgs/String             | JSON: text, start_s, end_s, finished            |
| /robot/stop              | service std_srvs/Trigger    | silent at once, what waits is dropped           |
| /robot/gesture           | std_msgs/String             | only noted, as expression and look are          |
| /tutor/affect            | std_msgs/String             | only noted, as the tutor's other news are       |
| /robot/seen              | std_msgs/String             | JSON of each text it got: topic, data, at_s     |
| /robot/act               | action test_msgs/Fibonacci  | one feedback a step; can be cancelled           |
| /robot/camera/on         | service std_srvs/SetBool    | off at the start                                |
| /robot/camera/compressed | sensor_msgs/CompressedImage | stamped when it was taken; best effort          |

What its learner does, /robot/speech_in and /robot/touch, is told it on its input: see `robot_learner.py`.

Parameters, read when they are used and set by the service /robot/set_parameters: `ms_per_character`,
`step_ms` of an act, `camera_fps`, `camera_bytes`. Parameters for its start: `without`: parts it lacks, of
`PARTS`, with commas; `lively`: the learner speaks and touches it all the time, and it films from the start;
`films`: `jpeg` or `noise`; `diary`: a file in which each text it got is written, before anything comes of it.
Times are seconds of the machine's clock.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

import rclpy
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from robot_learner import Learner
from sensor_msgs.msg import CompressedImage
from std_msgs.msg import Bool, String
from std_srvs.srv import SetBool, Trigger
from test_msgs.action import Fibonacci

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
PARAMETERS = {"ms_per_character": 20.0, "step_ms": 50.0, "camera_fps": 15.0, "camera_bytes": 40_000}
CHOICES = {"without": "", "lively": False, "films": "noise", "diary": ""}
PARTS = ("say", "speaking", "stop", "gesture", "express", "look", "hear", "see", "touch")
NOTED = {"gesture": "/robot/gesture", "express": "/robot/expression", "look": "/robot/look"}
NEWS = ("/tutor/affect", "/tutor/proactivity", "/tutor/dialogue_state")
JPEG = b"\xff\xd8\xff\xe0"


def told(**fields: Any) -> String:
    """A JSON object as a message."""
    return String(data=json.dumps(fields, ensure_ascii=False))


class Voice:
    """Says one text after the other; a text takes as long as it has characters.

    All calls come from one callback group of the node, so never two at a time. slow: a text goes on until
    ``finish``, or until it is told to stop.
    """

    def __init__(self, node: Robot) -> None:
        self._node = node
        self._waiting: deque[str] = deque()
        self._text: str | None = None
        self._start_s = 0.0
        self._end: Any = None
        self.slow = False
        self._speaking = node.create_publisher(Bool, "/robot/speaking", 10) if node.has("speaking") else None
        self._said = node.create_publisher(String, "/robot/said", 10)
        if node.has("say"):
            node.create_subscription(String, "/robot/say", self._say, 10)
        if node.has("stop"):
            node.create_service(Trigger, "/robot/stop", self._stop)

    def _say(self, message: String) -> None:
        self._node.note("/robot/say", message.data)
        if message.data:
            self._waiting.append(message.data)
        if self._waiting and self._text is None:
            self._begin()

    def _begin(self) -> None:
        self._text, self._start_s = self._waiting.popleft(), time.time()
        self._tell_speaking(True)
        if not self.slow:
            length_s = max(0.001, len(self._text) * self._node.parameter("ms_per_character") / 1000)
            self._end = self._node.create_timer(length_s, lambda: self._over(finished=True))

    def _tell_speaking(self, on: bool) -> None:
        if self._speaking is not None:
            self._speaking.publish(Bool(data=on))

    def finish(self) -> None:
        """What it says comes to its end, and what waits is said."""
        if self._text is not None:
            self._over(finished=True)

    def _over(self, *, finished: bool) -> None:
        if self._end is not None:
            self._node.destroy_timer(self._end)
            self._end = None
        self._tell_speaking(False)
        end_s = time.time()
        self._said.publish(told(text=self._text, start_s=self._start_s, end_s=end_s, finished=finished))
        self._text = None
        if self._waiting:
            self._begin()

    def _stop(self, _request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = True
        response.message = self.silence()
        return response

    def silence(self) -> str:
        """Say no more. Returns: what was cut short, in words."""
        cut = "nothing" if self._text is None else "a text"
        told = f"{cut} cut short, {len(self._waiting)} more dropped"
        self._waiting.clear()
        if self._text is not None:
            self._over(finished=False)
        return told


class Camera:
    """Publishes noise of a fixed size as if it were JPEG, once it is switched on.

    A lively robot's is on from the start. One that films ``jpeg`` begins its noise as JPEG does.
    """

    def __init__(self, node: Robot) -> None:
        self._node = node
        self._timer: Any = None
        self._frames = node.create_publisher(
            CompressedImage, "/robot/camera/compressed", qos_profile_sensor_data
        )
        node.create_service(SetBool, "/robot/camera/on", self._switch)
        if node.chosen("lively"):
            self._film_from_now()

    def _switch(self, request: SetBool.Request, response: SetBool.Response) -> SetBool.Response:
        if self._timer is not None:
            self._node.destroy_timer(self._timer)
            self._timer = None
        if request.data:
            self._film_from_now()
        response.success = True
        return response

    def _film_from_now(self) -> None:
        head = JPEG if self._node.chosen("films") == "jpeg" else b""
        noise = os.urandom(int(self._node.parameter("camera_bytes")))
        self._message = CompressedImage(format="jpeg", data=head + noise)
        self._timer = self._node.create_timer(1.0 / self._node.parameter("camera_fps"), self._film)

    def show(self, picture: bytes) -> None:
        """Publish this one picture, taken now."""
        self._message = CompressedImage(format="jpeg", data=picture)
        Camera._film(self)

    def _film(self) -> None:
        self._message.header.stamp = self._node.get_clock().now().to_msg()
        self._frames.publish(self._message)


class Robot(Node):
    """The node: parameters, readiness, the list of what it received, and acts that take time."""

    def __init__(self) -> None:
        super().__init__("robot")
        for name, value in (PARAMETERS | CHOICES).items():
            self.declare_parameter(name, value)
        self._seen = self.create_publisher(String, "/robot/seen", 10)
        self._ready = self.create_publisher(String, "/robot/ready", LATCHED)
        for topic in (*(topic for part, topic in NOTED.items() if self.has(part)), *NEWS):
            self.create_subscription(
                String, topic, lambda message, topic=topic: self.note(topic, message.data), 10
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
        self.voice = Voice(self)
        self.camera = Camera(self) if self.has("see") else None
        self.learner = Learner(self)
        self._ready.publish(told(name="robot of the tests", since_s=time.time()))

    def parameter(self, name: str) -> float:
        """Its value at this moment."""
        return float(self.get_parameter(name).value)

    def chosen(self, name: str) -> Any:
        """A parameter for the start."""
        return self.get_parameter(name).value

    def has(self, part: str) -> bool:
        """Whether it was not left without this part."""
        without = [one for one in self.chosen("without").split(",") if one]
        if unknown := set(without) - set(PARTS):
            raise ValueError(f"a robot has no {', '.join(unknown)} to be without")
        return part not in without

    def write_down(self, topic: str, data: Any) -> None:
        """A line in the diary, if it keeps one."""
        if file := self.chosen("diary"):
            with Path(file).open("a", encoding="utf-8") as diary:
                diary.write(json.dumps({"topic": topic, "data": data}) + "\n")

    def note(self, topic: str, data: str) -> None:
        """Tell on /robot/seen, and write down, what was received."""
        self.write_down(topic, data)
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
