"""WZ: a choice that was put off is said when its time has come, and not a second sooner."""

from __future__ import annotations

import pytest

from tests.builders import Drive, calm, frustrated, setup
from tutorbot.core.events import Act, Trigger, WizardChoice
from tutorbot.core.tutor import Tutor


def proposed(**choices: float) -> Drive:
    """Two wrong checks and a frustrated face: a SUGGESTION is proposed."""
    return Drive(setup("WZ", **choices)).begin().wrong(4).wrong(4).seconds(12, frustrated)


def choose(drive: Drive, level: int, delay_s: float | None) -> float:
    """Choose on what is proposed. Returns: the second of the choice."""
    proposal = drive.tutor.initiative.proposal
    drive.put(
        WizardChoice(
            at_s=drive.at_s,
            level=level,
            trigger_id=None if proposal is None else proposal.trigger_id,
            delay_s=delay_s,
        )
    )
    return drive.at_s


@pytest.mark.parametrize("delay_s", [5.0, 10.0, 20.0])
def test_it_is_said_at_the_first_tick_after_the_delay(delay_s: float):
    drive = proposed()
    at_s = choose(drive, 2, delay_s)
    drive.seconds(30, frustrated)
    (act,) = drive.of(Act)
    assert at_s + delay_s <= act.at_s <= at_s + delay_s + 1.0
    assert (act.level_offered, act.level) == (2, 2)


def test_while_it_waits_the_log_says_what_for():
    drive = proposed()
    choose(drive, 3, 10.0)
    drive.seconds(3, frustrated)
    waiting = drive.last(Trigger)
    assert (waiting.outcome, waiting.reason, waiting.level_allowed) == ("waiting", "wizard_delay", 3)
    verdict = drive.tutor.initiative.verdict
    assert verdict is not None
    assert (verdict.state, verdict.from_s) == ("waiting", verdict.at_s + 10.0)


def test_a_choice_without_a_proposal_can_be_put_off_too():
    drive = Drive(setup("WZ")).begin().seconds(5)
    at_s = choose(drive, 1, 5.0)
    drive.seconds(4, calm)
    assert drive.of(Act) == []
    drive.seconds(4, calm)
    assert [act.at_s >= at_s + 5.0 for act in drive.of(Act)] == [True]


def test_what_holds_the_tutor_back_is_asked_when_the_time_has_come():
    drive = proposed(rest_s=15, most_acts_per_item=9)
    choose(drive, 2, None)
    drive.seconds(2, frustrated).say("not_now").seconds(2, frustrated)
    assert len(drive.of(Act)) == 1
    choose(drive, 2, 20.0)  # now it would be too soon; in twenty seconds it is not
    drive.seconds(30, frustrated)
    assert len(drive.of(Act)) == 2


def test_a_later_choice_takes_the_place_of_one_that_was_put_off():
    drive = proposed()
    choose(drive, 3, 20.0)
    drive.seconds(2, frustrated)
    choose(drive, 1, None)
    drive.seconds(30, frustrated)
    assert [act.level for act in drive.of(Act)] == [1]


def test_a_veto_ends_what_was_put_off():
    drive = proposed()
    trigger_id = drive.last(Trigger).trigger_id
    choose(drive, 3, 20.0)
    drive.seconds(2, frustrated)
    drive.put(WizardChoice(at_s=drive.at_s, level=0, trigger_id=trigger_id))
    drive.seconds(40, frustrated)
    assert drive.of(Act) == []


@pytest.mark.parametrize("how", ["solve", "pause"])
def test_a_board_that_ends_or_a_break_gives_it_up(how: str):
    drive = proposed()
    choose(drive, 2, 20.0)
    drive.seconds(2, frustrated)
    if how == "solve":
        drive.solve().probe()
    else:
        drive.pause().unpause()
    verdict = drive.tutor.initiative.verdict
    assert verdict is not None
    assert verdict.state == "given_up"
    drive.seconds(3, calm)
    assert drive.of(Act) == []


def test_it_is_given_up_ten_seconds_after_its_time_and_not_before():
    drive = proposed()
    choose(drive, 2, 20.0)
    drive.tutor.dialogue_up = False
    drive.seconds(29, frustrated)
    verdict = drive.tutor.initiative.verdict
    assert verdict is not None
    assert verdict.state == "waiting"
    drive.seconds(3, frustrated)
    verdict = drive.tutor.initiative.verdict
    assert verdict is not None
    assert verdict.state == "given_up"


def test_a_log_with_delays_leads_to_the_same_decisions():
    drive = proposed(rest_s=5)
    choose(drive, 3, 10.0)
    drive.seconds(15, frustrated).say("not_now").seconds(8, frustrated)
    choose(drive, 1, 5.0)
    drive.seconds(12, frustrated)
    again, rows = Tutor(drive.setup), []
    for row in drive.inputs:
        rows += [row, *again.take(row).rows]
    assert rows == drive.rows
    assert len(drive.of(Act)) == 2
