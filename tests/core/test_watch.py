"""What the running evidence on an item says, and what it forgets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders import LESSON, calm, confused, frustrated, no_camera, no_face, window
from tutorbot.core.active_time import ActiveTime
from tutorbot.core.course import Course, Item
from tutorbot.core.evidence import Behaviour, FaceEvidence
from tutorbot.core.settings import TutorSettings
from tutorbot.core.watch import Watch


class Eyes:
    """A watch on the first board of the lesson, which began at 0 s."""

    def __init__(self) -> None:
        self.course = Course(LESSON, seed=1)
        self.course.begin_block()
        self.item: Item = self.course.begin_item(0.0)
        self.active = ActiveTime()
        self.watch = Watch(TutorSettings(), self.course, self.active)

    def face(self, at_s: float) -> FaceEvidence | None:
        return self.watch.evidence(at_s, self.item, uses_face=True).face

    def behaviour(self, at_s: float) -> Behaviour:
        return self.watch.evidence(at_s, self.item, uses_face=True).behaviour

    def see(self, make: Any, *seconds: int) -> None:
        for at_s in range(*seconds):
            self.watch.see(make(float(at_s)))


# ---------------------------------------------------------------- the face


def test_without_a_camera_there_is_no_face_evidence():
    eyes = Eyes()
    eyes.see(no_camera, 0, 30)
    assert eyes.face(30.0) is None


def test_what_the_face_shows_is_counted_in_seconds_seen():
    eyes = Eyes()
    eyes.see(confused, 0, 11)
    eyes.see(frustrated, 11, 15)
    face = eyes.face(14.0)
    assert face == FaceEvidence(
        confusion=0.2, frustration=0.8, confusion_held_s=0.0, frustration_held_s=3.0, coverage=1.0
    )


def test_a_face_out_of_sight_is_none_and_after_five_seconds_there_is_no_face_evidence_at_all():
    eyes = Eyes()
    eyes.see(confused, 0, 11)
    eyes.see(no_face, 11, 16)
    face = eyes.face(15.0)
    assert face is not None
    assert (face.confusion, face.frustration, face.confusion_held_s, face.coverage) == (None, None, 10.0, 0.0)
    eyes.see(no_face, 16, 17)
    assert eyes.face(16.0) is None


@pytest.mark.parametrize("change", [{"coverage": 0.59}, {"calibrated": False}])
def test_scores_of_a_poor_or_uncalibrated_window_do_not_count(change: dict[str, Any]):
    eyes = Eyes()
    for at_s in range(10):
        eyes.watch.see(window(float(at_s), confusion=0.9, **change))
    assert eyes.face(9.0) is None


def test_sixty_percent_of_usable_frames_are_enough():
    eyes = Eyes()
    eyes.watch.see(window(0.0, confusion=0.9, coverage=0.6))
    assert eyes.face(0.0) is not None


def test_a_new_board_and_a_camera_that_is_off_begin_anew():
    eyes = Eyes()
    eyes.see(confused, 0, 20)
    eyes.watch.begin_item(0.0)
    face = eyes.face(20.0)
    assert face is not None
    assert face.confusion_held_s == 0.0
    eyes.watch.forget_face()
    assert eyes.face(20.0) is None


def test_a_condition_without_a_face_is_not_told_of_one():
    eyes = Eyes()
    eyes.see(calm, 0, 20)
    assert eyes.watch.evidence(20.0, eyes.item, uses_face=False).face is None


# ---------------------------------------------------------------- behaviour


def test_at_first_there_is_nothing_to_say_about_the_learner():
    assert Eyes().behaviour(5.0) == Behaviour(
        item_s=5.0,
        median_item_s=None,
        n_errors=0,
        n_errors_in_row=0,
        n_changes=0,
        n_rapid=0,
        stuck_ago_s=None,
        negative_ago_s=None,
        confused_ago_s=None,
        away_s=None,
        progress_ago_s=None,
        idle_s=5.0,
    )


def test_time_away_from_the_page_is_no_time_on_the_item():
    eyes = Eyes()
    eyes.active.stop(10.0, "page")
    eyes.active.go(70.0, "page")
    assert eyes.behaviour(75.0).item_s == 15.0


def test_words_and_presses_are_counted_from_when_they_came():
    eyes = Eyes()
    eyes.watch.stuck(10.0)
    eyes.watch.negative_words(20.0)
    eyes.watch.confused_words(30.0)
    eyes.watch.progress(35.0)
    b = eyes.behaviour(40.0)
    assert (b.stuck_ago_s, b.negative_ago_s, b.confused_ago_s, b.progress_ago_s) == (30.0, 20.0, 10.0, 5.0)


def test_what_was_said_and_checked_on_the_last_board_does_not_count_on_the_next():
    eyes = Eyes()
    eyes.watch.stuck(10.0)
    eyes.watch.check(11.0, correct=False)
    eyes.watch.laid(12.0, "c")
    eyes.watch.begin_item(0.0)
    b = eyes.behaviour(12.0)
    assert (b.stuck_ago_s, b.n_errors_in_row, b.n_rapid, b.progress_ago_s) == (None, 0, 0, None)


def test_a_right_check_ends_a_row_of_errors():
    eyes = Eyes()
    for at_s, correct in ((10.0, False), (20.0, False)):
        eyes.watch.check(at_s, correct=correct)
    assert eyes.behaviour(20.0).n_errors_in_row == 2
    eyes.watch.check(30.0, correct=True)
    assert eyes.behaviour(30.0).n_errors_in_row == 0


def test_checks_of_the_last_nine_seconds_are_rapid_together():
    eyes = Eyes()
    for at_s in (10.0, 15.0, 19.0):
        eyes.watch.check(at_s, correct=False)
    assert eyes.behaviour(19.0).n_rapid == 3
    assert eyes.behaviour(19.1).n_rapid == 2


def test_a_learner_is_away_from_leaving_until_coming_back_or_doing_something():
    eyes = Eyes()
    eyes.watch.left(10.0)
    eyes.watch.left(20.0)
    assert eyes.behaviour(25.0).away_s == 15.0
    eyes.watch.returned()
    assert eyes.behaviour(25.0).away_s is None
    eyes.watch.left(30.0)
    eyes.watch.touch(31.0)
    assert eyes.behaviour(40.0).away_s is None


def test_laying_the_same_card_again_and_again_is_no_progress():
    eyes = Eyes()
    eyes.watch.laid(10.0, "a")
    eyes.watch.laid(20.0, "b")
    eyes.watch.laid(30.0, "a")
    assert eyes.behaviour(30.0).progress_ago_s == 10.0
