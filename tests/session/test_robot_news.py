"""What a session tells the robot's side is what messages of a profile's choice have placeholders for."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any, cast

from tutorbot.adapters.ros.told import TOLD, without_null
from tutorbot.core.events import Act, AffectWindow, Delivery, PhaseBegun, ReactionSeen, Row
from tutorbot.core.tutor import Tutor
from tutorbot.session.robot_news import news

ROWS: tuple[Row, ...] = (
    AffectWindow.unseen(1.0, 2.0),
    Act(
        at_s=2.0,
        act_id="A1",
        trigger_id="T1",
        item_id="I1",
        level_offered=2,
        level=2,
        move="give_control",
        follows_act_id=None,
        motivate=False,
    ),
    Delivery(at_s=3.0, act_id="A1", delivered=True, level=2, wording_id="W1", latency_s=0.1, reason=None),
    ReactionSeen(at_s=4.0, act_id="A1", reaction="accepted", latency_s=1.5, via="said"),
    PhaseBegun(at_s=5.0, phase="task"),
)


def tutor(item: Any) -> Tutor:
    return cast(Tutor, SimpleNamespace(course=SimpleNamespace(item=item), phase="task", paused=False))


def test_every_value_has_a_placeholder_and_is_of_its_kind():
    told: dict[str, set[str]] = defaultdict(set)
    for item in (None, SimpleNamespace(item_id="I1")):
        for what, values in news(tutor(item), ROWS, "engaged"):
            told[what] |= values.keys()
            filled = without_null(what, values)
            assert {name: filled[name] for name in values if values[name] is not None} == {
                name: value for name, value in values.items() if value is not None
            }
    assert told == {what: set(kinds) for what, kinds in TOLD.items()}
