"""L1-A, L2-A and L3-A: one trigger, three levels, no look at trust."""

from __future__ import annotations

import pytest

from tutorbot.core.acts import Move
from tutorbot.core.evidence import Basis, Candidate
from tutorbot.core.strategies import STRATEGIES, Context
from tutorbot.core.trust import TrustBand

LEVELS = [("L1-A", 1, Move.SIGNAL_PRESENCE), ("L2-A", 2, Move.OFFER_CONTRAST), ("L3-A", 3, Move.WORKED_STEP)]
CONTEXTS = [
    Context(
        band=band,
        persists=persists,
        suggested=persists,
        n_errors=n_errors,
        errors_persisting=3,
        objective=objective,
    )
    for band in TrustBand
    for persists in (False, True)
    for n_errors in (0, 5)
    for objective in ("trust_first", "focus_first")
]


def candidate(kind: str, basis: Basis) -> Candidate:
    return Candidate(kind=kind, basis=basis, signs=(), evidence=())


@pytest.mark.parametrize(("condition", "level", "move"), LEVELS)
@pytest.mark.parametrize("kind", ["confusion", "frustration", "both"])
@pytest.mark.parametrize("basis", [Basis.CORROBORATED, Basis.BEHAVIOUR_ONLY])
def test_its_one_level_whatever_else_there_is(
    condition: str, level: int, move: Move, kind: str, basis: Basis
):
    decisions = {STRATEGIES[condition].decide(candidate(kind, basis), context) for context in CONTEXTS}
    assert [(d.level, d.move, d.reason) for d in decisions] == [(level, move, None)]


@pytest.mark.parametrize("condition", ["L1-A", "L2-A", "L3-A"])
def test_a_face_alone_and_being_away_are_no_reasons(condition: str):
    decide = STRATEGIES[condition].decide
    for context in CONTEXTS:
        face_only = decide(candidate("confusion", Basis.FACE_ONLY), context)
        away = decide(candidate("off_task", Basis.BEHAVIOUR_ONLY), context)
        assert (face_only.level, face_only.reason) == (0, "face_only")
        assert (away.level, away.reason) == (0, "condition")


def test_trust_binds_none_of_them_and_all_look_at_the_face():
    for condition, *_ in LEVELS:
        assert STRATEGIES[condition].condition == condition
        assert (STRATEGIES[condition].follows_trust, STRATEGIES[condition].uses_face) == (False, True)
