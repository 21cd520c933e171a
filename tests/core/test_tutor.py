"""The whole tutor: what each input does, from consent to the end."""

from __future__ import annotations

from tests.builders import Drive, confused, no_camera, setup
from tutorbot.core.events import Act, Attempt, ItemEnded, Trigger

# ---------------------------------------------------------------- time on an item


def test_a_pause_is_no_time_on_the_item():
    drive = Drive().begin().wait(5.0).pause().wait(300.0).unpause().wait(7.0).solve()
    assert (drive.last(Attempt).duration_s, drive.last(ItemEnded).duration_s) == (12.0, 12.0)


def test_a_long_pause_does_not_make_a_learner_slow():
    drive = Drive(setup("NB")).begin(camera=False).wrong().pause().wait(300.0).unpause()
    drive.seconds(50, no_camera)
    assert drive.of(Trigger) == []


def test_a_page_that_closes_during_a_pause_and_comes_back_leaves_the_pause_a_pause():
    drive = Drive().begin().pause().wait(10.0).health("page", "disconnected").wait(10.0)
    drive.health("page", "connected").wait(10.0).unpause().wait(4.0).solve()
    assert drive.last(Attempt).duration_s == 4.0


def test_nothing_is_decided_while_the_page_is_gone():
    drive = Drive().begin().wrong().seconds(15, confused).health("page", "disconnected").seconds(60, confused)
    assert drive.of(Trigger) == []
    drive.health("page", "connected").tick(confused)
    assert len(drive.of(Act)) == 1


# ---------------------------------------------------------------- progress


def test_a_card_laid_for_the_first_time_earns_grace_and_the_same_card_again_does_not():
    drive = Drive(setup("C0")).begin().wait(1.0)
    first, second = drive.free_cards()[:2]
    drive.place(first, "left").seconds(6, confused).place(first, "none").place(first, "left")
    drive.seconds(14, confused)
    assert drive.of(Trigger) == []
    drive.tick(confused)
    assert [row.at_s for row in drive.of(Trigger)] == [82.0]
    with_grace = Drive(setup("C0")).begin().wait(1.0)
    with_grace.place(first, "left").seconds(6, confused).place(second, "left").seconds(15, confused)
    assert with_grace.of(Trigger) == []


# ---------------------------------------------------------------- away from the task


def test_a_learner_who_is_away_for_thirty_seconds_hears_that_help_is_there():
    drive = Drive(setup("NB")).begin(camera=False).leave().seconds(29, no_camera)
    assert drive.of(Trigger) == []
    drive.tick(no_camera)
    trigger = drive.last(Trigger)
    assert (trigger.kind, trigger.basis, trigger.signs) == ("off_task", "behaviour_only", ("away",))
    assert [act.move for act in drive.of(Act)] == ["signal_presence"]


def test_a_learner_who_came_back_or_did_something_is_not_away():
    assert (
        Drive(setup("NB"))
        .begin(camera=False)
        .leave()
        .seconds(20, no_camera)
        .come_back()
        .seconds(15, no_camera)
        .of(Trigger)
        == []
    )
    busy = Drive(setup("NB")).begin(camera=False).leave().seconds(20, no_camera)
    busy.place(busy.free_cards()[0], "left").seconds(30, no_camera)
    assert busy.of(Trigger) == []


def test_a_page_that_was_closed_and_opened_again_is_not_a_learner_who_left():
    drive = Drive(setup("NB")).begin(camera=False).wait(5.0).leave()
    drive.health("page", "disconnected").wait(40.0).health("page", "connected").seconds(20, no_camera)
    assert drive.of(Trigger) == []


# ---------------------------------------------------------------- pause


def test_after_a_pause_a_reason_that_still_holds_is_logged_anew():
    drive = Drive(setup("NB")).begin(camera=False).wrong().wrong()
    drive.tick(no_camera)
    drive.pause().wait(60.0).unpause().tick(no_camera)
    drive.tick(no_camera)
    assert [(row.trigger_id, row.outcome, row.reason) for row in drive.of(Trigger)] == [
        ("T1", "waiting", "learner_busy"),
        ("T1", "suppressed", "paused"),
        ("T2", "waiting", "learner_busy"),
        ("T2", "allowed", None),
    ]
