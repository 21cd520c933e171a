"""Study conditions, a file per idea. Adding one is one file, one test, one line in this table."""

from __future__ import annotations

from dataclasses import replace

from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.strategies.adaptive import Adaptive
from tutorbot.core.strategies.base import Context, Decision, Moment, ScheduledAct, Strategy
from tutorbot.core.strategies.fixed_level import FixedLevel
from tutorbot.core.strategies.learned import Learned, Policy
from tutorbot.core.strategies.reactive import Reactive
from tutorbot.core.strategies.timetable import FixedInterval, OnError, Yoked
from tutorbot.core.strategies.wizard import Wizard

__all__ = [
    "STRATEGIES",
    "Context",
    "Decision",
    "Moment",
    "Policy",
    "ScheduledAct",
    "Strategy",
    "strategy_for",
]

STRATEGIES: dict[str, Strategy] = {
    "C0": Reactive(),
    "L1-A": FixedLevel("L1-A", ProactivityLevel.NOTIFICATION),
    "L2-A": FixedLevel("L2-A", ProactivityLevel.SUGGESTION),
    "L3-A": FixedLevel("L3-A", ProactivityLevel.INTERVENTION),
    "L1-E": OnError("L1-E", ProactivityLevel.NOTIFICATION),
    "L2-E": OnError("L2-E", ProactivityLevel.SUGGESTION),
    "L3-E": OnError("L3-E", ProactivityLevel.INTERVENTION),
    "L1-T": FixedInterval("L1-T", ProactivityLevel.NOTIFICATION),
    "L2-T": FixedInterval("L2-T", ProactivityLevel.SUGGESTION),
    "L3-T": FixedInterval("L3-T", ProactivityLevel.INTERVENTION),
    "L1-Y": Yoked("L1-Y", ProactivityLevel.NOTIFICATION),
    "L2-Y": Yoked("L2-Y", ProactivityLevel.SUGGESTION),
    "L3-Y": Yoked("L3-Y", ProactivityLevel.INTERVENTION),
    "AD": Adaptive("AD", uses_face=True),
    "NB": Adaptive("NB", uses_face=False),
    "WZ": Wizard(),
    "RL": Learned("RL"),
}
"""Every condition there is, by the id used in protocols."""


def strategy_for(condition: str, policy: Policy | None) -> Strategy:
    """The condition, with its policy where it is a learned one.

    Raises: KeyError: for an unknown condition. ValueError: for RL without a policy.
    """
    strategy = STRATEGIES[condition]
    if isinstance(strategy, Learned):
        if policy is None:
            raise ValueError(f"condition {condition} needs a policy; see docs/simulation.md")
        return replace(strategy, policy=policy)
    return strategy
