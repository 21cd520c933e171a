"""A robot with interfaces of its own: it says and looks by ROS4HRI skills and tells which faces it tracks.

Run by the Python of `.venv-ros-hri`. /skill/say takes 20 ms a character, gives one feedback at the start and
can be cancelled; /skill/look_at is reached at once, but `random` goes on until it is cancelled;
/humans/faces/tracked is latched; /robot/expressions tells, as JSON, each expression that it was shown.

Parameters for its start: `without`: skills it lacks, of say and look_at, with commas; `lively`: the learner
speaks all the time; `typed`: it listens to the tutor's news in messages of tutor_msgs, and writes them in
`diary`, a file.
"""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import rclpy
from communication_skills.action import Say
from hri_msgs.msg import Expression, IdsList, LiveSpeech
from interaction_skills.action import LookAt
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_skills.msg import Feedback, Result
from tutor_msgs.msg import Affect, DialogueState, Proactivity

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SECONDS_PER_CHARACTER = 0.02
LOOK_EVERY_S = 0.05
LIVELY_EVERY_S = 0.3
TOLD = {"affect": Affect, "proactivity": Proactivity, "dialogue_state": DialogueState}


class SkilledRobot(Node):
    """The node."""

    def __init__(self) -> None:
        super().__init__("skilled_robot")
        self._never = threading.Event()
        self._shown = self.create_publisher(String, "/robot/expressions", 10)
        self.create_subscription(Expression, "/humans/faces/f1/expression", self._show, 10)
        self._tracked = self.create_publisher(IdsList, "/humans/faces/tracked", LATCHED)
        self._tracked.publish(IdsList(ids=["f1"]))
        self.declare_parameter("without", "")
        self.declare_parameter("lively", False)
        self.declare_parameter("diary", "")
        self.declare_parameter("typed", False)
        for name, kind in TOLD.items() if self.get_parameter("typed").value else ():
            self.create_subscription(
                kind, f"/tutor/{name}", lambda message, name=name: self._write_down(name, message), 10
            )
        self._speech = self.create_publisher(LiveSpeech, "/humans/voices/anonymous_speaker/speech", 10)
        if self.get_parameter("lively").value:
            self.create_timer(LIVELY_EVERY_S, self._be_lively)
        without = self.get_parameter("without").value.split(",")
        skills = {"say": (Say, self._say), "look_at": (LookAt, self._look)}
        self._servers = [
            ActionServer(
                self,
                kind,
                f"/skill/{name}",
                execute_callback=work,
                cancel_callback=lambda _goal: CancelResponse.ACCEPT,
                callback_group=ReentrantCallbackGroup(),
            )
            for name, (kind, work) in skills.items()
            if name not in without
        ]

    def _be_lively(self) -> None:
        self._speech.publish(LiveSpeech(final="I am here", confidence=0.9, locale="en_GB"))

    def _write_down(self, name: str, message: Any) -> None:
        fields = [field for field in message.get_fields_and_field_types() if field != "header"]
        data = {field: getattr(message, field) for field in fields}
        line = json.dumps({"topic": name, "data": data, "stamp_s": message.header.stamp.sec})
        with Path(self.get_parameter("diary").value).open("a", encoding="utf-8") as diary:
            diary.write(line + "\n")

    def _look(self, goal: Any) -> LookAt.Result:
        while goal.request.policy == "random":
            self._never.wait(LOOK_EVERY_S)
            if goal.is_cancel_requested:
                goal.canceled()
                return LookAt.Result(result=Result(error_code=Result.ROS_ECANCELED, error_msg="cancelled"))
        goal.succeed()
        return LookAt.Result(result=Result(error_code=Result.ROS_ENOERR))

    def _show(self, message: Expression) -> None:
        said = {"expression": message.expression, "valence": message.valence}
        self._shown.publish(String(data=json.dumps(said)))

    def _say(self, goal: Any) -> Say.Result:
        goal.publish_feedback(Say.Feedback(feedback=Feedback(data_str="started")))
        for _ in goal.request.input:
            self._never.wait(SECONDS_PER_CHARACTER)
            if goal.is_cancel_requested:
                goal.canceled()
                return Say.Result(result=Result(error_code=Result.ROS_ECANCELED, error_msg="cancelled"))
        goal.succeed()
        return Say.Result(result=Result(error_code=Result.ROS_ENOERR))


def main() -> None:
    """Be a robot until a signal ends it."""
    rclpy.init()
    executor = MultiThreadedExecutor(num_threads=4)
    executor.add_node(SkilledRobot())
    print("robot is up", flush=True)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
