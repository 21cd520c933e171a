"""Who speaks: the learner, or the robot that hears itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How the tutor behaves in talk. Seconds, unless it says otherwise; all pilot values.

    quiet_s: the learner is taken to speak on for so long after the last word heard. answer_expires_s: an
    answer that could not be said by then is not said any more (an act goes by its own limit). echo_s: so long
    after the robot spoke its words may still come back. echo_share: 0..1 of the words of what was heard that
    must be the robot's own. unsure_below: 0..1, confidence under which speech is asked for again. barge_in_s:
    longest for falling silent. command_s: longest for handing a command over. hold_after_s: a
    robot away for so long holds the session, until the operator chooses how it goes on; 0: never. picture_s:
    after so long without a picture the robot's camera counts as lost.
    """

    quiet_s: float = 1.2
    answer_expires_s: float = 10.0
    echo_s: float = 0.7
    echo_share: float = 0.6
    unsure_below: float = 0.4
    barge_in_s: float = 0.3
    command_s: float = 1.0
    hold_after_s: float = 30.0
    picture_s: float = 3.0


class Ear:
    """Tells the learner's speech from the robot's own. Times are seconds on the session's clock."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._now: frozenset[str] | None = None
        """Words of the line that the robot says; None while it is silent."""
        self._echoes: list[tuple[float, frozenset[str]]] = []
        """(until when they may come back, words) of the lines before."""
        self.speaks_until_s = 0.0
        """When the learner is taken to be silent again."""
        self.quiet_from_s = 0.0
        """When the learner or the robot was last heard."""

    def speaks(self, text: str) -> None:
        """The robot begins to say this."""
        self._now = _words(text)

    def fell_silent(self, now_s: float) -> None:
        """The robot is silent; its echo is not yet."""
        if self._now is not None:
            self._echoes = [*self._heard_still(now_s), (now_s + self._manners.echo_s, self._now)]
            self._now = None
        self.quiet_from_s = now_s

    def _heard_still(self, now_s: float) -> list[tuple[float, frozenset[str]]]:
        return [one for one in self._echoes if now_s <= one[0]]

    def is_own(self, text: str, now_s: float) -> bool:
        """Whether these words are the robot's: said now or just before, and mostly the same.

        The echo of a line may come while the next one is said, and both in one report.
        """
        heard, own = _words(text), set(self._now or ())
        for _, before in self._heard_still(now_s):
            own |= before
        return bool(heard) and len(heard & own) >= self._manners.echo_share * len(heard)

    def repeats(self, text: str, before: str) -> bool:
        """Whether somebody says the same again."""
        said = _WORD.findall(text.casefold())
        return bool(said) and said == _WORD.findall(before.casefold())

    def learner_speaks(self, now_s: float, *, final: bool) -> None:
        """The learner was heard; with ``final`` to the end."""
        self.speaks_until_s = now_s if final else now_s + self._manners.quiet_s
        self.quiet_from_s = self.speaks_until_s


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))
