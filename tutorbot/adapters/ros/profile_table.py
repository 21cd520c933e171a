"""The shipped profiles as a table in Markdown: what each robot can do, by what, and what confirms it."""

from __future__ import annotations

from collections.abc import Iterator

from tutorbot.adapters.ros.profile import RobotProfile, load_profile, shipped
from tutorbot.adapters.ros.profile_file import Command, Hear, Motion, Part, Say, Stop

ENDS = {
    "action_result": "end told by its result",
    "service_reply": "end told by its reply",
    "status_topic": "end told by a topic",
    "estimated_duration": "end reckoned",
}


def profile_table() -> str:
    """A row for every part of every shipped profile."""
    head = ["| profile | part | by | names | confirmed by |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(row for name in shipped() for row in _rows(load_profile(name)))])


def _rows(profile: RobotProfile) -> Iterator[str]:
    for name, part in profile.file.parts().items():
        if part is not None:
            cells = (f"`{profile.name}`", name, _by(part), _names(part), _confirmed(part))
            yield f"| {' | '.join(cells)} |"
    lacking = [name for name, part in profile.file.parts().items() if part is None]
    if lacking:
        yield f"| `{profile.name}` | not: {', '.join(lacking)} | | | |"


def _by(part: Part) -> str:
    if isinstance(part, Stop) and part.kind == "cancel":
        return "the goal is cancelled"
    kind = part.kind if isinstance(part, Command | Stop | Hear) else "topic"
    told = f"{kind} `{getattr(part, 'name', None)}`"
    if isinstance(part, Say):
        return f"{told}, {ENDS[part.ends.rule]}"
    return f"{told}; needs {part.needs}" if part.needs else told


def _names(part: Part) -> str:
    return ", ".join(part.names) if isinstance(part, Motion) else ""


def _confirmed(part: Part) -> str:
    best = part.confirmed.best
    return f"{best}: {getattr(part.confirmed, str(best))}"
