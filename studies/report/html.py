"""The report as one HTML page: no script, nothing loaded, light and dark, for screen, phone and paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources

from studies.report.analysis.results import Section, Table, shown
from studies.report.picture import Picture
from studies.report.svg import svg

MOST_ROWS = 60
"""Rows of a table on the page; its CSV holds all."""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""The page may load nothing, whatever stands in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What stands above and below the sections. warning: None where there is none."""

    title: str
    made: str
    warning: str | None


def page(cover: Cover, sections: Sequence[Section], drawn: Mapping[str, tuple[Picture, ...]]) -> str:
    """The whole page."""
    style = resources.files("studies.report").joinpath("page.css").read_text(encoding="utf-8")
    warning = f'<p class="notes" role="note">{escape(cover.warning)}</p>' if cover.warning else ""
    places = "".join(f'<li><a href="#{one.id}">{escape(one.title)}</a></li>' for one in sections)
    body = "".join(_section(one, drawn.get(one.id, ())) for one in sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(cover.title)}</title><style>{style}</style></head><body><main>"
        f"<h1>{escape(cover.title)}</h1>{warning}"
        f'<nav aria-label="Sections"><ul class="places">{places}</ul></nav>{body}'
        f'<p class="soft">{escape(cover.made)}</p></main></body></html>\n'
    )


def _section(section: Section, drawn: Sequence[Picture]) -> str:
    words = "".join(f"<p>{escape(text)}</p>" for text in section.words)
    pictures = _figures(section, drawn)
    tables = "".join(table_html(table) for table in section.tables)
    heading = f"{section.id}-title"
    return (
        f'<section id="{section.id}" aria-labelledby="{heading}"><h2 '
        f'id="{heading}">{escape(section.title)}</h2>'
        f"{words}{pictures}{tables}</section>"
    )


def _figures(section: Section, drawn: Sequence[Picture]) -> str:
    figures = "".join(
        f'<figure><div class="wide" tabindex="0" role="region" '
        f'aria-label="Picture: {escape(one.title)}">{svg(one)}</div>'
        f"<figcaption><strong>{escape(one.title)}</strong></figcaption></figure>"
        for one in drawn
    )
    if not figures:
        return ""
    kind = "plots strips" if section.id == "timelines" else "plots"
    return f'<div class="{kind}">{figures}</div>'


def table_html(table: Table) -> str:
    """A table with its caption and notes; one that is too long, or for machines, names its file alone."""
    file = f"tables/{table.id}.csv"
    if not table.rows:
        return f'<p class="soft">{escape(table.caption)} Nothing to show ({file} is empty).</p>'
    if table.shown == 0:
        return f'<p class="soft">{escape(table.caption)} {len(table.rows)} rows in <code>{file}</code>.</p>'
    rows = table.rows[: table.shown or MOST_ROWS]
    columns = _columns(table)
    worded = {i for i in columns if any(isinstance(row[i], str) for row in table.rows)}
    kinds = {i: " class=t" if i in worded else "" for i in columns}
    head = "".join(f'<th scope="col"{kinds[i]}>{escape(table.columns[i].title)}</th>' for i in columns)
    body = "".join(
        "<tr>"
        + f'<th scope="row">{escape(_cell(table, row, columns[0]))}</th>'
        + "".join(f"<td{kinds[i]}>{escape(_cell(table, row, i))}</td>" for i in columns[1:])
        + "</tr>"
        for row in rows
    )
    more = f" The first {len(rows)} of {len(table.rows)} rows." if len(rows) < len(table.rows) else ""
    notes = "".join(f"<p class=soft>{escape(note)}</p>" for note in table.notes)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(table.caption)}">'
        f'<table class="scrolls"><caption>{escape(table.caption)}{more} <code>{file}</code></caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{notes}"
    )


def _columns(table: Table) -> list[int]:
    """Columns that hold anything; the first always."""
    return [
        index
        for index in range(len(table.columns))
        if index == 0 or any(row[index] is not None for row in table.rows)
    ]


def _cell(table: Table, row: Sequence[object], index: int) -> str:
    return shown(row[index], table.columns[index].digits)
