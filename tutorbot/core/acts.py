"""Proactivity levels, dialogue acts and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class ProactivityLevel(IntEnum):
    """How strongly the tutor takes the initiative.

    Source: Kraus, Betancourt & Minker (arXiv 2212.10346), after Isbell & Pierce (2005).
    """

    NONE = 0
    NOTIFICATION = 1
    SUGGESTION = 2
    INTERVENTION = 3

    @property
    def word(self) -> str:
        """The level's name as it stands in logs, settings and Rasa's intents, e.g. ``suggestion``."""
        return self.name.lower()


class Move(StrEnum):
    """What a proactive act does in the lesson."""

    SIGNAL_PRESENCE = "signal_presence"
    GIVE_CONTROL = "give_control"
    OFFER_CONTRAST = "offer_contrast"
    ASK_BEFORE_STEP = "ask_before_step"
    WORKED_STEP = "worked_step"


class Reaction(StrEnum):
    """What the learner did with a proactive act.

    IGNORED: nothing, for as long as a reaction is waited for. LAPSED: the board, a pause or the session
    ended before that, so nothing can be said about it; trust stays as it is.
    """

    ACCEPTED = "accepted"
    DECLINED = "declined"
    IGNORED = "ignored"
    UNDONE = "undone"
    LAPSED = "lapsed"


class HintStep(IntEnum):
    """Rungs of the hint ladder, from least to most telling."""

    POINT = 1
    TEACH = 2
    BOTTOM_OUT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DialogueAct:
    """One thing the tutor is about to say by itself.

    act_id: ``A1``, ``A2`` ... within the session.
    level: how strong it is; never NONE.
    move: what it does.
    trigger_id: the trigger row that caused it.
    item_id: the lesson step it belongs to.
    motivate: a motivational clause comes first (the trigger was frustration).
    """

    act_id: str
    level: ProactivityLevel
    move: Move
    trigger_id: str
    item_id: str
    motivate: bool = False
