"""The parts of a protocol that say how a participant goes through a session."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from studies.protocol.words import Label, Name, Words
from tutorbot.yaml_file import FileModel


class Hypothesis(FileModel):
    """What the study expects, for the preregistration and the report.

    measure: what it is about, ``trust``, ``concentration`` or an instrument's id (with ``.subscale``).
    contrast: the condition expected to be higher, and the one it is compared with; empty without a direction.
    """

    id: Label
    text: Words
    measure: Words | None = None
    contrast: Annotated[tuple[str, ...], Field(max_length=2)] = ()


class Instruments(FileModel):
    """Questionnaires by phase: before the lesson, after each part (or block), after the lesson.

    texts: folder with item texts of the lab's own, beside the protocol file; None: none are needed.
    trust_start: instrument of ``pre``, or ``instrument.subscale``, whose mean, mapped to 1..5, the trust
    estimate starts from. None: 3.5.
    """

    pre: tuple[Name, ...] = ()
    block: tuple[Name, ...] = ()
    post: tuple[Name, ...] = ()
    texts: str | None = None
    trust_start: Words | None = None


class Resume(FileModel):
    """What happens to a learner who comes back late.

    after_min: absence, minutes, from which the rule holds; a shorter one just goes on. then: ``continue``
    where the page was left, ``restart_block`` from the start of the block, or ``stop``.
    """

    after_min: Annotated[float, Field(gt=0, le=100_000)] = 60.0
    then: Literal["continue", "restart_block", "stop"] = "restart_block"


class Sample(FileModel):
    """How many participants are planned. close: nobody new is taken in once they are completed or running."""

    n: Annotated[int, Field(ge=1, le=100_000)]
    close: bool = True


class Enrolment(FileModel):
    """How participants come in.

    by: ``open``: whoever opens /join; ``links``: only with a personal link (`studies links`).
    hold_min: minutes a place is kept for somebody who has not yet agreed to take part (pilot value).
    away_h: hours without a page after which a session counts as dropped out (pilot value).
    """

    by: Literal["open", "links"] = "open"
    hold_min: Annotated[float, Field(gt=0, le=100_000)] = 30.0
    away_h: Annotated[float, Field(gt=0, le=10_000)] = 24.0


class Completion(FileModel):
    """What a recruitment service wants at the end, and sends at the start.

    parameters: of the link the service sends people to, kept in the encrypted identity key and nowhere else;
    person: the one of them that names the person, so that coming twice leads to the same session.
    completed, stopped: the code for each end. url: the service's page, with ``{code}`` in its place.
    """

    service: Literal["prolific", "sona", "other"]
    parameters: Annotated[tuple[Words, ...], Field(min_length=1)]
    person: Words
    completed: Words | None = None
    stopped: Words | None = None
    url: Words | None = None


class StopRule(FileModel):
    """When the whole study should be looked at before it goes on.

    fall: points of trust (1..5) by which it falls after INTERVENTIONs on average. least: answers needed.
    Source of the rule: docs/proactivity.md; numbers P.
    """

    fall: Annotated[float, Field(gt=0, le=4)] = 1.0
    least: Annotated[int, Field(ge=1)] = 10


class Amendment(FileModel):
    """A change to the protocol after the first participant, by the version that brought it."""

    version: Words
    date: dt.date
    reason: Words
