"""The instruments of a protocol as the tutor asks them, and what in the protocol does not fit them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from studies.instruments.loader import load_instrument
from studies.instruments.model import Instrument, Item
from studies.protocol import Protocol
from tutorbot.core.questionnaires import Question, Questionnaire, Questionnaires, TrustStart
from tutorbot.errors import BadFile, BadInput
from tutorbot.yaml_file import Loc, Misfit

PHASES = ("pre", "block", "post")
PROBED = ("trust", "concentration")
"""Measures that need no instrument: asked after every board."""


def questionnaire(instrument: Instrument) -> Questionnaire:
    """One instrument without its words."""
    return Questionnaire(
        instrument=instrument.id,
        version=instrument.version,
        items=tuple(_question(instrument, item) for item in instrument.items),
    )


def questionnaires(protocol: Protocol, texts: Path | None = None) -> Questionnaires:
    """All a protocol asks. texts: folder of the lab's own. Raises: BadInput; BadFile."""
    asked = protocol.instruments
    pre, block, post = (
        tuple(questionnaire(load_instrument(name, texts=texts)) for name in names)
        for names in (asked.pre, asked.block, asked.post)
    )
    return Questionnaires(pre=pre, block=block, post=post)


def trust_start(protocol: Protocol, texts: Path | None = None) -> TrustStart | None:
    """The items the trust estimate starts from; None where the protocol names none. Raises: BadInput."""
    named = protocol.instruments.trust_start
    if named is None:
        return None
    name, _, score = named.partition(".")
    instrument = load_instrument(name, texts=texts)
    return TrustStart(instrument=name, items=tuple(item.id for item in _items(instrument, score)))


def instrument_misfits(protocol: Protocol, texts: Path | None = None) -> Iterator[Misfit]:
    """Instruments that are not there, words that are missing, measures that are not asked.

    Raises: BadFile: an instrument or a file of texts has mistakes, at their own places.
    """
    loaded: dict[str, Instrument] = {}
    for phase in PHASES:
        for index, name in enumerate(getattr(protocol.instruments, phase)):
            loc: Loc = ("instruments", phase, index)
            try:
                loaded[name] = load_instrument(name, texts=texts)
            except BadFile:
                raise
            except BadInput as error:
                yield _at(loc, error)
                continue
            yield from _words(protocol, loaded[name], loc)
    start = protocol.instruments.trust_start
    if start is not None and start.partition(".")[0] in loaded:
        yield from _score(loaded, start, ("instruments", "trust_start"))
    for index, one in enumerate(protocol.hypotheses):
        if one.measure is not None and one.measure not in PROBED:
            yield from _measure(protocol, loaded, one.measure, ("hypotheses", index, "measure"))


def _question(instrument: Instrument, item: Item) -> Question:
    scale = instrument.scale_of(item)
    return Question(
        item_id=item.id,
        kind=item.answer,
        low=scale.low if scale is not None else None,
        high=scale.high if scale is not None else None,
        options=tuple(item.options),
        required=item.required,
        may_not_apply=item.may_not_apply,
        reversed=item.reversed,
        expected=f"{item.check.expected:g}" if item.check is not None else None,
    )


def _items(instrument: Instrument, score: str) -> tuple[Item, ...]:
    """The items of a score, or of the total. Raises: BadInput: there is no such score."""
    rules = {rule.id: rule for rule in instrument.scores}
    rule = rules.get(score) if score else instrument.total
    if rule is None:
        has = ", ".join(f"{instrument.id}.{one}" for one in rules) or "none at all"
        what = f"score {score!r}" if score else f"total ({instrument.no_total or 'it is not scored'})"
        raise BadInput(f"Instrument {instrument.id!r} has no {what}.", remedy=f"Its scores: {has}.")
    return instrument.items_of(rule)


def _words(protocol: Protocol, instrument: Instrument, loc: Loc) -> Iterator[Misfit]:
    for language in protocol.languages:
        try:
            instrument.in_language(language)
        except BadInput as error:
            yield _at(loc, error)


def _measure(protocol: Protocol, loaded: dict[str, Instrument], measure: str, loc: Loc) -> Iterator[Misfit]:
    name = measure.partition(".")[0]
    if name in loaded:
        yield from _score(loaded, measure, loc)
    elif all(name not in getattr(protocol.instruments, phase) for phase in PHASES):
        known = ", ".join((*PROBED, *loaded))
        yield Misfit(loc, f"{measure!r} is not asked in this study", f"asked are {known}")


def _score(loaded: dict[str, Instrument], named: str, loc: Loc) -> Iterator[Misfit]:
    name, _, score = named.partition(".")
    try:
        _items(loaded[name], score)
    except BadInput as error:
        yield _at(loc, error)


def _at(loc: Loc, error: BadInput) -> Misfit:
    """The error at a place of the protocol, in the form of the file's other mistakes."""
    remedy = error.remedy[:1].lower() + error.remedy[1:]
    return Misfit(loc, error.what.rstrip("."), remedy.rstrip("."))
