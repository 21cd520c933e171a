"""Whether what a protocol names is there: its lesson, the problems of it, its instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from pydantic import model_validator

from studies.instruments.asked import instrument_misfits
from studies.power.cli import texts_of
from studies.protocol import Protocol, parse_protocol
from studies.protocol.checks import Check
from tutorbot.core.lesson import Lesson
from tutorbot.errors import BadFile, BadInput
from tutorbot.yaml_file import Loc, Misfit, Misfits, parse_yaml, read_text

LessonOf = Callable[[Protocol], Lesson]


def require_contents(protocol: Protocol, name: str, *, lesson_of: LessonOf) -> None:
    """Pass when lesson, problems and instruments of a protocol are there. Raises: BadFile; BadInput."""

    class WithContents(Protocol):
        @model_validator(mode="after")
        def _all_is_there(self) -> Self:
            misfits = tuple(misfit for check in _checks(name, lesson_of) for misfit in check(self))
            if misfits:
                raise Misfits(misfits)
            return self

    parse_yaml(protocol.text, WithContents, name=name)


def require_all(name: str, *, lesson_of: LessonOf) -> None:
    """Pass when a file has no mistake; else all that can be found in one go. Raises: BadFile; BadInput."""
    protocol = parse_protocol(read_text(Path(name)), name=name, further=_checks(name, lesson_of))
    require_contents(protocol, name, lesson_of=lesson_of)


def _checks(name: str, lesson_of: LessonOf) -> tuple[Check, ...]:
    return (
        lambda protocol: _lesson_misfits(protocol, lesson_of),
        lambda protocol: instrument_misfits(protocol, texts_of(protocol, name)),
    )


def _lesson_misfits(protocol: Protocol, lesson_of: LessonOf) -> Iterator[Misfit]:
    """Each problem is looked up by itself, so that every missing one is told at its own place."""
    bare = protocol.model_copy(update={"problems": (), "factors": (), "material": None})
    try:
        lesson_of(bare)
    except BadFile:  # the pack's own mistakes, at their own places
        raise
    except BadInput as error:
        yield _at(("lesson",), error)
        return
    for loc, problem in _named(protocol):
        try:
            lesson_of(bare.model_copy(update={"problems": (problem,)}))
        except BadInput as error:
            yield _at(loc, error)


def _named(protocol: Protocol) -> Iterator[tuple[Loc, str]]:
    """Every problem the protocol names, with its place."""
    for index, problem in enumerate(protocol.problems):
        yield ("problems", index), problem
    for number, factor in enumerate(protocol.factors):
        for at, level in enumerate(factor.levels):
            for index, problem in enumerate(level.problems):
                yield ("factors", number, "levels", at, "problems", index), problem
    for number, one in enumerate(protocol.material.sets if protocol.material is not None else ()):
        for index, problem in enumerate(one):
            yield ("material", "sets", number, index), problem


def _at(loc: Loc, error: BadInput) -> Misfit:
    """The error at a place of the protocol, in the form of the file's other mistakes."""
    remedy = error.remedy[:1].lower() + error.remedy[1:]
    return Misfit(loc, error.what.rstrip("."), remedy.rstrip("."))
