"""Engagement as other programs on a robot are told it."""

from __future__ import annotations

import pytest

from tutorbot.core.events import Attention, ConcentrationState, Health, Row
from tutorbot.session.engagement import Engagement


def index(value: float) -> Row:
    return ConcentrationState(
        at_s=1.0, concentration=value, sd=0.2, delta=0.0, cause="start", parts=(), item_id="I1"
    )


LEFT, BACK = Attention(at_s=1.0, state="left"), Attention(at_s=1.0, state="returned")
GONE = Health(at_s=1.0, component="page", state="disconnected")
HERE = Health(at_s=1.0, component="page", state="connected")


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([], "unknown"),
        ([index(0.65)], "engaged"),
        ([index(0.34)], "disengaged"),
        ([index(0.5)], "engaging"),
        ([index(0.9), index(0.5)], "disengaging"),
        ([index(0.9), index(0.5), index(0.4)], "disengaging"),
        ([index(0.9), index(0.1), index(0.5)], "engaging"),
        ([index(0.9), LEFT], "disengaged"),
        ([index(0.9), LEFT, BACK], "engaged"),
        ([index(0.9), LEFT, index(0.8)], "disengaged"),
        ([index(0.9), GONE], "disengaged"),
        ([index(0.9), GONE, HERE], "engaged"),
        ([LEFT, BACK], "unknown"),
    ],
)
def test_it_goes_by_the_index_and_by_who_is_away(rows: list[Row], level: str):
    engagement = Engagement()
    engagement.see(rows)
    assert engagement.level == level
