"""The tutor's wordings: which keys there are, what each may hold, and the reader of their files."""

from __future__ import annotations

import difflib
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from tutorbot.core.lesson import Phrases
from tutorbot.errors import BadInput
from tutorbot.lessons.schema import Language
from tutorbot.lessons.wording_rules import plain, wording_fault
from tutorbot.yaml_file import FileModel, Loc, Misfit, Misfits, load_yaml

FOLDER = Path(__file__).parent / "phrases"

Shape = Literal["sentences", "one_sentence", "question", "clause", "label"]
"""sentences: one or more, each ended. question: sentences of which the last one asks.
clause: part of a sentence, no full stop. label: the words on a button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseKey:
    """What the wordings of one key have in common.

    when: when the tutor says it. fields: names every wording holds, each once.
    least: how many wordings there are at least. most_chars: longest wording, fields left out (pilot value).
    """

    when: str
    fields: tuple[str, ...] = ()
    shape: Shape = "sentences"
    least: int = 2
    most_chars: int = 160


def _proactive(
    when: str, *fields: str, shape: Shape = "sentences", most_chars: int = 90
) -> PhraseKey:  # three wordings, so that a repeated act need not repeat its words
    return PhraseKey(when=when, fields=fields, shape=shape, least=3, most_chars=most_chars)


def _answer(when: str, *fields: str, shape: Shape = "sentences") -> PhraseKey:
    return PhraseKey(when=when, fields=fields, shape=shape)


def _reason(when: str) -> PhraseKey:
    return PhraseKey(when=when, shape="clause")


def _button(when: str) -> PhraseKey:
    return PhraseKey(when=when, shape="label", least=1, most_chars=24)


KEYS: dict[str, PhraseKey] = {
    # The tutor speaks up by itself.
    "notification": _proactive("signals that help is there, no content", shape="one_sentence"),
    "give_control": _proactive(
        "at low trust, once: the learner decides when there is help", shape="one_sentence"
    ),
    "suggestion": _proactive("offers the contrast of two cards", "offer", most_chars=60),
    "ask_before_step": _proactive("asks before it places cards", shape="question", most_chars=120),
    "intervention": _proactive("places the first cards and explains", "text", most_chars=120),
    "motivation_effort": _proactive(
        "comes first on frustration, after a check: effort", shape="one_sentence"
    ),
    "motivation_task": _proactive(
        "comes first on frustration, before any check: the task", shape="one_sentence"
    ),
    # After an offer.
    "accepted_notification": _answer("yes to a notification: the next hint", "hint"),
    "accepted_suggestion": _answer("yes to a suggestion: the contrast", "contrast"),
    "accepted_ask_before_step": _answer("yes to the question; the step follows as an act of its own"),
    "declined": _answer("no to an offer"),
    "not_now": _answer("not now to an offer"),
    "nothing_offered_yes": _answer("yes while nothing is on offer", shape="question"),
    "nothing_offered_no": _answer("no while nothing is on offer"),
    "meaning_of_notification": _answer("what do you mean? after a notification", shape="question"),
    "meaning_of_suggestion": _answer("what do you mean? after a suggestion", shape="question"),
    "meaning_of_ask_before_step": _answer("what do you mean? after the question", shape="question"),
    "meaning_of_intervention": _answer("what do you mean? after a worked step", shape="question"),
    # Help on request.
    "hint": _answer("the learner asked for a hint", "hint"),
    "hint_none_left": _answer("all hints for this board were given"),
    "explanation_during_item": _answer("asked for the whole rule before the board is done", shape="question"),
    "explanation": _answer("asked for the rule after its last board", "explanation"),
    "repeat": _answer("asked to say the last line again", "text"),
    "repeat_nothing": _answer("asked to repeat, but nothing was said yet"),
    "stuck": _answer("the learner pressed or said: I'm stuck", "hint"),
    "confusion_reply": _answer("the learner's words say that something is not clear", "hint"),
    "frustration_reply": _answer("the learner's words are negative", "hint"),
    "board_over": _answer("something about the board was asked while a finished one is shown"),
    "answer_box_ack": _answer("the learner told an answer instead of placing it"),
    # Why did you speak?
    "why_spoke": _answer("why did you say that? with one of the reasons below", "reason"),
    "why_both": PhraseKey(
        when="joins two of the reasons below", fields=("first", "second"), shape="clause", least=1
    ),
    "why_nothing": _answer("asked why, but the tutor has not spoken up"),
    "why_confusion_behaviour": _reason("time on the board, errors or changed answers"),
    "why_frustration_behaviour": _reason("errors in a row or fast checks"),
    "why_face": _reason("the camera alone"),
    "why_stuck": _reason("the learner reported being stuck"),
    "why_off_task": _reason("away from the task window"),
    "why_idle": _reason("no input on the board for long"),
    "why_low_trust": _reason("trust is low and the tutor has been quiet for long"),
    "why_error": _reason("the last check was not all right (conditions L1-E to L3-E)"),
    "why_due": _reason("a moment set beforehand (conditions L1-T to L3-T, L1-Y to L3-Y)"),
    "why_wizard": _reason("a person decided (condition WZ); not told before the debriefing"),
    "why_accepted_question": _reason("the learner had said yes to a first step"),
    # Courtesies, and words that fit nothing.
    "greet": _answer("hello"),
    "thanks": _answer("the learner says thanks"),
    "goodbye": _answer("the learner says goodbye"),
    "out_of_scope": _answer("understood, but not about the lesson"),
    "fallback": _answer("not understood; two choices follow", shape="question"),
    # The run of the lesson.
    "item_solved": _answer("every card of the board is in its box"),
    "item_wrong": _answer("a check that was not all correct", "n_right", "n_cards"),
    "item_revealed": _answer("last check used; the board is shown solved"),
    "block_done": _answer("a problem is over", "explanation"),
    "undone": _answer("a worked step was taken back"),
    # Quick replies.
    "choice_yes": _button("accepts an offer"),
    "choice_not_now": _button("declines an offer"),
    "choice_hint": _button("asks for a hint"),
    "choice_carry_on": _button("goes on without help"),
}
"""Every key of a phrases file; a file with fewer or more is refused."""

SENTENCE_END = re.compile(r"[.!?](?=\s|$)")
PLACEHOLDER = re.compile(r"\{\w+\}")

Wording = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]


class PhrasesFile(FileModel):
    """A whole ``phrases/<language>.yml``."""

    schema_version: Literal[1] = Field(alias="schema")
    language: Language
    wordings: dict[str, tuple[Wording, ...]]

    @model_validator(mode="after")
    def _keys_and_wordings_fit(self) -> Self:
        misfits = (*self._key_misfits(), *self._wording_misfits())
        if misfits:
            raise Misfits(misfits)
        return self

    def _key_misfits(self) -> Iterator[Misfit]:
        for key in self.wordings:
            if key not in KEYS:
                near = difflib.get_close_matches(key, KEYS, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else "remove it"
                yield Misfit(("wordings", key), f"{key!r} is not a key", remedy)
        for key, rule in KEYS.items():
            n = len(self.wordings.get(key, ()))
            if key not in self.wordings:
                yield Misfit(("wordings",), f"the key {key!r} is missing", f"add it ({rule.when})")
            elif n < rule.least or (rule.shape == "label" and n > 1):
                wanted = "exactly 1" if rule.shape == "label" else f"at least {rule.least}"
                yield Misfit(("wordings", key), f"{key!r} has {n} wordings", f"write {wanted}")

    def _wording_misfits(self) -> Iterator[Misfit]:
        for key, wordings in self.wordings.items():
            for index, wording in enumerate(wordings):
                loc: Loc = ("wordings", key, index)
                if wording in wordings[:index]:
                    yield Misfit(loc, f"{wording!r} stands here twice", "write another one")
                if key in KEYS:
                    for what, remedy in wording_faults(wording, KEYS[key], self.language):
                        yield Misfit(loc, what, remedy)


def fields_of(wording: str) -> tuple[str, ...]:
    """Names of the fields in braces, in order. Raises: ValueError: braces that are no plain field."""
    names = []
    for _, name, spec, conversion in string.Formatter().parse(wording):
        if name is None:
            continue
        if spec or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} is not a plain field")
        names.append(name)
    return tuple(names)


def wording_faults(wording: str, rule: PhraseKey, language: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one wording of a key, each with a remedy; nothing if it is fine."""
    wanted = " and ".join(f"{{{name}}}" for name in rule.fields) or "no field"
    try:
        found = fields_of(wording)
    except ValueError as error:
        yield f"the braces cannot be read ({error})", f"use {wanted}"
        return
    if sorted(found) != sorted(rule.fields):
        has = " and ".join(f"{{{name}}}" for name in found) or "no field"
        yield f"the wording holds {has}", f"use {wanted}, each once"
    words = " ".join(PLACEHOLDER.sub("", wording).split())
    try:
        plain(words)
    except ValueError as error:
        what, _, remedy = str(error).partition("; ")
        yield what, remedy
    if len(words) > rule.most_chars:
        yield f"the wording has {len(words)} characters", f"shorten it to {rule.most_chars}"
    yield from _shape_faults(wording, rule.shape)
    fault = wording_fault(words, language)
    if fault:
        yield fault


def _shape_faults(wording: str, shape: Shape) -> Iterator[tuple[str, str]]:
    ended = bool(re.search(r"([.!?]|\})$", wording))
    if shape == "clause":
        if wording.endswith((".", "!", "?")):
            yield "this is a clause inside a sentence", "leave out the full stop"
    elif shape == "label":
        if wording.endswith("."):
            yield "this is the label of a button", "leave out the full stop"
    elif not ended:
        yield "the sentence does not end", "end it with a full stop or a question mark"
    elif shape == "question" and not wording.endswith("?"):
        yield "this leaves the learner without a choice", "end it with a question"
    elif shape == "one_sentence" and len(SENTENCE_END.findall(wording)) != 1:
        yield "this is more than one sentence", "make it one"


def list_languages() -> tuple[str, ...]:
    """Languages the tutor has wordings in, e.g. ``en``."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yml")))


def load_phrases(language: str) -> Phrases:
    """The tutor's wordings in one language.

    Raises: BadInput: there are none. BadFile: the file does not fit; one line for every mistake.
    """
    if language not in list_languages():
        known = ", ".join(list_languages())
        raise BadInput(f"There are no phrases in {language!r}.", remedy=f"Use one of {known}.")
    return read_phrases(FOLDER / f"{language}.yml")


def read_phrases(path: Path) -> Phrases:
    """The wordings in a file. Raises: BadFile."""
    file = load_yaml(path, PhrasesFile)
    return Phrases(language=file.language, wordings=dict(file.wordings))
