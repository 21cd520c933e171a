"""What the robot's side is told of the session: the rows that concern it, as plain values without words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tutorbot.core.events import (
    Act,
    AffectWindow,
    BlockBegun,
    Delivery,
    ItemBegun,
    ItemEnded,
    PhaseBegun,
    ReactionSeen,
    Row,
    SessionEnded,
)
from tutorbot.core.tutor import Tutor

AFFECT = ("confusion", "frustration", "concentration", "p_confused", "p_frustrated", "coverage", "n_faces")
"""Of a window: scores 0..1 over ``window_s``; null without a face."""
PROACTIVITY: Mapping[type[Row], tuple[str, ...]] = {
    Act: ("act_id", "level", "move"),
    Delivery: ("act_id", "delivered", "level"),
    ReactionSeen: ("act_id", "reaction", "latency_s"),
}
"""Rows about proactive acts -> what is told of them."""
TURNS = (PhaseBegun, BlockBegun, ItemBegun, ItemEnded, SessionEnded)
"""Rows after which the session stands somewhere else."""


def news(tutor: Tutor, rows: Sequence[Row], engagement: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(topic, values) of stored rows, in order: ``affect``, ``proactivity``, ``dialogue_state``.

    engagement: of the learner at this time.
    """
    for row in rows:
        if isinstance(row, AffectWindow):
            values = {name: getattr(row, name) for name in AFFECT}
            told = {"at_s": row.at_s, "window_s": row.window_s, **values, "engagement": engagement}
            yield "affect", told
        elif (names := PROACTIVITY.get(type(row))) is not None:
            yield (
                "proactivity",
                {"at_s": row.at_s, "what": row.table, **{one: getattr(row, one) for one in names}},
            )
    if any(isinstance(row, TURNS) for row in rows):
        item = tutor.course.item
        yield (
            "dialogue_state",
            {
                "at_s": rows[-1].at_s,
                "phase": tutor.phase,
                "item_id": None if item is None else item.item_id,
                "paused": tutor.paused,
            },
        )
