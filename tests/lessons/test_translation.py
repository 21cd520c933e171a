"""A pack in a second language: the same lesson in other words, complete or refused."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tutorbot.core.lesson import Lesson, Problem
from tutorbot.errors import BadFile, BadInput
from tutorbot.lessons import lesson_languages, list_packs, load_lesson, pack_folder

WORDS_OF_A_PROBLEM = (
    "title",
    "instruction",
    "hints",
    "contrast_offer",
    "contrast_text",
    "worked_text",
    "explanation",
)
GERMAN = {"circle": "Kreis", "triangle": "Dreieck"}


def without_words(lesson: Lesson) -> Lesson:
    """What is left when nothing can be read."""
    blank = dict.fromkeys(WORDS_OF_A_PROBLEM, "")
    return replace(
        lesson,
        language="",
        title="",
        cards=tuple(replace(card, name="") for card in lesson.cards),
        problems=tuple(replace(problem, **blank) for problem in lesson.problems),
    )


def texts(problem: Problem) -> list[str]:
    one = [str(getattr(problem, name)) for name in WORDS_OF_A_PROBLEM if name != "hints"]
    return [*one, *problem.hints]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    copy = tmp_path / "pack"
    shutil.copytree(pack_folder("card-sorting"), copy)
    return copy


@pytest.mark.parametrize("name", list_packs())
def test_every_shipped_pack_is_the_same_lesson_in_german(name: str):
    assert lesson_languages(name) == ("en", "de")
    english, german = load_lesson(name), load_lesson(name, "de")
    assert german.language == "de"
    assert without_words(german) == without_words(english)
    for ours, theirs in zip(german.problems, english.problems, strict=True):
        assert not set(texts(ours)) & set(texts(theirs))


@pytest.mark.parametrize("name", list_packs())
def test_german_card_names_say_every_feature(name: str):
    for english, german in zip(load_lesson(name).cards, load_lesson(name, "de").cards, strict=True):
        size, colour, shape = english.name.split()
        stems = {"small": "klein", "large": "groß", "blue": "blau", "red": "rot"}
        assert re.fullmatch(rf"{stems[size]}\w+ {stems[colour]}\w+ {GERMAN[shape]}", german.name)


@pytest.mark.parametrize("name", list_packs())
def test_german_texts_are_formal(name: str):
    for problem in load_lesson(name, "de").problems:
        for text in texts(problem):
            assert not re.search(r"\b(du|dich|dir|dein\w*|euch|euer\w*)\b", text), text


def test_a_language_the_pack_does_not_speak_is_refused_with_what_to_write():
    with pytest.raises(BadInput, match=r"no words in 'fr', only in en, de.*lesson\.fr\.yml"):
        load_lesson("card-sorting", "fr")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  small-blue-circle: kleiner blauer Kreis\n", "", "'small-blue-circle' is not translated"),
        ("  type-iv:", "  type-vii:", "the pack has no 'type-vii' in its problems"),
        ('version: "1"', 'version: "2"', "'2' is not the pack's '1'"),
        ("language: de", "language: fr", "'fr' is not the pack's 'de'"),
        ("kleiner blauer Kreis", "großer blauer Kreis", "stands here twice"),
        ("Die erste Regel", "Das ist ganz einfach", "'einfach' imposes or belittles"),
        ("Soll ich zeigen, was verschieden ist?", "Sehen Sie hin.", "does not end in a question mark"),
    ],
)
def test_a_translation_that_does_not_fit_is_told_where(pack: Path, old: str, new: str, told: str):
    file = pack / "lesson.de.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadFile) as refused:
        load_lesson(pack, "de")
    assert told in str(refused.value)
    assert re.search(r"lesson\.de\.yml:\d+:\d+: ", str(refused.value))
    assert load_lesson(pack).language == "en"
