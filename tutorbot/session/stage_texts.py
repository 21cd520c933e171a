"""What a participant reads around the lesson: questionnaires, further purposes of consent, the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemText:
    """One item's words. anchors: label of a scale's point, by the point. options: label by option id."""

    text: str
    anchors: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    step: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentText:
    """A questionnaire's words in the session's language; ``items`` by item id."""

    title: str
    instruction: str
    items: Mapping[str, ItemText]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionText:
    """What a recruitment service is told at the end. code: for this end. url: its page."""

    code: str
    url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTexts:
    """All of it for one session.

    instruments: by instrument id. purposes: statement of each further purpose of consent, in order.
    link: secret part of the participant's address, for the copies they may take along; None: none.
    languages: that the participant may choose before agreeing. completed, stopped: by how the session ends.
    """

    instruments: Mapping[str, InstrumentText] = field(default_factory=dict)
    purposes: tuple[tuple[str, str], ...] = ()
    languages: tuple[str, ...] = ("en",)
    completed: CompletionText | None = None
    stopped: CompletionText | None = None
    link: str | None = None


NO_STAGES = StageTexts()
"""A session with nothing around the lesson."""
