"""The tutor's wordings: fields, tone, length; and what a broken phrases file is told."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from tutorbot.core.lesson import Phrases
from tutorbot.errors import BadFile, BadInput
from tutorbot.lessons import list_languages, load_lesson, load_phrases
from tutorbot.lessons.phrases import FOLDER, KEYS, fields_of, read_phrases, wording_faults
from tutorbot.lessons.wording_rules import wording_fault

PROACTIVE = (
    "notification",
    "suggestion",
    "ask_before_step",
    "intervention",
    "motivation_effort",
    "motivation_task",
)
EXPECTED_FIELDS = {
    "suggestion": {"offer"},
    "intervention": {"text"},
    "accepted_notification": {"hint"},
    "accepted_suggestion": {"contrast"},
    "hint": {"hint"},
    "explanation": {"explanation"},
    "repeat": {"text"},
    "stuck": {"hint"},
    "confusion_reply": {"hint"},
    "frustration_reply": {"hint"},
    "why_spoke": {"reason"},
    "why_both": {"first", "second"},
    "item_wrong": {"n_right", "n_cards"},
    "block_done": {"explanation"},
}
"""What the session fills in; every other key has none. A change here is a change there."""

GERMAN_EMOTION = re.compile(
    r"verwirr|frust|ärger|wütend|genervt|langweil|traurig|angst|ängst|nervös|stress|sorge|gefühl|fühl|stimmung",
    re.IGNORECASE,
)
GERMAN_IMPOSING = re.compile(
    r"\b(müssen|muss|sollten|natürlich|einfach|leicht|falsch|nein,)\b", re.IGNORECASE
)
GERMAN_FAMILIAR = re.compile(r"\b(du|dich|dir|dein\w*|euch|euer\w*|ihr)\b")
EMOTION = re.compile(
    r"confus|frustrat|upset|annoy|angr|anger|bored|sad\b|anxi|nervous|stress|worr|emotion|feel|mood|struggl",
    re.IGNORECASE,
)
IMPOSING = re.compile(r"\b(must|should|have to|need to|obviously|simply|easy|wrong|no,)\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def german() -> Phrases:
    return load_phrases("de")


@pytest.fixture(scope="module")
def english() -> Phrases:
    return load_phrases("en")


def spoken(phrases: Phrases) -> list[tuple[str, str]]:
    return [(key, wording) for key, wordings in phrases.wordings.items() for wording in wordings]


def test_every_shipped_language_loads_and_has_every_key():
    assert "en" in list_languages()
    for language in list_languages():
        phrases = load_phrases(language)
        assert phrases.language == language
        assert set(phrases.wordings) == set(KEYS)


def test_a_language_without_phrases_is_refused_with_the_known_ones_named():
    with pytest.raises(BadInput, match=r"no phrases in 'tlh'.*en"):
        load_phrases("tlh")
    with pytest.raises(BadInput, match=r"no phrases in '\.\./en'"):
        load_phrases("../en")


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_wording_holds_exactly_the_fields_the_session_fills_in(language: str):
    for key, wording in spoken(load_phrases(language)):
        found = [name for _, name, _, _ in string.Formatter().parse(wording) if name is not None]
        assert sorted(found) == sorted(EXPECTED_FIELDS.get(key, set())), (key, wording)


def test_no_wording_names_a_state_of_mind_or_imposes(english: Phrases):
    for key, wording in spoken(english):
        assert not EMOTION.search(wording), (key, wording)
        assert not IMPOSING.search(wording), (key, wording)


def test_no_german_wording_names_a_state_of_mind_imposes_or_is_familiar(german: Phrases):
    for key, wording in spoken(german):
        for rule in (GERMAN_EMOTION, GERMAN_IMPOSING, GERMAN_FAMILIAR):
            assert not rule.search(wording), (key, wording)


@pytest.mark.parametrize(
    "wording",
    [
        "Sie wirken verwirrt.",
        "Das ist frustrierend.",
        "Ich merke Ihren Ärger.",
        "Keine Sorge, das wird.",
        "Sie sind sicher gestresst.",
        "Wie fühlen Sie sich dabei?",
        "Sie müssen die Farbe ansehen.",
        "Das sollten Sie lassen.",
        "Das ist ganz einfach.",
        "Sie liegen falsch.",
    ],
)
def test_german_words_for_a_state_of_mind_or_an_order_are_refused(wording: str):
    assert wording_fault(wording, "de") is not None


@pytest.mark.parametrize("wording", ["Vielleicht hilft das.", "Soll ich beginnen?", "Das Dreieck ist rot."])
def test_german_words_that_only_look_alike_pass(wording: str):
    assert wording_fault(wording, "de") is None


def test_a_german_reason_completes_the_sentence_it_stands_in(german: Phrases):
    for key, rule in KEYS.items():
        if rule.shape != "clause" or rule.fields:
            continue
        for reason in german.wordings[key]:
            # After "weil" and "dass" the verb stands last: nothing that begins like a main clause.
            assert not reason.endswith((".", "!", "?")), reason
            assert not re.match(r"(ich|sie|es) (bin|habe|war|hatte|ist|sind)\b", reason, re.IGNORECASE), (
                reason
            )


def test_no_wording_says_right_which_is_also_a_box(english: Phrases):
    for key, wording in spoken(english):
        assert not re.search(r"(?<!\ball )\bright\b", wording, re.IGNORECASE), (key, wording)


@pytest.mark.parametrize("language", ["en", "de"])
def test_proactive_acts_have_three_wordings_and_answers_two(language: str):
    for key, wordings in load_phrases(language).wordings.items():
        least = 3 if key in PROACTIVE else 1 if key.startswith("choice_") or key == "why_both" else 2
        assert len(wordings) >= least, key
        assert len(set(wordings)) == len(wordings), key


def test_a_notification_is_one_short_sentence_without_content(english: Phrases):
    for wording in english.wordings["notification"]:
        assert len(wording) <= 90
        assert len(re.findall(r"[.!?](?:\s|$)", wording)) == 1
        assert not re.search(r"colour|shape|size|circle|triangle|red|blue", wording)


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_said_stays_short_once_the_lesson_text_is_filled_in(language: str):
    phrases = load_phrases(language)
    for problem in load_lesson("card-sorting", language).problems:
        for wording in phrases.wordings["suggestion"]:
            assert len(wording.format(offer=problem.contrast_offer)) <= 180
        for wording in phrases.wordings["intervention"]:
            assert len(wording.format(text=problem.worked_text)) <= 220


def test_a_question_before_a_step_can_be_answered_with_yes_or_no(english: Phrases):
    for wording in english.wordings["ask_before_step"]:
        asked = re.split(r"(?<=[.!?]) ", wording)
        assert any(
            re.match(r"(Shall|Would|May|Will)\b", sentence) and sentence.endswith("?") for sentence in asked
        )


def test_the_fallback_offers_two_choices(english: Phrases):
    for wording in english.wordings["fallback"]:
        assert "hint" in wording
        assert "carry on" in wording


def test_a_reason_completes_the_sentence_it_stands_in(english: Phrases):
    reasons = [key for key in KEYS if KEYS[key].shape == "clause" and not KEYS[key].fields]
    assert {"why_confusion_behaviour", "why_frustration_behaviour", "why_face", "why_stuck"} <= set(reasons)
    for frame in english.wordings["why_spoke"]:
        for key in reasons:
            for reason in english.wordings[key]:
                assert re.match(r"[a-z]|I ", reason), reason
                assert not reason.endswith((".", "!", "?"))
                assert frame.format(reason=reason).endswith(".")


def test_two_reasons_become_one_sentence(english: Phrases):
    (both,) = english.wordings["why_both"]
    reason = both.format(first=english.wordings["why_face"][0], second=english.wordings["why_stuck"][0])
    assert english.wordings["why_spoke"][0].format(reason=reason) == (
        "I spoke up because the camera's estimate changed, which I may well have misread, "
        "and you told me that you were stuck."
    )


def test_the_camera_is_named_as_something_that_errs(english: Phrases):
    for reason in english.wordings["why_face"]:
        assert "camera" in reason
        assert re.search(r"misread|mistaken", reason)


@pytest.fixture
def complaint_on(tmp_path: Path) -> Callable[[str, str], str]:
    """Replace one piece of the English file by another and give back what reading it says."""

    def change(old: str, new: str) -> str:
        text = (FOLDER / "en.yml").read_text()
        assert old in text
        file = tmp_path / "en.yml"
        file.write_text(text.replace(old, new, 1))
        with pytest.raises(BadFile) as caught:
            read_phrases(file)
        return str(caught.value).replace(str(tmp_path) + "/", "")

    return change


CASES = {
    "unknown key": ("  not_now:", "  notnow:", r"'notnow' is not a key; did you mean 'not_now'"),
    "missing key": ("  not_now:", "  notnow:", r"the key 'not_now' is missing; add it \("),
    "unknown field": (
        "Here is a hint. {hint}",
        "Here is a hint. {help}",
        r"holds \{help\}; use \{hint\}, each once",
    ),
    "field forgotten": ("Here is a hint. {hint}", "Here is a hint.", r"holds no field; use \{hint\}"),
    "field twice": ("Here is a hint. {hint}", "{hint} {hint}", r"use \{hint\}, each once"),
    "field where none is": ("I'm here if you'd like a hint.", '"{hint}."', r"use no field"),
    "open brace": ("Here is a hint. {hint}", "Here is a hint. {hint", r"braces cannot be read"),
    "field that reaches into objects": (
        "Here is a hint. {hint}",
        "{hint.__class__}",
        r"braces cannot be read",
    ),
    "field with a format": ("Here is a hint. {hint}", "{hint!r:>10}", r"braces cannot be read"),
    "too few": ("    - Glad to help.\n", "", r"'thanks' has 1 wordings; write at least 2"),
    "two labels": ("    - Not now\n", "    - Not now\n    - Later\n", r"write exactly 1"),
    "twice the same": ("    - Glad to help.", "    - You're welcome.", r"stands here twice"),
    "too long": (
        "I'm here if you'd like a hint.",
        "I'm here" + " and here" * 15 + ".",
        r"144 characters; shorten it to 90",
    ),
    "two sentences": ("I'm here if you'd like a hint.", "I'm here. Ask me.", r"more than one sentence"),
    "no end": ("I'm here if you'd like a hint.", "I'm here if you'd like a hint", r"does not end"),
    "no question": (
        "Shall I put the first cards",
        "I'll begin.\n    - Shall I put the first cards",
        r"end it with a question",
    ),
    "clause with a full stop": (
        "you told me that you were stuck",
        "you were stuck.",
        r"leave out the full stop",
    ),
    "label with a full stop": ("    - Not now\n", "    - Not now.\n", r"label of a button"),
    "state of mind": (
        "I'm here if you'd like a hint.",
        "You look confused.",
        r"'confused' names a state of mind",
    ),
    "imposing": ("I'm here if you'd like a hint.", "You should ask me.", r"'should' imposes"),
    "mark-up": ("I'm here if you'd like a hint.", '"I am <b>here</b>."', r"'<' is mark-up"),
    "another schema": ("schema: 1", "schema: 9", r"should be 1, but it is 9"),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_broken_phrases_file_is_told_with_line_and_column(
    rule: str, complaint_on: Callable[[str, str], str]
):
    old, new, said = CASES[rule]
    complaint = complaint_on(old, new)
    line = next((line for line in complaint.splitlines() if re.search(said, line)), None)
    assert line, complaint
    place = re.match(r"en\.yml:(\d+):(\d+): ", line)
    assert place
    text = (FOLDER / "en.yml").read_text()
    if rule != "missing key":
        assert abs(int(place[1]) - (text[: text.index(old)].count("\n") + 1)) <= 2


def test_a_language_without_rules_of_tone_is_still_checked_for_fields():
    assert [*wording_faults("Tu as l'air perdu.", KEYS["notification"], "fr")] == []
    assert len([*wording_faults("Un indice.", KEYS["hint"], "fr")]) == 1


def test_fields_are_read_in_order():
    assert fields_of("{n_right} of {n_cards}") == ("n_right", "n_cards")
    assert fields_of("none") == ()
