"""Whether what a protocol names is there: its lesson, the problems of it, its instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Self

from pydantic import model_validator

from studies.instruments.asked import instrument_misfits
from studies.power.cli import texts_of
from studies.protocol import Protocol
from tutorbot.core.lesson import Lesson
from tutorbot.errors import BadFile, BadInput
from tutorbot.yaml_file import Loc, Misfit, Misfits, parse_yaml

LessonOf = Callable[[Protocol], Lesson]


def require_contents(protocol: Protocol, name: str, *, lesson_of: LessonOf) -> None:
    """Pass when lesson, problems and instruments of a protocol are there. Raises: BadFile; BadInput."""

    class WithContents(Protocol):
        @model_validator(mode="after")
        def _all_is_there(self) -> Self:
            misfits = (
                *_lesson_misfits(self, lesson_of),
                *instrument_misfits(self, texts_of(self, name)),
            )
            if misfits:
                raise Misfits(misfits)
            return self

    parse_yaml(protocol.text, WithContents, name=name)


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
