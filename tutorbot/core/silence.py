"""A question met with silence: whether it is said once more. On a page it stands; said aloud it is gone."""

from __future__ import annotations

from tutorbot.core.acts import DialogueAct, Move
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies import Strategy
from tutorbot.core.trust import TrustBand

QUESTIONS = frozenset({Move.OFFER_CONTRAST, Move.ASK_BEFORE_STEP})
"""Moves that ask. A notification leaves it to the learner, a worked step asks nothing."""


def asks_again(
    act: DialogueAct, *, silent_s: float, strategy: Strategy, band: TrustBand, settings: TutorSettings
) -> bool:
    """Whether a question that was said aloud is said again.

    silent_s: seconds since the learner was last heard or did anything, or since the question was over.
    A condition that goes by trust does not press a learner who trusts it little.
    """
    if act.move not in QUESTIONS or not strategy.asks_again or settings.ask_again_after_s == 0:
        return False
    if strategy.follows_trust and band is TrustBand.LOW:
        return False
    return silent_s >= settings.ask_again_after_s
