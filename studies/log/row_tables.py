"""One table for each class of log row, made from the class: its fields, their types and their words.

A field's type decides the column's: text, whole number, number, truth value; anything in several
parts (tuples, mappings) is JSON. A field that may be None may be NULL; nothing else may.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

from tutorbot.core.events import ROW_TYPES, Row

TYPES: dict[object, type[TypeEngine[Any]]] = {str: Text, bool: Boolean, int: Integer, float: Double}

LEVEL, TRUST, SHARE, RATING = (0, 3), (1, 5), (0, 1), (1, 5)
RANGES: dict[str, Mapping[str, tuple[int, int]]] = {
    "baseline": {"coverage": SHARE},
    "affect_window": {"coverage": SHARE, "confusion": SHARE, "frustration": SHARE, "concentration": SHARE},
    "probe": {"trust": RATING, "concentration": RATING},
    "understood": {"confidence": SHARE},
    "validity_answer": {"confused": RATING, "frustrated": RATING},
    "wizard_choice": {"level": LEVEL, "proposed": LEVEL},
    "hint": {"step": (1, 3)},
    "trigger": {"trust": TRUST, "level_offered": LEVEL, "level_allowed": LEVEL},
    "act": {"level_offered": LEVEL, "level": (1, 3)},
    "delivery": {"level": LEVEL},
    "trust_state": {"trust": TRUST, "acceptance_depth": LEVEL},
    "concentration_state": {"concentration": SHARE},
    "robot_hearing": {"confidence": SHARE},
}
"""Table -> column -> the range its doc promises, ends included; kept by the database too."""

CHOICES: dict[str, Mapping[str, tuple[str, ...]]] = {
    "attention": {"state": ("left", "returned")},
    "trigger": {"outcome": ("allowed", "waiting", "suppressed")},
    "questionnaire_answer": {"phase": ("pre", "block", "post")},
    "questionnaire_end": {"phase": ("pre", "block", "post"), "outcome": ("done", "left")},
    "device_check": {"outcome": ("passed", "warned", "failed", "skipped")},
    "resume_policy": {"action": ("continue", "restart_block", "stop")},
    "validity_probe": {"outcome": ("asked", "expired", "dropped"), "why": ("found", "random")},
    "reaction": {"reaction": ("accepted", "declined", "ignored", "undone", "lapsed")},
    "trust_state": {"band": ("low", "mid", "high")},
    "robot_speech": {"outcome": ("spoken", "stopped", "shown", "stale", "lost", "silent", "refused")},
    "robot_hearing": {"outcome": ("taken", "self_heard", "repeated", "unsure", "not_now")},
}
"""Table -> column -> the only words it may hold."""

ENVELOPE = ("id", "session_id", "seq", "at_s", "at_utc", "condition", "schema_version", "software_version")
"""Columns of every row table."""


def make_row_tables(metadata: MetaData, row_id: TypeEngine[Any]) -> dict[type[Row], Table]:
    """A table for every class in ``ROW_TYPES``."""
    return {kind: _table(kind, metadata, row_id) for kind in ROW_TYPES}


def to_record(row: Row) -> dict[str, Any]:
    """A row's own columns as the database takes them."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def from_record(kind: type[Row], record: Mapping[str, Any]) -> Row:
    """The row a record was made from, tuples and all."""
    shapes = _shapes(kind)
    return kind(**{name: _restored(record[name], shapes[name]) for name in shapes})


def _table(kind: type[Row], metadata: MetaData, row_id: TypeEngine[Any]) -> Table:
    own = [_column(field.name, _shapes(kind)[field.name], field.metadata["doc"]) for field in fields(kind)]
    at_s = next(column for column in own if column.name == "at_s")
    rest = [column for column in own if column is not at_s]
    clash = {column.name for column in rest} & set(ENVELOPE)
    if clash:
        raise TypeError(f"{kind.__name__} has fields named like the envelope's: {sorted(clash)}")
    return Table(
        kind.table,
        metadata,
        Column("id", row_id, primary_key=True, comment="row number in this table"),
        Column("session_id", Text, ForeignKey("session.id"), nullable=False, comment="session"),
        Column(
            "seq", Integer, nullable=False, comment="place in the session, from 1, no gap across all tables"
        ),
        at_s,
        Column("at_utc", Text, nullable=False, comment="when the row was stored, UTC, ISO 8601"),
        Column("condition", Text, nullable=False, comment="condition of the session"),
        Column("schema_version", Integer, nullable=False, comment="version of the row classes"),
        Column("software_version", Text, nullable=False, comment="version of tutorbot"),
        *rest,
        UniqueConstraint("session_id", "seq"),
        CheckConstraint("seq >= 1", name="seq"),
        *_checks(kind.table),
        comment=(kind.__doc__ or "").strip().split("\n")[0],
    )


def _checks(table: str) -> list[CheckConstraint]:
    ranges = [
        CheckConstraint(f"{column} >= {least} AND {column} <= {most}", name=column)
        for column, (least, most) in RANGES.get(table, {}).items()
    ]
    choices = [
        CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)
        for column, words in CHOICES.get(table, {}).items()
    ]
    return ranges + choices


def _shapes(kind: type[Row]) -> dict[str, Any]:
    """Field name -> its type, in the order of the class."""
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _column(name: str, shape: Any, comment: str) -> Column[Any]:
    bare, may_be_null = _without_none(shape)
    if bare in TYPES:
        column_type = TYPES[bare]()
    elif get_origin(bare) in (tuple, dict):
        column_type = JSON(none_as_null=True)
    else:
        raise TypeError(f"no column type for {name}: {shape}")
    return Column(name, column_type, nullable=may_be_null, comment=comment)


def _without_none(shape: Any) -> tuple[Any, bool]:
    if get_origin(shape) not in (Union, types.UnionType):
        return shape, False
    members = [member for member in get_args(shape) if member is not type(None)]
    if len(members) != 1:
        raise TypeError(f"a field may be one type or None, not {shape}")
    return members[0], len(members) < len(get_args(shape))


def _restored(value: Any, shape: Any) -> Any:
    bare, _ = _without_none(shape)
    if get_origin(bare) is tuple and value is not None:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is no list")
        return _as_tuple(value)
    return value


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(part) for part in value) if isinstance(value, list) else value
