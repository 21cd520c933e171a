"""Starting values, and what a protocol may change."""

from __future__ import annotations

import dataclasses

import pytest

from tutorbot.core.settings import TutorSettings


def test_a_protocol_may_change_any_setting_and_whole_numbers_stay_whole():
    changed = TutorSettings().overridden({"rest_s": 90, "most_acts": 4.0})
    assert (changed.rest_s, changed.most_acts) == (90.0, 4)
    assert (type(changed.rest_s), type(changed.most_acts)) == (float, int)
    assert dataclasses.replace(changed, rest_s=60.0, most_acts=6) == TutorSettings()


def test_a_setting_that_does_not_exist_is_refused_by_name():
    with pytest.raises(KeyError, match="rest_seconds"):
        TutorSettings().overridden({"rest_seconds": 90})


def test_starting_values_are_those_of_the_study():
    wanted = {
        "baseline_s": 60, "window_s": 10, "min_coverage": 0.6, "enter": 0.65, "leave": 0.5, "face_lost_s": 5,
        "dwell_confusion_s": 20, "grace_s": 15, "dwell_frustration_s": 10,
        "slow_factor": 1.5, "slow_first_s": 60, "errors_confusion": 1, "changes_confusion": 2,
        "errors_frustration": 2, "errors_persisting": 3, "rapid_answers": 3, "rapid_within_s": 9,
        "off_task_s": 30, "rest_s": 60, "escalation_after_s": 30, "most_acts_per_item": 2, "most_acts": 6,
        "most_acts_window_s": 1200, "input_pause_s": 2, "after_answer_s": 3, "lowered_acts": 2,
        "trust_start": 3.5, "trust_low": 3, "trust_mid": 4, "trust_accepted": 0.15,
        "trust_used_and_right": 0.1, "trust_ignored": -0.05, "trust_declined": -0.3, "trust_undone": -0.4,
        "trust_answer_weight": 0.5,
    }  # fmt: skip
    settings = dataclasses.asdict(TutorSettings())
    assert {name: settings[name] for name in wanted} == wanted
