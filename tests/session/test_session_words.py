"""What the session says itself: in every language it has, complete and apart."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from tests.builders import Drive, setup
from tests.session.room import header, plan
from tutorbot.core.comeback import ResumeRule, Then
from tutorbot.core.events import Returned
from tutorbot.errors import BadInput
from tutorbot.lessons import list_languages
from tutorbot.session.view import view_of
from tutorbot.session.words import EN, WORDS, SessionWords, words


def flat(own: SessionWords) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in fields(own):
        value = getattr(own, field.name)
        found |= (
            {f"{field.name}.{k}": v for k, v in value.items()}
            if isinstance(value, dict)
            else {field.name: value}
        )
    return found


def test_the_session_speaks_every_language_the_tutor_does():
    assert set(WORDS) == set(list_languages())


@pytest.mark.parametrize("language", sorted(set(WORDS) - {"en"}))
def test_every_text_is_there_and_is_not_the_english_one(language: str):
    english, other = flat(EN), flat(words(language))
    assert set(other) == set(english)
    assert [
        key for key in english if key != "language" and (not other[key] or other[key] == english[key])
    ] == []


def test_a_region_has_the_words_of_its_language_and_an_unknown_one_is_refused():
    assert words("de-AT").language == "de"
    with pytest.raises(BadInput, match=r"no words in 'fr'.*de, en"):
        words("fr")


def test_a_german_session_has_no_english_word_of_its_own_in_any_view():
    german = replace(plan(header()), language="de")
    drive = Drive().begin(camera=False)
    seen = [view_of(drive.tutor, german, label="P001", trouble=None)]
    seen += [view_of(drive.solve().tutor, german, label="P001", trouble=None)]
    assert [box["label"] for box in seen[0]["task"]["boxes"]] == ["Kasten links", "Kasten rechts"]
    assert seen[1]["probe"]["trust_text"] == "Wie sehr vertrauen Sie dem Tutor im Moment?"
    assert (seen[1]["probe"]["low"], seen[1]["probe"]["high"]) == ("überhaupt nicht", "völlig")
    texts = [text for view in seen for text in strings(view["probe"] or view["tutor"])]
    assert not set(texts) & set(flat(EN).values())


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("then", [Then.CONTINUE, Then.RESTART_BLOCK])
def test_who_comes_back_late_is_told_what_happens_now(language: str, then: Then):
    drive = Drive(replace(setup("NB"), resume=ResumeRule(after_s=60.0, then=then))).begin(camera=False)
    own = replace(plan(header()), language=language)
    assert view_of(drive.tutor, own, label="P001", trouble=None)["notice"] is None
    drive.put(Returned(at_s=drive.at_s, away_s=100.0, device="unknown"))
    expected = words(language).begins_anew if then is Then.RESTART_BLOCK else words(language).goes_on
    assert view_of(drive.tutor, own, label="P001", trouble=None)["notice"] == expected


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


def test_a_debriefing_speaks_of_the_camera_only_where_there_was_one():
    for language in WORDS:
        own = words(language)
        with_camera, without = (
            own.debrief(speaks_up=True, camera=True),
            own.debrief(speaks_up=True, camera=False),
        )
        assert own.debrief_camera in with_camera[1]
        assert own.debrief_camera not in without[1]
        assert own.debrief_quiet in own.debrief(speaks_up=False, camera=False)[1]
