"""What in a design is no mistake, but would surprise a researcher half way through the study."""

from __future__ import annotations

from collections.abc import Iterator

from studies.protocol.arms import arms, n_sequences, parts, sequence, within_cells
from studies.protocol.model import Protocol

SHORTEST_HOLD_MIN = 5.0
"""Minutes below which somebody who reads the consent text with care may lose the place (pilot value)."""


def design_notes(protocol: Protocol) -> Iterator[str]:
    """Uneven samples, problems met twice, yoked cells, and times of enrolment that defeat each other."""
    yield from _uneven(protocol)
    yield from _met_twice(protocol)
    yield from _yoked(protocol)
    yield from _times(protocol)


def block_size(protocol: Protocol) -> int:
    """Participants after whom every cell, and every order in it, was given equally often."""
    allocation = protocol.allocation
    per_block = allocation.per_block if allocation.method == "permuted_blocks" else 1
    n_arms, n_orders = len(arms(protocol)), n_sequences(protocol) or 1
    whole = n_arms * per_block
    while whole // n_arms % n_orders:
        whole += n_arms * per_block
    return whole


def _uneven(protocol: Protocol) -> Iterator[str]:
    size = block_size(protocol)
    if protocol.sample is None or protocol.sample.n % size == 0:
        return
    n, n_orders = protocol.sample.n, n_sequences(protocol) or 1
    made_of = f"cells: {len(arms(protocol))}"
    if protocol.allocation.method == "permuted_blocks" and protocol.allocation.per_block > 1:
        made_of += f", per_block: {protocol.allocation.per_block}"
    if n_orders > 1:
        made_of += f", orders of each: {n_orders}"
    below, above = n // size * size, (n // size + 1) * size
    better = f"{below} or {above}" if below else f"{above}"
    yield f"sample n {n} is not a multiple of {size} ({made_of}): cells stay uneven; {better} would be even"


def _met_twice(protocol: Protocol) -> Iterator[str]:
    """Problems that stand in two parts of the same session; parts without a choice have all of the lesson."""
    if len(within_cells(protocol)) == 1:
        return
    arm = arms(protocol)[0]
    chosen = [part.problems for part in parts(protocol, arm.cell, sequence(protocol, arm.cell, "", 1))]
    if not all(chosen):
        twice = "all problems of the lesson"
    else:
        named = [problem for one in chosen for problem in one]
        twice = ", ".join(dict.fromkeys(problem for problem in named if named.count(problem) > 1))
    if twice:
        yield (
            f"every participant meets {twice} in more than one part, and has practised them by then; "
            "name parallel `material:`"
        )


def _yoked(protocol: Protocol) -> Iterator[str]:
    names = [one.condition for one in arms(protocol) if one.condition.endswith("-Y")]
    if names:
        listed = ", ".join(dict.fromkeys(names))
        yield (
            f"{listed}: given only once a session of the match (-A) is finished that nobody was yoked to; "
            "until then newcomers get other places, so these fill last"
        )


def _times(protocol: Protocol) -> Iterator[str]:
    hold_min, away_min = protocol.enrolment.hold_min, 60 * protocol.enrolment.away_h
    if hold_min < SHORTEST_HOLD_MIN:
        yield (
            f"enrolment.hold_min {hold_min:g}: who reads the consent text for longer loses the place; "
            f"allow at least {SHORTEST_HOLD_MIN:g}"
        )
    if hold_min > away_min:
        yield (
            f"enrolment.hold_min ({hold_min:g} min) is longer than away_h ({away_min:g} min): somebody who "
            "has not agreed keeps a place longer than somebody who takes part"
        )
    if protocol.resume.after_min >= away_min:
        yield (
            f"resume.after_min ({protocol.resume.after_min:g}) is not below enrolment.away_h "
            f"({away_min:g} min): the place is given away before the rule for coming back holds"
        )
