"""Forms of the names in files written by hand: what is allowed, in words, and the nearest name that is."""

from __future__ import annotations

import re

ID = r"^[a-z0-9][a-z0-9._-]{0,63}$"
LABEL = r"^[a-z][a-z0-9_-]{0,31}$"
INSTRUMENT_ID = r"^[a-z0-9][a-z0-9-]{0,63}$"
ITEM_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"
SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE = r"^[a-z]{2}(-[A-Z]{2})?$"
PICTURE = r"^[a-z0-9]+(-[a-z0-9]+)*\.svg$"
VERSION = r"^\d+(\.\d+){0,2}$"

WORDS = {
    ID: (
        "an id",
        "lower case letters, digits, dots, hyphens and underscores, the first a letter or digit, at most 64",
    ),
    LABEL: (
        "an id",
        "lower case letters, digits, hyphens and underscores, the first a letter, at most 32",
    ),
    INSTRUMENT_ID: (
        "an id",
        "lower case letters, digits and hyphens, the first a letter or digit, at most 64",
    ),
    ITEM_ID: (
        "an id",
        "lower case letters, digits, hyphens and underscores, the first a letter or digit, at most 64",
    ),
    SLUG: ("an id", "lower case letters and digits, with single hyphens between them"),
    LANGUAGE: ("a language", "two lower case letters such as en, perhaps with a country such as de-AT"),
    PICTURE: ("a picture's name", "lower case letters, digits and hyphens, then .svg"),
    VERSION: ("a version", "numbers such as 1 or 1.2"),
}
"""Pattern -> what it is the form of, and what such a name is made of."""


def misspelt(given: object, pattern: str) -> tuple[str, str]:
    """Why a name does not have its form, and what to write instead."""
    kind, made_of = WORDS.get(pattern, ("in the form that is asked for", f"it must match {pattern}"))
    near = nearest(given, pattern)
    return f"{given!r} is not {kind}: {made_of}", f"write `{near}`" if near else "correct it"


def nearest(given: object, pattern: str) -> str | None:
    """The name in its form, with hyphens for what is not allowed; None when that does not do."""
    if not isinstance(given, str):
        return None
    slug = re.sub(r"[^a-z0-9._]+", "-", given.lower())
    plain = re.sub(r"[^a-z0-9]+", "-", given.lower())
    for one in (slug.strip("-._"), plain.strip("-"), given.strip()):
        if re.fullmatch(pattern, one):
            return one
    return None
