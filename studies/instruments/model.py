"""The shape of an instrument's file: items, scale, scores, licence, and what is missing in it.

The file holds the scoring key. Words stand in it only where their licence allows; elsewhere it says
``supply text``, and the lab's own copy comes from a file of texts (``TextFile``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, StringConstraints, model_validator

from studies.instruments.checks import instrument_misfits, text_misfits
from studies.instruments.texts import Texts, available, texts_of
from tutorbot.yaml_file import FileModel, Misfits
from tutorbot.yaml_file.forms import INSTRUMENT_ID, ITEM_ID, LANGUAGE

InstrumentId = Annotated[str, StringConstraints(pattern=INSTRUMENT_ID)]
ItemId = Annotated[str, StringConstraints(pattern=ITEM_ID)]
"""Of an item, an option or a score: it stands in the log and in exports."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
Number = Annotated[float, Field(strict=True)]
SupplyText = Literal["supply text"]
InLanguages = Annotated[dict[Language, Words], Field(min_length=1)]


class Licence(FileModel):
    """Of the words, not of the key (numbers of items and rules are facts). None in ``url``: none was seen."""

    name: Words
    url: Words | None = None
    texts_shipped: bool
    note: Words | None = None


class Key(FileModel):
    """Where the scoring key was read.

    seen: in a source. seen in part: ``source`` says what was not. from memory: to be checked before citing.
    own: an item of this project or of the lab.
    """

    checked: Literal["seen", "seen in part", "from memory", "own"]
    source: Words

    @property
    def to_compare(self) -> bool:
        """Whether something of it must be held against a copy of the instrument before use."""
        return self.checked in ("seen in part", "from memory")


class Scale(FileModel):
    """What may be answered: ``low``, ``low + step`` ... ``high``.

    anchors: by language, the words at a value.
    """

    low: Number
    high: Number
    step: Annotated[Number, Field(gt=0)] = 1.0
    anchors: dict[Language, dict[float, Words]] = Field(default_factory=dict)

    def holds(self, value: float) -> bool:
        """Whether ``value`` is a point of the scale."""
        steps = (value - self.low) / self.step
        return self.low <= value <= self.high and abs(steps - round(steps)) < 1e-9

    def reversed(self, value: float) -> float:
        """The value as counted in an item put the other way round."""
        return self.low + self.high - value


class Check(FileModel):
    """An item that is not about the construct.

    attention: one answer is plain to all who read. instruction: the item says what to answer.
    """

    kind: Literal["attention", "instruction"]
    expected: Number


class Item(FileModel):
    """One question.

    about: what it asks, in our own few words, so that a lab can match its texts to the key.
    subscale: the score it counts in; None: it counts in none. reversed: counted as low + high - answer.
    required: nobody goes on without an answer; off, as people may pass over a question.
    may_not_apply: "does not apply" is offered. correct: the right answer, in a test only.
    answer: how it is answered; ``scale`` by the instrument's scale or its own.
    """

    id: ItemId
    about: Words | None = None
    text: InLanguages | SupplyText = "supply text"
    subscale: ItemId | None = None
    reversed: bool = False
    required: bool = False
    may_not_apply: bool = False
    answer: Literal["scale", "number", "choice", "choices", "text"] = "scale"
    scale: Scale | None = None
    options: dict[ItemId, InLanguages] = Field(default_factory=dict)
    correct: Number | ItemId | None = None
    check: Check | None = None


class Missing(FileModel):
    """How many items of a score may be without an answer; the person's mean of the others stands for them.

    most: as a number, share: as a share of the items that apply. least_applying: share of the items that must
    apply at all. source: who set the rule; P: this project, as none is published.
    """

    most: Annotated[int, Field(ge=0)] | None = None
    share: Annotated[float, Field(ge=0, lt=1)] | None = None
    least_applying: Annotated[float, Field(gt=0, le=1)] = 0.5
    source: Words = "P"


class ScoreRule(FileModel):
    """One score. of: the subscales whose items it takes; empty: its own. weights: by item, for ``weighted``.

    sum: person mean times the number of items that apply. weighted: sum(weight * answer) / sum(weight).
    """

    id: ItemId
    title: Words
    rule: Literal["mean", "sum", "weighted"] = "mean"
    of: tuple[ItemId, ...] = ()
    weights: dict[ItemId, Annotated[Number, Field(gt=0)]] = Field(default_factory=dict)
    missing: Missing | None = None
    note: Words | None = None


class Example(FileModel):
    """Answers and the scores they must give.

    kind: published, where answers and scores stand in ``source``; or worked by hand, by whoever wrote the
    file: that shows the key is read as meant, not that it is right. A score may be null: it cannot be given.
    """

    kind: Literal["published", "worked by hand"] = "worked by hand"
    source: Words
    answers: dict[ItemId, Number | ItemId | None]
    not_applicable: tuple[ItemId, ...] = ()
    scores: Annotated[dict[ItemId, Number | None], Field(min_length=1)]


class TextFile(FileModel):
    """The lab's own copy of an instrument's words in one language: ``<id>.<language>.yml``.

    version: of the instrument's file it was written for. source: where the words come from. rights: why
    the lab may use them.
    """

    instrument: InstrumentId
    version: Words
    language: Language
    source: Words
    rights: Words
    heading: Words | None = None
    instruction: Words | None = None
    does_not_apply: Words | None = None
    anchors: dict[float, Words] = Field(default_factory=dict)
    item_anchors: dict[ItemId, dict[float, Words]] = Field(default_factory=dict)
    items: Annotated[dict[ItemId, Words], Field(min_length=1)]

    @model_validator(mode="after")
    def _filled_in(self) -> TextFile:
        found = tuple(text_misfits(self))
        if found:
            raise Misfits(found)
        return self


class Instrument(FileModel):
    """A questionnaire, test or set of open questions. ``no_total`` says why there is none.

    version: of this file. languages: those whose texts stand in it; ``available`` has the lab's own besides.
    title: for researchers. heading: for participants, who should not read what is measured; may be left out.
    kind: ``scale`` and ``test`` are scored, ``open`` and ``demographics`` are not.
    """

    id: InstrumentId
    version: Words
    title: Words
    kind: Literal["scale", "test", "open", "demographics"]
    citation: Words
    doi: Words | None = None
    licence: Licence
    key: Key
    languages: tuple[Language, ...] = ()
    heading: dict[Language, Words] = Field(default_factory=dict)
    instruction: InLanguages | SupplyText | None = None
    does_not_apply: dict[Language, Words] = Field(default_factory=dict)
    scale: Scale | None = None
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    subscales: tuple[ScoreRule, ...] = ()
    total: ScoreRule | None = None
    no_total: Words | None = None
    missing: Missing = Missing(most=0)
    examples: tuple[Example, ...] = ()
    note: Words | None = None

    _own: tuple[TextFile, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _parts_fit(self) -> Instrument:
        found = tuple(instrument_misfits(self))
        if found:
            raise Misfits(found)
        return self

    @property
    def own_texts(self) -> tuple[TextFile, ...]:
        """The lab's texts it was loaded with."""
        return self._own

    @property
    def available(self) -> tuple[str, ...]:
        """Languages that have words, shipped or the lab's own."""
        return available(self)

    def in_language(self, language: str) -> Texts:
        """The words in one language; a lab's own take the place of shipped ones.

        Raises: BadInput: if there are none, saying how to supply them.
        """
        return texts_of(self, language)

    @property
    def scores(self) -> tuple[ScoreRule, ...]:
        """Every score, the total last."""
        return self.subscales if self.total is None else (*self.subscales, self.total)

    def item(self, item_id: str) -> Item:
        """Raises: KeyError: if there is none."""
        for one in self.items:
            if one.id == item_id:
                return one
        raise KeyError(item_id)

    @property
    def ids(self) -> tuple[str, ...]:
        """The items in their order."""
        return tuple(one.id for one in self.items)

    def scale_of(self, item: Item) -> Scale | None:
        """The scale an item is answered on; None where it is answered otherwise."""
        return (item.scale or self.scale) if item.answer == "scale" else None

    def items_of(self, rule: ScoreRule) -> tuple[Item, ...]:
        """The items a score is made of, in the order of the file."""
        if rule.weights:
            return tuple(one for one in self.items if one.id in rule.weights)
        members = rule.of or ((rule.id,) if rule is not self.total else tuple(s.id for s in self.subscales))
        if rule is self.total and not members:
            return tuple(one for one in self.items if one.subscale is None and one.check is None)
        return tuple(one for one in self.items if one.subscale in members)
