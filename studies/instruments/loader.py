"""Instruments by name: shipped ones, a lab's own, and the words a lab adds to a shipped one."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from pydantic import model_validator

from studies.instruments.model import Instrument, TextFile
from tutorbot.errors import BadInput
from tutorbot.yaml_file import Misfit, Misfits, load_yaml, parse_yaml, read_text

SHIPPED = Path(__file__).parent
"""Folder of the instruments that come with the tool; those with a licence of their own in a folder each."""


def shipped() -> tuple[str, ...]:
    """Names of the instruments that come with the tool."""
    return tuple(sorted(path.stem for path in _shipped_files()))


def load_instrument(name: str, *, texts: Path | None = None) -> Instrument:
    """An instrument with the texts at hand. texts: a folder with ``<id>.yml`` and ``<id>.<language>.yml``.

    A lab's own ``<id>.yml`` takes the place of a shipped one. Raises: BadInput; BadFile.
    """
    if texts is not None and not texts.is_dir():
        raise BadInput(f"There is no folder {str(texts)!r} with texts.", remedy="Check the path, or make it.")
    own = texts / f"{name}.yml" if texts is not None else None
    path = own if own is not None and own.is_file() else _shipped_file(name, texts)
    return _load(path, texts)


def load_file(path: Path) -> Instrument:
    """An instrument by its file, with the lab's texts beside it. Raises: BadFile."""
    return _load(path, path.parent)


def _load(path: Path, folder: Path | None) -> Instrument:
    class Named(Instrument):
        @model_validator(mode="after")
        def _has_the_name_of_its_file(self) -> Named:
            if self.id != path.stem:
                what = f"the id is {self.id!r} in a file named {path.name}"
                raise Misfits([Misfit(("id",), what, "give both the same name")])
            return self

    text = read_text(path)
    parse_yaml(text, Named, name=str(path))
    instrument = parse_yaml(text, Instrument, name=str(path))
    files = sorted(folder.glob(f"{instrument.id}.*.yml")) if folder is not None else []
    instrument._own = tuple(_own(file, instrument) for file in files)
    return instrument


def _own(path: Path, instrument: Instrument) -> TextFile:
    """A lab's file of texts, held against its instrument. Raises: BadFile."""

    class Fitting(TextFile):
        @model_validator(mode="after")
        def _fits_the_instrument(self) -> Fitting:
            found = tuple(_text_misfits(self, instrument, path))
            if found:
                raise Misfits(found)
            return self

    return load_yaml(path, Fitting)


def _text_misfits(texts: TextFile, instrument: Instrument, path: Path) -> Iterator[Misfit]:
    if texts.instrument != instrument.id:
        yield Misfit(("instrument",), f"it is not {instrument.id!r}", f"write `instrument: {instrument.id}`")
    if texts.version != instrument.version:
        yield Misfit(
            ("version",),
            f"the texts are for version {texts.version!r} of the file, which is now {instrument.version!r}",
            "compare the items with `studies instrument show`, then write the new version",
        )
    if path.name != f"{instrument.id}.{texts.language}.yml":
        yield Misfit(
            ("language",), f"{texts.language!r} is not the language in the name {path.name}", "correct one"
        )
    for item_id in texts.items:
        if item_id not in instrument.ids:
            yield Misfit(("items", item_id), f"there is no item {item_id!r}", "see `studies instrument show`")
    for item in instrument.items:
        if item.id not in texts.items:
            yield Misfit(("items",), f"item {item.id!r} has no words", f"add `{item.id}:`")
    if instrument.scale is not None:
        for value in texts.anchors:
            if not instrument.scale.holds(value):
                yield Misfit(("anchors",), f"{value:g} is no point of the scale", "correct it")


def _shipped_files() -> tuple[Path, ...]:
    return (*SHIPPED.glob("*.yml"), *SHIPPED.glob("*/*.yml"))


def _shipped_file(name: str, folder: Path | None) -> Path:
    for path in _shipped_files():
        if path.stem == name:
            return path
    beside = f", and {folder} has no {name}.yml" if folder is not None else ""
    raise BadInput(
        f"There is no instrument {name!r}{beside}.",
        remedy=f"{_near(name, folder)}Shipped are {', '.join(shipped())}; "
        "`studies instrument list` says what they are.",
    )


def _near(name: str, folder: Path | None) -> str:
    """The name that was probably meant, the lab's own among them; empty when none is like it."""
    own = (path.stem for path in folder.glob("*.yml") if "." not in path.stem) if folder is not None else ()
    names = sorted({*shipped(), *own})
    near = difflib.get_close_matches(name.lower(), names, n=1)
    return f"Did you mean `{near[0]}`? " if near else ""
