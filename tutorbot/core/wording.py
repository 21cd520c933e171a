"""Which wording is said: chosen by seed, never the same one twice in a row."""

from __future__ import annotations

import random

from tutorbot.core.lesson import Phrases
from tutorbot.core.lines import TutorLine


class Wording:
    """Deals wordings of each key in turn from a seeded start."""

    def __init__(self, phrases: Phrases, seed: int) -> None:
        self._phrases = phrases
        self._seed = seed
        self._dealt: dict[str, int] = {}

    def text(self, key: str, **fields: object) -> tuple[str, str]:
        """The next wording of ``key``. Returns: its id (``key/number`` from 1) and the filled-in text."""
        stock = self._phrases.wordings[key]
        start = random.Random(f"{self._seed}/wording/{key}").randrange(len(stock))
        dealt = self._dealt.get(key, 0)
        self._dealt[key] = dealt + 1
        index = (start + dealt) % len(stock)
        return f"{key}/{index + 1}", stock[index].format(**fields)

    def line(
        self, key: str, *, act_id: str | None = None, choices: tuple[str, ...] = (), **fields: object
    ) -> TutorLine:
        """The same as a line; ``choices`` are keys of quick replies."""
        wording_id, text = self.text(key, **fields)
        replies = tuple(self._phrases.wordings[choice][0] for choice in choices)
        return TutorLine(text=text, wording_id=wording_id, act_id=act_id, choices=replies)
