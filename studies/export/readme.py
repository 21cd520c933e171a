"""The export's own README: what lies here, how to read it, and hashes to check it by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.export.flow import Tally, flow_line, n_of
from studies.export.span import EVER, Span
from tutorbot.core.events import SCHEMA_VERSION


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of the export. n_rows: None where it is no table."""

    name: str
    doc: str
    n_rows: int | None
    sha256: str


HOW_TO_READ = """\
How to read the tables
  CSV after RFC 4180 in UTF-8, lines end in CR LF, the first line names the columns.
  An empty cell is NULL (unknown or not applicable); an empty text is "".
  Truth values are true and false. Times of day are ISO 8601 in UTC.
  at_s counts seconds from the start of the session and never runs backwards.
  Lists and pairs are JSON in one cell.
  seq numbers a session's rows from 1 across all tables: sort by it to see what happened in order.
  A text that begins with = + - @ ' or a tab or line end has an apostrophe put in front, so that
  no spreadsheet runs it as a formula. Take one leading apostrophe away to get the text back.
  codebook.csv and codebook.md say what every column means, values.csv what the words and numbers in
  the cells mean: levels, conditions, signs, reactions."""

N = """\
N counts sessions with consent to take part ({sessions}, column consented). People who opened the
address and left, or said no, keep their line in {sessions}, so that attrition can be told; leave
them out of N."""

N_ALONE = """\
N counts sessions with consent to take part. Only those are here, those that withdrew later among them:
whether their data may be used is for the consent text to say."""

OPEN = """\
Not ended when this was exported (state open): {sessions}. They run, or were broken off. What is here is
what was stored until then; export again when they are over."""


def readme(
    study_id: str,
    sheets: Sequence[Sheet],
    tally: Tally,
    *,
    test_only: bool,
    with_words: bool,
    how_to_read: str = HOW_TO_READ,
    sessions_in: str | None = "session.csv",
    span: Span = EVER,
) -> str:
    """The text of README.txt; the same study gives the same text. how_to_read: of the format.

    sessions_in: where every session has a line; None: only sessions with consent are in this format.
    """
    place = f" ({sessions_in}, column state)" if sessions_in else ""
    title = f"Study {study_id}: TRY-OUT SESSIONS, NOT DATA" if test_only else f"Study {study_id}"
    n_open = sum(states["open"] for states in tally.values())
    words = (
        "What learners wrote is in this export: read it as you would read an interview."
        if with_words
        else "What learners wrote is left out (learner_said.text, understood.entities are empty)."
        if sessions_in
        else "What people wrote or typed is left out."
    )
    warning = (
        [
            "These sessions ran under a test_only protocol. They check the pipeline and say nothing",
            "of learners.",
        ]
        if test_only
        else []
    )
    return "\n".join(
        [
            title,
            "=" * len(title),
            "",
            *warning,
            *([span.words, ""] if span.words else []),
            f"How far the sessions came, by condition{place}",
            *([f"  {flow_line(name, states)}" for name, states in tally.items()] or ["  none"]),
            N.format(sessions=sessions_in) if sessions_in else N_ALONE,
            *([OPEN.format(sessions=n_of(n_open, "session"))] if n_open else []),
            "",
            "Participants stand here as pseudonyms (P and a number); no file here holds a key to a person.",
            words,
            f"Version of the row classes: {SCHEMA_VERSION}.",
            "",
            how_to_read,
            "",
            "Files",
            *(_about(sheet) for sheet in sheets),
            "",
            "sha256 of each file (sha256sum --check --ignore-missing README.txt)",
            *(f"{sheet.sha256}  {sheet.name}" for sheet in sheets),
            "",
        ]
    )


def _about(sheet: Sheet) -> str:
    rows = "" if sheet.n_rows is None else f" ({n_of(sheet.n_rows, 'row')})"
    return f"  {sheet.name}{rows}: {sheet.doc}"
