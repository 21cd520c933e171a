"""What the tutor tells other programs on the robot's side, value by value, and how a message has it.

JSON has it as it is. A message of ROS has no null: a value that is not known is 0, false or empty there, and
``{name_known}`` says whether it is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tutorbot.errors import BadInput

TOLD: Mapping[str, Mapping[str, type]] = {
    "affect": {
        "at_s": float,
        "window_s": float,
        "confusion": float,
        "frustration": float,
        "concentration": float,
        "p_confused": float,
        "p_frustrated": float,
        "coverage": float,
        "n_faces": int,
        "engagement": str,
    },
    "proactivity": {
        "at_s": float,
        "what": str,
        "act_id": str,
        "level": int,
        "move": str,
        "delivered": bool,
        "reaction": str,
        "latency_s": float,
    },
    "dialogue_state": {"at_s": float, "phase": str, "item_id": str, "paused": bool},
}
"""What is told -> its values and their kinds."""

JSON = "json"
"""Placeholder of the whole as JSON, in a text."""


def placeholders(what: str) -> frozenset[str]:
    """The names that may stand in the fields of a message that tells this."""
    return frozenset({JSON, *(known for name in TOLD[what] for known in (name, f"{name}_known"))})


def without_null(what: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every placeholder. Raises: BadInput: one is of another kind than it should be."""
    filled: dict[str, Any] = {}
    for name, kind in TOLD[what].items():
        value = values.get(name)
        filled[name] = kind() if value is None else _as(kind, value, what, name)
        filled[f"{name}_known"] = value is not None
    return filled


def _as(kind: type, value: Any, what: str, name: str) -> Any:
    fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise BadInput(
            f"The {what} cannot be told to the robot: {name} is no {kind.__name__}.",
            remedy=f"Tell {name} as {kind.__name__}, or as None where it is not known.",
        )
    return kind(value)
