"""Complaints without the words that were to be said, however a program wrote them down."""

from __future__ import annotations

import json
import re

AT_LEAST = 3
"""So many words of an utterance in a row are taken for a part of it; all of a shorter one. P"""
_WORD = re.compile(r"\w+")
_LETTER, _SPACE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))"), re.compile(r"\\+[nrtbfv]")


def without(text: str, what: str) -> str:
    """The complaint without the text: as it is, as JSON or Python writes it, in other letters, or in part."""
    for exact in (text, json.dumps(text)[1:-1]):
        what = what.replace(exact, "(words)")
    said = _words(text)
    length = min(AT_LEAST, len(said))
    rows = {tuple(said[n : n + length]) for n in range(len(said) - length + 1)}
    plain = _SPACE.sub(" ", _LETTER.sub(lambda found: chr(int(found[1] or found[2], 16)), what))
    there = list(_WORD.finditer(plain))
    told = [one.group().casefold() for one in there]
    hits = [n for n in range(len(told) - length + 1) if length and tuple(told[n : n + length]) in rows]
    if not hits:
        return what
    return _cut(plain, [(there[n].start(), there[n + length - 1].end()) for n in hits])


def _cut(plain: str, spans: list[tuple[int, int]]) -> str:
    """spans: from and to of what is cut out, in order of their beginnings; they may overlap."""
    kept, at = "", 0
    for begin, end in spans:
        if begin >= at:
            kept += plain[at:begin] + "(words)"
        at = max(at, end)
    return kept + plain[at:]


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]
