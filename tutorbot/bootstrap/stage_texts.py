"""A session's words around the lesson, from its protocol and the instruments it names."""

from __future__ import annotations

from pathlib import Path

from studies.instruments.loader import load_instrument
from studies.instruments.model import Instrument, Item
from studies.instruments.texts import Texts
from studies.protocol import Protocol
from tutorbot.session.stage_texts import CompletionText, InstrumentText, ItemText, StageTexts


def stage_texts(protocol: Protocol, language: str, texts: Path | None) -> StageTexts:
    """All of it in one language. texts: folder of the lab's own; what has no words is left out."""
    purposes = protocol.consent.texts[language].purposes
    done, asked = protocol.completion, protocol.instruments
    names = dict.fromkeys((*asked.pre, *asked.block, *asked.post))
    loaded = [load_instrument(name, texts=texts) for name in names]
    return StageTexts(
        instruments={one.id: instrument_text(one, language) for one in loaded if language in one.available},
        purposes=tuple((name, purposes[name]) for name in protocol.consent.purposes),
        languages=protocol.languages,
        completed=None if done is None else _completion(done.completed, done.url),
        stopped=None if done is None else _completion(done.stopped, done.url),
    )


def _completion(code: str | None, url: str | None) -> CompletionText | None:
    if code is None:
        return None
    return CompletionText(code=code, url=None if url is None else url.replace("{code}", code))


def instrument_text(instrument: Instrument, language: str) -> InstrumentText:
    """An instrument's words as the page shows them. Raises: BadInput: there are none in this language."""
    words = instrument.in_language(language)
    return InstrumentText(
        title=words.heading or "",
        instruction=words.instruction or "",
        items={item.id: _item_text(instrument, item, words) for item in instrument.items},
    )


def _item_text(instrument: Instrument, item: Item, words: Texts) -> ItemText:
    scale = instrument.scale_of(item)
    return ItemText(
        text=words.items[item.id],
        anchors={f"{value:g}": label for value, label in words.anchors[item.id].items()},
        options=words.options.get(item.id, {}),
        step=1.0 if scale is None else scale.step,
    )
