"""The flow chart as a file, drawn by matplotlib: SVG, PDF or PNG, the same bytes every time."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from studies.planning.flow_layout import HEIGHT, WIDTH, Measure, Sheet, Stroke, laid_out
from studies.planning.flow_steps import Way
from tutorbot.errors import BadInput, MissingPart

FORMATS = (".svg", ".pdf", ".png")
FONT = "DejaVu Sans"
"""Comes with matplotlib."""
SAFE = 1.02
"""Words are taken for this much wider than they are, as small ones are rounded to whole dots in a PNG."""
MAKER = "studies check"
"""Stands in the file, so that a picture of ours is known again."""
MARKS = {
    ".svg": f"<dc:title>{MAKER}</dc:title>".encode(),
    ".pdf": f"/Creator ({MAKER})".encode(),
    ".png": f"tEXtSoftware\0{MAKER}".encode(),
}
"""As it stands there, where matplotlib puts who made a picture."""


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
    if path.exists() and not (path.is_file() and MARKS[path.suffix.lower()] in path.read_bytes()):
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
        bold: fonts.FontProperties(family=FONT, size=100, weight="bold" if bold else "normal")
        for bold in (False, True)
    }
    known: dict[tuple[str, bool], float] = {}

    def measure(text: str, size: float, bold: bool) -> float:
        if (text, bold) not in known:
            width, _, _ = to_path.get_text_width_height_descent(text, faces[bold], ismath=False)
            known[text, bold] = SAFE * float(width) / 100
        return known[text, bold] * size

    return measure


def _figure(sheet: Sheet) -> Any:
    """The page as matplotlib has it, black on white."""
    figures, patches = (importlib.import_module(f"matplotlib.{name}") for name in ("figure", "patches"))
    figure = figures.Figure(figsize=(WIDTH / 72, HEIGHT / 72))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(HEIGHT, 0)
    axes.axis("off")
    for one in sheet.frames:
        line = {"linestyle": (0, (4, 3)), "linewidth": 0.7} if one.dashed else {"linewidth": 0.9}
        shape = patches.Rectangle(
            (one.x, one.y), one.width, one.height, fill=False, edgecolor="black", **line
        )
        axes.add_patch(shape)
    for stroke in sheet.strokes:
        axes.add_patch(_line(patches, stroke, sheet.size))
    for words in sheet.words:
        weight = "bold" if words.bold else "normal"
        look = {"fontsize": words.size, "family": FONT, "weight": weight, "color": "black"}
        axes.text(words.x, words.y, words.text, verticalalignment="baseline", parse_math=False, **look)
    return figure


def _line(patches: Any, stroke: Stroke, size: float) -> Any:
    """A stroke as matplotlib has it. size: of the words, which an arrow's head goes with."""
    ends = (stroke.x0, stroke.y0), (stroke.x1, stroke.y1)
    style, width = ("-|>", 0.9) if stroke.arrow else ("-", 0.7)
    look = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": size, "linewidth": width, "color": "black"}
    return patches.FancyArrowPatch(*ends, arrowstyle=style, **look)
