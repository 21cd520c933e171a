"""Which of a study's languages somebody is met in."""

from __future__ import annotations

from collections.abc import Sequence


def language_for(wanted: Sequence[str], offered: Sequence[str]) -> str | None:
    """The first wanted tag that the study offers, a country of its own aside; None: it offers none of them.

    wanted: tags by preference, e.g. ``de-AT``, ``en``. offered: the study's, e.g. ``en``, ``de``.
    """
    for tag in wanted:
        for found in (_same(tag, offered), _same(_base(tag), [_base(one) for one in offered])):
            if found is not None:
                return offered[found]
    return None


def _same(tag: str, tags: Sequence[str]) -> int | None:
    lower = [one.lower() for one in tags]
    return lower.index(tag.lower()) if tag.lower() in lower else None


def _base(tag: str) -> str:
    return tag.partition("-")[0]
