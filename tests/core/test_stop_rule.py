"""INTERVENTIONs that cost this learner too much trust are the last."""

from __future__ import annotations

from tests.builders import Drive, no_camera, setup
from tutorbot.core.acts import ProactivityLevel
from tutorbot.core.events import Act, StopRuleMet, Trigger
from tutorbot.core.settings import TutorSettings
from tutorbot.core.stop_rule import StopRule

INTERVENTION, SUGGESTION = ProactivityLevel.INTERVENTION, ProactivityLevel.SUGGESTION


def rule(*course: int | ProactivityLevel) -> StopRule:
    """Levels are acts, plain numbers answers."""
    one = StopRule(TutorSettings())
    for step in course:
        if isinstance(step, ProactivityLevel):
            one.said(step)
        else:
            one.answered(step)
    return one


def test_a_fall_by_more_than_a_point_after_an_intervention_meets_it():
    assert rule(4, INTERVENTION, 2).met
    assert rule(4, INTERVENTION, 2).changes == (-2,)


def test_a_point_is_not_more_than_a_point_and_the_mean_counts():
    assert not rule(4, INTERVENTION, 3).met
    assert not rule(4, INTERVENTION, 2, 4, INTERVENTION, 4).met
    assert rule(4, INTERVENTION, 2, 4, INTERVENTION, 2).met


def test_other_acts_and_answers_without_one_before_do_not_count():
    assert rule(5, SUGGESTION, 1).changes == ()
    assert rule(INTERVENTION, 1).changes == ()
    assert rule(4, INTERVENTION, 4, 1).changes == (0,)


def stopped(condition: str) -> Drive:
    """Trust 5, an INTERVENTION (in NB after a SUGGESTION that high trust allows), trust 2."""
    drive = Drive(setup(condition, trust_start=5.0, rest_s=10, escalation_after_s=5))
    drive.begin(camera=False).solve().probe(trust=5)
    drive.wrong(4).wrong(4).wrong(4).seconds(5, no_camera)
    assert drive.last(Act).level == 3
    return drive.solve().probe(trust=2)


def test_a_fixed_level_three_falls_silent_and_says_why():
    drive = stopped("L3-A")
    met = drive.last(StopRuleMet)
    assert (met.n, met.mean_change) == (1, -3.0)
    drive.wrong(4).wrong(4).wrong(4).seconds(60, no_camera)
    assert len(drive.of(Act)) == 1
    assert (drive.last(Trigger).outcome, drive.last(Trigger).reason) == ("suppressed", "stop_rule")


def test_an_adaptive_condition_goes_on_at_most_with_suggestions():
    drive = stopped("NB")
    for trust in (5, 5, 5):
        drive.solve().probe(trust=trust)
    drive.wrong(4).wrong(4).wrong(4).seconds(15, no_camera)
    assert [(act.level_offered, act.level, act.move) for act in drive.of(Act)][-1] == (3, 2, "offer_contrast")
    drive.seconds(40, no_camera)
    assert all(act.move != "ask_before_step" for act in drive.of(Act)[1:])
    assert len(drive.of(StopRuleMet)) == 1
