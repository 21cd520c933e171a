"""The copy of the consent says what was answered, and what was taken back."""

from __future__ import annotations

from tutorbot.adapters.web.own import consent_page


def answer(purpose: str, *, granted: bool) -> dict[str, object]:
    return {"purpose": purpose, "granted": granted, "at_s": 60.0}


def test_a_purpose_never_agreed_to_is_not_said_to_be_taken_back():
    copy = {
        "language": "en",
        "study": "A study",
        "version": "1",
        "title": "Taking part",
        "paragraphs": [],
        "points": [],
        "camera": None,
        "purposes": [{"id": "sharing", "text": "Passing on."}],
        "contact": "Ada",
        "answers": [
            answer("sharing", granted=False),
            answer("participation", granted=True),
            answer("participation", granted=False),
        ],
    }
    page = consent_page(copy)
    assert "<li>Passing on.: <strong>not agreed</strong> (after 1.0 min)</li>" in page
    assert "<li>Taking part: <strong>agreed</strong>" in page
    assert "<li>Taking part: <strong>taken back</strong>" in page
