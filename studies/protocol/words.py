"""Kinds of names and numbers in a protocol file, and the texts a participant reads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from tutorbot.yaml_file import FileModel
from tutorbot.yaml_file.forms import ID, LABEL, LANGUAGE

PLACEHOLDER = "FILL IN"
"""Stands in the shipped protocols where only the researcher can know the words."""

Name = Annotated[str, StringConstraints(pattern=ID)]
Label = Annotated[str, StringConstraints(pattern=LABEL)]
"""Of a factor, a level, a stratum or an option: it stands in the log as ``factor=level``."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Number = Annotated[float, Field(strict=True)]
"""A number as it is written: no ``yes``, no text in quotes."""
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]


class ConsentText(FileModel):
    """What a learner reads before anything begins, in one language.

    paragraphs: what the study is and does. points: what the learner agrees to, one statement each.
    camera: the paragraph beside the separate camera choice; needed where a camera may be used.
    robot_camera: the same for the robot's camera, which is shown in its place where that one is to watch.
    purposes: of each further purpose, the statement the learner may agree to.
    """

    title: Words
    paragraphs: Annotated[tuple[Words, ...], Field(min_length=1)]
    points: Annotated[tuple[Words, ...], Field(min_length=1)]
    camera: Words | None = None
    robot_camera: Words | None = None
    purposes: dict[Label, Words] = Field(default_factory=dict)


class Consent(FileModel):
    """The consent texts; ``version`` changes with every change of a word and is logged with the answer.

    purposes: further choices beside taking part and the camera, e.g. ``sharing``; each is asked apart, may be
    refused and may be taken back.
    """

    version: Words
    purposes: tuple[Label, ...] = ()
    texts: dict[Language, ConsentText]


class BaselineText(FileModel):
    """The neutral text that is read while the person's own baseline is taken."""

    title: Words
    text: Words


class Baseline(FileModel):
    """How long the learner reads, and what. seconds: 1..600."""

    seconds: Annotated[float, Field(ge=1, le=600)] = 60.0
    texts: dict[Language, BaselineText]
