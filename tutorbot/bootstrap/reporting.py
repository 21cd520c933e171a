"""What a report asks of a lesson: its criterion, when the lesson in force is still the one at hand."""

from __future__ import annotations

from studies.protocol import Protocol
from tutorbot.bootstrap.study import lesson_of
from tutorbot.errors import BadInput
from tutorbot.lessons import lesson_hash


def criterion_of(protocol: Protocol, in_force: str) -> int | None:
    """Boards in a row that end a block. in_force: sha256 of the lesson that was used; another one: None."""
    try:
        return lesson_of(protocol).criterion if lesson_hash(protocol.lesson) == in_force else None
    except BadInput:
        return None
