"""Where everything of the flow chart stands on one A4 page, in words as large as fit.

Lengths are in points (1/72 inch) from the upper left corner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil

from studies.planning.flow_steps import Choice, Step, Way

WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 34.0
"""A4 portrait."""
ASIDE, BETWEEN = 128.0, 22.0
"""Width of the column at the side, and of the gap before it."""
MAIN = WIDTH - 2 * MARGIN - ASIDE - BETWEEN
SIZES = tuple(size / 4 for size in range(40, 7, -1))
"""Sizes of the words, largest first; the first with which everything fits the page is taken."""
MOST_CHARACTERS = 600
"""Of one text in a box; the rest is cut off."""
MOST_TITLE_LINES = 3

Measure = Callable[[str, float, bool], float]
"""Width of words. Arguments: text, size, bold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One line of text; y is its base line."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A rectangle. dashed: it holds what belongs together, and is no step of its own."""

    x: float
    y: float
    width: float
    height: float
    dashed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line from one point to another. arrow: with a head at its end."""

    x0: float
    y0: float
    x1: float
    y1: float
    arrow: bool = False


@dataclass(slots=True)
class Sheet:
    """What was laid out so far. bottom: the lowest place that is taken."""

    measure: Measure
    size: float
    words: list[Words] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    bottom: float = 0.0

    @property
    def pad(self) -> float:
        """Room between a frame and its words."""
        return 0.55 * self.size

    @property
    def line(self) -> float:
        """From one base line to the next."""
        return 1.28 * self.size

    def wrapped(self, text: str, width: float, *, size: float, bold: bool) -> list[str]:
        """The words in lines that are no wider; a word too long for one is broken."""
        cut = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}…"
        lines = [""]
        for word in cut.split():
            for piece in self._pieces(word, width, size, bold):
                longer = f"{lines[-1]} {piece}".strip()
                if self.measure(longer, size, bold) <= width:
                    lines[-1] = longer
                else:
                    lines.append(piece)
        return lines

    def _pieces(self, word: str, width: float, size: float, bold: bool) -> Iterator[str]:
        piece = ""
        for letter in word:
            if piece and self.measure(piece + letter, size, bold) > width:
                yield piece
                piece = ""
            piece += letter
        yield piece

    def text(self, x: float, y: float, width: float, step: Step | Choice) -> float:
        """A title and its lines from ``y`` down; returns where they end."""
        rows = [
            (line, True)
            for title in step.title.split("\n")
            for line in self.wrapped(title, width, size=self.size, bold=True)
        ]
        for one in step.lines:
            rows += [(line, False) for line in self.wrapped(one, width, size=self.size, bold=False)]
        for number, (line, bold) in enumerate(rows):
            base = y + number * self.line + 0.95 * self.size
            self.words.append(Words(x=x, y=base, text=line, size=self.size, bold=bold))
        return y + len(rows) * self.line

    def box(self, x: float, y: float, width: float, step: Step) -> float:
        """A frame around a step's words; returns its lower edge."""
        end = self.text(x + self.pad, y + self.pad, width - 2 * self.pad, step) + self.pad - 0.2 * self.size
        self.frames.append(Frame(x=x, y=y, width=width, height=end - y))
        return end

    def choice(self, x: float, y: float, width: float, choice: Choice) -> float:
        """A dashed frame with its words and rows of boxes of one height; returns its lower edge."""
        inner, gap = width - 2 * self.pad, 0.6 * self.size
        end = self.text(x + self.pad, y + self.pad, inner, choice) + 0.2 * self.size
        n_rows = ceil(len(choice.boxes) / (4 if len(choice.boxes) <= 16 else 8))
        per_row = ceil(len(choice.boxes) / n_rows)
        each = (inner - gap * (per_row - 1)) / per_row
        for row in range(n_rows):
            top, edges, first = end, [], len(self.frames)
            for place, step in enumerate(choice.boxes[row * per_row : (row + 1) * per_row]):
                edges.append(self.box(x + self.pad + place * (each + gap), top, each, step))
            for index in range(first, len(self.frames)):
                frame = self.frames[index]
                self.frames[index] = Frame(x=frame.x, y=top, width=each, height=max(edges) - top)
            end = max(edges) + gap
        end += self.pad - gap
        self.frames.append(Frame(x=x, y=y, width=width, height=end - y, dashed=True))
        return end


def laid_out(way: Way, measure: Measure) -> Sheet:
    """The chart in the largest words with which it fits the page."""
    for size in SIZES:
        sheet = Sheet(measure=measure, size=size)
        _lay_out(way, sheet)
        if sheet.bottom <= HEIGHT - MARGIN:
            return sheet
    return sheet


def _lay_out(way: Way, sheet: Sheet) -> None:
    y = _heading(way, sheet)
    top, gap = y, 1.5 * sheet.size
    for number, step in enumerate(way.steps):
        if number:
            middle = MARGIN + MAIN / 2
            sheet.strokes.append(Stroke(x0=middle, y0=y, x1=middle, y1=y + gap, arrow=True))
            y += gap
        y = (
            sheet.box(MARGIN, y, MAIN, step)
            if isinstance(step, Step)
            else sheet.choice(MARGIN, y, MAIN, step)
        )
    aside_end = _aside(way.aside, sheet, top, y)
    foot = max(y, aside_end) + 2 * sheet.size
    sheet.words.append(Words(x=MARGIN, y=foot, text=way.foot[:160], size=0.85 * sheet.size))
    sheet.bottom = foot


def _heading(way: Way, sheet: Sheet) -> float:
    """Title and subtitle; returns where the chart begins."""
    width, size = WIDTH - 2 * MARGIN, 1.4 * sheet.size
    lines = sheet.wrapped(way.title, width, size=size, bold=True)
    if len(lines) > MOST_TITLE_LINES:
        lines = [*lines[: MOST_TITLE_LINES - 1], f"{lines[MOST_TITLE_LINES - 1][:-1]}…"]
    y = MARGIN
    for line in lines:
        y += 1.25 * size
        sheet.words.append(Words(x=MARGIN, y=y - 0.3 * size, text=line, size=size, bold=True))
    for line in sheet.wrapped(way.subtitle, width, size=sheet.size, bold=False):
        y += sheet.line
        sheet.words.append(Words(x=MARGIN, y=y - 0.3 * sheet.size, text=line, size=sheet.size))
    return y + sheet.size


def _aside(steps: Sequence[Step], sheet: Sheet, top: float, bottom: float) -> float:
    """What holds all the way through: boxes along a bracket over all steps; returns where they end."""
    x, bracket = WIDTH - MARGIN - ASIDE, MARGIN + MAIN + BETWEEN / 2
    y = top
    for step in steps:
        end = sheet.box(x, y, ASIDE, step)
        middle = (y + end) / 2
        sheet.strokes.append(Stroke(x0=bracket, y0=middle, x1=x, y1=middle))
        y = end + sheet.size
    sheet.strokes.append(Stroke(x0=bracket, y0=top, x1=bracket, y1=max(bottom, middle)))
    for edge in (top, bottom):
        sheet.strokes.append(Stroke(x0=MARGIN + MAIN + 3, y0=edge, x1=bracket, y1=edge))
    return y - sheet.size
