"""A column of an export and its entry in the codebook."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """kind: text, integer, number, boolean, json or time. doc: what a cell means."""

    name: str
    kind: str
    doc: str
    may_be_empty: bool = False
