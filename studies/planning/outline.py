"""A protocol in lines to read: the whole design, and what should still be settled."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from studies.allocation import list_hash, strata_of
from studies.instruments.asked import PHASES
from studies.planning.burden import HEADING_S, ITEM_S, Asked, instrument_notes, minutes, times_asked
from studies.protocol import PLACEHOLDER, Protocol, warnings_of
from studies.protocol.arms import arms, n_sequences, within_cells
from studies.protocol.design import Cell, Factor, Square, cells
from studies.protocol.flow import Hypothesis
from tutorbot.core.lesson import Lesson

HASH_SHOWN = 12
"""Digits of a hash that tell two lists apart by eye; `studies assign` prints all of them."""


def outline(protocol: Protocol, name: str, lesson: Lesson, asked: Asked) -> str:
    """All a protocol says, with notes. lesson, asked: what it names, loaded."""
    lines = [
        ("design", design_words(protocol)),
        *_factors(protocol),
        ("conditions", _conditions(protocol)),
        *(("cell", cell_words(protocol, cell)) for cell in cells(protocol.factors) if protocol.factors),
        *_orders(protocol),
        ("allocation", _allocation(protocol)),
        ("sample", _sample(protocol)),
        ("evidence", ", ".join(sorted(protocol.evidence_sources))),
        ("lesson", f"{protocol.lesson}; problems: {_problems(protocol)}"),
        *_flow(protocol, lesson, asked),
        *(("hypothesis", hypothesis_words(one)) for one in protocol.hypotheses),
        ("settings", _changed(protocol) or "all as shipped"),
        *(("amendment", f"{one.version}, {one.date}: {one.reason}") for one in protocol.amendments),
        ("keep until", str(protocol.retention_until)),
        ("sha256", protocol.sha256),
    ]
    notes = (*warnings_of(protocol, today=dt.datetime.now(dt.UTC).date()), *_comments(protocol))
    return "\n".join(
        [
            f"{name}: {protocol.id} {protocol.version}, {protocol.title}",
            *(f"  {label:10}  {words}" for label, words in lines),
            *(f"  note: {note}" for note in (*notes, *instrument_notes(protocol, lesson, asked))),
        ]
    )


def counted(n: int, word: str) -> str:
    """``1 cell``, ``6 cells``."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def kind_of(protocol: Protocol) -> str:
    """``between``, ``within`` or ``mixed``."""
    kinds = {factor.vary for factor in protocol.factors} or {"between"}
    return "mixed" if len(kinds) == 2 else next(iter(kinds))


def design_words(protocol: Protocol) -> str:
    """Between, within or mixed, and how large."""
    kind = kind_of(protocol)
    if not protocol.factors:
        n = len(arms(protocol))
        return "one condition for everybody" if n == 1 else f"{kind} participants: {n} conditions"
    size = " x ".join(str(len(factor.levels)) for factor in protocol.factors)
    size = f"{size} = " if len(protocol.factors) > 1 else ""
    of = f", {counted(len(arms(protocol)), 'group')} of participants" if kind == "mixed" else ""
    return f"{kind} participants: {size}{counted(len(cells(protocol.factors)), 'cell')}{of}"


def cell_words(protocol: Protocol, cell: Cell) -> str:
    """A cell's levels, its condition and its problems."""
    condition = cell.condition or protocol.conditions[0]
    if protocol.material is not None:
        problems = "problems by material"
    else:
        problems = ", ".join(cell.problems or protocol.problems) or "all problems"
    return f"{cell.name}: {condition}; {problems}"


def order_words(protocol: Protocol) -> str:
    """How the parts are put in order."""
    if isinstance(protocol.order, Square):
        return "your own square"
    return {
        "fixed": "in the same order",
        "latin_square": "in the orders of a Latin square",
        "williams": "in the orders of a Williams square",
        "random": "in an order drawn for each",
    }[protocol.order]


def hypothesis_words(hypothesis: Hypothesis) -> str:
    """Its text, measure and contrast."""
    about = [hypothesis.measure] if hypothesis.measure else []
    about += [" > ".join(hypothesis.contrast)] if hypothesis.contrast else []
    return f"{hypothesis.id}: {hypothesis.text}" + (f" [{', '.join(about)}]" if about else "")


def _factors(protocol: Protocol) -> Iterator[tuple[str, str]]:
    for factor in protocol.factors:
        title = f", {factor.title}" if factor.title else ""
        yield "factor", f"{factor.id} ({factor.vary}){title}: {_levels(factor)}"


def _levels(factor: Factor) -> str:
    return "; ".join(
        f"{level.id} = {' '.join((*([level.condition] if level.condition else []), *level.problems))}"
        for level in factor.levels
    )


def _conditions(protocol: Protocol) -> str:
    allocation = protocol.allocation
    unit = "cell" if protocol.factors else "condition"
    given = {
        "fixed": f"everybody gets {allocation.condition or 'all parts'}",
        "permuted_blocks": f"permuted blocks, each {unit} {allocation.per_block} x per block, "
        f"seed {protocol.seed}",
        "minimisation": f"minimisation, the most even {unit} with probability {allocation.p_best:g}, "
        f"seed {protocol.seed}",
    }[allocation.method]
    return (
        f"{', '.join(protocol.conditions)}; {given}; objective {protocol.objective}; "
        f"trust by {protocol.trust_model}"
    )


def _orders(protocol: Protocol) -> Iterator[tuple[str, str]]:
    n = len(within_cells(protocol))
    if n == 1:
        return
    made = n_sequences(protocol)
    of = "" if made is None else f"; {counted(made, 'sequence')}"
    by = " (with the material)" if made is not None and protocol.material is not None else ""
    yield "order", f"{n} parts {order_words(protocol)}{of}{by}"
    if protocol.material is not None:
        sets = " | ".join(", ".join(one) for one in protocol.material.sets)
        yield "material", f"{sets}; {protocol.material.order}"


def _allocation(protocol: Protocol) -> str:
    allocation = protocol.allocation
    strata = "; ".join(f"{one.id}: {', '.join(one.options)}" for one in allocation.strata)
    lists = len(strata_of(protocol)) if allocation.method == "permuted_blocks" else 1
    balanced = f"strata {strata}" if strata else "no strata"
    if lists > 1:
        balanced += f" ({lists} lists)"
    hashed = "rule" if allocation.method == "minimisation" else "list"
    groups = counted(len(arms(protocol)), "group" if protocol.factors else "condition")
    return f"{allocation.method} over {groups}; {balanced}; {hashed} hash {list_hash(protocol)[:HASH_SHOWN]}"


def _sample(protocol: Protocol) -> str:
    enrolment, sample = protocol.enrolment, protocol.sample
    planned = "no planned number"
    if sample is not None:
        planned = f"{sample.n} planned, {'nobody' if sample.close else 'others'} taken in beyond"
    by = {"open": "open to whoever has the address", "links": "by personal link only"}[enrolment.by]
    return (
        f"{planned}; {by}; a place is held {enrolment.hold_min:g} min before consent, "
        f"{enrolment.away_h:g} h away"
    )


def _flow(protocol: Protocol, lesson: Lesson, asked: Asked) -> Iterator[tuple[str, str]]:
    consent = ", ".join(purposes(protocol))
    yield "consent", f"text {protocol.consent.version}; {consent}; languages {', '.join(protocol.languages)}"
    yield "checks", "browser, screen, input and camera before the lesson" if protocol.device_check else "none"
    yield "baseline", f"{protocol.baseline.seconds:g} s of reading with a camera, at one's own pace without"
    yield from _questionnaires(protocol, lesson, asked)
    now = "; confusion and frustration now and then" if protocol.validity_probes else ""
    yield "probes", f"trust and concentration after each board{now}"
    resume = protocol.resume
    yield "resume", f"back after {resume.after_min:g} min or more: {resume.then}; sooner: goes on"
    rule = protocol.stop_rule
    yield "stop rule", f"trust falls by {rule.fall:g} after interventions, from {rule.least} answers on"
    yield "completion", completion_words(protocol)


def _questionnaires(protocol: Protocol, lesson: Lesson, asked: Asked) -> Iterator[tuple[str, str]]:
    if not any(asked.values()):
        yield "pre, post", "no questionnaires"
        return
    total = 0.0
    for phase in PHASES:
        if not asked[phase]:
            continue
        times = times_asked(protocol, lesson, phase)
        took = times * minutes(asked[phase])
        total += took
        listed = ", ".join(f"{one.id} ({counted(len(one.items), 'item')})" for one in asked[phase])
        often = f" x {times}" if times > 1 else ""
        yield (
            phase,
            f"{listed}{often}; about {took:.0f} min" if took >= 1 else f"{listed}{often}; under 1 min",
        )
    start = protocol.instruments.trust_start
    if start is not None:
        yield "trust", f"the estimate starts from {start}"
    yield (
        "minutes",
        f"about {max(total, 1):.0f} for questionnaires, at {ITEM_S['scale']:g} s an item, "
        f"{ITEM_S['text']:g} s for an open one, {HEADING_S:g} s a heading",
    )


def purposes(protocol: Protocol) -> tuple[str, ...]:
    """What consent is asked for, each apart."""
    camera = ("camera",) if protocol.camera_sources else ()
    return ("participation", *camera, *protocol.consent.purposes)


def completion_words(protocol: Protocol) -> str:
    """How a recruitment service learns that somebody is done."""
    completion = protocol.completion
    if completion is None:
        return "no recruitment service"
    codes = [name for name in ("completed", "stopped") if getattr(completion, name) is not None]
    back = ", and a link back" if completion.url else ""
    return f"{completion.service}; codes for {' and '.join(codes) or 'nobody'}{back}"


def _problems(protocol: Protocol) -> str:
    if protocol.material is not None or any(one.problems for f in protocol.factors for one in f.levels):
        return "by cell"
    return ", ".join(protocol.problems) or "all"


def _changed(protocol: Protocol) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in sorted(protocol.settings.items()))


def _comments(protocol: Protocol) -> Iterator[str]:
    """Comments that ask for something only the researcher knows, as `studies new` writes them."""
    asks = re.compile(rf"(^|\s)# {PLACEHOLDER}\b")
    lines = [str(n) for n, line in enumerate(protocol.text.splitlines(), 1) if asks.search(line)]
    if lines:
        where = f"line {lines[0]}" if len(lines) == 1 else f"lines {', '.join(lines)}"
        yield f"{where}: a comment says {PLACEHOLDER!r}: do what it asks, then remove it"
