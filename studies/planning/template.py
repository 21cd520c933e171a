"""A protocol file to begin from: a shipped one's text and comments, marked where the researcher writes."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Literal, get_args

from studies.planning.outline import kind_of
from studies.protocol import PLACEHOLDER, PROTOCOLS, parse_protocol
from tutorbot.errors import BadInput

Design = Literal["between", "within", "mixed"]
TEMPLATE_OF: dict[Design, str] = {"between": "three-by-two", "within": "within", "mixed": "three-by-two"}
"""The shipped protocol a design is begun from; of the mixed one the second factor goes within."""
MOST_SEED = 2**31 - 1
ASKED = {
    "hypotheses": "what you expect, written before the first participant comes",
    "ethics_id": "number of your ethics approval, in quotes; null: no camera starts",
    "test_only": "false once everything is settled; until then nothing is data",
    "retention_until": "the day your consent text and your data plan name",
    "sample": "your planned number; `studies power` says what it can find",
}
"""Keys only the researcher can fill in where no placeholder may stand, and what is asked for."""
LEADING = "who does this study, what it is about and how long it takes."


def write_new(
    path: Path, *, template: str | None, study_id: str | None, title: str | None, design: Design | None
) -> str:
    """Write the file; returns the study's id. Raises: BadInput: it is there, or cannot be made so."""
    if design is not None and design not in get_args(Design):
        raise BadInput(f"There is no design {design!r}.", remedy="Write between, within or mixed.")
    name = template or (TEMPLATE_OF[design] if design is not None else "three-by-two")
    text = new_text(name, study_id or id_of(path), title, design)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise BadInput(
            f"{str(path)!r} is there already.", remedy="Name a file that is not there yet."
        ) from None
    except OSError as error:
        raise BadInput(
            f"{str(path)!r} cannot be written ({error.strerror}).", remedy="Name a folder that is there."
        ) from None
    return study_id or id_of(path)


def id_of(path: Path) -> str:
    """An id made of the file's name. Raises: BadInput: nothing in it can be one."""
    made = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-._")[:64]
    if not made:
        raise BadInput(f"No id can be made of {path.name!r}.", remedy="Give one with --id.")
    return made


def new_text(name: str, study_id: str, title: str | None, design: Design | None) -> str:
    """The text of a new protocol, checked. Raises: BadInput: unknown template, or of another design."""
    text = _body(name)
    if design == "mixed" and name == TEMPLATE_OF["mixed"]:
        text = _mixed(text)
    text = _line(text, "id", json.dumps(study_id, ensure_ascii=False))
    text = _line(
        text,
        "title",
        json.dumps(title or f"{PLACEHOLDER}: a title participants may read", ensure_ascii=False),
    )
    text = _line(text, "version", '"1"')
    text = _line(text, "seed", str(secrets.randbelow(MOST_SEED)))
    text = (
        _line(text, "test_only", "true")
        if "\ntest_only:" in text
        else text.replace("\nethics_id:", "\ntest_only: true\nethics_id:", 1)
    )
    text = _asking(_leading(text))
    protocol = parse_protocol(f"{_head(name)}{text}", name=f"the template {name}")
    if design is not None and kind_of(protocol) != design:
        raise BadInput(
            f"The template {name!r} varies {kind_of(protocol)} participants, not {design}.",
            remedy=f"Leave --from out, or name {TEMPLATE_OF[design]}.",
        )
    return protocol.text


def _body(name: str) -> str:
    """A shipped protocol without its opening comment. Raises: BadInput."""
    path = PROTOCOLS / f"{name}.yml"
    shipped = sorted(file.stem for file in PROTOCOLS.glob("*.yml"))
    if name not in shipped:
        raise BadInput(f"There is no template {name!r}.", remedy=f"Name one of {', '.join(shipped)}.")
    text = path.read_text(encoding="utf-8")
    return text[text.index("id: ") :]


def _head(name: str) -> str:
    return (
        f"# Begun from the shipped protocol {name}. docs/protocol.md says what each key means. Write over\n"
        f"# every '{PLACEHOLDER}'; `studies check` says where one is left. Then: `studies power` (how many\n"
        "# participants), `studies assign` (hash of the list, to preregister), `tutorbot pilot --study`.\n"
    )


def _line(text: str, key: str, value: str) -> str:
    """A top-level key with another value; what stood behind it as a comment stays."""
    found = re.search(rf"^{key}: *(\"[^\"\n]*\"|[^#\n]*?)( +#[^\n]*)?$", text, re.MULTILINE)
    assert found is not None, key
    return f"{text[: found.start()]}{key}: {value}{found.group(2) or ''}{text[found.end() :]}"


def _asking(text: str) -> str:
    """A comment above each key that only the researcher can fill in."""
    for key, asked in ASKED.items():
        text = re.sub(rf"^(?={key}:)", f"# {PLACEHOLDER}: {asked}\n", text, count=1, flags=re.MULTILINE)
    return text


def _leading(text: str) -> str:
    """The first paragraph of each consent text begins with what the tool cannot know."""
    return re.sub(
        rf"(      paragraphs:\n        - >-\n)(?!          {PLACEHOLDER})",
        rf"\g<1>          {PLACEHOLDER}: {LEADING}\n",
        text,
    )


def _mixed(text: str) -> str:
    """The 3 x 2 template with its second factor within participants."""
    between, within = "    vary: between\n", "    vary: within # every participant meets each level\n"
    first, second = text.split("  - id: rules\n")
    second = second.replace(between, within, 1)
    second = second.replace("allocation:\n", "order: latin_square\nallocation:\n", 1)
    return f"{first}  - id: rules\n{second}".replace("design: between", "design: mixed", 1)
