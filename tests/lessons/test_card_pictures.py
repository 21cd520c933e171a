"""Card pictures: what may stand in one, and that the shipped ones can be told apart without colour."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from tutorbot.core.lesson import Card
from tutorbot.lessons import load_lesson, picture_path
from tutorbot.lessons.svg import MOST_BYTES, picture_faults

SVG = "http://www.w3.org/2000/svg"
LESSON = load_lesson("card-sorting")
LIGHT_FACE, DARK_FACE = "#ffffff", "#23262b"


def drawn(inside: str, *, root: str = f'xmlns="{SVG}" viewBox="0 0 100 100"', title: str = "a card") -> bytes:
    return f"<svg {root}>\n<title>{title}</title>\n{inside}\n</svg>".encode()


def shown(card: Card) -> bytes:
    return picture_path("card-sorting", card).read_bytes()


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, 0..1 (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_plain_drawing_passes():
    assert picture_faults(drawn('<circle cx="50" cy="50" r="20" fill="#123456"/>'), title="a card") == ()


UNSAFE = {
    "script": ("<script>alert(1)</script>", "<script> may not"),
    "style sheet": ("<style>*{fill:red}</style>", "<style> may not"),
    "style attribute": ('<circle style="fill:red" r="1"/>', "'style' may not"),
    "class": ('<circle class="a" r="1"/>', "'class' may not"),
    "event handler": ('<circle onload="alert(1)" r="1"/>', "'onload' may not"),
    "href": ('<circle href="https://example.org/" r="1"/>', "'href' may not"),
    "link": ('<a><circle r="1"/></a>', "<a> may not"),
    "image": ('<image width="1" height="1"/>', "<image> may not"),
    "use": ("<use/>", "<use> may not"),
    "foreignObject": ("<foreignObject><b>hi</b></foreignObject>", "<foreignObject> may not"),
    "animation": ('<animate attributeName="x"/>', "<animate> may not"),
    "xlink": (
        '<circle xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="#a" r="1"/>',
        "'xlink:href' may not",
    ),
    "another name space": ('<svg:script xmlns:svg="http://www.w3.org/2000/svg"/>', "<svg:script> may not"),
    "reference by url": ('<circle fill="url(#a)" r="1"/>', "points to something else"),
    "url with a space": ('<circle fill="url (https://example.org/a)" r="1"/>', "points to something else"),
    "javascript": ('<circle fill="javascript:alert(1)" r="1"/>', "points to something else"),
    "instruction": ('<?xml-stylesheet href="a.css"?>', "<?xml-stylesheet ...?> may not"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_anything_that_could_run_load_or_restyle_is_refused_with_its_place(name: str):
    inside, said = UNSAFE[name]
    faults = picture_faults(drawn(inside), title="a card")
    found = [fault for fault in faults if said in fault.what]
    assert found, faults
    assert found[0].line == 3
    assert found[0].remedy


def test_a_document_type_is_refused_before_any_entity_is_expanded():
    bomb = (
        '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        + drawn("<title>&b;</title>").decode()
    )
    (fault,) = picture_faults(bomb.encode(), title="a card")
    assert "document type" in fault.what
    assert fault.line == 1


def test_a_file_that_is_no_xml_is_refused_with_line_and_column():
    faults = picture_faults(drawn("<circle>"), title="a card")
    assert any(fault.line == 4 and "not XML (mismatched tag)" in fault.what for fault in faults)
    (empty,) = picture_faults(b"", title="a card")
    assert "not XML (no element found)" in empty.what


def test_the_root_is_an_svg_with_a_view_box():
    assert any("begins with <html>" in f.what for f in picture_faults(b"<html/>", title="a card"))
    assert any(
        "begins with <svg>" in f.what
        for f in picture_faults(drawn("", root='viewBox="0 0 1 1"'), title="a card")
    )
    for root in (f'xmlns="{SVG}"', f'xmlns="{SVG}" viewBox="0 0 100"', f'xmlns="{SVG}" viewBox="a b c d"'):
        assert any("viewBox" in fault.what for fault in picture_faults(drawn("", root=root), title="a card"))


def test_the_title_is_the_name_of_the_card():
    (fault,) = picture_faults(drawn("", title="another card"), title="a card")
    assert "has the title 'another card'" in fault.what
    assert "<title>a card</title>" in fault.remedy
    untitled = f'<svg xmlns="{SVG}" viewBox="0 0 1 1"><g><title>a card</title></g></svg>'.encode()
    assert "has no <title>" in picture_faults(untitled, title="a card")[0].what


def test_a_huge_file_is_refused_unread():
    (fault,) = picture_faults(b"<" * (MOST_BYTES + 1), title="a card")
    assert str(MOST_BYTES) in fault.what


@pytest.mark.parametrize("card", LESSON.cards, ids=lambda card: card.card_id)
def test_a_shipped_picture_shows_what_its_card_is_called(card: Card):
    root = ElementTree.fromstring(shown(card))
    _size, colour, shape = card.name.split()
    tag = {"circle": "circle", "triangle": "polygon"}[shape]
    assert len(root.findall(f"{{{SVG}}}{tag}")) == 1
    stripes = root.findall(f"{{{SVG}}}path")
    assert len(stripes) == {"blue": 0, "red": 1}[colour], "stripes are what tells red without colour"


def extent(card: Card) -> float:
    """Width of the drawn outline in units of the view box."""
    text = shown(card).decode()
    circle = re.search(r' r="([\d.]+)"', text)
    if circle:
        return 2 * float(circle[1])
    points = re.search(r'points="([^"]+)"', text)
    assert points
    across = [float(pair.split(",")[0]) for pair in points[1].split()]
    return max(across) - min(across)


def test_large_is_at_least_twice_as_wide_as_small_and_fits_the_card():
    for card in LESSON.cards:
        if card.name.startswith("large"):
            small = LESSON.card(card.card_id.replace("large", "small"))
            assert extent(card) >= 2 * extent(small)
            assert extent(card) <= 90


def test_both_colours_stand_out_on_a_light_and_on_a_dark_card_face():
    colours = {
        colour for card in LESSON.cards for colour in re.findall(r"#[0-9a-f]{6}", shown(card).decode())
    }
    assert len(colours) == 2
    for colour in colours:
        assert contrast(colour, LIGHT_FACE) >= 3, "WCAG 1.4.11 non-text contrast"
        assert contrast(colour, DARK_FACE) >= 3, "WCAG 1.4.11 non-text contrast"
