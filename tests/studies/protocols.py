"""Protocols for tests: the shipped pilot with parts of it replaced."""

from __future__ import annotations

from typing import Any

import yaml

from studies.protocol import PROTOCOLS, Protocol, parse_protocol


def as_mapping(study: str = "pilot") -> dict[str, Any]:
    """A shipped protocol as plain values."""
    found: dict[str, Any] = yaml.safe_load((PROTOCOLS / f"{study}.yml").read_text(encoding="utf-8"))
    return found


def text_of(changes: dict[str, Any], study: str = "pilot") -> str:
    """A shipped protocol's file with some keys replaced; None takes a key out."""
    whole = {**as_mapping(study), **changes}
    return yaml.safe_dump(
        {key: value for key, value in whole.items() if value is not None}, allow_unicode=True, sort_keys=False
    )


def protocol(study: str = "pilot", **changes: Any) -> Protocol:
    """The same, read and checked."""
    return parse_protocol(text_of(changes, study), name="test.yml")


def level(name: str, **changes: Any) -> dict[str, Any]:
    return {"id": name, **changes}


HELP = {
    "id": "help",
    "vary": "between",
    "levels": [
        level("none", condition="C0"),
        level("notify", condition="L1-A"),
        level("adaptive", condition="NB"),
    ],
}
RULES = {
    "id": "rules",
    "vary": "between",
    "levels": [level("simple", problems=["type-ii"]), level("complex", problems=["type-iv"])],
}


def three_by_two(**changes: Any) -> Protocol:
    """3 x 2 between participants: kind of help by difficulty of the rule."""
    return protocol(
        **{
            "id": "three-by-two",
            "factors": [HELP, RULES],
            "conditions": None,
            "allocation": {"method": "permuted_blocks"},
            **changes,
        }
    )
