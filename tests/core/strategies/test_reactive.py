"""C0: it watches, and never starts."""

from __future__ import annotations

import pytest

from tutorbot.core.evidence import Basis, Candidate
from tutorbot.core.strategies import STRATEGIES, Context
from tutorbot.core.trust import TrustBand

LEVELS = [f"L{level}-{kind}" for kind in "AETY" for level in (1, 2, 3)]
CONDITIONS = ("C0", *LEVELS, "AD", "NB", "WZ", "RL")


@pytest.mark.parametrize("kind", ["confusion", "frustration", "both", "off_task"])
@pytest.mark.parametrize("basis", list(Basis))
@pytest.mark.parametrize("band", list(TrustBand))
def test_every_reason_is_suppressed_by_the_condition(kind: str, basis: Basis, band: TrustBand):
    context = Context(
        band=band, persists=True, suggested=True, n_errors=9, errors_persisting=3, objective="focus_first"
    )
    decision = STRATEGIES["C0"].decide(Candidate(kind=kind, basis=basis, signs=(), evidence=()), context)
    assert (decision.level, decision.move, decision.reason) == (0, None, "condition")


def test_every_condition_is_listed_under_its_own_name():
    assert {name: strategy.condition for name, strategy in STRATEGIES.items()} == {
        name: name for name in CONDITIONS
    }
