"""The shape of ``lesson.yml``, and everything that has to agree inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from tutorbot.lessons.categories import ProblemType, in_category_a
from tutorbot.lessons.wording_rules import Text, wording_fault
from tutorbot.yaml_file import FileModel, Loc, Misfit, Misfits
from tutorbot.yaml_file.forms import LANGUAGE, PICTURE, SLUG, VERSION

SCHEMA_VERSION = 1
"""Version of the shape below; ``schema:`` in the file."""

Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=60)]
"""An id: small letters, digits and hyphens."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE)]
PictureName = Annotated[str, StringConstraints(pattern=PICTURE, max_length=64)]
Count = Annotated[int, Field(strict=True, ge=1, le=1000)]


def exactly(n: int, what: str) -> BeforeValidator:
    """A list of n; told in whole rather than by the place that is missing."""

    def check(value: object) -> object:
        if isinstance(value, list | tuple) and len(value) != n:
            raise ValueError(f"there are {len(value)} here; write {n}: {what}")
        return value

    return BeforeValidator(check)


class PaceFile(FileModel):
    """How a block of boards runs; all pilot values in the shipped packs."""

    n_given: Annotated[int, Field(strict=True, ge=0, le=1000)]
    most_attempts: Count
    criterion: Count
    most_items: Count

    @model_validator(mode="after")
    def _criterion_can_be_met(self) -> Self:
        if self.criterion > self.most_items:
            what = f"{self.criterion} boards in a row cannot fit into {self.most_items}"
            raise Misfits([Misfit(("criterion",), what, "make it smaller, or most_items larger")])
        return self


class DimensionFile(FileModel):
    """One way in which cards differ."""

    name: Name
    values: Annotated[tuple[Name, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _values_differ(self) -> Self:
        _raise(_doubles(self.values, ("values",)))
        return self


class CardFile(FileModel):
    """One stimulus; ``features`` names a value on every dimension."""

    id: Slug
    name: Text
    features: dict[str, str]
    picture: PictureName


class MappingFile(FileModel):
    """A dimension of the source, by the pack's name for it and the value the source writes as 0."""

    dimension: str
    zero: str


class ContrastFile(FileModel):
    """Two cards worth comparing, what the file claims about them, and the words."""

    cards: Annotated[tuple[str, str], exactly(2, "the two cards to compare")]
    differs_in: Annotated[tuple[str, ...], Field(min_length=1)]
    boxes: Literal["different", "same"]
    offer: Text
    text: Text

    @model_validator(mode="after")
    def _offer_asks(self) -> Self:
        if not self.offer.endswith("?"):
            what = "the offer does not end in a question mark"
            raise Misfits([Misfit(("offer",), what, "end it with a question that yes or no answers")])
        return self


class WorkedStepFile(FileModel):
    """Cards the tutor puts right in an intervention, most useful first, and how it explains that."""

    cards: Annotated[tuple[str, ...], Field(min_length=2)]
    text: Text

    @model_validator(mode="after")
    def _cards_differ(self) -> Self:
        _raise(_doubles(self.cards, ("cards",)))
        return self


class ProblemFile(FileModel):
    """One concept: its left box, by list or by type and mapping (or both, then they must agree)."""

    id: Slug
    title: Text
    type: ProblemType | None = None
    mapping: Annotated[
        tuple[MappingFile, MappingFile, MappingFile] | None,
        exactly(3, "one for each dimension of the source"),
    ] = None
    left: tuple[str, ...] | None = None
    instruction: Text
    hints: Annotated[tuple[Text, Text, Text], exactly(3, "point, teach, bottom-out")]
    contrast: ContrastFile
    worked_step: WorkedStepFile
    explanation: Text

    @model_validator(mode="after")
    def _says_what_goes_left(self) -> Self:
        misfits = list(_doubles(self.left or (), ("left",)))
        if (self.type is None) != (self.mapping is None):
            there, missing = ("type", "mapping") if self.mapping is None else ("mapping", "type")
            misfits.append(Misfit((there,), f"{there} stands without {missing}", f"add `{missing}:`"))
        elif self.type is None and self.left is None:
            misfits.append(
                Misfit((), "nothing says which cards go left", "add `left:`, or `type:` and `mapping:`")
            )
        if self.mapping:
            names = [entry.dimension for entry in self.mapping]
            misfits += _doubles(names, ("mapping",), below=("dimension",))
        _raise(misfits)
        return self

    def texts(self) -> Iterator[tuple[Loc, str]]:
        """Every sentence the learner may be given, and where it stands."""
        yield ("title",), self.title
        yield ("instruction",), self.instruction
        for index, hint in enumerate(self.hints):
            yield ("hints", index), hint
        yield ("contrast", "offer"), self.contrast.offer
        yield ("contrast", "text"), self.contrast.text
        yield ("worked_step", "text"), self.worked_step.text
        yield ("explanation",), self.explanation


class PackFile(FileModel):
    """A whole ``lesson.yml``."""

    schema_version: Literal[1] = Field(alias="schema")
    pack: Slug
    version: Annotated[str, StringConstraints(pattern=VERSION)]
    language: Language
    title: Text
    sources: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)], ...] = ()
    pace: PaceFile
    dimensions: Annotated[tuple[DimensionFile, ...], Field(min_length=1)]
    cards: Annotated[tuple[CardFile, ...], Field(min_length=2)]
    problems: Annotated[tuple[ProblemFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _all_agrees(self) -> Self:
        _raise(self.misfits())
        return self

    def misfits(self) -> Iterator[Misfit]:
        """Everything in the file that contradicts something else in it."""
        yield from _doubles(
            [dimension.name for dimension in self.dimensions], ("dimensions",), below=("name",)
        )
        unfit_cards = [*self._card_misfits()]
        yield from unfit_cards
        yield from _doubles([problem.id for problem in self.problems], ("problems",), below=("id",))
        if self.pace.n_given >= len(self.cards):
            what = f"{self.pace.n_given} given cards leave nothing to sort out of {len(self.cards)}"
            yield Misfit(("pace", "n_given"), what, "give fewer")
        for index, problem in enumerate(self.problems):
            for misfit in self._problem_misfits(problem, cards_fit=not unfit_cards):
                yield Misfit(("problems", index, *misfit.loc), misfit.what, misfit.remedy)
        for loc, text in self._texts():
            fault = wording_fault(text, self.language)
            if fault:
                yield Misfit(loc, *fault)

    def left_of(self, problem: ProblemFile) -> frozenset[str]:
        """Ids of the left box: as listed, or worked out from type and mapping."""
        return frozenset(self._left_by_type(problem) if problem.left is None else problem.left)

    def _texts(self) -> Iterator[tuple[Loc, str]]:
        yield ("title",), self.title
        for index, card in enumerate(self.cards):
            yield ("cards", index, "name"), card.name
        for index, problem in enumerate(self.problems):
            for loc, text in problem.texts():
                yield ("problems", index, *loc), text

    def _card_misfits(self) -> Iterator[Misfit]:
        yield from _doubles([card.id for card in self.cards], ("cards",), below=("id",))
        yield from _doubles([card.name.casefold() for card in self.cards], ("cards",), below=("name",))
        yield from _doubles([card.picture for card in self.cards], ("cards",), below=("picture",))
        seen: dict[tuple[str, ...], str] = {}
        for index, card in enumerate(self.cards):
            unfit = [*self._feature_misfits(card)]
            for misfit in unfit:
                yield Misfit(("cards", index, "features", *misfit.loc), misfit.what, misfit.remedy)
            if unfit:
                continue
            values = tuple(card.features[dimension.name] for dimension in self.dimensions)
            if values in seen:
                what = f"{card.id!r} has the same features as {seen[values]!r}"
                yield Misfit(("cards", index, "features"), what, "change one of the two")
            seen.setdefault(values, card.id)

    def _feature_misfits(self, card: CardFile) -> Iterator[Misfit]:
        names = [dimension.name for dimension in self.dimensions]
        for name in card.features:
            if name not in names:
                yield Misfit((name,), f"{name!r} is not a dimension", f"use {_listed(names)}")
        for dimension in self.dimensions:
            if dimension.name not in card.features:
                yield Misfit(
                    (), f"{card.id!r} has no {dimension.name}", f"add one of {_listed(dimension.values)}"
                )
            elif card.features[dimension.name] not in dimension.values:
                given = card.features[dimension.name]
                what = f"{given!r} is not a {dimension.name}"
                yield Misfit((dimension.name,), what, f"use {_listed(dimension.values)}")

    def _problem_misfits(self, problem: ProblemFile, *, cards_fit: bool) -> Iterator[Misfit]:
        ids = [card.id for card in self.cards]
        lists: list[tuple[Loc, Sequence[str]]] = [
            (("left",), problem.left or ()),
            (("contrast", "cards"), problem.contrast.cards),
            (("worked_step", "cards"), problem.worked_step.cards),
        ]
        unknown = [*_unknown(lists, ids)]
        yield from unknown
        unmapped = [*self._mapping_misfits(problem)] if cards_fit else []
        yield from unmapped
        if not cards_fit or unknown or unmapped:
            return
        yield from self._left_misfits(problem)
        yield from self._contrast_misfits(problem)

    def _mapping_misfits(self, problem: ProblemFile) -> Iterator[Misfit]:
        if problem.mapping is None:
            return
        values = {dimension.name: dimension.values for dimension in self.dimensions}
        for index, entry in enumerate(problem.mapping):
            loc: Loc = ("mapping", index)
            if entry.dimension not in values:
                what = f"{entry.dimension!r} is not a dimension"
                yield Misfit((*loc, "dimension"), what, f"use {_listed(values)}")
            elif entry.zero not in values[entry.dimension]:
                what = f"{entry.zero!r} is not a {entry.dimension}"
                yield Misfit((*loc, "zero"), what, f"use {_listed(values[entry.dimension])}")
        if (
            len(self.dimensions) != 3
            or any(len(each) != 2 for each in values.values())
            or len(self.cards) != 8
        ):
            what = f"type {problem.type} needs three dimensions of two values and all eight cards"
            yield Misfit(
                ("type",), what, "complete the cards, or list the left box and remove type and mapping"
            )

    def _left_by_type(self, problem: ProblemFile) -> list[str]:
        if problem.type is None or problem.mapping is None:
            return []
        one, two, three = problem.mapping
        left = []
        for card in self.cards:
            bits = (
                int(card.features[one.dimension] != one.zero),
                int(card.features[two.dimension] != two.zero),
                int(card.features[three.dimension] != three.zero),
            )
            if in_category_a(problem.type, bits):
                left.append(card.id)
        return left

    def _left_misfits(self, problem: ProblemFile) -> Iterator[Misfit]:
        left = self.left_of(problem)
        if not 0 < len(left) < len(self.cards):
            what = f"{len(left)} of {len(self.cards)} cards go left, so one box stays empty"
            yield Misfit(("left",), what, "put some cards in each box")
        elif problem.type is not None and left != frozenset(self._left_by_type(problem)):
            right = _listed(self._left_by_type(problem))
            what = f"{_listed(sorted(left))} is not the left box of type {problem.type} under this mapping"
            yield Misfit(("left",), what, f"it would be {right}: correct left, type or mapping")

    def _contrast_misfits(self, problem: ProblemFile) -> Iterator[Misfit]:
        first, second = (self._card(card_id) for card_id in problem.contrast.cards)
        if first.id == second.id:
            yield Misfit(("contrast", "cards"), f"{first.id!r} is compared with itself", "name two cards")
            return
        differ = [name for name in first.features if first.features[name] != second.features[name]]
        if set(differ) != set(problem.contrast.differs_in):
            what = f"the two cards differ in {_listed(differ)}, not in {_listed(problem.contrast.differs_in)}"
            yield Misfit(("contrast", "differs_in"), what, "correct it, then read offer and text again")
        left = self.left_of(problem)
        boxes = "same" if (first.id in left) == (second.id in left) else "different"
        if boxes != problem.contrast.boxes:
            what = f"the two cards belong in {_boxes(boxes)}, not in {_boxes(problem.contrast.boxes)}"
            yield Misfit(("contrast", "boxes"), what, "choose other cards, or correct it and the text")

    def _card(self, card_id: str) -> CardFile:
        return next(card for card in self.cards if card.id == card_id)


def _raise(misfits: Iterable[Misfit]) -> None:
    found = tuple(misfits)
    if found:
        raise Misfits(found)


def _doubles(values: Iterable[str], loc: Loc, *, below: Loc = ()) -> Iterator[Misfit]:
    """A misfit for every value that stood in the list before."""
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield Misfit((*loc, index, *below), f"{value!r} stands here twice", "change or remove one")
        seen.add(value)


def _unknown(lists: Iterable[tuple[Loc, Sequence[str]]], ids: Sequence[str]) -> Iterator[Misfit]:
    for loc, names in lists:
        for index, name in enumerate(names):
            if name not in ids:
                yield Misfit((*loc, index), f"there is no card {name!r}", f"cards are {_listed(ids)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _boxes(word: str) -> str:
    return "the same box" if word == "same" else "different boxes"
