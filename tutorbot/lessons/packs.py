"""Lesson packs on disk: find them, read them, name their exact content by a hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from tutorbot.core.lesson import Card, Lesson, Problem
from tutorbot.errors import BadInput
from tutorbot.lessons.schema import PackFile, ProblemFile
from tutorbot.lessons.svg import MOST_BYTES, picture_faults
from tutorbot.lessons.translation import translated, translation_of
from tutorbot.yaml_file import Misfit, load_yaml

SHIPPED = Path(__file__).parent
LESSON_FILE = "lesson.yml"
TRANSLATION = "lesson.{}.yml"
PICTURES = "cards"


def list_packs() -> tuple[str, ...]:
    """Ids of the packs that come with the tutor, e.g. ``card-sorting``."""
    return tuple(sorted(path.parent.name.replace("_", "-") for path in SHIPPED.glob(f"*/{LESSON_FILE}")))


def pack_folder(pack: str | Path) -> Path:
    """The folder of a pack, by id of a shipped one or by path of a folder or its ``lesson.yml``.

    Raises: BadInput: there is neither.
    """
    if isinstance(pack, str) and pack in list_packs():
        return SHIPPED / pack.replace("-", "_")
    path = Path(pack)
    if path.name == LESSON_FILE and path.is_file():
        return path.parent
    if (path / LESSON_FILE).is_file():
        return path
    raise BadInput(
        f"There is no lesson pack {str(pack)!r}.",
        remedy=f"Name one of {', '.join(list_packs())}, or a folder with a {LESSON_FILE} in it.",
    )


def picture_path(pack: str | Path, card: Card) -> Path:
    """The SVG file of a card. Raises: BadInput: there is no such pack."""
    return pack_folder(pack) / PICTURES / card.picture


def load_lesson(pack: str | Path, language: str | None = None) -> Lesson:
    """Read and check a pack, by id or path (see ``pack_folder``).

    language: one of ``lesson_languages``; None for that of ``lesson.yml`` itself.

    Raises: BadInput: no such pack, or it does not speak the language. BadFile: a line with place and
        remedy for every mistake in it.
    """
    folder = pack_folder(pack)
    lesson = _lesson(load_yaml(folder / LESSON_FILE, _pack_in(folder)))
    if language is None or language == lesson.language:
        return lesson
    if language not in _translations(folder):
        known = ", ".join((lesson.language, *_translations(folder)))
        raise BadInput(
            f"Lesson pack {str(pack)!r} has no words in {language!r}, only in {known}.",
            remedy=f"Translate it: write {TRANSLATION.format(language)} beside its {LESSON_FILE}.",
        )
    words = load_yaml(folder / TRANSLATION.format(language), translation_of(lesson, language))
    return translated(lesson, words)


def lesson_languages(pack: str | Path) -> tuple[str, ...]:
    """Languages of a pack, its own first. Raises: BadInput: no such pack. BadFile."""
    return (load_lesson(pack).language, *_translations(pack_folder(pack)))


def _translations(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name.split(".")[1] for path in folder.glob(TRANSLATION.format("*"))))


def lesson_hash(pack: str | Path) -> str:
    """SHA-256, in hexadecimal, over names and bytes of all files of a pack; hidden files do not count.

    Raises: BadInput: no such pack.
    """
    folder = pack_folder(pack)
    total = hashlib.sha256()
    for name in sorted(_names(folder)):
        for part in (name.encode(), (folder / name).read_bytes()):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def _names(folder: Path) -> Iterator[str]:
    """Paths of all files of a pack relative to its folder, with forward slashes."""
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            yield inside.as_posix()


def _pack_in(folder: Path) -> type[PackFile]:
    """The shape of a ``lesson.yml`` whose pictures lie in this folder."""

    class PackInFolder(PackFile):
        def misfits(self) -> Iterator[Misfit]:
            yield from super().misfits()
            for index, card in enumerate(self.cards):
                for what, remedy in _picture_misfits(folder / PICTURES / card.picture, card.name):
                    yield Misfit(("cards", index, "picture"), what, remedy)

    return PackInFolder


def _picture_misfits(path: Path, title: str) -> Iterator[tuple[str, str]]:
    name = f"{PICTURES}/{path.name}"
    try:
        with path.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        yield f"there is no file {name}", f"draw it, or correct the name (files lie in {PICTURES}/)"
        return
    except OSError as error:
        yield f"{name} cannot be read ({error.strerror})", "check the file and its rights"
        return
    for fault in picture_faults(raw, title=title):
        yield f"{name}:{fault.line}:{fault.column}: {fault.what}", fault.remedy


def _lesson(pack: PackFile) -> Lesson:
    values = {dimension.name: dimension.values for dimension in pack.dimensions}
    cards = tuple(
        Card(
            card_id=card.id,
            name=card.name,
            features=tuple(values[name].index(card.features[name]) for name in values),
            picture=card.picture,
        )
        for card in pack.cards
    )
    return Lesson(
        pack_id=pack.pack,
        version=pack.version,
        language=pack.language,
        title=pack.title,
        cards=cards,
        problems=tuple(_problem(pack, problem) for problem in pack.problems),
        n_given=pack.pace.n_given,
        most_attempts=pack.pace.most_attempts,
        criterion=pack.pace.criterion,
        most_items=pack.pace.most_items,
    )


def _problem(pack: PackFile, problem: ProblemFile) -> Problem:
    return Problem(
        problem_id=problem.id,
        title=problem.title,
        instruction=problem.instruction,
        left=pack.left_of(problem),
        hints=problem.hints,
        contrast=problem.contrast.cards,
        contrast_offer=problem.contrast.offer,
        contrast_text=problem.contrast.text,
        worked_step=problem.worked_step.cards,
        worked_text=problem.worked_step.text,
        explanation=problem.explanation,
    )
