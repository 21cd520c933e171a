"""The export's own README: what lies here, how to read it, and hashes to check it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
  codebook.csv and codebook.md say what every column means."""


def readme(
    study_id: str,
    sheets: Sequence[Sheet],
    conditions: Mapping[str, int],
    *,
    test_only: bool,
    with_words: bool,
) -> str:
    """The text of README.txt; the same study gives the same text."""
    title = f"Study {study_id}: TRY-OUT SESSIONS, NOT DATA" if test_only else f"Study {study_id}"
    counts = ", ".join(f"{name}: {n}" for name, n in sorted(conditions.items())) or "none"
    words = (
        "What learners wrote is in this export: read it as you would read an interview."
        if with_words
        else "What learners wrote is left out (learner_said.text, understood.entities are empty)."
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
            f"Sessions by condition: {counts}.",
            "Participants stand here under pseudonyms (P001, ...); no file here holds a key to a person.",
            words,
            f"Version of the row classes: {SCHEMA_VERSION}.",
            "",
            HOW_TO_READ,
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
    rows = "" if sheet.n_rows is None else f" ({sheet.n_rows} rows)"
    return f"  {sheet.name}{rows}: {sheet.doc}"
