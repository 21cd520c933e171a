"""``tutorbot lesson``: for those who write lesson packs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tutorbot.errors import BadInput, TutorbotError
from tutorbot.lessons.packs import lesson_hash, lesson_languages, list_packs, load_lesson
from tutorbot.lessons.phrases import list_languages, load_phrases
from tutorbot.lessons.preview import MARK, preview_page

lesson_app = typer.Typer(no_args_is_help=True, help="Check and look at lesson packs.")


@lesson_app.command()
def check(
    packs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PACK]...",
            help="Id of a shipped pack, or path of a folder with a lesson.yml. "
            "Without any: all shipped packs and the tutor's wordings.",
        ),
    ] = None,
) -> None:
    """Read lesson packs as a session would; print every mistake with file, line, column and remedy."""
    n_bad = sum(_is_bad(_pack_line, pack) for pack in packs or list_packs())
    if not packs:
        n_bad += sum(_is_bad(_phrases_line, language) for language in list_languages())
    if n_bad:
        raise typer.Exit(1)


@lesson_app.command()
def preview(
    pack: Annotated[str, typer.Argument(help="Id of a shipped pack, or path of a folder with a lesson.yml.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Where to write the page; an older preview is replaced. Default: the pack's name, here.",
        ),
    ] = None,
) -> None:
    """Write one HTML page with all boxes, texts and pictures of a pack, to read through in a browser."""
    try:
        page = preview_page(pack)
        target = out or Path(f"{Path(pack).resolve().name}.html")
        _write_preview(target, page)
    except TutorbotError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Preview of {pack} written to {target}.")


def _is_bad(line_of: Callable[[str], str], name: str) -> bool:
    """Print one line about what is fine, or every mistake."""
    try:
        typer.echo(line_of(name))
    except TutorbotError as error:
        typer.echo(str(error), err=True)
        return True
    return False


def _pack_line(pack: str) -> str:
    lesson = load_lesson(pack)
    languages = lesson_languages(pack)
    for language in languages[1:]:
        load_lesson(pack, language)
    size = f"{len(lesson.cards)} cards, {len(lesson.problems)} problems"
    return (
        f"{lesson.pack_id} {lesson.version} ({', '.join(languages)}): {size}, sha256 {lesson_hash(pack)[:16]}"
    )


def _phrases_line(language: str) -> str:
    wordings = load_phrases(language).wordings
    return f"phrases {language}: {len(wordings)} keys, {sum(map(len, wordings.values()))} wordings"


def _write_preview(target: Path, page: str) -> None:
    """Write the page. Raises: BadInput: another kind of file stands there, or it cannot be written."""
    try:
        if target.exists() and not target.read_bytes().startswith(MARK.encode()):
            raise BadInput(f"{target} exists and is not a preview.", remedy="Name another file with --out.")
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{target} cannot be written ({error.strerror}).", remedy="Name another file with --out."
        ) from None
