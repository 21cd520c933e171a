"""A picture made of a few kinds of shapes, drawn once and shown by the page (SVG) and the PDF alike.

Coordinates are in pixels from the upper left. Colors are names that each medium gives a value to: ``ink``,
``soft``, ``line``, ``sheet``, and ``c1`` to ``c6`` for series. No meaning rests on color alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

SERIES = ("c1", "c2", "c3", "c4", "c5", "c6")
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points. dash: lengths on and off; empty: solid."""

    points: tuple[tuple[float, float], ...]
    color: str = "ink"
    width: float = 1.5
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle. fill, stroke: colors, or None. opacity: of the fill."""

    x: float
    y: float
    width: float
    height: float
    fill: str | None = None
    stroke: str | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A circle."""

    x: float
    y: float
    r: float
    fill: str | None = "ink"
    stroke: str | None = None
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Words; y is their base line."""

    x: float
    y: float
    text: str
    size: float = 13.0
    anchor: Anchor = "start"
    color: str = "ink"
    bold: bool = False


Shape = Line | Box | Dot | Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """title: short. text: the alternative to seeing it: what it shows, and that its table is below it."""

    id: str
    title: str
    text: str
    width: float
    height: float
    shapes: tuple[Shape, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A stretch of numbers on a stretch of pixels. whole: there is nothing between whole numbers."""

    low: float
    high: float
    start: float
    end: float
    whole: bool = False

    def at(self, value: float) -> float:
        """Pixels of a value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def ticks(low: float, high: float, n: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers between two, about ``n`` of them. whole: whole numbers alone, as of boards."""
    span = high - low
    if span <= 0:
        return [low]
    raw = max(span / n, 1.0) if whole else span / n
    power = 10.0 ** _floor_log10(raw)
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw - 1e-12)
    first = int(-(-low // step))
    found = [round(index * step, 10) for index in range(first, first + 4 * n)]
    return [value for value in found if value <= high + 1e-9]


def _floor_log10(value: float) -> int:
    power = 0
    while 10.0 ** (power + 1) <= value:
        power += 1
    while 10.0**power > value:
        power -= 1
    return power


def number(value: float) -> str:
    """A tick's label."""
    return f"{value:g}"


def frame(x: Axis, y: Axis, *, x_title: str, y_title: str, x_ticks: bool = True) -> list[Shape]:
    """Axes with grid lines and titles."""
    shapes: list[Shape] = []
    for value in ticks(y.low, y.high):
        at = y.at(value)
        shapes.append(Line(points=((x.start, at), (x.end, at)), color="line", width=1))
        shapes.append(Label(x=x.start - 6, y=at + 4, text=number(value), anchor="end", color="soft", size=12))
    shapes.append(Line(points=((x.start, y.start), (x.end, y.start)), color="edge", width=1))
    if x_ticks:
        for value in ticks(x.low, x.high, 8, whole=x.whole):
            shapes.append(
                Label(
                    x=x.at(value), y=y.start + 18, text=number(value), anchor="middle", color="soft", size=12
                )
            )
    shapes.append(
        Label(x=(x.start + x.end) / 2, y=y.start + 38, text=x_title, anchor="middle", color="soft", size=13)
    )
    shapes.append(Label(x=x.start - 34, y=y.end - 12, text=y_title, color="soft", size=13))
    return shapes


def wrapped(text: str, width: int) -> list[str]:
    """Words in lines of at most ``width`` characters."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def paragraph(x: float, y: float, lines: Sequence[str], *, anchor: Anchor = "middle") -> list[Shape]:
    """Lines under each other, the first one bold."""
    return [
        Label(x=x, y=y + 17 * index, text=line, anchor=anchor, bold=index == 0, size=13)
        for index, line in enumerate(lines)
    ]
