"""The flow chart on one A4 page: boxes with words that fit, drawn by matplotlib, the same bytes every time.

Lengths are in points (1/72 inch) from the upper left corner.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from studies.planning.flow_steps import Choice, Step, Way
from tutorbot.errors import BadInput, MissingPart

FORMATS = (".svg", ".pdf", ".png")
WIDTH, HEIGHT, MARGIN = 595.28, 841.89, 34.0
"""A4 portrait."""
ASIDE, BETWEEN = 128.0, 22.0
"""Width of the column at the side, and of the gap before it."""
MAIN = WIDTH - 2 * MARGIN - ASIDE - BETWEEN
SIZES = tuple(size / 4 for size in range(40, 7, -1))
"""Sizes of the words, largest first; the first with which everything fits the page is taken."""
SAFE = 1.02
"""Words are taken for this much wider than they are, as small ones are rounded to whole dots in a PNG."""
MOST_CHARACTERS = 600
"""Of one text in a box; the rest is cut off."""
MOST_TITLE_LINES = 3
MAKER = "studies check"
"""Stands in the file, so that a picture of ours is known again."""

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


def draw(way: Way, path: Path) -> None:
    """Draw the chart into a file. Raises: BadInput: it cannot be written. MissingPart: without matplotlib."""
    matplotlib = require_picture(path)
    sheet = laid_out(way, measure_of())
    figure = _figure(sheet)
    kind = path.suffix.lower()[1:]
    about = {
        "svg": {"Creator": MAKER, "Date": None, "Title": way.title},
        "pdf": {"Creator": MAKER, "CreationDate": None, "Title": way.title},
        "png": {"Software": MAKER},
    }[kind]
    settings = {
        "svg.hashsalt": "tutorbot",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "text.hinting": "no_hinting",
    }
    try:
        with matplotlib.rc_context(settings):
            figure.savefig(path, format=kind, dpi=200, metadata=about, facecolor="white")
    except OSError as error:
        raise BadInput(
            f"The picture could not be written to {str(path)!r} ({error.strerror}).",
            remedy="Name another place.",
        ) from error


def require_picture(path: Path) -> Any:
    """matplotlib. Raises: MissingPart; BadInput: another kind of file, or one that is not ours is there."""
    if path.suffix.lower() not in FORMATS:
        raise BadInput(
            f"{path.name!r} is no kind of picture that can be drawn.",
            remedy=f"Let its name end in {', '.join(FORMATS)}.",
        )
    if path.exists() and not (path.is_file() and MAKER.encode() in path.read_bytes()):
        raise BadInput(
            f"{str(path)!r} is there and is no picture of `{MAKER}`.",
            remedy="Name a file that is not there yet.",
        )
    try:
        return importlib.import_module("matplotlib")
    except ModuleNotFoundError:
        raise MissingPart(
            "Package matplotlib is not installed; the picture needs it.", remedy="Run `make env-analysis`."
        ) from None


def measure_of() -> Measure:
    """Widths in the font that comes with matplotlib, the same on every machine."""
    fonts = importlib.import_module("matplotlib.font_manager")
    to_path = importlib.import_module("matplotlib.textpath").text_to_path
    faces = {
        bold: fonts.FontProperties(family="DejaVu Sans", size=100, weight="bold" if bold else "normal")
        for bold in (False, True)
    }
    known: dict[tuple[str, bool], float] = {}

    def measure(text: str, size: float, bold: bool) -> float:
        if (text, bold) not in known:
            width, _, _ = to_path.get_text_width_height_descent(text, faces[bold], ismath=False)
            known[text, bold] = SAFE * float(width) / 100
        return known[text, bold] * size

    return measure


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


def _figure(sheet: Sheet) -> Any:
    """The page as matplotlib has it, black on white."""
    figures = importlib.import_module("matplotlib.figure")
    patches = importlib.import_module("matplotlib.patches")
    figure = figures.Figure(figsize=(WIDTH / 72, HEIGHT / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    axes.axis("off")
    for one in sheet.frames:
        style = {"linestyle": (0, (4, 3)), "linewidth": 0.7} if one.dashed else {"linewidth": 0.9}
        axes.add_patch(
            patches.Rectangle((one.x, one.y), one.width, one.height, fill=False, edgecolor="black", **style)
        )
    for stroke in sheet.strokes:
        if stroke.arrow:
            head = patches.FancyArrowPatch(
                (stroke.x0, stroke.y0), (stroke.x1, stroke.y1), arrowstyle="-|>", shrinkA=0, shrinkB=0,
                mutation_scale=sheet.size, linewidth=0.9, color="black",
            )  # fmt: skip
            axes.add_patch(head)
        else:
            axes.plot([stroke.x0, stroke.x1], [stroke.y0, stroke.y1], color="black", linewidth=0.7)
    for line in sheet.words:
        axes.text(
            line.x, line.y, line.text, fontsize=line.size, family="DejaVu Sans", color="black",
            weight="bold" if line.bold else "normal", verticalalignment="baseline", parse_math=False,
        )  # fmt: skip
    return figure
