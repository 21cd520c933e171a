"""What a robot's speech recognition tells, when it can be taken for speech."""

from __future__ import annotations

from tutorbot.adapters.robots.clean import clean

MOST_CHARACTERS = 5_000
"""Nobody says more in one go; a longer text is a fault of the robot's program. P"""


class NotHeard(ValueError):
    """A message that holds no speech; the text says why, without its words."""


def words_in(text: object) -> str:
    """What was said, without spaces around it. Raises: NotHeard."""
    if not isinstance(text, str):
        raise NotHeard(f"speech of the robot is a {type(text).__name__}, no text")
    if not clean(text).strip():
        raise NotHeard("speech without words was ignored")
    if len(text) > MOST_CHARACTERS:
        raise NotHeard(f"speech of {len(text)} characters was ignored: longer than {MOST_CHARACTERS}")
    return clean(text).strip()
