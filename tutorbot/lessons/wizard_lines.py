"""Reads the wizard's prepared lines: those that are shipped, then those in a protocol's own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from tutorbot.core.prepared import PreparedLine
from tutorbot.yaml_file import FileModel, Misfit, Misfits, load_yaml
from tutorbot.yaml_file.forms import SLUG

FOLDER = Path(__file__).parent / "wizard_lines"
OWN = "wizard-lines.{language}.yml"
"""Name of the file in a protocol's folder."""

Id = Annotated[str, StringConstraints(pattern=SLUG, max_length=40)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Group = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class _Line(FileModel):
    id: Id
    group: Group
    text: Text


class _Lines(FileModel):
    lines: tuple[_Line, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _each_id_once(self) -> _Lines:
        known: set[str] = set()
        misfits = []
        for n, line in enumerate(self.lines):
            if line.id in known or line.id == "typed":
                misfits.append(
                    Misfit(
                        ("lines", n, "id"),
                        f"the id {line.id!r} is taken",
                        "Give each line an id of its own.",
                    )
                )
            known.add(line.id)
        if misfits:
            raise Misfits(misfits)
        return self


def load_wizard_lines(language: str, folder: Path | None = None) -> tuple[PreparedLine, ...]:
    """The lines of one language; none where there is no file.

    folder: a protocol's, whose lines come after the shipped ones or take the place of those with their id.
    Raises: BadFile: with line and column of each mistake.
    """
    found: dict[str, PreparedLine] = {}
    shipped = FOLDER / f"{language}.yml"
    own = None if folder is None else folder / OWN.format(language=language)
    for path in (shipped, own):
        if path is not None and path.is_file():
            for line in load_yaml(path, _Lines).lines:
                found[line.id] = PreparedLine(line_id=line.id, group=line.group, text=line.text)
    return tuple(found.values())
