"""An instrument's words in one language: those in its file, or the lab's own in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutorbot.errors import BadInput

if TYPE_CHECKING:
    from studies.instruments.model import Instrument, Item, TextFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What a participant reads. anchors: by item, the words at a value of its scale. heading: None: none.

    options: by item, option -> its words. does_not_apply: None where no item offers it.
    """

    language: str
    heading: str | None
    instruction: str | None
    items: Mapping[str, str]
    anchors: Mapping[str, Mapping[float, str]]
    options: Mapping[str, Mapping[str, str]]
    does_not_apply: str | None


def available(instrument: Instrument) -> tuple[str, ...]:
    """Languages that have words, in the order of their names."""
    return tuple(sorted({*instrument.languages, *(one.language for one in instrument.own_texts)}))


def texts_of(instrument: Instrument, language: str) -> Texts:
    """The words in one language. Raises: BadInput: if there are none."""
    own = next((one for one in instrument.own_texts if one.language == language), None)
    if own is None and language not in instrument.languages:
        raise _no_words(instrument, language)
    items = instrument.items
    offered = any(item.may_not_apply for item in items)
    own_word = own.does_not_apply if own is not None else None
    return Texts(
        language=language,
        heading=own.heading if own is not None else instrument.heading.get(language),
        instruction=_instruction(instrument, language, own),
        items={item.id: _words(item, language, own) for item in items},
        anchors={item.id: _anchors(instrument, item, language, own) for item in items},
        options={item.id: _options(item, language) for item in items if item.options},
        does_not_apply=(own_word or instrument.does_not_apply.get(language)) if offered else None,
    )


def _no_words(instrument: Instrument, language: str) -> BadInput:
    has = instrument.available
    have = f"It has {', '.join(has)}." if has else "None are shipped, as their licence is not open."
    return BadInput(
        f"Instrument {instrument.id!r} has no texts in {language!r}. {have}",
        remedy=f"`studies instrument template {instrument.id} {language} FOLDER` writes a file for your own; "
        "fill it in and give its folder with --texts, or as `texts:` of the protocol's instruments.",
    )


def _words(item: Item, language: str, own: TextFile | None) -> str:
    if own is not None:
        return own.items[item.id]
    assert isinstance(item.text, dict), "an instrument with languages has texts in them"
    return item.text[language]


def _instruction(instrument: Instrument, language: str, own: TextFile | None) -> str | None:
    if own is not None:
        return own.instruction
    return instrument.instruction[language] if isinstance(instrument.instruction, dict) else None


def _options(item: Item, language: str) -> Mapping[str, str]:
    return {name: words[language] for name, words in item.options.items() if language in words}


def _anchors(instrument: Instrument, item: Item, language: str, own: TextFile | None) -> Mapping[float, str]:
    if own is not None:
        found = own.item_anchors.get(item.id) or own.anchors
        if found:
            return found
    scale = instrument.scale_of(item)
    return scale.anchors.get(language, {}) if scale is not None else {}
