"""How long questionnaires take, by a rule of thumb, and what about them should be settled first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from studies.instruments.asked import PHASES
from studies.instruments.loader import load_instrument
from studies.instruments.model import Instrument
from studies.protocol import Protocol
from studies.protocol.arms import within_cells
from tutorbot.core.lesson import Lesson

HEADING_S = 15.0
"""Seconds to read what stands above the items of one questionnaire (pilot value)."""
ITEM_S: Mapping[str, float] = {"scale": 8.0, "number": 8.0, "choice": 8.0, "choices": 12.0, "text": 40.0}
"""Seconds for one item, by how it is answered (pilot values)."""
LONG_MIN = 15.0
"""Minutes of questionnaires in a session beyond which answers get careless (pilot value)."""
LONG_BLOCK_ITEMS = 20
"""Items after each part or block beyond which the lesson is forgotten over them (pilot value)."""

Asked = Mapping[str, tuple[Instrument, ...]]


def asked_of(protocol: Protocol, texts: Path | None) -> Asked:
    """Instruments by phase. texts: folder of the lab's own. Raises: BadInput; BadFile."""
    return {
        phase: tuple(load_instrument(name, texts=texts) for name in getattr(protocol.instruments, phase))
        for phase in PHASES
    }


def times_asked(protocol: Protocol, lesson: Lesson, phase: str) -> int:
    """How often in a session: after each part, or each block where there are no parts."""
    if phase != "block":
        return 1
    n_parts = len(within_cells(protocol))
    return n_parts if n_parts > 1 else len(lesson.problems)


def minutes(instruments: tuple[Instrument, ...]) -> float:
    """Minutes to answer each of these once."""
    seconds = sum(HEADING_S + sum(ITEM_S[item.answer] for item in one.items) for one in instruments)
    return seconds / 60


def instrument_notes(protocol: Protocol, lesson: Lesson, asked: Asked) -> Iterator[str]:
    """Keys nobody has looked up, and questionnaires too long to be answered with care."""
    for one in {one.id: one for phase in asked.values() for one in phase}.values():
        if one.key.to_compare:
            yield (
                f"{one.id}: its key is {one.key.checked}; compare it with the publication before you use it "
                f"(studies instrument show {one.id})"
            )
    total = sum(times_asked(protocol, lesson, phase) * minutes(asked[phase]) for phase in PHASES)
    if total > LONG_MIN:
        yield f"questionnaires take about {total:.0f} min in all: beyond {LONG_MIN:g} answers get careless"
    n_items = sum(len(one.items) for one in asked["block"])
    if n_items > LONG_BLOCK_ITEMS:
        yield (
            f"{n_items} items are asked {times_asked(protocol, lesson, 'block')} times during the lesson: "
            f"more than {LONG_BLOCK_ITEMS} at a time interrupt it"
        )
