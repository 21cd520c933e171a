"""Who gets which arm: a list made before the first participant comes, or minimisation with an audit."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import combinations, count
from typing import Any

from studies.protocol import Protocol
from studies.protocol.arms import arms, n_sequences, sequence

SHOWN = 200
"""Places of the list that are written out, and so hashed, before the first participant (per stratum)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A place as it stands in the study's log.

    n: from 1, in the order in which places were given out. list_n: number in its stratum's list; None for
    minimisation. refill_of: ``n`` of the place it fills anew. open: neither given back nor finished badly.
    """

    n: int
    list_n: int | None
    refill_of: int | None
    stratum: str
    cell: str
    sequence: str
    released: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The place the next participant gets. origin: list, refill or minimisation; reason: of minimisation."""

    origin: str
    list_n: int | None
    refill_of: int | None
    cell: str
    sequence: str
    reason: Mapping[str, Any] | None = None


def next_place(
    protocol: Protocol,
    given: Sequence[Given],
    stratum: str = "",
    *,
    serves: Callable[[str], bool] = lambda cell: True,
) -> Next | None:
    """The place of the next participant of a stratum, after all that were given out before.

    A drop-out's place comes first, the oldest of them; then the list's next. ``serves`` says whether a cell
    can be given now: one that cannot (a yoked condition without a match) keeps its place for somebody later.
    Returns: None when no cell can be given now.
    """
    if protocol.allocation.method == "minimisation":
        return _minimised(protocol, given, stratum, serves)
    refilled = {place.refill_of for place in given}
    for place in given:
        if place.released and place.stratum == stratum and place.n not in refilled and serves(place.cell):
            return Next(
                origin="refill", list_n=None, refill_of=place.n, cell=place.cell, sequence=place.sequence
            )
    taken = {place.list_n for place in given if place.stratum == stratum}
    if not any(serves(arm.cell) for arm in arms(protocol)):
        return None
    open_ones = (n for n in count(1) if n not in taken)
    list_n = next(n for n in open_ones if serves(cell_for(protocol, n, stratum)))
    cell, order = listed(protocol, list_n, stratum)
    return Next(origin="list", list_n=list_n, refill_of=None, cell=cell, sequence=order)


def listed(protocol: Protocol, n: int, stratum: str = "") -> tuple[str, str]:
    """Cell and sequence of the n-th place of a stratum's list, from 1."""
    cell = cell_for(protocol, n, stratum)
    if not n_sequences(protocol) and not sequence(protocol, cell, stratum, 1):
        return cell, ""
    nth = sum(cell_for(protocol, earlier, stratum) == cell for earlier in range(1, n + 1))
    return cell, sequence(protocol, cell, stratum, nth)


def condition_for(protocol: Protocol, n: int) -> str:
    """The condition of the n-th participant of a study without strata, counted from 1.

    In a within-subject design that of the part which stands first in the file. Raises: ValueError: below 1.
    """
    cell = cell_for(protocol, n)
    return next(arm.condition for arm in arms(protocol) if arm.cell == cell)


def cell_for(protocol: Protocol, n: int, stratum: str = "") -> str:
    """The cell of the n-th place of a stratum's list, from 1.

    The same protocol and number always give the same answer, on every machine and version: a block
    is put in order by the hashes of seed, block and place, not by a random generator.
    Raises: ValueError: if ``n`` is below 1.
    """
    if n < 1:
        raise ValueError(f"participants are counted from 1, not {n}")
    known = tuple((arm.cell, arm.condition) for arm in arms(protocol))
    if len(known) == 1:
        return known[0][0]
    per_block = protocol.allocation.per_block
    block, place = divmod(n - 1, len(known) * per_block)
    return _block(protocol.seed, known, per_block, block, stratum)[place]


def list_text(protocol: Protocol) -> dict[str, Any]:
    """What is written down, and hashed, before the first participant: how places are drawn, and the first.

    Of minimisation there is no list: its places hang on who comes; seed and rule are written down instead.
    """
    allocation = protocol.allocation
    strata = strata_of(protocol) if allocation.method != "minimisation" else []
    return {
        "study": protocol.id,
        "method": allocation.method,
        "seed": protocol.seed,
        "per_block": allocation.per_block,
        "p_best": allocation.p_best,
        "arms": [asdict(arm) for arm in arms(protocol)],
        "sequences": n_sequences(protocol),
        "strata": {one.id: list(one.options) for one in allocation.strata},
        "places": {name: _first(protocol, name) for name in strata},
    }


def _first(protocol: Protocol, stratum: str) -> list[list[str]]:
    """The first places of a stratum: cell and sequence of each."""
    met: Counter[str] = Counter()
    found = []
    for n in range(1, SHOWN + 1):
        cell = cell_for(protocol, n, stratum)
        met[cell] += 1
        found.append([cell, sequence(protocol, cell, stratum, met[cell])])
    return found


def list_hash(protocol: Protocol) -> str:
    """sha256 of ``list_text``: the number to preregister."""
    return hashlib.sha256(json.dumps(list_text(protocol), sort_keys=True).encode()).hexdigest()


def strata_of(protocol: Protocol) -> list[str]:
    """Names of all strata, e.g. ``prior=yes``; one without a name when nothing is balanced."""
    names = [""]
    for stratum in protocol.allocation.strata:
        names = [f"{name} {stratum.id}={option}".strip() for name in names for option in stratum.options]
    return names


def stratum_name(protocol: Protocol, answers: Mapping[str, str]) -> str:
    """The stratum of somebody's answers. Raises: KeyError: naming a stratum without one of its options."""
    pairs = []
    for stratum in protocol.allocation.strata:
        option = answers.get(stratum.id)
        if option not in stratum.options:
            raise KeyError(stratum.id)
        pairs.append(f"{stratum.id}={option}")
    return " ".join(pairs)


@lru_cache(maxsize=10_000)
def _block(
    seed: int, known: tuple[tuple[str, str], ...], per_block: int, block: int, stratum: str
) -> tuple[str, ...]:
    """One block of places. known: cell and condition of each arm."""
    members = [(cell, copy) for cell, _ in known for copy in range(per_block)]
    of_stratum = f"/{stratum}" if stratum else ""

    def draw(member: tuple[str, int]) -> bytes:
        cell, copy = member
        return hashlib.sha256(f"{seed}{of_stratum}/{block}/{cell}/{copy}".encode()).digest()

    ordered = [cell for cell, _ in sorted(members, key=draw)]
    return tuple(_match_before_yoked(ordered, dict(known)))


def _match_before_yoked(order: list[str], condition_of: Mapping[str, str]) -> list[str]:
    """The same places, so dealt that each yoked condition comes after one of its match."""
    cell_of = {condition: cell for cell, condition in condition_of.items()}
    for cell in dict.fromkeys(order):
        condition = condition_of[cell]
        match = cell_of.get(condition.removesuffix("-Y") + "-A")
        if not condition.endswith("-Y") or match not in order:
            continue
        places = [place for place, name in enumerate(order) if name in {cell, match}]
        for turn, place in enumerate(places):
            order[place] = match if turn % 2 == 0 else cell
    return order


def _minimised(
    protocol: Protocol, given: Sequence[Given], stratum: str, serves: Callable[[str], bool]
) -> Next | None:
    """Pocock & Simon's choice, with the variance over the arms in each of the newcomer's strata, summed."""
    names = [arm.cell for arm in arms(protocol) if serves(arm.cell)]
    if not names:
        return None
    standing = [place for place in given if not place.released]
    imbalance = {name: _imbalance(protocol, standing, stratum, name) for name in names}
    least = min(imbalance.values())
    best = [name for name in names if imbalance[name] == least]
    others = [name for name in names if imbalance[name] > least]
    n = len(given) + 1
    draw = _draw(f"{protocol.seed}/minimisation/{n}")
    among = best if not others or draw < protocol.allocation.p_best else others
    cell = among[int(_draw(f"{protocol.seed}/minimisation/{n}/tie") * len(among))]
    nth = sum(place.cell == cell for place in standing) + 1
    return Next(
        origin="minimisation",
        list_n=None,
        refill_of=None,
        cell=cell,
        sequence=sequence(protocol, cell, "", nth),
        reason={"imbalance": imbalance, "draw": round(draw, 6), "best": best},
    )


def _imbalance(protocol: Protocol, standing: Iterable[Given], stratum: str, candidate: str) -> int:
    """Sum over the newcomer's strata of the arms' summed squared differences, were the candidate given.

    With many arms the range would hardly ever tell two of them apart; squares do.
    """
    total = 0
    known = list(standing)
    for pair in stratum.split():
        numbers = {arm.cell: 0 for arm in arms(protocol)}
        for place in known:
            if pair in place.stratum.split():
                numbers[place.cell] = numbers.get(place.cell, 0) + 1
        numbers[candidate] += 1
        total += sum((one - other) ** 2 for one, other in combinations(numbers.values(), 2))
    return total


def _draw(seed: str) -> float:
    """A number 0..1 (1 left out) that the seed alone decides."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8]) / 2**64
