"""Which levels the wizard could not have said, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_safety import INTERVENTION, NOTIFICATION, SUGGESTION, restraint
from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.settings import TutorSettings
from tutorbot.core.wizard_limits import Limit, Limits, limits

SETTINGS = TutorSettings()


def found(
    *, said_ago_s: tuple[float, ...] = (), act_open: bool = False, silent_left_s: float = 0.0, **changes: Any
) -> Limits:
    return limits(
        restraint(**changes),
        SETTINGS,
        said_ago_s=said_ago_s,
        act_open=act_open,
        silent_left_s=silent_left_s,
    )


def test_at_the_beginning_every_level_may_be_chosen():
    assert found() == {}


def test_the_rest_binds_all_levels_and_says_how_long():
    resting = found(since_act_s=18.0, last_level=INTERVENTION)
    assert resting == dict.fromkeys(
        (NOTIFICATION, SUGGESTION, INTERVENTION), Limit(reason="rest", left_s=42.0)
    )


def test_a_stronger_act_on_the_same_board_may_come_sooner():
    resting = found(since_act_s=18.0, last_level=SUGGESTION, same_item=True)
    assert {level: limit.left_s for level, limit in resting.items()} == {
        NOTIFICATION: 42.0,
        SUGGESTION: 42.0,
        INTERVENTION: 12.0,
    }
    assert set(found(since_act_s=31.0, last_level=SUGGESTION, same_item=True)) == {NOTIFICATION, SUGGESTION}


def test_the_most_acts_of_a_board_hold_until_the_next_board():
    capped = found(acts_on_item=SETTINGS.most_acts_per_item)
    assert set(capped.values()) == {Limit(reason="cap_item", left_s=None)}


def test_the_most_acts_in_the_time_hold_until_the_oldest_has_left_the_window():
    ago_s = (1100.0, 900.0, 700.0, 500.0, 300.0, 100.0)
    capped = found(acts_in_window=6, said_ago_s=ago_s)
    assert set(capped.values()) == {Limit(reason="cap_time", left_s=100.0)}


def test_the_stop_rule_takes_the_intervention_alone():
    assert found(stopped=True) == {INTERVENTION: Limit(reason="stop_rule", left_s=None)}


def test_an_open_act_may_be_over_at_any_time():
    assert set(found(act_open=True).values()) == {Limit(reason="act_open", left_s=0.0)}


@pytest.mark.parametrize(
    ("changes", "reason", "left_s"),
    [({"help_ago_s": 10.0}, "just_helped", 20.0), ({"silent_left_s": 7.5}, "after_decline", 7.5)],
)
def test_help_that_was_asked_for_and_an_act_lowered_to_nothing_have_their_time(
    changes: dict[str, float], reason: str, left_s: float
):
    assert set(found(**changes).values()) == {Limit(reason=reason, left_s=left_s)}


@given(
    ago_s=st.lists(
        st.floats(0.0, SETTINGS.most_acts_window_s - 0.01), min_size=SETTINGS.most_acts, max_size=9
    )
)
def test_once_the_time_left_is_over_one_more_act_is_in_the_window(ago_s: list[float]):
    left_s = found(acts_in_window=len(ago_s), said_ago_s=tuple(ago_s))[ProactivityLevel.NOTIFICATION].left_s
    assert left_s is not None
    still = [one for one in ago_s if one + left_s + 1e-6 < SETTINGS.most_acts_window_s]
    assert len(still) < SETTINGS.most_acts
