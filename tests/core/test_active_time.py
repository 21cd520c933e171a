"""Seconds the learner could really work."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.active_time import ActiveTime


def test_time_away_does_not_count():
    active = ActiveTime()
    active.stop(10.0, "page")
    assert (active.running, active.at(25.0)) == (False, 10.0)
    active.go(30.0, "page")
    assert (active.running, active.at(35.0)) == (True, 15.0)


def test_time_counts_again_once_the_last_reason_to_stop_is_gone():
    active = ActiveTime()
    active.stop(10.0, "pause")
    active.stop(20.0, "page")
    active.go(30.0, "page")
    assert (active.running, active.at(30.0)) == (False, 10.0)
    active.go(40.0, "pause")
    assert (active.running, active.at(41.0)) == (True, 11.0)


def test_stopping_twice_for_one_reason_is_stopping_once_and_going_without_a_stop_is_nothing():
    active = ActiveTime()
    active.go(5.0, "page")
    active.stop(10.0, "page")
    active.stop(12.0, "page")
    active.go(20.0, "page")
    assert active.at(20.0) == 10.0


@given(
    st.lists(st.tuples(st.integers(0, 50), st.booleans(), st.sampled_from(["page", "pause"])), max_size=30)
)
def test_active_seconds_never_run_backwards_and_never_faster_than_the_clock(moves):
    active, at_s, before = ActiveTime(), 0, 0.0
    for step_s, stops, why in moves:
        at_s += step_s
        (active.stop if stops else active.go)(at_s, why)
        now = active.at(at_s)
        assert before <= now <= before + step_s
        before = now
