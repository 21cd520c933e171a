"""A participant's way through a study, step by step in plain words, for the flow chart of the ethics form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studies.allocation import list_hash
from studies.instruments.model import Instrument
from studies.planning.burden import Asked, minutes, times_asked
from studies.planning.flow_words import BACK, LANGUAGES, help_words
from studies.planning.outline import HASH_SHOWN, counted, order_words
from studies.protocol import Protocol
from studies.protocol.arms import Arm, arms, between_cells, n_sequences, within_cells
from studies.protocol.design import Cell, Factor
from tutorbot.core.lesson import Lesson


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One box. title: may hold line breaks. lines: paragraphs below it."""

    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Boxes side by side in a frame. title: who goes through which of them."""

    title: str
    boxes: tuple[Step, ...]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The whole chart. steps: from top to bottom. aside: what holds all the way through."""

    title: str
    subtitle: str
    steps: tuple[Step | Choice, ...]
    aside: tuple[Step, ...]
    foot: str


def way_through(protocol: Protocol, lesson: Lesson, asked: Asked) -> Way:
    """The chart of a protocol. lesson, asked: what it names, loaded."""
    state = (
        "for trying out only, never data" if protocol.test_only else f"ethics approval {_approval(protocol)}"
    )
    return Way(
        title=protocol.title,
        subtitle=f"A participant's way through the study; {state}",
        steps=tuple(_steps(protocol, lesson, asked)),
        aside=tuple(_aside(protocol)),
        foot=f"Protocol {protocol.id}, version {protocol.version}, sha256 {protocol.sha256[:HASH_SHOWN]}",
    )


def _steps(protocol: Protocol, lesson: Lesson, asked: Asked) -> Iterator[Step | Choice]:
    yield _recruitment(protocol)
    yield _consent(protocol)
    if protocol.device_check:
        camera = ", camera" if protocol.camera_sources else ""
        yield Step(title="Device check", lines=(f"Browser, screen, input{camera}",))
    if asked["pre"]:
        yield _questions("Questionnaires before the lesson", asked["pre"])
    yield Step(
        title="Baseline",
        lines=(_reading(protocol),),
    )
    if len(arms(protocol)) > 1:
        yield _allocation(protocol)
    yield from _lesson(protocol, lesson, asked)
    if asked["post"]:
        yield _questions("Questionnaires after the lesson", asked["post"])
    yield _end(protocol)


def _reading(protocol: Protocol) -> str:
    if not protocol.camera_sources:
        return "Reading a neutral text at one's own pace"
    return f"Reading a neutral text: {protocol.baseline.seconds:g} s with the camera, else at one's own pace"


def _recruitment(protocol: Protocol) -> Step:
    by = {
        "open": "Whoever has the address of the study may open it",
        "links": "Each participant gets a personal link",
    }[protocol.enrolment.by]
    lines = [by]
    if protocol.completion is not None:
        lines = [f"Through the recruitment service {protocol.completion.service}. {by}"]
    if protocol.sample is not None:
        lines.append(f"{protocol.sample.n} participants are planned")
    if protocol.allocation.strata:
        named = ", ".join(one.id for one in protocol.allocation.strata)
        lines.append(f"Known or asked first, to balance the groups: {named}")
    return Step(title="Recruitment", lines=tuple(lines))


def _consent(protocol: Protocol) -> Step:
    lines = ["Taking part: needed; who does not agree goes no further"]
    if protocol.camera_sources:
        lines.append("Camera: a choice of its own; who refuses takes part without it")
    lines += [f"{one.capitalize()}: a choice of its own; may be refused" for one in protocol.consent.purposes]
    named = " or ".join(LANGUAGES.get(one, one) for one in protocol.languages)
    languages = f", in {named}"
    return Step(
        title=f"Information and consent (text version {protocol.consent.version}{languages})",
        lines=tuple(lines),
    )


def _questions(title: str, instruments: tuple[Instrument, ...], times: int = 1) -> Step:
    return Step(title=title, lines=(_listed(instruments), f"About {_took(minutes(instruments) * times)}"))


def _listed(instruments: tuple[Instrument, ...]) -> str:
    return "; ".join(f"{one.title} ({counted(len(one.items), 'item')})" for one in instruments)


def _took(time_min: float) -> str:
    return "1 minute" if time_min < 1.5 else f"{time_min:.0f} minutes"


def _allocation(protocol: Protocol) -> Choice:
    how = "by minimisation with chance"
    if protocol.allocation.method == "permuted_blocks":
        how = "at random in balanced blocks"
    given = arms(protocol)
    return Choice(
        title=f"Allocation to one of {counted(len(given), 'group')}, {how}",
        lines=(
            "The place is drawn when the study is opened and takes effect here",
            f"Hash of the {'rule' if protocol.allocation.method == 'minimisation' else 'list'}: "
            f"{list_hash(protocol)[:HASH_SHOWN]}",
        ),
        boxes=tuple(_arm(protocol, one, cell) for one, cell in zip(given, _cells_of(protocol), strict=True)),
    )


def _cells_of(protocol: Protocol) -> tuple[Cell | None, ...]:
    return between_cells(protocol) if protocol.factors else (None,) * len(arms(protocol))


def _arm(protocol: Protocol, arm: Arm, cell: Cell | None) -> Step:
    if cell is None:
        return Step(title=arm.condition, lines=(help_words(protocol, arm.condition),))
    return _cell(protocol, cell, "between")


def _cell(protocol: Protocol, cell: Cell, vary: str) -> Step:
    """A combination of levels by their titles, with what they set."""
    factors = [factor for factor in protocol.factors if factor.vary == vary]
    sets = []
    if cell.condition is not None:
        sets.append(f"{cell.condition}: {help_words(protocol, cell.condition)}")
    if cell.problems:
        sets.append(f"Problems: {', '.join(cell.problems)}")
    return Step(title="\n".join(_level_title(factors, pair) for pair in cell.name.split()), lines=tuple(sets))


def _level_title(factors: list[Factor], pair: str) -> str:
    name, _, level_id = pair.partition("=")
    factor = next(one for one in factors if one.id == name)
    level = next(one for one in factor.levels if one.id == level_id)
    return f"{factor.title or factor.id}: {level.title or level.id}"


def _lesson(protocol: Protocol, lesson: Lesson, asked: Asked) -> Iterator[Step | Choice]:
    within = within_cells(protocol)
    after = ["After each board: one question on trust, one on concentration"]
    if protocol.validity_probes:
        after.append("Now and then: how confused and how frustrated one feels")
    if asked["block"]:
        unit, times = "part" if len(within) > 1 else "block", times_asked(protocol, lesson, "block")
        took = _took(minutes(asked["block"]) * times)
        after.append(f"After each {unit} ({times} in all): {_listed(asked['block'])}; about {took} in all")
    if len(within) == 1:
        yield Step(title=f"Lesson with the tutor: {lesson.title}", lines=(*_alone(protocol), *after))
        return
    made = n_sequences(protocol)
    orders = "" if made is None else f" ({counted(made, 'sequence')}, spread evenly)"
    material: tuple[str, ...] = ()
    if protocol.material is not None:
        sets = "; ".join(", ".join(one) for one in protocol.material.sets)
        turn = ", each equally often with each part" if protocol.material.order == "rotate" else ""
        material = (f"Parallel problems: {sets}{turn}",)
    yield Choice(
        title=f"Lesson with the tutor: {lesson.title}",
        lines=(
            f"Everybody goes through these {len(within)} parts, {order_words(protocol)}{orders}",
            *material,
            *after,
        ),
        boxes=tuple(_cell(protocol, cell, "within") for cell in within),
    )


def _alone(protocol: Protocol) -> Iterator[str]:
    """What a study with one arm does with everybody; nothing where the groups say it."""
    given = arms(protocol)
    if len(given) == 1:
        yield f"Everybody: {help_words(protocol, given[0].condition)} ({given[0].condition})"


def _end(protocol: Protocol) -> Step:
    lines = ["What the study was about; a copy of consent and data"]
    completion = protocol.completion
    if completion is not None and completion.completed is not None:
        lines.append(f"Completion code for {completion.service}")
    return Step(title="Debriefing and end", lines=tuple(lines))


def _aside(protocol: Protocol) -> Iterator[Step]:
    yield Step(title="Stop at any time", lines=tuple(_stopping(protocol)))
    choices = ["camera"] if protocol.camera_sources else []
    choices += protocol.consent.purposes
    also = f", as a whole or for one purpose ({', '.join(choices)})" if choices else ""
    deleted = "On request all data of a person are deleted, by their code"
    yield Step(title="Withdrawal", lines=(f"Consent may be taken back{also}", deleted))
    resume = protocol.resume
    back = f"Who comes back after {resume.after_min:g} minutes or more goes on {BACK[resume.then]}"
    yield Step(title="Interruptions", lines=(back,))
    camera = ("Camera pictures are never stored, only scores",) if protocol.camera_sources else ()
    until = f"Kept until {protocol.retention_until}"
    yield Step(title="Data", lines=("Stored under a code, not under a name", *camera, until))
    yield Step(title="Contact", lines=(protocol.contact,))


def _stopping(protocol: Protocol) -> Iterator[str]:
    yield "By “End now” or by leaving the page, without reasons and without disadvantage"
    completion = protocol.completion
    if completion is not None and completion.stopped is not None:
        yield f"Who stops gets a code for {completion.service} as well"


def _approval(protocol: Protocol) -> str:
    return protocol.ethics_id or "not yet given"
