"""The learner before the robot of `robot_node.py`, who does what is written on the robot's input.

A line is a JSON object: ``{"do": "hear", "final": "left"}``. Each is done once the bridge has met the topic
or service that it needs, and then written in the robot's diary as ``done``.

| do       | besides                 | what happens                                            |
|----------|-------------------------|---------------------------------------------------------|
| hear     | fields of the speech    | the robot's speech recognition tells it                 |
| touch    | where                   | it is touched                                           |
| picture  | jpeg, in base64         | its camera takes this picture now                       |
| ask      | what: pause or end; on  | somebody asks the tutor; ``answered`` is in the diary   |
| slow     | on                      | what is said from now on goes on until it is finished   |
| finish   |                         | what is said comes to its end                           |
| be quiet |                         | what is said is cut short, and nothing is slow any more |
"""

from __future__ import annotations

import base64
import json
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger

ASK_EVERY_S = 0.02
LIVELY_EVERY_S = 0.3


class Learner:
    """Does what the input says, in the node's own callback group; reads it in a thread."""

    def __init__(self, node: Any) -> None:
        self._node = node
        self._speech = node.create_publisher(String, "/robot/speech_in", 10) if node.has("hear") else None
        self._touch = node.create_publisher(String, "/robot/touch", 10) if node.has("touch") else None
        self._pause = node.create_client(SetBool, "/tutor/pause")
        self._end = node.create_client(Trigger, "/tutor/end_session")
        self._doing: dict[str, Callable[..., None]] = {
            "hear": self._hear,
            "touch": self._touch_it,
            "picture": self._picture,
            "ask": self._ask,
            "slow": self._slow,
            "finish": self._finish,
            "be quiet": self._be_quiet,
        }
        self._todo: deque[dict[str, Any]] = deque()
        self._ring = node.create_guard_condition(self._work)
        if node.chosen("lively"):
            node.create_timer(LIVELY_EVERY_S, self._be_lively)
        self._never = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            wish = json.loads(line)
            while not self._met(wish):
                self._never.wait(ASK_EVERY_S)
            self._todo.append(wish)
            self._ring.trigger()

    def _met(self, wish: dict[str, Any]) -> bool:
        """Whether what this needs has found the bridge: a message sent before is lost."""
        match wish["do"]:
            case "hear":
                return bool(self._speech.get_subscription_count())
            case "touch":
                return bool(self._touch.get_subscription_count())
            case "ask":
                return bool((self._pause if wish["what"] == "pause" else self._end).service_is_ready())
        return True

    def _work(self) -> None:
        while self._todo:
            wish = self._todo.popleft()
            self._doing[wish.pop("do")](**wish)
            self._node.write_down("done", None)

    def _be_lively(self) -> None:
        if self._speech is not None:
            self._hear(final="I am here", confidence=0.9, locale="en-GB")
        if self._touch is not None:
            self._touch_it("head")

    def _hear(self, **fields: Any) -> None:
        self._speech.publish(String(data=json.dumps(fields)))

    def _touch_it(self, where: str) -> None:
        self._touch.publish(String(data=where))

    def _picture(self, jpeg: str) -> None:
        self._node.camera.show(base64.b64decode(jpeg))

    def _ask(self, what: str, on: bool) -> None:
        if what == "pause":
            answer = self._pause.call_async(SetBool.Request(data=on))
        else:
            answer = self._end.call_async(Trigger.Request())
        answer.add_done_callback(self._answered)

    def _answered(self, answer: Any) -> None:
        said = answer.result()
        self._node.write_down("answered", {"success": said.success, "message": said.message})

    def _slow(self, on: bool) -> None:
        self._node.voice.slow = on

    def _finish(self) -> None:
        self._node.voice.finish()

    def _be_quiet(self) -> None:
        self._node.voice.slow = False
        self._node.voice.silence()
