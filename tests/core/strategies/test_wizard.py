"""WZ: a person decides, and the log shows what the table would have done."""

from __future__ import annotations

from tests.builders import Drive, calm, frustrated, setup, troubled
from tutorbot.core.events import Act, Trigger, WizardChoice


def proposed(**choices: float) -> Drive:
    """Two wrong checks and a frustrated face: from 70 s on AD would make a SUGGESTION."""
    return Drive(setup("WZ", **choices)).begin().wrong(4).wrong(4).seconds(12, frustrated)


def triggers(drive: Drive) -> list[tuple[str, str, str | None, int, int]]:
    return [
        (row.trigger_id, row.outcome, row.reason, row.level_offered, row.level_allowed)
        for row in drive.of(Trigger)
    ]


def verdict(drive: Drive) -> tuple[str, str | None]:
    made = drive.tutor.initiative.verdict
    assert made is not None
    return made.state, made.reason


def test_nothing_is_said_before_the_wizard_chose():
    drive = proposed().seconds(20, frustrated)
    proposal = drive.tutor.initiative.proposal
    assert proposal is not None
    assert (proposal.kind, proposal.level, proposal.trigger_id) == ("frustration", 2, "T1")
    assert triggers(drive) == [("T1", "waiting", "wizard", 2, 2)]
    assert drive.tutor.initiative.verdict is None
    assert drive.of(Act) == []


def test_a_confirmed_proposal_is_said_at_the_next_tick():
    drive = proposed().wizard(2).tick_through(frustrated)
    assert drive.last(WizardChoice).trigger_id == "T1"
    assert triggers(drive)[-1] == ("T1", "allowed", None, 2, 2)
    act = drive.last(Act)
    assert (act.level_offered, act.level, act.move, act.motivate) == (2, 2, "offer_contrast", True)
    assert verdict(drive) == ("said", None)
    assert drive.tutor.initiative.proposal is None


def test_the_wizard_may_raise_or_lower_the_level_and_the_proposal_stays_on_record():
    for level, move in ((1, "signal_presence"), (3, "worked_step")):
        drive = proposed().wizard(level).tick_through(frustrated)
        act = drive.last(Act)
        assert (act.level_offered, act.level, act.move) == (2, level, move)


def test_a_veto_holds_until_the_board_is_over():
    drive = proposed().wizard(0).seconds(30, frustrated)
    assert triggers(drive)[-1] == ("T1", "suppressed", "wizard_veto", 2, 0)
    assert (drive.of(Act), drive.tutor.initiative.proposal) == ([], None)
    assert verdict(drive) == ("refused", "wizard_veto")
    assert drive.tutor.initiative.state == "observing"
    drive.solve().probe().wrong(4).wrong(4).seconds(12, frustrated)
    assert drive.tutor.initiative.proposal is not None


def test_who_changes_their_mind_after_a_veto_can_still_speak():
    drive = proposed().wizard(0).seconds(5, frustrated).wizard(1).tick_through(frustrated)
    assert [act.level for act in drive.of(Act)] == [1]


def test_a_veto_is_of_the_proposal_that_was_answered_even_if_another_came_up_meanwhile():
    drive = proposed().seconds(10, frustrated)
    answered = drive.tutor.initiative.proposal
    assert answered is not None
    drive.seconds(22, troubled)  # both now: another reason, another proposal
    newer = drive.tutor.initiative.proposal
    assert newer is not None
    assert (answered.kind, newer.kind) == ("frustration", "both")
    drive.put(WizardChoice(at_s=drive.at_s, level=0, trigger_id=answered.trigger_id))
    drive.tick(troubled)
    assert drive.tutor.initiative.proposal == newer
    drive.seconds(12, frustrated)
    assert drive.tutor.initiative.proposal is None
    assert drive.last(Trigger).reason == "wizard_veto"


def test_a_veto_outlasts_an_act_on_another_account():
    drive = proposed(rest_s=5, most_acts_per_item=9).wizard(0).seconds(5, frustrated)
    drive.wizard(1).seconds(2, frustrated).say("affirm").seconds(40, frustrated)
    assert len(drive.of(Act)) == 1
    assert drive.last(Trigger).reason == "wizard_veto"


def test_a_veto_of_nothing_is_told_as_such():
    drive = Drive(setup("WZ")).begin().wizard(0)
    assert verdict(drive) == ("refused", "evidence_gone")


def test_the_wizard_may_speak_where_nothing_was_found():
    drive = Drive(setup("WZ")).begin().seconds(5).wizard(1).tick_through(calm)
    trigger = drive.last(Trigger)
    assert (trigger.kind, trigger.basis, trigger.signs) == ("wizard", "wizard", ("wizard",))
    assert triggers(drive) == [("T1", "allowed", None, 0, 1)]
    assert drive.last(Act).level == 1
    drive.say("ask_why_you_spoke")
    assert drive.lines[-1].wording_id.startswith("why_spoke/")


def test_rest_and_caps_bind_the_wizard_and_the_console_learns_why():
    drive = proposed().wizard(1).seconds(10, frustrated).say("not_now").seconds(5, frustrated).wizard(1)
    drive.tick(frustrated)
    assert verdict(drive) == ("refused", "rest")
    assert len(drive.of(Act)) == 1


def test_a_choice_waits_for_its_moment_and_is_given_up_in_the_end():
    drive = proposed()
    drive.health("dialogue", "down").wizard(2).seconds(3, frustrated)
    assert (triggers(drive)[-1][1:3], verdict(drive)) == (("waiting", "dialogue_down"), ("waiting", None))
    drive.seconds(8, frustrated)
    assert verdict(drive) == ("given_up", None)
    drive.health("dialogue", "ready").seconds(3, frustrated)
    assert drive.of(Act) == []
    assert drive.tutor.initiative.proposal is not None


def test_a_decline_lowers_no_choice_of_the_wizards_but_the_proposals():
    drive = proposed(rest_s=5).wizard(2).seconds(2, frustrated).say("not_now").seconds(8, frustrated)
    proposal = drive.tutor.initiative.proposal
    assert proposal is not None
    assert proposal.level == 1
    drive.wizard(2).tick_through(frustrated)
    assert [act.level for act in drive.of(Act)] == [2, 2]


def test_a_choice_outside_of_a_board_or_of_wz_changes_nothing():
    for drive in (Drive(setup("WZ")).begin().solve(), Drive(setup("AD")).begin(), proposed().pause()):
        before = len(drive.rows)
        drive.wizard(3)
        assert len(drive.rows) == before + 1
