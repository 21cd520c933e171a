"""A picture as inline SVG: colors by the page's own style, a title and a text alternative inside."""

from __future__ import annotations

from html import escape
from typing import assert_never

from studies.report.picture import Box, Dot, Label, Line, Picture, Shape


def svg(picture: Picture) -> str:
    """The drawing; its names are led by the picture's id."""
    shapes = "".join(_shape(shape) for shape in picture.shapes)
    title, text = f"{picture.id}-title", f"{picture.id}-text"
    return (
        f'<svg viewBox="0 0 {picture.width:g} {picture.height:g}" role="img" '
        f'aria-labelledby="{title} {text}" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{title}">{escape(picture.title)}</title><desc id="{text}">{escape(picture.text)}</desc>'
        f"{shapes}</svg>"
    )


def _shape(shape: Shape) -> str:
    match shape:
        case Line():
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
            dash = f' stroke-dasharray="{" ".join(f"{one:g}" for one in shape.dash)}"' if shape.dash else ""
            return (
                f'<polyline points="{points}" fill="none" stroke="{_color(shape.color)}" '
                f'stroke-width="{shape.width:g}"{dash}/>'
            )
        case Box():
            return (
                f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" '
                f'height="{shape.height:.1f}" {_paint(shape.fill, shape.stroke, shape.opacity)}/>'
            )
        case Dot():
            return (
                f'<circle cx="{shape.x:.1f}" cy="{shape.y:.1f}" r="{shape.r:g}" '
                f"{_paint(shape.fill, shape.stroke, shape.opacity)}/>"
            )
        case Label():
            bold = ' font-weight="600"' if shape.bold else ""
            return (
                f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.size:g}" '
                f'text-anchor="{shape.anchor}" fill="{_color(shape.color)}"{bold}>{escape(shape.text)}</text>'
            )
        case _:
            assert_never(shape)


def _color(name: str) -> str:
    return f"var(--{name})"


def _paint(fill: str | None, stroke: str | None, opacity: float) -> str:
    inside = "none" if fill is None else _color(fill)
    edge = "" if stroke is None else f' stroke="{_color(stroke)}"'
    return f'fill="{inside}"{edge}' + (f' fill-opacity="{opacity:g}"' if opacity < 1 else "")
