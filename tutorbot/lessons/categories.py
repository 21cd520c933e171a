"""The six ways to split eight cards in two halves, and which half a card falls into."""

from __future__ import annotations

from typing import Literal

ProblemType = Literal["I", "II", "III", "IV", "V", "VI"]
Bits = tuple[int, int, int]

CATEGORY_A: dict[ProblemType, frozenset[Bits]] = {
    "I": frozenset({(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)}),
    "II": frozenset({(0, 0, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1)}),
    "III": frozenset({(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 1)}),
    "IV": frozenset({(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)}),
    "V": frozenset({(0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 1, 1)}),
    "VI": frozenset({(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)}),
}
"""Category A by problem type, a bit per dimension.

Source: Shepard, Hovland & Jenkins (1961), Psychological Monographs 75(13); replicated by Nosofsky,
Gluck, Palmeri, McKinley & Glauthier (1994), Memory & Cognition 22.
"""


def in_category_a(kind: ProblemType, bits: Bits) -> bool:
    """Whether the stimulus ``bits`` belongs to category A of that problem type."""
    return bits in CATEGORY_A[kind]
