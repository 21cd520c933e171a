"""One row for each proactive act: cause, level, delivery and reaction side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from studies.export.fields import Field
from studies.export.raw import SessionRows
from tutorbot.core.events import Act, Delivery, ReactionSeen, Trigger

ACT_FIELDS = (
    Field("session_id", "text", "session"),
    Field("participant", "text", "pseudonym: P and a number of three digits or more"),
    Field("condition", "text", "condition of the session"),
    Field("act_id", "text", "A1, A2 ... within the session"),
    Field("item_id", "text", "lesson item at the time"),
    Field("decided_at_s", "number", "when the tutor decided to act, seconds since the session began"),
    Field("trigger_id", "text", "the trigger that caused it"),
    Field("trigger_at_s", "number", "when that trigger was found to be allowed, seconds", may_be_empty=True),
    Field(
        "kind",
        "text",
        "confusion, frustration, both, stuck, repeated_error, off_task, idle or low_trust; in control "
        "conditions error, interval or yoked; wizard for an act of the wizard's own",
        True,
    ),
    Field("basis", "text", "face_only, corroborated, behaviour_only, timetable or wizard", True),
    Field("signs", "json", "list of the signs that held; values.csv says what each means", True),
    Field("evidence", "json", "list of name and value pairs behind the signs", True),
    Field("persists", "boolean", "true when an act was already delivered for it on this item", True),
    Field("trust", "number", "trust estimate at that time, 1..5", True),
    Field(
        "level_offered",
        "integer",
        "level the condition asked for: 0 none, 1 notification, 2 suggestion, 3 intervention; in WZ what the "
        "table of AD proposed",
    ),
    Field(
        "level_allowed",
        "integer",
        "level left after the safety rules, 0..3; in WZ what the wizard chose",
        True,
    ),
    Field("level", "integer", "level of the act: 1 notification, 2 suggestion, 3 intervention"),
    Field("move", "text", "signal_presence, give_control, offer_contrast, ask_before_step or worked_step"),
    Field("motivate", "boolean", "true when a motivational clause came first"),
    Field(
        "follows_act_id",
        "text",
        "the accepted question it carries out; trigger and signs are then those of the question",
        True,
    ),
    Field("delivered", "boolean", "true when it reached the learner; empty while under way", True),
    Field("level_delivered", "integer", "level delivered, 0 when it was not", True),
    Field("wording_id", "text", "wording that was said", True),
    Field("delivery_latency_s", "number", "seconds from decision to delivery or failure", True),
    Field(
        "not_delivered_because",
        "text",
        "why delivery failed: stale, dialogue_unreachable, learner_busy, item_end, pause or end",
        True,
    ),
    Field(
        "reaction",
        "text",
        "accepted, declined, ignored (no reaction in time), undone or lapsed (the board, a pause or the "
        "session ended before the learner reacted; not counted as ignored, trust untouched)",
        True,
    ),
    Field("reaction_latency_s", "number", "seconds from delivery to that reaction, or to its lapse", True),
    Field(
        "reaction_via",
        "text",
        "what showed it: said, worked_on, undo, timeout; when it lapsed: item_end, pause or end",
        True,
    ),
)

NOTHING: Mapping[str, Any] = {}


ACT_TABLES: Mapping[str, tuple[str, ...]] = {
    Trigger.table: (
        "seq",
        "at_s",
        "trigger_id",
        "outcome",
        "kind",
        "basis",
        "signs",
        "evidence",
        "persists",
        "trust",
        "level_allowed",
    ),
    Delivery.table: ("act_id", "delivered", "level", "wording_id", "latency_s", "reason"),
    ReactionSeen.table: ("act_id", "reaction", "latency_s", "via"),
    Act.table: (
        "seq",
        "at_s",
        "act_id",
        "item_id",
        "trigger_id",
        "level_offered",
        "level",
        "move",
        "motivate",
        "follows_act_id",
    ),
}
"""Tables that are read for them, and which of their columns."""


def acts(
    sessions: Iterable[tuple[str, str, str]], tables: Mapping[str, SessionRows]
) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of ``ACT_FIELDS`` for sessions given as (session id, participant, condition).

    tables: readers of ``ACT_TABLES``.
    """
    for session_id, participant, condition in sessions:
        own = _records(tables[Act.table], session_id)
        if not own:
            continue
        triggers, deliveries, reactions = (
            _records(tables[name], session_id) for name in (Trigger.table, Delivery.table, ReactionSeen.table)
        )
        delivered = {one["act_id"]: one for one in deliveries}
        reacted = {one["act_id"]: one for one in reactions}
        for act in own:
            cause = _cause(act, triggers)
            delivery = delivered.get(act["act_id"], NOTHING)
            reaction = reacted.get(act["act_id"], NOTHING)
            yield (
                session_id,
                participant,
                condition,
                act["act_id"],
                act["item_id"],
                act["at_s"],
                act["trigger_id"],
                cause.get("at_s"),
                cause.get("kind"),
                cause.get("basis"),
                cause.get("signs"),
                cause.get("evidence"),
                cause.get("persists"),
                cause.get("trust"),
                act["level_offered"],
                cause.get("level_allowed"),
                act["level"],
                act["move"],
                act["motivate"],
                act["follows_act_id"],
                delivery.get("delivered"),
                delivery.get("level"),
                delivery.get("wording_id"),
                delivery.get("latency_s"),
                delivery.get("reason"),
                reaction.get("reaction"),
                reaction.get("latency_s"),
                reaction.get("via"),
            )


def _records(table: SessionRows, session_id: str) -> list[Mapping[str, Any]]:
    return [dict(zip(table.names, row, strict=True)) for row in table.plain(session_id)]


def _cause(act: Mapping[str, Any], triggers: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The trigger as it was when it was allowed: the last such row of that id before the act."""
    before = [
        one
        for one in triggers
        if one["trigger_id"] == act["trigger_id"] and one["outcome"] == "allowed" and one["seq"] < act["seq"]
    ]
    return before[-1] if before else NOTHING
