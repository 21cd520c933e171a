"""What came back for a turn while it was open.

Rasa answers "fine" even when an action failed, when it could not ask the tutor at all, or when
a line was refused on its way back: it writes that into its own log and goes on. The learner
would be left without a reply and nobody would know. So the routes note here what reached them,
and the caller of the turn looks before it believes the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class OpenTurn:
    """One turn under way.

    asked: Rasa asked the tutor at least once.
    n_promised: lines the tutor gave to Rasa; n_lines: lines that came back to be shown.
    fault: the first error raised on the tutor's side.
    """

    asked: bool = False
    n_promised: int = 0
    n_lines: int = 0
    fault: Exception | None = None


@dataclass(slots=True)
class TurnLedger:
    """The open turns, at most one per session."""

    _open: dict[str, OpenTurn] = field(default_factory=dict)

    @contextmanager
    def turn(self, session_id: str) -> Iterator[OpenTurn]:
        """Open a turn; what the routes note for the session goes to it until the block ends."""
        turn = OpenTurn()
        self._open[session_id] = turn
        try:
            yield turn
        finally:
            if self._open.get(session_id) is turn:
                del self._open[session_id]

    def asked(self, session_id: str) -> None:
        """Note that Rasa asked the tutor."""
        if turn := self._open.get(session_id):
            turn.asked = True

    def promised(self, session_id: str, n_lines: int) -> None:
        """Note how many lines the tutor gave to Rasa."""
        if turn := self._open.get(session_id):
            turn.n_promised += n_lines

    def spoken(self, session_id: str) -> None:
        """Note that a line came back."""
        if turn := self._open.get(session_id):
            turn.n_lines += 1

    def failed(self, session_id: str, fault: Exception) -> None:
        """Note an error of the tutor's side; the first one is kept."""
        turn = self._open.get(session_id)
        if turn and turn.fault is None:
            turn.fault = fault
