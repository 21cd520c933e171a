"""A robot with interfaces of its own: it says by the ROS4HRI skill and tells which faces it tracks.

Run by the Python of `.venv-ros-hri`. /skill/say takes 20 ms a character, gives one feedback at the start and
can be cancelled; /humans/faces/tracked is latched; /robot/expressions tells, as JSON, each expression that it
was shown.
"""

from __future__ import annotations

import json
import threading
from typing import Any

import rclpy
from communication_skills.action import Say
from hri_msgs.msg import Expression, IdsList
from rclpy.action import ActionServer, CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_skills.msg import Feedback, Result

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
SECONDS_PER_CHARACTER = 0.02


class SkilledRobot(Node):
    """The node."""

    def __init__(self) -> None:
        super().__init__("skilled_robot")
        self._never = threading.Event()
        self._shown = self.create_publisher(String, "/robot/expressions", 10)
        self.create_subscription(Expression, "/humans/faces/f1/expression", self._show, 10)
        self._tracked = self.create_publisher(IdsList, "/humans/faces/tracked", LATCHED)
        self._tracked.publish(IdsList(ids=["f1"]))
        self._say_server = ActionServer(
            self,
            Say,
            "/skill/say",
            execute_callback=self._say,
            cancel_callback=lambda _goal: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

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
