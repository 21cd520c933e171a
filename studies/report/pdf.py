"""The report as PDF, by ReportLab: the same sections, pictures and tables, for paper (A4, light)."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, assert_never

from studies.report.analysis.results import Section, Table, shown
from studies.report.html import MOST_ROWS, Cover
from studies.report.picture import Box, Dot, Label, Line, Picture, Shape
from tutorbot.errors import MissingPart

COLORS = {
    "ink": "#000000",
    "soft": "#444444",
    "line": "#cccccc",
    "edge": "#777777",
    "sheet": "#ffffff",
    "c1": "#0b62a8",
    "c2": "#b3470b",
    "c3": "#1b7a4a",
    "c4": "#8a3ea8",
    "c5": "#75660a",
    "c6": "#b81f5c",
}
FONT, BOLD = "DejaVuSans", "DejaVuSans-Bold"
MOST_COLUMNS = 11
"""More do not fit beside each other on a page."""
MOST_KEYS = 5
"""Columns at the left that are repeated where a table goes on below itself."""
WIDTH_PT = 510.0
"""Of the text on A4."""


def write_pdf(
    path: Path, cover: Cover, sections: Sequence[Section], drawn: Mapping[str, tuple[Picture, ...]]
) -> None:
    """Write it. Raises: MissingPart: without ReportLab or Matplotlib, whose typeface it takes; OSError."""
    platypus = _module("reportlab.platypus")
    styles = _styles()
    story: list[Any] = [platypus.Paragraph(escape(cover.title), styles["title"])]
    if cover.warning:
        story.append(platypus.Paragraph(escape(cover.warning), styles["warning"]))
    for section in sections:
        story += _section(platypus, styles, section, drawn.get(section.id, ()))
    story.append(platypus.Paragraph(escape(cover.made), styles["note"]))
    document = platypus.SimpleDocTemplate(
        str(path),
        title=cover.title,
        author="",
        lang="en",
        leftMargin=42,
        rightMargin=42,
        topMargin=42,
        bottomMargin=42,
        invariant=1,
    )
    document.build(story, onFirstPage=_number, onLaterPages=_number)


def require_pdf() -> None:
    """Pass when a PDF can be written. Raises: MissingPart."""
    _module("reportlab.platypus")
    _fonts()


def _section(platypus: Any, styles: Any, section: Section, drawn: Sequence[Picture]) -> Iterator[Any]:
    yield platypus.Paragraph(escape(section.title), styles["heading"])
    for text in section.words:
        yield platypus.Paragraph(escape(text), styles["text"])
    for picture in drawn:
        yield platypus.KeepTogether(
            [platypus.Paragraph(escape(picture.title), styles["caption"]), drawing(picture)]
        )
    for table in section.tables:
        yield from _table(platypus, styles, table)


def _table(platypus: Any, styles: Any, table: Table) -> Iterator[Any]:
    file = f"tables/{table.id}.csv"
    if not table.rows or table.shown == 0:
        end = f"{len(table.rows)} rows in {file}." if table.rows else f"Nothing to show ({file} is empty)."
        yield platypus.Paragraph(escape(f"{table.caption} {end}"), styles["note"])
        return
    rows = table.rows[: table.shown or MOST_ROWS]
    more = f" The first {len(rows)} of {len(table.rows)} rows." if len(rows) < len(table.rows) else ""
    yield platypus.Paragraph(escape(f"{table.caption}{more} {file}"), styles["caption"])
    for columns in strips(table):
        yield _part(platypus, styles, table, columns, rows)
        yield platypus.Spacer(1, 5)
    for note in table.notes:
        yield platypus.Paragraph(escape(note), styles["note"])


def strips(table: Table) -> list[list[int]]:
    """Columns that fit beside each other; a wide table goes on below itself, its first words repeated."""
    full = [i for i in range(len(table.columns)) if i == 0 or any(row[i] is not None for row in table.rows)]
    if len(full) <= MOST_COLUMNS:
        return [full]
    n_keys = next(
        (n for n, i in enumerate(full) if not all(isinstance(row[i], str) for row in table.rows)), len(full)
    )
    keys = full[: max(1, min(MOST_KEYS, n_keys))]
    rest, size = full[len(keys) :], MOST_COLUMNS - len(keys)
    return [keys + rest[start : start + size] for start in range(0, len(rest), size)]


def _part(platypus: Any, styles: Any, table: Table, columns: list[int], rows: Sequence[Any]) -> Any:
    cells = [[platypus.Paragraph(escape(table.columns[i].title), styles["head"]) for i in columns]]
    cells += [
        [platypus.Paragraph(escape(shown(row[i], table.columns[i].digits)), styles["cell"]) for i in columns]
        for row in rows
    ]
    made = platypus.Table(cells, colWidths=_widths(table, columns, rows), repeatRows=1, hAlign="LEFT")
    line = _module("reportlab.lib.colors").HexColor(COLORS["line"])
    whole = (0, 0), (-1, -1)
    made.setStyle(
        platypus.TableStyle(
            [
                ("LINEBELOW", *whole, 0.3, line),
                ("VALIGN", *whole, "TOP"),
                ("LEFTPADDING", *whole, 2),
                ("RIGHTPADDING", *whole, 2),
                ("TOPPADDING", *whole, 1),
                ("BOTTOMPADDING", *whole, 1),
            ]
        )
    )
    return made


def _widths(table: Table, columns: Sequence[int], rows: Sequence[Sequence[object]]) -> list[float]:
    """Columns by how long their words are, within limits."""
    longest = [
        min(
            34,
            max(
                6,
                *(len(word) for word in table.columns[i].title.split()),
                *(len(shown(row[i], table.columns[i].digits)) for row in rows),
            ),
        )
        for i in columns
    ]
    total = sum(longest)
    return [WIDTH_PT * one / total for one in longest]


def drawing(picture: Picture) -> Any:
    """A picture for ReportLab, as wide as the text."""
    shapes = _module("reportlab.graphics.shapes")
    _fonts()
    scale = min(1.0, WIDTH_PT / picture.width)
    made = shapes.Drawing(picture.width * scale, picture.height * scale)
    group = shapes.Group(*(_shape(shapes, one, picture.height) for one in picture.shapes))
    group.scale(scale, scale)
    made.add(group)
    return made


def _shape(shapes: Any, shape: Shape, height: float) -> Any:
    match shape:
        case Line():
            points = [value for x, y in shape.points for value in (x, height - y)]
            return shapes.PolyLine(
                points,
                strokeColor=_color(shape.color),
                strokeWidth=shape.width,
                strokeDashArray=list(shape.dash) or None,
            )
        case Box():
            made = shapes.Rect(shape.x, height - shape.y - shape.height, shape.width, shape.height)
            return _painted(made, shape.fill, shape.stroke, shape.opacity)
        case Dot():
            made = shapes.Circle(shape.x, height - shape.y, shape.r)
            return _painted(made, shape.fill, shape.stroke, shape.opacity)
        case Label():
            return shapes.String(
                shape.x,
                height - shape.y,
                shape.text,
                fontName=BOLD if shape.bold else FONT,
                fontSize=shape.size * 0.9,
                textAnchor=shape.anchor,
                fillColor=_color(shape.color),
            )
        case _:
            assert_never(shape)


def _painted(made: Any, fill: str | None, stroke: str | None, opacity: float) -> Any:
    made.fillColor = None if fill is None else _color(fill)
    made.strokeColor = None if stroke is None else _color(stroke)
    made.strokeWidth = 0.8
    if fill is not None and opacity < 1:
        made.fillOpacity = opacity
    return made


def _color(name: str) -> Any:
    return _module("reportlab.lib.colors").HexColor(COLORS[name])


def _styles() -> dict[str, Any]:
    _fonts()
    style = _module("reportlab.lib.styles").ParagraphStyle
    made = {"text": style("text", fontName=FONT, fontSize=9, leading=13, spaceAfter=5)}
    for name, changes in {
        "title": {"fontName": BOLD, "fontSize": 17, "leading": 22, "spaceAfter": 10},
        "heading": {"fontName": BOLD, "fontSize": 13, "leading": 17, "spaceBefore": 16, "spaceAfter": 6},
        "caption": {"fontName": BOLD, "fontSize": 8, "leading": 11, "spaceBefore": 9, "spaceAfter": 3},
        "note": {"fontSize": 7.5, "leading": 10, "textColor": _color("soft")},
        "warning": {"fontName": BOLD, "borderWidth": 1, "borderColor": _color("ink"), "borderPadding": 6},
        "head": {"fontName": BOLD, "fontSize": 6.5, "leading": 8},
        "cell": {"fontSize": 6.5, "leading": 8},
    }.items():
        made[name] = style(name, parent=made["text"], **{"spaceAfter": 0, **changes})
    return made


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 7)
    canvas.drawRightString(553, 24, str(document.page))


def _fonts() -> None:
    """DejaVu, which comes with Matplotlib, so that every letter of a name is there."""
    metrics, ttf = _module("reportlab.pdfbase.pdfmetrics"), _module("reportlab.pdfbase.ttfonts")
    if FONT in metrics.getRegisteredFontNames():
        return
    folder = Path(_module("matplotlib").get_data_path()) / "fonts" / "ttf"
    for name in (FONT, BOLD):
        metrics.registerFont(ttf.TTFont(name, str(folder / f"{name}.ttf")))


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        package = name.partition(".")[0]
        raise MissingPart(
            f"Package {package} is not installed; the PDF of a report needs it.",
            remedy="Run `make env-analysis`, or use --no-pdf.",
        ) from None
