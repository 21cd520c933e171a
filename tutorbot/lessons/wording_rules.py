"""Rules for every sentence the tutor may say: plain, speakable text that never names an emotion."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

MOST_CHARS = 600
"""Longer is not listened to (pilot value)."""

NOT_PLAIN = re.compile(r"[<>*_`#|\\\[\]]|https?:|&\w+;")
"""Mark-up a voice would stumble over and a page would have to escape."""

NAMES_AN_EMOTION: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(confus\w*|frustrat\w*|upset\w*|annoy\w*|angr\w*|anger\w*|irritat\w*|bored\w*|boring|sad(ly|ness)?|"
        r"anxi\w*|afraid|scared|nervous\w*|worr(y|ied|ying|ies)|stress\w*|unhapp\w*|despair\w*|desperat\w*|"
        r"discourag\w*|puzzled|bewilder\w*|perplex\w*|struggl\w*|emotion\w*|feel\w*|mood\w*)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(verwirr\w*|verunsicher\w*|unsicher\w*|ratlos\w*|irritier\w*|frust\w*|(ver)?ärger\w*|"
        r"w[üu]t(e\w*|end\w*)?|zorn\w*|sauer|(ge)?nerv\w*|(ge)?langweil\w*|traurig\w*|ängst\w*|angst|"
        r"(be)?sorg(t\w*|e|en)|(ge)?stress\w*|unglücklich\w*|unzufrieden\w*|verzweif\w*|entmutig\w*|"
        r"überforder\w*|enttäusch\w*|(ge)?quäl\w*|emotion\w*|gefühl\w*|fühl\w*|stimmung\w*|laun\w*|"
        r"gemüt\w*)\b",
        re.IGNORECASE,
    ),
}
"""By language: words for a state of mind. The tutor may be mistaken about it and never names it."""

IMPOSES: dict[str, re.Pattern[str]] = {
    "en": re.compile(
        r"\b(must|should|have to|need to|ought to|has to|obviously|of course|simply|easy|you are wrong)\b",
        re.IGNORECASE,
    ),
    # "Soll ich ...?" offers; "sollen Sie" and "sollten" do not.
    "de": re.compile(
        r"\b(muss|müss\w*|sollt\w*|sollen sie|sie sollen|haben zu|gefälligst|offensichtlich\w*|"
        r"offenkundig\w*|"
        r"selbstverständlich\w*|natürlich|einfach\w*|kinderleicht\w*|leicht(e[nmrs]?)?|simpel|simple\w*|"
        r"sie irren|liegen falsch|haben unrecht)\b",
        re.IGNORECASE,
    ),
}
"""By language: words that command or belittle; wording is short and suggestive, never imposing."""


def plain(text: str) -> str:
    """The text itself if it can be spoken as it stands. Raises: ValueError."""
    text = " ".join(text.split())
    found = NOT_PLAIN.search(text)
    if found:
        raise ValueError(f"{found.group()!r} is mark-up; write plain words that can also be spoken")
    if not text.isprintable():
        raise ValueError("the text holds a character that cannot be printed; remove it")
    return text


Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARS),
    AfterValidator(plain),
]
"""One paragraph of plain text, 1 to 600 characters, line breaks folded into spaces."""


def wording_fault(text: str, language: str) -> tuple[str, str] | None:
    """What a sentence does that the tutor never does, and what to do; None if it is fine.

    A language without rules of its own passes: its translator answers for it.
    """
    base = language.partition("-")[0]
    emotion = NAMES_AN_EMOTION[base].search(text) if base in NAMES_AN_EMOTION else None
    if emotion:
        return f"{emotion.group()!r} names a state of mind", "speak of the task or offer help instead"
    imposing = IMPOSES[base].search(text) if base in IMPOSES else None
    if imposing:
        return f"{imposing.group()!r} imposes or belittles", "suggest instead, e.g. `you could ...`"
    return None
