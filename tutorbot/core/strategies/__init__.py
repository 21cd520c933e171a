"""Study conditions, a file per idea. Adding one is one file, one test, one line in this table."""

from __future__ import annotations

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.strategies.adaptive import Adaptive
from tutorbot.core.strategies.base import Context, Decision, Strategy
from tutorbot.core.strategies.fixed_level import FixedLevel
from tutorbot.core.strategies.reactive import Reactive

__all__ = ["STRATEGIES", "Context", "Decision", "Strategy"]

STRATEGIES: dict[str, Strategy] = {
    "C0": Reactive(),
    "L1-A": FixedLevel("L1-A", ProactivityLevel.NOTIFICATION),
    "L2-A": FixedLevel("L2-A", ProactivityLevel.SUGGESTION),
    "L3-A": FixedLevel("L3-A", ProactivityLevel.INTERVENTION),
    "AD": Adaptive("AD", uses_face=True),
    "NB": Adaptive("NB", uses_face=False),
}
"""Every condition there is, by the id used in protocols."""
