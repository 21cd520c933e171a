"""A card's picture: an SVG that only draws, so that nothing in it can run, load or restyle.

Read with expat rather than a tree builder: it says line and column, and it can refuse a document type
before any entity is expanded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_BYTES = 50_000
"""A drawn card takes about 1 kB; a larger file is an export that should be simplified."""

NAMESPACE = "http://www.w3.org/2000/svg"

ELEMENTS = frozenset(
    {
        *("svg", "title", "desc", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon"),
        *("text", "tspan"),
    }
)
"""Elements that draw or describe. No script, style, use, image, foreignObject, a, animate, filter."""

ATTRIBUTES = frozenset(
    {
        *("xmlns", "viewBox", "width", "height", "role", "transform", "opacity", "d", "points"),
        *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy"),
        *("fill", "fill-opacity", "fill-rule", "stroke", "stroke-width", "stroke-opacity"),
        *("stroke-linecap", "stroke-linejoin", "stroke-dasharray", "stroke-miterlimit"),
        *("font-family", "font-size", "font-weight", "text-anchor", "dominant-baseline"),
    }
)
"""Attributes that draw. No style, class, id, href, on..., xlink:..."""

NUMBERS = re.compile(r"-?\d+(\.\d+)?([ ,]+-?\d+(\.\d+)?){3}")
REACHES_OUT = re.compile(r"url\s*\(|[a-z][a-z0-9+.-]*:|&|\\", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class PictureFault:
    """Something in a picture that may not stand there; line and column count from 1."""

    line: int
    column: int
    what: str
    remedy: str


class _Refused(Exception):
    """Raised at a document type, so that its entities are never expanded."""


@dataclass(slots=True)
class _Reader:
    """Collects the title and the faults while expat walks through the file."""

    parser: expat.XMLParserType
    faults: list[PictureFault] = field(default_factory=list)
    path: list[str] = field(default_factory=list)
    title: str | None = None

    def note(self, what: str, remedy: str) -> None:
        place = self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1
        self.faults.append(PictureFault(*place, what, remedy))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.path:
            self._root(name, attributes)
        if name not in ELEMENTS:
            self.note(f"<{name}> may not stand in a picture", f"use only {', '.join(sorted(ELEMENTS))}")
        for key, value in attributes.items():
            self._attribute(key, value)
        self.path.append(name)
        if self.path == ["svg", "title"]:
            self.title = ""

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "svg" or attributes.get("xmlns") != NAMESPACE:
            self.note(f"the picture begins with <{name}>", f'begin it with <svg xmlns="{NAMESPACE}" ...>')
        if not NUMBERS.fullmatch(attributes.get("viewBox", "").strip()):
            self.note("<svg> has no viewBox of four numbers", 'write e.g. viewBox="0 0 100 100"')

    def _attribute(self, key: str, value: str) -> None:
        if key not in ATTRIBUTES:
            self.note(
                f"the attribute {key!r} may not stand in a picture", "draw with fill, stroke and shapes"
            )
        elif key != "xmlns" and REACHES_OUT.search(value):
            self.note(f"{key}={value[:40]!r} points to something else", "write the value out")

    def end(self, _name: str) -> None:
        self.path.pop()

    def text(self, data: str) -> None:
        if self.path == ["svg", "title"]:
            self.title = (self.title or "") + data

    def doctype(self, *_: object) -> None:
        self.note("a document type may not stand in a picture", "remove the <!DOCTYPE ...>")
        raise _Refused

    def instruction(self, target: str, _data: str) -> None:
        self.note(f"<?{target} ...?> may not stand in a picture", "remove it")


def picture_faults(raw: bytes, *, title: str) -> tuple[PictureFault, ...]:
    """What keeps these bytes from being a safe picture whose ``<title>`` is ``title``; empty if nothing."""
    if len(raw) > MOST_BYTES:
        return (PictureFault(1, 1, f"the picture is larger than {MOST_BYTES} bytes", "draw it simpler"),)
    parser = expat.ParserCreate()
    reader = _Reader(parser)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.ProcessingInstructionHandler = reader.instruction
    try:
        parser.Parse(raw, True)
    except _Refused:
        return tuple(sorted(set(reader.faults)))
    except expat.ExpatError as error:
        why = expat.errors.messages.get(error.code, "it cannot be read")
        fault = PictureFault(error.lineno, error.offset + 1, f"not XML ({why})", "save the SVG again")
        return tuple(sorted({*reader.faults, fault}))
    if reader.title != title:
        found = "has no <title>" if reader.title is None else f"has the title {reader.title[:60]!r}"
        remedy = f"write <title>{title}</title> right after <svg ...>"
        reader.faults.append(PictureFault(1, 1, f"the picture {found}", remedy))
    return tuple(sorted(set(reader.faults)))
