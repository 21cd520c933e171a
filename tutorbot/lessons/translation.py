"""A pack's words in another language: ``lesson.<language>.yml`` beside ``lesson.yml``.

Only what is read or spoken is translated. Cards, boxes and which card helps stay those of the pack, so that
a study in two languages has one lesson.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tutorbot.core.lesson import Card, Lesson, Problem
from tutorbot.lessons.schema import Language, Slug, exactly
from tutorbot.lessons.wording_rules import Text, wording_fault
from tutorbot.yaml_file import FileModel, Loc, Misfit, Misfits


class ContrastWords(FileModel):
    """The offer to compare two cards, a yes/no question, and what is said after the yes."""

    offer: Text
    text: Text


class WorkedStepWords(FileModel):
    """What is said as the tutor places cards."""

    text: Text


class ProblemWords(FileModel):
    """All that is read or spoken about one problem."""

    title: Text
    instruction: Text
    hints: Annotated[tuple[Text, Text, Text], exactly(3, "point, teach, bottom-out")]
    contrast: ContrastWords
    worked_step: WorkedStepWords
    explanation: Text

    def texts(self) -> Iterator[tuple[Loc, str]]:
        """Every sentence, and where it stands."""
        yield ("title",), self.title
        yield ("instruction",), self.instruction
        for index, hint in enumerate(self.hints):
            yield ("hints", index), hint
        yield ("contrast", "offer"), self.contrast.offer
        yield ("contrast", "text"), self.contrast.text
        yield ("worked_step", "text"), self.worked_step.text
        yield ("explanation",), self.explanation


class TranslationFile(FileModel):
    """A whole ``lesson.<language>.yml``. version: of the pack whose words these are."""

    schema_version: Literal[1] = Field(alias="schema")
    pack: Slug
    version: str
    language: Language
    title: Text
    cards: dict[str, Text]
    problems: dict[str, ProblemWords]

    @model_validator(mode="after")
    def _all_agrees(self) -> Self:
        misfits = tuple(self.misfits())
        if misfits:
            raise Misfits(misfits)
        return self

    def misfits(self) -> Iterator[Misfit]:
        """Everything that is wrong with the words by themselves."""
        for loc, text in self._texts():
            fault = wording_fault(text, self.language)
            if fault:
                yield Misfit(loc, *fault)
        seen: set[str] = set()
        for card_id, name in self.cards.items():
            if name.casefold() in seen:
                yield Misfit(("cards", card_id), f"{name!r} stands here twice", "name the cards apart")
            seen.add(name.casefold())
        for problem_id, words in self.problems.items():
            if not words.contrast.offer.endswith("?"):
                place: Loc = ("problems", problem_id, "contrast", "offer")
                what = "the offer does not end in a question mark"
                yield Misfit(place, what, "end it with a question that yes or no answers")

    def _texts(self) -> Iterator[tuple[Loc, str]]:
        yield ("title",), self.title
        for card_id, name in self.cards.items():
            yield ("cards", card_id), name
        for problem_id, words in self.problems.items():
            for loc, text in words.texts():
                yield ("problems", problem_id, *loc), text


def translation_of(lesson: Lesson, language: str) -> type[TranslationFile]:
    """The shape of a translation of this lesson: complete, of this version, and of nothing else."""

    class TranslationOfLesson(TranslationFile):
        def misfits(self) -> Iterator[Misfit]:
            yield from super().misfits()
            for field, given, wanted in (
                ("pack", self.pack, lesson.pack_id),
                ("version", self.version, lesson.version),
                ("language", self.language, language),
            ):
                if given != wanted:
                    yield Misfit((field,), f"{given!r} is not the pack's {wanted!r}", "translate it anew")
            yield from _differences("cards", self.cards, (card.card_id for card in lesson.cards))
            ids = (problem.problem_id for problem in lesson.problems)
            yield from _differences("problems", self.problems, ids)

    return TranslationOfLesson


def _differences(field: str, given: Iterable[str], wanted: Iterable[str]) -> Iterator[Misfit]:
    there, needed = list(given), list(wanted)
    for name in needed:
        if name not in there:
            yield Misfit((field,), f"{name!r} is not translated", f"add it under `{field}:`")
    for name in there:
        if name not in needed:
            yield Misfit((field, name), f"the pack has no {name!r} in its {field}", "remove it")


def translated(lesson: Lesson, words: TranslationFile) -> Lesson:
    """The lesson with the words of a translation that fits it."""
    return replace(
        lesson,
        language=words.language,
        title=words.title,
        cards=tuple(_card(card, words) for card in lesson.cards),
        problems=tuple(_problem(problem, words.problems[problem.problem_id]) for problem in lesson.problems),
    )


def _card(card: Card, words: TranslationFile) -> Card:
    return replace(card, name=words.cards[card.card_id])


def _problem(problem: Problem, words: ProblemWords) -> Problem:
    return replace(
        problem,
        title=words.title,
        instruction=words.instruction,
        hints=words.hints,
        contrast_offer=words.contrast.offer,
        contrast_text=words.contrast.text,
        worked_text=words.worked_step.text,
        explanation=words.explanation,
    )
