"""What in a protocol's design cannot be carried out, each mistake at its own place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from studies.protocol.design import MOST_CELLS, Factor, Square, cells, square_misfits
from tutorbot.yaml_file import Loc, Misfit

if TYPE_CHECKING:
    from studies.protocol.model import Protocol


def doubled(loc: Loc, names: Sequence[str]) -> Iterator[Misfit]:
    """Ids that stand in a list of parts a second time."""
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Misfit((*loc, index), f"{name!r} stands here twice", "rename or remove one")


def _factors(protocol: Protocol) -> Iterator[Misfit]:
    factors = protocol.factors
    yield from doubled(("factors",), [factor.id for factor in factors])
    for index, factor in enumerate(factors):
        yield from doubled(("factors", index, "levels"), [level.id for level in factor.levels])
        yield from _half_set(index, factor)


def _conditions_set_twice(protocol: Protocol) -> Iterator[Misfit]:
    yield from _set_twice(protocol, "condition")


def _problems_set_twice(protocol: Protocol) -> Iterator[Misfit]:
    yield from _set_twice(protocol, "problems")


def _half_set(index: int, factor: Factor) -> Iterator[Misfit]:
    """A factor whose levels set something here and nothing there, or nothing that differs."""
    for what in ("condition", "problems"):
        given = [bool(getattr(level, what)) for level in factor.levels]
        if any(given) and not all(given):
            missing = factor.levels[given.index(False)].id
            yield Misfit(
                ("factors", index, "levels", given.index(False)),
                f"level {missing!r} sets no {what}, others of {factor.id!r} do",
                f"add `{what}:` to it",
            )
    if not any(level.condition or level.problems for level in factor.levels):
        yield Misfit(
            ("factors", index),
            f"no level of {factor.id!r} sets anything",
            "add `condition:` or `problems:` to each level",
        )
    seen: dict[object, str] = {}
    for later, level in enumerate(factor.levels):
        first = seen.setdefault((level.condition, level.problems), level.id)
        if first != level.id and (level.condition or level.problems):
            yield Misfit(
                ("factors", index, "levels", later),
                f"levels {first!r} and {level.id!r} are the same",
                "let them differ in condition or problems, or remove one",
            )


def _set_twice(protocol: Protocol, what: str) -> Iterator[Misfit]:
    setting = [
        i for i, factor in enumerate(protocol.factors) if any(getattr(one, what) for one in factor.levels)
    ]
    if len(setting) > 1:
        names = " and ".join(protocol.factors[i].id for i in setting)
        yield Misfit(("factors", setting[1]), f"{names} both set the {what}", "let one factor set it")


def _left_out(protocol: Protocol) -> Iterator[Misfit]:
    """With factors, every condition has its level; where no level sets one, there is exactly one."""
    if not protocol.factors:
        return
    named = {level.condition for factor in protocol.factors for level in factor.levels if level.condition}
    if not named and len(protocol.conditions) > 1:
        yield Misfit(
            ("conditions",),
            f"{len(protocol.conditions)} conditions are listed, and no level says which is met where",
            "name one, or add `condition:` to the levels of a factor",
        )
    for index, condition in enumerate(protocol.conditions):
        if named and condition not in named:
            yield Misfit(
                ("conditions", index), f"no level of a factor has condition {condition!r}", "remove it"
            )


def _stated_design(protocol: Protocol) -> Iterator[Misfit]:
    kinds = {factor.vary for factor in protocol.factors} or {"between"}
    found = "mixed" if len(kinds) == 2 else kinds.pop()
    if protocol.design is not None and protocol.design != found:
        yield Misfit(
            ("design",),
            f"design is {protocol.design!r}, but the factors make it {found!r}",
            f"write `{found}`",
        )


def _order(protocol: Protocol) -> Iterator[Misfit]:
    within = [factor for factor in protocol.factors if factor.vary == "within"]
    n = len(cells(tuple(within))) if within else 1
    if isinstance(protocol.order, Square) and n > 1:
        yield from square_misfits(protocol.order.rows, n)
    if not within:
        if protocol.order != "fixed":
            yield Misfit(("order",), "there is no within-subject factor to put in order", "remove `order:`")
        if protocol.material is not None:
            yield Misfit(("material",), "there is no within-subject factor it is for", "remove `material:`")
        return
    if protocol.material is not None:
        yield from _material(protocol, within, n)
    for index, condition in enumerate(protocol.conditions):
        if condition.endswith("-Y"):
            yield Misfit(
                ("conditions", index),
                f"{condition} replays a whole matched session and cannot be a part of one",
                "vary it between participants, with no within-subject factor in the study",
            )


def _material(protocol: Protocol, within: list[Factor], n: int) -> Iterator[Misfit]:
    assert protocol.material is not None
    sets = protocol.material.sets
    if any(level.problems for factor in within for level in factor.levels):
        yield Misfit(("material",), "the levels set the problems already", "remove one of the two")
    elif len(sets) != n:
        yield Misfit(
            ("material", "sets"),
            f"{len(sets)} sets for {n} parts of a session",
            f"write {n} sets, one a part",
        )
    elif len({problem for one in sets for problem in one}) < sum(len(one) for one in sets):
        yield Misfit(("material", "sets"), "a problem stands in two sets", "let the sets share nothing")


def _too_large(protocol: Protocol) -> Iterator[Misfit]:
    n = 1
    for factor in protocol.factors:
        n *= len(factor.levels)
    if n > MOST_CELLS:
        yield Misfit(("factors",), f"{n} cells are more than {MOST_CELLS}", "leave factors or levels out")


DESIGN_CHECKS = (
    _factors,
    _conditions_set_twice,
    _problems_set_twice,
    _left_out,
    _stated_design,
    _order,
    _too_large,
)
"""Factors, levels, order and material that do not go together."""
