"""A robot's profile by name or by file: what a robot can do, by which topics, services and actions.

The files lie in ``profiles/``; docs/robot.md says how to write one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutorbot.adapters.ros.placeholders import filled, found
from tutorbot.adapters.ros.probe import Probe
from tutorbot.adapters.ros.profile_file import Command, Motion, RobotFile, Say, Stop, Success
from tutorbot.errors import BadInput, RobotRefused
from tutorbot.yaml_file import load_yaml

SHIPPED = Path(__file__).parent / "profiles"
SETTLE_S = 3.0
"""A bridge of ROS 2 that came back finds its robot within 0 to 3 s, measured; a goal sent before is lost in
it. In ROS 1 none were lost."""
PREFIX = re.compile(r"(/[A-Za-z0-9_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotProfile:
    """name: of the profile, for logs. file: what stands in it. prefix: in force."""

    name: str
    file: RobotFile
    prefix: str = ""

    @property
    def can(self) -> frozenset[str]:
        """Of say, stop, gesture, express, look, hear, see, touch, tell: what the profile names."""
        named = {name for name, part in self.file.parts().items() if part is not None}
        tells = any((self.file.tell.affect, self.file.tell.proactivity, self.file.tell.dialogue_state))
        return frozenset(named | ({"tell"} if tells else set()))

    @property
    def motions(self) -> Mapping[str, tuple[str, ...]]:
        """Of gesture, express and look: what the tutor may ask for."""
        parts = {"gesture": self.file.gesture, "express": self.file.express, "look": self.file.look}
        return {part: tuple(motion.names) for part, motion in parts.items() if motion is not None}

    @property
    def probe(self) -> Probe:
        """What shows that the robot is there."""
        one = self.file.probe
        if one is None:
            settle_s = SETTLE_S if self.file.ros == 2 else 0.0
            kind = self.type("std_msgs/msg/String")
            return Probe(kind="echo", name="/tutor/echo", type=kind, settle_s=settle_s)
        return Probe(kind=one.kind, name=self.place(one.name), type=one.type, settle_s=one.settle_s)

    def by(self, part: str) -> str | None:
        """What stands for a part, e.g. ``service /robot/stop``; None: nothing of its own."""
        one = self.file.parts().get(part)
        name: str | None = getattr(one, "name", None)
        if name is None:
            return None
        told = f"{getattr(one, 'kind', 'topic')} {self.place(name, id='{id}')}"
        if isinstance(one, Say) and one.ends.topic is not None:
            return f"{told}, its end by topic {self.place(one.ends.topic)}"
        return told

    def types(self, part: str) -> frozenset[str]:
        """The types a part needs on the robot."""
        one = self.file.parts().get(part)
        inner = (one, getattr(one, "ends", None), getattr(one, "ids", None))
        return frozenset(kind for each in inner if isinstance(kind := getattr(each, "type", None), str))

    def place(self, name: str, **ids: str) -> str:
        """The name of a topic, service or action with prefix and id in place."""
        return str(filled(name, {"prefix": self.prefix, **ids}))

    def type(self, of_ros_2: str) -> str:
        """A standard type's name as this robot's ROS writes it."""
        package, _, name = of_ros_2.split("/")
        return of_ros_2 if self.file.ros == 2 else f"{package}/{name}"

    def locale(self, language: str) -> str:
        """``en`` as the robot wants it: en-GB or en_GB. A language with a country keeps it."""
        whole = self.file.locales.get(language, language)
        mark = "-" if self.file.locale == "dash" else "_"
        return re.sub("[-_]", mark, whole)

    def spoken(self, text: str, language: str) -> dict[str, Any]:
        """The fields of the message that says this. Raises: RobotRefused: it has nothing to speak with."""
        if self.file.say is None:
            raise lacks(self.name, "say", "speak")
        values = {"text": text, "language": re.split("[-_]", language)[0], "locale": self.locale(language)}
        return dict(filled(self.file.say.fields, values))

    def motion(self, part: str, name: str) -> tuple[Command, dict[str, Any]]:
        """The command and fields for a gesture, an expression or a look. Raises: RobotRefused."""
        motion: Motion | None = getattr(self.file, part)
        if motion is None or name not in motion.names:
            raise lacks(self.name, part, f"do {part} {name!r}")
        return motion, dict(filled(motion.fields, motion.values(name)))


def lacks(profile: str, part: str, what: str) -> RobotRefused:
    """The profile has nothing for it."""
    return RobotRefused(
        f"The robot of profile {profile} cannot {what}: its profile names nothing for it.",
        remedy=f"Ask `can` before, or add it under `{part}:` in a profile of your own.",
    )


def succeeded(command: Command | Stop, values: Mapping[str, Any]) -> bool:
    """Whether an answer says that it was done; one that is not asked for it always does."""
    wanted: Success | None = command.success
    return wanted is None or found(values, wanted.field) == wanted.value


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with the tutor."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yml")))


def load_profile(
    name: str | Path, *, prefix: str | None = None, besides: tuple[str, ...] = ()
) -> RobotProfile:
    """A profile by its name, or a lab's own by the path of its file. prefix: instead of the file's own.

    besides: other names that would do where this one was given, for the error.
    Raises: BadInput: there is no such, with the nearest name. BadFile: every mistake with its place.
    """
    path = _path(name, besides)
    file = load_yaml(path, RobotFile)
    if prefix is not None and not PREFIX.fullmatch(prefix):
        raise BadInput(
            f"{prefix!r} is no prefix of topics.", remedy="Write it like /naoqi_driver, or leave it empty."
        )
    return RobotProfile(name=path.stem, file=file, prefix=file.prefix if prefix is None else prefix)


def _path(name: str | Path, besides: tuple[str, ...]) -> Path:
    if isinstance(name, Path) or name.endswith((".yml", ".yaml")) or "/" in name:
        return Path(name)
    if name in shipped():
        return SHIPPED / f"{name}.yml"
    known = sorted((*shipped(), *besides))
    near = difflib.get_close_matches(name.lower(), known, n=1)
    meant = f"Did you mean `{near[0]}`? " if near else ""
    raise BadInput(
        f"There is no robot profile {name!r}.",
        remedy=f"{meant}Known are {', '.join(known)}, or name the path of a file of your own.",
    )
