"""The wizard's prepared lines: shipped ones that can be said, and a protocol's own beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tutorbot.errors import BadFile
from tutorbot.lessons.wizard_lines import FOLDER, load_wizard_lines

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.yml"))


def test_every_language_has_the_same_lines():
    assert {"en", "de"} <= set(LANGUAGES)
    ids = {language: [line.line_id for line in load_wizard_lines(language)] for language in LANGUAGES}
    assert all(found == ids["en"] for found in ids.values())
    assert len(ids["en"]) >= 10


def test_a_language_without_a_file_has_none():
    assert load_wizard_lines("xx") == ()


def own(folder: Path, text: str) -> Path:
    (folder / "wizard-lines.en.yml").write_text(text, encoding="utf-8")
    return folder


def test_a_protocols_folder_adds_lines_and_takes_the_place_of_some(tmp_path: Path):
    folder = own(
        tmp_path,
        "lines:\n  - {id: sorry, group: Repair, text: Sorry about that.}\n"
        "  - {id: our-own, group: Ours, text: Hello from the lab.}\n",
    )
    shipped, found = load_wizard_lines("en"), load_wizard_lines("en", folder)
    texts = {line.line_id: line.text for line in found}
    assert texts["sorry"] == "Sorry about that."
    assert texts["our-own"] == "Hello from the lab."
    assert len(found) == len(shipped) + 1
    assert load_wizard_lines("de", folder) == load_wizard_lines("de")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("lines: []\n", "lines"),
        ("lines:\n  - {id: a, group: G, text: x}\n  - {id: a, group: G, text: y}\n", "is taken"),
        ("lines:\n  - {id: typed, group: G, text: x}\n", "is taken"),
        ("lines:\n  - {id: Not an id, group: G, text: x}\n", "wizard-lines.en.yml:2"),
        (f"lines:\n  - {{id: a, group: G, text: {'x' * 301}}}\n", "wizard-lines.en.yml:2"),
        ("lines:\n  - {id: a, text: x}\n", "group"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, complaint: str):
    with pytest.raises(BadFile) as caught:
        load_wizard_lines("en", own(tmp_path, text))
    assert complaint in str(caught.value)
