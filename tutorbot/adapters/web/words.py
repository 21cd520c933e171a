"""What the web adapter itself says to a participant, by language: small pages and problems."""

from __future__ import annotations

from collections.abc import Mapping

from tutorbot.errors import TutorbotError

FALLBACK = "en"

NOTICES: Mapping[str, Mapping[str, tuple[str, str, str]]] = {
    "en": {
        "busy": ("Just a moment", "Very many people are joining right now.", "Please try again in a minute."),
        "nothing": (
            "There is nothing here",
            "This address leads nowhere.",
            "Check the link you were given; it must be complete.",
        ),
        "failed": (
            "That did not work",
            "The study cannot take you in just now.",
            "Please try again later, or ask the person who gave you the link.",
        ),
        "closed": (
            "Not possible just now",
            "The study takes nobody in at the moment.",
            "Ask the person who gave you the link.",
        ),
        "bad_link": (
            "That did not work",
            "This link is not complete, or is not known.",
            "Check the link you were given; it must be complete.",
        ),
        "front": (
            "A study with a tutor",
            "Here you can take part in a study.",
            "If you have taken part already, open the link you had then: here you would begin anew.",
        ),
        "again": ("Try again", "", ""),
        "take_part": ("Take part", "", ""),
    },
    "de": {
        "busy": (
            "Einen Moment bitte",
            "Gerade möchten sehr viele Menschen teilnehmen.",
            "Bitte versuchen Sie es in einer Minute noch einmal.",
        ),
        "nothing": (
            "Hier ist nichts",
            "Diese Adresse führt nirgendwohin.",
            "Prüfen Sie den Link, den Sie bekommen haben; er muss vollständig sein.",
        ),
        "failed": (
            "Das hat nicht geklappt",
            "Die Studie kann Sie im Moment nicht aufnehmen.",
            "Bitte versuchen Sie es später noch einmal, oder fragen Sie die Person, von der Sie den Link "
            "haben.",
        ),
        "closed": (
            "Gerade nicht möglich",
            "Die Studie nimmt im Moment niemanden auf.",
            "Fragen Sie die Person, von der Sie den Link haben.",
        ),
        "bad_link": (
            "Das hat nicht geklappt",
            "Dieser Link ist nicht vollständig oder nicht bekannt.",
            "Prüfen Sie den Link, den Sie bekommen haben; er muss vollständig sein.",
        ),
        "front": (
            "Eine Studie mit einem Tutor",
            "Hier können Sie an einer Studie teilnehmen.",
            "Wenn Sie schon teilgenommen haben, öffnen Sie den Link von damals: Hier beginnt man neu.",
        ),
        "again": ("Noch einmal versuchen", "", ""),
        "take_part": ("Teilnehmen", "", ""),
    },
}
"""Title, text and remedy of each small page."""

PROBLEMS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "de": {
        "not_stored": (
            "Das ließ sich gerade nicht speichern, deshalb wartet die Sitzung.",
            "Bitte sagen Sie der Person Bescheid, die diese Studie durchführt.",
        ),
        "fault": (
            "Das ließ sich nicht speichern: Auf dem Server ist ein Fehler aufgetreten.",
            "Bitte versuchen Sie es noch einmal.",
        ),
        "say_too_long": (
            "Diese Nachricht ist zu lang; der Tutor liest höchstens 4000 Zeichen.",
            "Sie steht noch im Feld: Kürzen Sie sie und senden Sie sie noch einmal.",
        ),
        "say_empty": ("Diese Nachricht ist leer.", "Schreiben Sie etwas und senden Sie es noch einmal."),
        "answer_too_long": (
            "Diese Antwort ist zu lang; gespeichert werden höchstens 4000 Zeichen.",
            "Sie steht noch im Feld: Bitte kürzen Sie sie.",
        ),
        "frame_too_long": ("Eine Nachricht der Seite war zu lang.", "Bitte kürzen Sie, was Sie schreiben."),
        "not_understood": (
            "Die Seite hat etwas gesendet, das der Server nicht versteht.",
            "Laden Sie die Seite neu; was gespeichert ist, bleibt.",
        ),
        "picture": (
            "Ein Kamerabild kam nicht richtig an.",
            "Die Sitzung geht weiter; wenn das öfter vorkommt, laden Sie die Seite neu.",
        ),
        "camera_refused": ("Die Kamera wird in dieser Sitzung nicht verwendet.", "Es geht ohne sie weiter."),
        "in_use": (
            "Die Sitzung ist in einem anderen Tab oder auf einem anderen Gerät offen.",
            "Bitte machen Sie dort weiter.",
        ),
        "any": (
            "Das war gerade nicht möglich.",
            "Laden Sie die Seite neu; was gespeichert ist, bleibt. Hilft das nicht, sagen Sie der Person "
            "Bescheid, die diese Studie durchführt.",
        ),
    },
}
"""Text and remedy of each problem, in languages other than that of the errors themselves, English."""


OWN_WORDS = frozenset({"paused"})
"""Kinds of errors whose text is in the participant's language already."""


def base_language(tag: str) -> str:
    """``de`` for ``de-AT``; English where there are no words."""
    base = tag.partition("-")[0].lower()
    return base if base in NOTICES else FALLBACK


def wanted_languages(query: str | None, accept: str | None) -> tuple[str, ...]:
    """Tags by preference: the one asked for in the address, then the browser's.

    accept: an ``Accept-Language`` header, e.g. ``de-AT,de;q=0.9,en;q=0.8``; a weight that is no number is 0.
    """
    weighed: list[tuple[float, str]] = []
    for part in (accept or "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight) if weight else 1.0, tag.strip()))
        except ValueError:
            continue
    of_browser = (tag for share, tag in sorted(weighed, key=lambda one: -one[0]) if share > 0 and tag)
    return (*((query,) if query else ()), *of_browser)


def preferred(query: str | None, accept: str | None) -> str:
    """The language of a small page: the first wanted one that we have (see ``wanted_languages``)."""
    for tag in wanted_languages(query, accept):
        if tag.partition("-")[0].lower() in NOTICES:
            return base_language(tag)
    return FALLBACK


def problem_words(error: TutorbotError, kind: str, language: str) -> tuple[str, str]:
    """Text and remedy of an error in the participant's language.

    kind: a key of ``PROBLEMS``, or one of ``OWN_WORDS``. In English the error speaks for itself; elsewhere a
    kind without words of its own gets those of ``any``: understood, if less exact.
    """
    table = PROBLEMS.get(base_language(language))
    if table is None or kind in OWN_WORDS:
        return error.what, error.remedy
    return table.get(kind, table["any"])
