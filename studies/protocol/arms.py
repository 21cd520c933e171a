"""What a participant can be given: an arm of the study, an order of its parts, and the session they make."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from studies.protocol.design import Cell, Square, cells, rows_of
from studies.protocol.model import Protocol
from tutorbot.ports import SessionPart

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What is allocated. cell: between-subject levels, or the condition where the study has no factors."""

    cell: str
    condition: str


def arms(protocol: Protocol) -> tuple[Arm, ...]:
    """The arms in the protocol's order. condition is that of the part that stands first in the file."""
    if not protocol.factors:
        only = protocol.allocation.condition
        return tuple(Arm(cell=one, condition=one) for one in protocol.conditions if only in (None, one))
    first_within = within_cells(protocol)[0]
    return tuple(
        Arm(cell=cell.name, condition=_condition(protocol, cell, first_within))
        for cell in between_cells(protocol)
    )


def between_cells(protocol: Protocol) -> tuple[Cell, ...]:
    """Combinations of the between-subject levels; one without a name when there are none."""
    return cells(tuple(factor for factor in protocol.factors if factor.vary == "between"))


def within_cells(protocol: Protocol) -> tuple[Cell, ...]:
    """Combinations of the within-subject levels; one without a name when there are none."""
    return cells(tuple(factor for factor in protocol.factors if factor.vary == "within"))


def n_sequences(protocol: Protocol) -> int | None:
    """Orders that participants are spread over; None when each one's is drawn (``order: random``)."""
    rows = _rows(protocol)
    return len(tuple(product(rows, _rotations(protocol)))) if rows else None


def sequence(protocol: Protocol, cell: str, stratum: str, n: int) -> str:
    """The order of the n-th participant of an arm (and stratum), from 1: drawn in blocks of all orders.

    Returns: e.g. ``order=2,1,3 material=1``; empty where nothing is put in order.
    """
    if len(within_cells(protocol)) == 1:
        return ""
    rows, rotations = _rows(protocol), _rotations(protocol)
    seed = f"{protocol.seed}/{stratum}/{cell}/order"
    if not rows:
        order = _shuffled(list(range(len(within_cells(protocol)))), f"{seed}/{n}")
        return _name(tuple(order), rotations[(n - 1) % len(rotations)], protocol)
    every = list(product(rows, rotations))
    block, place = divmod(n - 1, len(every))
    row, rotation = _shuffled(every, f"{seed}/{block}")[place]
    return _name(row, rotation, protocol)


def parts(protocol: Protocol, cell: str, sequence: str) -> tuple[SessionPart, ...]:
    """The parts of a session in the participant's order; empty when it is the lesson as a whole."""
    if not protocol.factors:
        return ()
    between = next(one for one in between_cells(protocol) if one.name == cell)
    order, rotation = _read(sequence, len(within_cells(protocol)))
    return tuple(
        _part(protocol, between, within_cells(protocol)[index], place, rotation)
        for place, index in enumerate(order)
    )


def _part(protocol: Protocol, between: Cell, within: Cell, place: int, rotation: int) -> SessionPart:
    problems = within.problems or between.problems or protocol.problems
    if protocol.material is not None:
        sets = protocol.material.sets
        problems = sets[(place + rotation) % len(sets)]
    names = {**_levels(between), **_levels(within)}
    return SessionPart(
        condition=_condition(protocol, between, within),
        problems=problems,
        cell=" ".join(f"{factor.id}={names[factor.id]}" for factor in protocol.factors),
    )


def _condition(protocol: Protocol, between: Cell, within: Cell) -> str:
    return between.condition or within.condition or protocol.conditions[0]


def _levels(cell: Cell) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in cell.name.split())


def _rows(protocol: Protocol) -> tuple[tuple[int, ...], ...]:
    if isinstance(protocol.order, Square):
        return tuple(tuple(cell - 1 for cell in row) for row in protocol.order.rows)
    return rows_of(protocol.order, len(within_cells(protocol)))


def _rotations(protocol: Protocol) -> range:
    material = protocol.material
    return range(len(material.sets)) if material is not None and material.order == "rotate" else range(1)


def _name(row: tuple[int, ...], rotation: int, protocol: Protocol) -> str:
    name = "order=" + ",".join(str(cell + 1) for cell in row)
    return name if protocol.material is None else f"{name} material={rotation + 1}"


def _read(sequence: str, n: int) -> tuple[tuple[int, ...], int]:
    """The order and the rotation of a name as ``_name`` makes it; the file's own order for an empty one."""
    named = dict(pair.split("=", 1) for pair in sequence.split())
    order = (
        tuple(int(cell) - 1 for cell in named["order"].split(",")) if "order" in named else tuple(range(n))
    )
    return order, int(named.get("material", "1")) - 1


def _shuffled(members: list[T], seed: str) -> list[T]:
    """In the order of their hashes: the same on every machine and version."""

    def draw(member: tuple[int, T]) -> bytes:
        return hashlib.sha256(f"{seed}/{member[0]}".encode()).digest()

    return [member for _, member in sorted(enumerate(members), key=draw)]


def list_problems(protocol: Protocol) -> Iterator[str]:
    """Every problem of the lesson the protocol names anywhere."""
    yield from protocol.problems
    for factor in protocol.factors:
        for level in factor.levels:
            yield from level.problems
    for one in protocol.material.sets if protocol.material is not None else ():
        yield from one
