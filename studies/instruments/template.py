"""The file a lab fills in with its own copy of an instrument's words."""

from __future__ import annotations

import json
from pathlib import Path

from studies.instruments.checks import FILL_IN
from studies.instruments.model import Instrument, Item
from tutorbot.errors import BadInput


def write_template(instrument: Instrument, language: str, folder: Path) -> Path:
    """Write ``<id>.<language>.yml`` into a folder, which is made where it is not there.

    Raises: BadInput: a file of that name is there, or it cannot be written.
    """
    path = folder / f"{instrument.id}.{language}.yml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(template(instrument, language))
    except FileExistsError:
        raise BadInput(f"{path} is there already.", remedy="Fill it in, or take it away first.") from None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror}).", remedy="Name another folder."
        ) from None
    return path


def template(instrument: Instrument, language: str) -> str:
    """Its text: every item with what it is about, and ``FILL IN`` where words belong."""
    lines = [
        f"# {instrument.title}: your own copy of its words in {language!r}. Write over every {FILL_IN!r}.",
        f"# From: {' '.join(instrument.citation.split())}",
        f"# Licence: {instrument.licence.name}. Publish this file only if that allows it.",
        f"instrument: {instrument.id}",
        f"version: {json.dumps(instrument.version)}",
        f"language: {language}",
        f'source: "{FILL_IN}: where these words come from"',
        f'rights: "{FILL_IN}: why you may use them"',
        f'heading: "{FILL_IN}: a title that does not say what is measured, or remove this line"',
        f'instruction: "{FILL_IN}: what stands above the items, or remove this line"',
    ]
    if instrument.scale is not None:
        lines += [
            "anchors:",
            f'  {instrument.scale.low:g}: "{FILL_IN}: words at the low end"',
            f'  {instrument.scale.high:g}: "{FILL_IN}: words at the high end"',
        ]
    return "\n".join([*lines, "items:", *(_line(item) for item in instrument.items)]) + "\n"


def _line(item: Item) -> str:
    marks = [f"score {item.subscale}"] if item.subscale else []
    marks += [item.about] if item.about else []
    marks += ["reversed"] if item.reversed else []
    return f'  {item.id}: "{FILL_IN}: item {item.id}"' + (f"  # {'; '.join(marks)}" if marks else "")
