"""The design of a study: factors, who meets which of their levels, and in which order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Literal

from pydantic import Field, StrictInt

from studies.protocol.words import Label, Language, Name, Words
from tutorbot.yaml_file import FileModel, Misfit

MOST_CELLS = 64
"""Cells of a design at most: beyond it a study is a typing mistake (pilot value)."""


class Level(FileModel):
    """One level of a factor. condition: in force where it is met. problems: of the lesson, in their order."""

    id: Label
    title: Words | None = None
    condition: str | None = None
    problems: tuple[Name, ...] = ()


class Factor(FileModel):
    """What the study varies: between participants, or within each, a part of the session a level."""

    id: Label
    title: Words | None = None
    vary: Literal["between", "within"]
    levels: Annotated[tuple[Level, ...], Field(min_length=2)]


class Material(FileModel):
    """Parallel sets of problems, so that nobody meets the same ones in two parts.

    sets: as many as there are parts. order: ``fixed``: the first set always comes first; ``rotate``: each set
    comes equally often with each part.
    """

    sets: Annotated[tuple[Annotated[tuple[Name, ...], Field(min_length=1)], ...], Field(min_length=2)]
    order: Literal["fixed", "rotate"] = "rotate"


class Stratum(FileModel):
    """Something known of a participant before allocation, kept in balance across the cells.

    title: the question, and options: its answers, in each language of the study.
    """

    id: Label
    title: dict[Language, Words]
    options: Annotated[dict[Label, dict[Language, Words]], Field(min_length=2)]


class Allocation(FileModel):
    """Who gets which cell.

    fixed: everybody gets ``condition``. permuted_blocks: in every block of participants (of each stratum)
    each cell occurs ``per_block`` times, in an order drawn from the protocol's seed. minimisation: the cell
    that leaves the strata most even, with probability ``p_best``; else one of the others.
    Source: Pocock & Simon (1975), Biometrics 31(1), with the variance as imbalance. p_best .8 (P).
    """

    method: Literal["fixed", "permuted_blocks", "minimisation"]
    condition: str | None = None
    per_block: Annotated[int, Field(ge=1, le=20)] = 1
    p_best: Annotated[float, Field(gt=0.5, le=1)] = 0.8
    strata: tuple[Stratum, ...] = ()


class Square(FileModel):
    """The orders in which the within-subject cells are met, written out; each row is one participant's.

    rows: cells by their number from 1, each once in every row, and once in every column.
    """

    rows: tuple[tuple[StrictInt, ...], ...]


Order = Literal["fixed", "latin_square", "williams", "random"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One combination of levels. name: ``help=adaptive rules=simple``; empty when nothing is varied.

    condition: None where no level in it sets one. problems: empty likewise.
    """

    name: str
    condition: str | None
    problems: tuple[str, ...]


def cells(factors: tuple[Factor, ...]) -> tuple[Cell, ...]:
    """Every combination of the factors' levels, the last changing fastest; one cell without factors."""
    found = []
    for levels in product(*(factor.levels for factor in factors)):
        found.append(
            Cell(
                name=" ".join(f"{f.id}={level.id}" for f, level in zip(factors, levels, strict=True)),
                condition=next((level.condition for level in levels if level.condition), None),
                problems=next((level.problems for level in levels if level.problems), ()),
            )
        )
    return tuple(found)


def rows_of(order: Order, n: int) -> tuple[tuple[int, ...], ...]:
    """Orders of ``n`` cells, from 0: what participants are spread over. ``random`` is drawn elsewhere: none.

    A Williams square has each cell equally often after each other one: n rows for even n, else 2 n.
    Source: Williams (1949), Aust. J. Sci. Res. A 2, 149-168.
    """
    if order == "fixed":
        return (tuple(range(n)),)
    if order == "random":
        return ()
    if order == "latin_square":
        return tuple(tuple((row + place) % n for place in range(n)) for row in range(n))
    zigzag = [0] + [(place + 1) // 2 if place % 2 else n - place // 2 for place in range(1, n)]
    rows = [tuple((cell + row) % n for cell in zigzag) for row in range(n)]
    return tuple(rows + ([row[::-1] for row in rows] if n % 2 else []))


def square_misfits(rows: tuple[tuple[int, ...], ...], n: int) -> Iterator[Misfit]:
    """Why rows written out are no Latin square of ``n`` cells."""
    wanted = set(range(1, n + 1))
    for index, row in enumerate(rows):
        if len(row) != n or set(row) != wanted:
            yield Misfit(
                ("order", "rows", index),
                f"row {index + 1} is {list(row)}, not each of the {n} cells once",
                f"write the numbers 1 to {n}, each once",
            )
            return
    if len(rows) % n:
        yield Misfit(
            ("order", "rows"),
            f"{len(rows)} rows cannot be even over {n} cells",
            f"write a multiple of {n} rows",
        )
        return
    for place in range(n):
        column = [row[place] for row in rows]
        uneven = [cell for cell in sorted(wanted) if column.count(cell) != len(rows) // n]
        if uneven:
            yield Misfit(
                ("order", "rows"),
                f"place {place + 1} has cell {uneven[0]} {column.count(uneven[0])} times, "
                f"not {len(rows) // n}: no Latin square",
                "let each cell stand equally often at each place",
            )
            return
