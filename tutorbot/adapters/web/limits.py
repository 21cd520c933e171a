"""How much one page may send: pilot values, far above what a person does."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLimits:
    """Bounds on one connection and on the front door.

    messages_per_s, messages_burst: text messages; the burst lets a page resend all it kept while offline.
    frames_per_s, frames_burst: pictures; the page sends 10 a second.
    waiting_messages, waiting_out: queue lengths in and out before the page is cut off.
    joins_per_min: new participants in a minute, all together.
    same_tab_s: how long a reload waits for its own old connection to be noticed as closed.
    takeover: a page that is refused because another one holds the link may be used instead of that one.
    first_word_s: how long a refused page has for its first message, which may ask for that.
    remembered_actions: ids of a participant's latest actions, so that a resent one is not done twice.
    """

    messages_per_s: float = 30.0
    messages_burst: int = 300
    frames_per_s: float = 30.0
    frames_burst: int = 60
    waiting_messages: int = 256
    waiting_out: int = 256
    joins_per_min: int = 600
    same_tab_s: float = 1.5
    takeover: bool = True
    first_word_s: float = 2.0
    remembered_actions: int = 1024


class TokenBucket:
    """Lets ``rate`` things through in a second, and ``burst`` at once; the caller brings the time."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, float(burst)
        self._left = self._burst
        self._at_s: float | None = None

    def take(self, now_s: float) -> bool:
        """True when one more may pass at ``now_s``."""
        if self._at_s is not None:
            self._left = min(self._burst, self._left + max(0.0, now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class DoneActions:
    """Which of a participant's actions were already done, by the page's own ids; oldest forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._ids

    def add(self, client_id: str) -> None:
        """Remember one more."""
        self._ids[client_id] = None
        while len(self._ids) > self._size:
            self._ids.popitem(last=False)
