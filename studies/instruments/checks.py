"""What does not fit together in an instrument's file or a file of texts, each mistake at its own place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tutorbot.yaml_file import Loc, Misfit

if TYPE_CHECKING:
    from studies.instruments.model import Instrument, Item, Missing, ScoreRule, TextFile

SUPPLY = "supply text"
FILL_IN = "FILL IN"
"""Stands in a template where the lab's own words belong."""
SCORED = ("scale", "test")


def instrument_misfits(instrument: Instrument) -> Iterator[Misfit]:
    """Everything in an instrument that is right by itself and wrong beside the rest."""
    yield from _twice(("items",), instrument.ids)
    yield from _twice(("subscales",), [rule.id for rule in instrument.subscales])
    for index, item in enumerate(instrument.items):
        yield from _item(instrument, item, ("items", index))
    for index, rule in enumerate(instrument.subscales):
        yield from _rule(instrument, rule, ("subscales", index))
    yield from _scales(instrument)
    yield from _total(instrument)
    yield from _licence(instrument)
    yield from _examples(instrument)
    yield from _missing(instrument.missing, ("missing",))


def text_misfits(texts: TextFile) -> Iterator[Misfit]:
    """A template whose places were not filled in."""
    for name in ("source", "rights", "heading", "instruction", "does_not_apply"):
        if FILL_IN in (getattr(texts, name) or ""):
            yield Misfit((name,), f"it still says {FILL_IN!r}", "write the words, or remove the line")
    for item_id, words in texts.items.items():
        if FILL_IN in words:
            yield Misfit(("items", item_id), f"it still says {FILL_IN!r}", "write the item's words")
    for value, words in texts.anchors.items():
        if FILL_IN in words:
            yield Misfit(
                ("anchors", f"{value:g}"), f"it still says {FILL_IN!r}", "write the words, or remove the line"
            )


def _twice(loc: Loc, names: Sequence[str]) -> Iterator[Misfit]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Misfit((*loc, index), f"{name!r} stands here twice", "rename or remove one")


def _item(instrument: Instrument, item: Item, loc: Loc) -> Iterator[Misfit]:
    known = [rule.id for rule in instrument.subscales]
    if item.subscale is not None and item.subscale not in known:
        listed = ", ".join(known) or "none"
        yield Misfit((*loc, "subscale"), f"there is no subscale {item.subscale!r}", f"listed are {listed}")
    if item.answer == "scale" and instrument.scale is None and item.scale is None:
        yield Misfit(loc, "it has no scale to be answered on", "add `scale:` here or to the instrument")
    if item.answer in ("choice", "choices") and len(item.options) < 2:
        yield Misfit(loc, "it offers fewer than two options", "add `options:`")
    if item.reversed and item.answer != "scale":
        yield Misfit((*loc, "reversed"), "only an answer on a scale can be reversed", "remove it")
    if item.check is not None:
        yield from _check(instrument, item, loc)
    if (item.correct is not None) != (instrument.kind == "test" and item.check is None):
        what = "has a right answer outside a test" if item.correct is not None else "has no right answer"
        yield Misfit(
            loc, f"item {item.id!r} {what}", "write `correct:` in every item of a test and in no other"
        )
    if item.text != SUPPLY:
        for language in instrument.languages:
            for words in (item.text, *item.options.values()):
                if language not in words:
                    yield Misfit((*loc, "text"), f"there is no text in {language!r}", f"add `{language}:`")


def _check(instrument: Instrument, item: Item, loc: Loc) -> Iterator[Misfit]:
    scale = instrument.scale_of(item)
    if item.subscale is not None:
        yield Misfit((*loc, "subscale"), "a check counts in no score", "remove `subscale:`")
    if scale is None or (item.check is not None and not scale.holds(item.check.expected)):
        yield Misfit(
            (*loc, "check"),
            "its expected answer is no point of its scale",
            "correct `expected:` or the scale",
        )


def _rule(instrument: Instrument, rule: ScoreRule, loc: Loc) -> Iterator[Misfit]:
    known = [one.id for one in instrument.subscales]
    for index, name in enumerate(rule.of):
        if name not in known or name == rule.id:
            yield Misfit(
                (*loc, "of", index), f"{name!r} is no other subscale", f"listed are {', '.join(known)}"
            )
    for name in rule.weights:
        if name not in instrument.ids:
            yield Misfit((*loc, "weights", name), f"there is no item {name!r}", "name an item of the file")
    if (rule.rule == "weighted") != bool(rule.weights):
        yield Misfit(
            loc, f"the rule is {rule.rule!r}", "write `weights:` with `rule: weighted`, and only then"
        )
    if not instrument.items_of(rule):
        yield Misfit(loc, f"no item counts in {rule.id!r}", "name it in an item's `subscale:`, or remove it")
    if rule.missing is not None:
        yield from _missing(rule.missing, (*loc, "missing"))


def _missing(missing: Missing, loc: Loc) -> Iterator[Misfit]:
    if (missing.most is None) == (missing.share is None):
        yield Misfit(loc, "the rule needs one measure", "write `most:` or `share:`, one of the two")


def _scales(instrument: Instrument) -> Iterator[Misfit]:
    places: list[tuple[Loc, object]] = [(("scale",), instrument.scale)]
    places += [(("items", n, "scale"), item.scale) for n, item in enumerate(instrument.items)]
    for loc, scale in places:
        if scale is None:
            continue
        low, high = scale.low, scale.high  # type: ignore[attr-defined]
        if high <= low:
            yield Misfit((*loc, "high"), f"high {high:g} is not above low {low:g}", "correct one of them")
        elif not scale.holds(high):  # type: ignore[attr-defined]
            yield Misfit((*loc, "step"), "the steps do not end at `high`", "correct the step or an end")
        for language, anchors in scale.anchors.items():  # type: ignore[attr-defined]
            for value in anchors:
                if not scale.holds(value):  # type: ignore[attr-defined]
                    yield Misfit(
                        (*loc, "anchors", language), f"{value:g} is no point of the scale", "correct it"
                    )


def _total(instrument: Instrument) -> Iterator[Misfit]:
    if instrument.kind not in SCORED:
        if instrument.subscales or instrument.total is not None:
            yield Misfit(
                ("kind",), f"{instrument.kind!r} is not scored", "remove its scores, or write `scale`"
            )
        return
    if (instrument.total is None) == (instrument.no_total is None):
        yield Misfit(
            (), "it must have a total or say why it has none", "write `total:` or `no_total:`, one of the two"
        )
    if instrument.total is not None:
        yield from _rule(instrument, instrument.total, ("total",))
        if instrument.total.id in [rule.id for rule in instrument.subscales]:
            yield Misfit(("total", "id"), "a subscale has this id", "rename one")


def _licence(instrument: Instrument) -> Iterator[Misfit]:
    shipped = [item.text != SUPPLY for item in instrument.items]
    if any(shipped) != all(shipped):
        index = shipped.index(not shipped[0])
        yield Misfit(("items", index, "text"), "some items have their text and some not", "write all or none")
    elif shipped[0] != instrument.licence.texts_shipped:
        said = "are" if instrument.licence.texts_shipped else "are not"
        yield Misfit(
            ("licence", "texts_shipped"),
            f"it says that texts {said} here, and the items say otherwise",
            "correct one of them",
        )
    elif shipped[0] != bool(instrument.languages):
        yield Misfit(("languages",), "languages are those whose texts are here", "name them, or leave it out")


def _examples(instrument: Instrument) -> Iterator[Misfit]:
    scores = [rule.id for rule in instrument.scores]
    for index, example in enumerate(instrument.examples):
        loc: Loc = ("examples", index)
        if example.kind == "published" and "by hand" in example.source:
            yield Misfit(
                (*loc, "source"), "a published example names where it stands", "name it, or drop `kind:`"
            )
        for name, value in example.answers.items():
            if name not in instrument.ids:
                yield Misfit(
                    (*loc, "answers", name), f"there is no item {name!r}", "name an item of the file"
                )
                continue
            scale = instrument.scale_of(instrument.item(name))
            if isinstance(value, float) and scale is not None and not scale.holds(value):
                yield Misfit(
                    (*loc, "answers", name),
                    f"{value:g} is no point of its scale ({scale.low:g} to {scale.high:g})",
                    "correct it",
                )
        for name in example.not_applicable:
            if name not in instrument.ids or not instrument.item(name).may_not_apply:
                yield Misfit((*loc, "not_applicable"), f"{name!r} always applies", "name another item")
        for name in example.scores:
            if name not in scores:
                yield Misfit(
                    (*loc, "scores", name), f"there is no score {name!r}", f"listed are {', '.join(scores)}"
                )
