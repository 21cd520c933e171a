"""What has to agree between the parts of a robot's profile."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tutorbot.adapters.ros.placeholders import holes
from tutorbot.adapters.ros.told import TOLD, placeholders
from tutorbot.yaml_file import FileModel, Loc, Misfit

if TYPE_CHECKING:
    from tutorbot.adapters.ros.profile_file import Ends, Hear, Motion, RobotFile, Say, Stop, Tell

SPOKEN = frozenset({"text", "language", "locale"})
"""What may stand in the fields of ``say``."""
HEARD = frozenset({"language", "locale"})
"""What may stand in the fields of ``hear``."""
RULES = {"action_result": ("action",), "service_reply": ("service",), "status_topic": ("topic", "service")}
"""Rule -> kinds of command that it can end; all, where a rule is not here."""
NEEDED = {"status_topic": ("topic", "type"), "estimated_duration": ("characters_per_s", "plus_s")}


def misfits_of(file: RobotFile) -> Iterator[Misfit]:
    """Everything in a profile that does not agree."""
    yield from _types(file, file.ros)
    if file.say is not None:
        yield from _say(file.say)
    if file.stop is not None:
        yield from _stop(file.stop, file.say)
    for part in ("say", "stop", "gesture", "express", "look"):
        command = getattr(file, part)
        if command is None:
            continue
        if command.kind == "action" and file.ros == 1:
            what = "a bridge of ROS 1 knows no actions"
            yield Misfit((part, "kind"), what, "use a topic or a service, e.g. the action's goal topic")
        if command.kind == "topic" and command.success is not None:
            yield Misfit((part, "success"), "a topic answers nothing", "remove it")
    yield from _tell(file.tell)
    for loc, name in _places(file):
        allowed = {"prefix", "id"} if loc == ("hear", "name") and file.hear and file.hear.ids else {"prefix"}
        for hole in sorted(set(holes(name)) - allowed):
            yield Misfit(loc, f"nothing is known for {{{hole}}} here", "only {prefix} may stand in a name")
    if file.hear is not None:
        yield from _hear(file.hear)
    if file.hear is not None and file.hear.ids is not None and "id" not in set(holes(file.hear.name)):
        yield Misfit(("hear", "name"), "the ids have no place in the name", "write {id} where it belongs")


def _types(value: Any, ros: int, loc: Loc = ()) -> Iterator[Misfit]:
    """Types are written ``pkg/msg/Name`` in ROS 2 and ``pkg/Name`` in ROS 1."""
    for name in type(value).model_fields:
        inner = getattr(value, name)
        if name == "type" and isinstance(inner, str):
            if (inner.count("/") == 2) != (ros == 2):
                right = "package/msg/Name (or srv, action)" if ros == 2 else "package/Name"
                yield Misfit((*loc, name), f"{inner!r} is no type of ROS {ros}", f"write it as {right}")
        elif isinstance(inner, FileModel):
            yield from _types(inner, ros, (*loc, name))


def _places(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    for name in type(value).model_fields:
        inner = getattr(value, name)
        if isinstance(inner, str) and re.match(r"/|\{prefix\}/", inner) and name != "prefix":
            yield (*loc, name), inner
        elif isinstance(inner, FileModel):
            yield from _places(inner, (*loc, name))


def _say(say: Say) -> Iterator[Misfit]:
    used = set(holes(say.fields))
    for hole in sorted(used - SPOKEN):
        what = f"nothing is known for {{{hole}}} here"
        yield Misfit(("say", "fields"), what, "known are {text}, {language} and {locale}")
    if "text" not in used:
        yield Misfit(("say", "fields"), "what is said has no place", "write {text} where it belongs")
    yield from _ends(say.ends, say.kind)


def _hear(hear: Hear) -> Iterator[Misfit]:
    if hear.kind == "topic" and hear.fields:
        yield Misfit(("hear", "fields"), "a topic is listened to and sent nothing", "remove it")
    if hear.kind == "service" and hear.ids is not None:
        yield Misfit(("hear", "ids"), "a service is called by its one name", "remove it")
    for hole in sorted(set(holes(hear.fields)) - HEARD):
        what = f"nothing is known for {{{hole}}} here"
        yield Misfit(("hear", "fields"), what, "known are {language} and {locale}")


def _ends(ends: Ends, kind: str) -> Iterator[Misfit]:
    loc: Loc = ("say", "ends")
    if kind not in RULES.get(ends.rule, (kind,)):
        what = f"a {kind} does not end by {ends.rule}"
        fitting = [rule for rule in (*RULES, "estimated_duration") if kind in RULES.get(rule, (kind,))]
        yield Misfit((*loc, "rule"), what, f"write one of {', '.join(fitting)}")
    for name in NEEDED.get(ends.rule, ()):
        if getattr(ends, name) is None:
            yield Misfit(loc, f"{ends.rule} needs {name}", f"add `{name}:` here")
    if ends.rule == "status_topic" and ends.speaking == ends.done:
        yield Misfit((*loc, "done"), f"it is {ends.done!r} while it speaks, too", "write two values")


def _stop(stop: Stop, say: Say | None) -> Iterator[Misfit]:
    if stop.kind == "cancel":
        if say is None or say.kind != "action":
            yield Misfit(("stop", "kind"), "there is no goal to cancel", "write topic or service")
        return
    for name in ("name", "type"):
        if getattr(stop, name) is None:
            yield Misfit(("stop",), f"a {stop.kind} needs its {name}", f"add `{name}:` here")
    for hole in sorted(set(holes(stop.fields))):
        yield Misfit(("stop", "fields"), f"nothing is known for {{{hole}}} here", "write the value itself")


def _tell(tell: Tell) -> Iterator[Misfit]:
    for what in TOLD:
        one, known = getattr(tell, what), placeholders(what)
        if one is None:
            continue
        loc: Loc = ("tell", what, "fields")
        used = set(holes(one.fields))
        for hole in sorted(used - known):
            near = difflib.get_close_matches(hole, sorted(known), n=1)
            remedy = f"did you mean {{{near[0]}}}?" if near else f"known are {', '.join(TOLD[what])}"
            yield Misfit(loc, f"nothing is known for {{{hole}}} here", remedy)
        if not used:
            yield Misfit(loc, "it would tell the same all the time", "write placeholders, e.g. {at_s}")


def motion_misfits(motion: Motion, known: tuple[str, ...]) -> list[Misfit]:
    """Names nobody asks for, and placeholders without a value."""
    misfits, used = [], set(holes(motion.fields))
    for name in motion.names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(known)}"
            misfits.append(Misfit(("names", name), "the tutor never asks for this", remedy))
            continue
        for hole in sorted(used - set(motion.values(name))):
            misfits.append(Misfit(("names", name), f"it has no value for {{{hole}}}", f"add `{hole}:` to it"))
    if not used:
        what = "every name would send the same message"
        misfits.append(Misfit(("fields",), what, "write {name} where the name belongs"))
    return misfits
