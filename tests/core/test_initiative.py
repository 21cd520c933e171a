"""From a candidate to an act, its delivery, the reaction to it, and trust."""

from __future__ import annotations

import pytest

from tests.builders import PHRASES, Drive, calm, confused, frustrated, no_camera, setup
from tutorbot.core.events import Act, Delivery, Health, ReactionSeen, StateChange, Trigger, TrustState


def acts(drive: Drive) -> list[tuple[float, int, str]]:
    return [(act.at_s, act.level, act.move) for act in drive.of(Act)]


def outcomes(drive: Drive) -> list[tuple[float, str, str | None]]:
    return [(row.at_s, row.outcome, row.reason) for row in drive.of(Trigger)]


def puzzled(condition: str = "AD", **choices: float) -> Drive:
    """One wrong check at 60 s; with a confused face from 61 s on there is a candidate at 81 s."""
    return Drive(setup(condition, **choices)).begin().wrong()


def annoyed(condition: str = "NB", **choices: float) -> Drive:
    """Two wrong checks in a row at 60 s, no camera; the first moment to speak is 63 s."""
    return Drive(setup(condition, **choices)).begin(camera=False).wrong(4).wrong(4)


# ---------------------------------------------------------------- from candidate to act


def test_confusion_that_lasts_and_shows_in_behaviour_gets_a_suggestion():
    drive = puzzled().seconds(20, confused)
    assert acts(drive) == []
    drive.tick(confused)
    assert acts(drive) == [(81.0, 2, "offer_contrast")]
    trigger, act = drive.last(Trigger), drive.last(Act)
    assert (trigger.trigger_id, trigger.kind, trigger.basis) == ("T1", "confusion", "corroborated")
    assert trigger.signs == ("face_confusion", "error")
    assert (act.trigger_id, act.item_id, act.motivate, act.follows_act_id) == ("T1", "I1", False, None)


def test_frustration_gets_its_motivational_clause_and_confusion_does_not():
    motivation = PHRASES.wordings["motivation_effort"]
    drive = annoyed().seconds(3, no_camera)
    assert drive.last(Act).motivate
    assert any(drive.lines[-1].text.startswith(clause + " ") for clause in motivation)
    confusion = puzzled().seconds(21, confused)
    assert not any(clause in confusion.lines[-1].text for clause in motivation)


def test_effort_is_praised_only_where_there_was_some():
    drive = Drive(setup("NB")).begin(camera=False).press_stuck().seconds(31, no_camera)
    assert (drive.last(Act).motivate, drive.item.n_attempts) == (True, 0)
    task, effort = PHRASES.wordings["motivation_task"], PHRASES.wordings["motivation_effort"]
    assert any(clause in drive.lines[-1].text for clause in task)
    assert not any(clause in drive.lines[-1].text for clause in effort)


def test_a_candidate_waits_until_the_learner_has_been_still_for_two_seconds():
    drive = puzzled().seconds(20, confused).wait(0.5)
    drive.place(drive.free_cards()[0], "left").tick(confused, 0.5)
    drive.tick(confused, 1.4)
    assert outcomes(drive) == [(81.0, "waiting", "learner_busy")]
    assert drive.tutor.initiative.state == "candidate"
    drive.tick(confused, 0.1)
    assert outcomes(drive)[1:] == [(82.5, "allowed", None)]
    assert acts(drive) == [(82.5, 2, "offer_contrast")]


def test_nothing_is_said_sooner_than_three_seconds_after_an_answer():
    drive = annoyed().wait(1.9)
    for after_s in (0.0, 0.1, 0.9):
        drive.tick(no_camera, after_s)
    assert outcomes(drive) == [
        (61.9, "waiting", "learner_busy"),
        (62.0, "waiting", "just_answered"),
    ]
    drive.tick(no_camera, 0.1)
    assert [at_s for at_s, *_ in acts(drive)] == [63.0]


def test_a_candidate_whose_evidence_goes_while_it_waits_is_dropped():
    drive = puzzled().seconds(20, confused).wait(0.5)
    drive.place(drive.free_cards()[0], "left").tick(confused, 0.5)
    drive.tick(calm)
    assert outcomes(drive)[-1] == (82.0, "suppressed", "evidence_gone")
    assert drive.tutor.initiative.state == "observing"
    drive.seconds(30)
    assert drive.of(Act) == []


def test_nothing_is_begun_while_the_dialogue_manager_is_away():
    drive = puzzled().health("dialogue", "down").seconds(25, confused)
    assert outcomes(drive) == [(81.0, "waiting", "dialogue_down")]
    drive.health("dialogue", "ready").tick(confused)
    assert [at_s for at_s, *_ in acts(drive)] == [86.0]


def test_nothing_is_begun_while_the_learner_waits_for_an_answer():
    drive = puzzled().seconds(15, confused)
    drive.answer = False
    drive.say("ask_repeat").seconds(10, confused)
    assert outcomes(drive) == [(81.0, "waiting", "talking")]
    assert drive.of(Act) == []
    drive.understand("U1", "ask_repeat")
    drive.tick(confused)
    assert [at_s for at_s, *_ in acts(drive)] == [86.0]


def test_an_utterance_that_never_gets_an_answer_does_not_keep_the_tutor_silent_for_ever():
    drive = puzzled()
    drive.answer = False
    drive.say("ask_repeat").seconds(25, confused)
    assert drive.of(Act) == []
    drive.put(Health(at_s=drive.at_s, component="dialogue", state="no_answer", detail="U1"))
    drive.tick(confused)
    assert len(drive.of(Act)) == 1


def test_a_candidate_is_logged_once_for_as_long_as_nothing_about_it_changes():
    drive = puzzled("C0").seconds(60, confused)
    assert outcomes(drive) == [(81.0, "suppressed", "condition")]


def test_another_kind_of_evidence_is_another_trigger():
    drive = puzzled("C0").seconds(25, confused).wrong().seconds(15, frustrated)
    assert [(row.trigger_id, row.kind) for row in drive.of(Trigger)] == [
        ("T1", "confusion"),
        ("T2", "frustration"),
    ]


# ---------------------------------------------------------------- rest, escalation, caps


def test_an_act_of_the_same_strength_waits_for_the_whole_rest():
    drive = annoyed("L2-A").seconds(62, no_camera)
    assert [at_s for at_s, *_ in acts(drive)] == [63.0]
    drive.tick(no_camera)
    assert [at_s for at_s, *_ in acts(drive)] == [63.0, 123.0]


def test_a_stronger_act_on_the_same_item_may_come_after_thirty_seconds_without_improvement():
    drive = annoyed(trust_start=4.5).seconds(32, no_camera)
    assert acts(drive) == [(63.0, 2, "offer_contrast")]
    drive.tick(no_camera)
    assert acts(drive)[1:] == [(93.0, 3, "worked_step")]
    assert [row.cause for row in drive.of(StateChange)][-4:] == ["react", "escalate", "deliver", "delivered"]


def test_a_better_check_takes_the_escalation_away():
    drive = annoyed(trust_start=4.5).seconds(5, no_camera).wrong(1)
    drive.seconds(57, no_camera)
    assert acts(drive) == [(63.0, 2, "offer_contrast")]
    drive.tick(no_camera)
    assert acts(drive)[1:] == [(123.0, 3, "worked_step")]


def test_a_new_board_does_not_shorten_the_rest():
    drive = annoyed(trust_start=4.5).seconds(3, no_camera).say("deny").solve().probe(5)
    drive.wrong().wrong().wrong().seconds(59, no_camera)
    assert [act.item_id for act in drive.of(Act)] == ["I1"]
    drive.tick(no_camera)
    assert [act.item_id for act in drive.of(Act)] == ["I1", "I2"]


def test_a_board_gets_two_acts_and_no_more():
    drive = annoyed("L1-A").seconds(400, no_camera)
    assert [at_s for at_s, *_ in acts(drive)] == [63.0, 123.0]
    assert outcomes(drive)[-1][1:] == ("suppressed", "cap_item")


def test_twenty_minutes_get_six_acts_and_no_more():
    drive = annoyed("L1-A", most_acts_per_item=100).seconds(1202, no_camera)
    assert [at_s for at_s, *_ in acts(drive)] == [63.0, 123.0, 183.0, 243.0, 303.0, 363.0]
    assert outcomes(drive)[-1][1:] == ("suppressed", "cap_time")
    drive.tick(no_camera)
    assert acts(drive)[-1][0] == 1263.0


# ---------------------------------------------------------------- after a decline


def test_after_a_decline_the_next_two_acts_are_one_level_lower():
    drive = annoyed(trust_start=4.8, most_acts_per_item=9).seconds(3, no_camera).say("deny")
    drive.seconds(200, no_camera)
    assert acts(drive) == [
        (63.0, 2, "offer_contrast"),
        (123.0, 2, "offer_contrast"),
        (183.0, 2, "offer_contrast"),
        (213.0, 3, "worked_step"),
    ]
    assert [act.level_offered for act in drive.of(Act)] == [2, 3, 3, 3]


def test_acts_lowered_to_nothing_take_their_turn_in_silence():
    drive = Drive(setup("NB", trust_start=3.0, most_acts_per_item=9, idle_s=1000))
    drive.begin(camera=False).wrong()
    drive.seconds(61, no_camera).say("not_now").seconds(179, no_camera)
    assert acts(drive) == [(121.0, 1, "signal_presence")]
    silent = [row for row in drive.of(Trigger) if row.reason == "after_decline"]
    assert [(row.at_s, row.level_offered, row.level_allowed) for row in silent] == [
        (181.0, 1, 0),
        (241.0, 1, 0),
    ]
    drive.tick(no_camera)
    assert acts(drive)[1:] == [(301.0, 1, "signal_presence")]


def test_a_decline_leaves_fixed_levels_as_they_are():
    drive = annoyed("L2-A").seconds(3, no_camera).say("deny").seconds(60, no_camera)
    assert [level for _, level, _ in acts(drive)] == [2, 2]


# ---------------------------------------------------------------- delivery


def test_an_act_counts_from_its_delivery_and_not_from_its_decision():
    drive = annoyed("L2-A")
    drive.deliver = False
    drive.seconds(5, no_camera)
    assert drive.tutor.initiative.state == "acting"
    drive.deliver_now("A1")
    delivery = drive.last(Delivery)
    assert (delivery.at_s, delivery.delivered, delivery.level, delivery.latency_s) == (65.0, True, 2, 2.0)
    assert delivery.wording_id == drive.lines[-1].wording_id
    drive.deliver = True
    drive.seconds(59, no_camera)
    assert len(drive.of(Act)) == 1
    drive.tick(no_camera)
    assert acts(drive)[-1][0] == 125.0


def test_an_act_that_fails_is_dropped_and_costs_neither_rest_nor_cap():
    drive = annoyed("L2-A", most_acts_per_item=1)
    drive.deliver = False
    drive.seconds(3, no_camera)
    drive.fail_now("A1")
    delivery = drive.last(Delivery)
    assert (delivery.delivered, delivery.level, delivery.wording_id, delivery.reason) == (
        False,
        0,
        None,
        "dialogue_unreachable",
    )
    assert drive.tutor.initiative.state == "observing"
    assert drive.tutor.lines_for_act("A1") == ()
    drive.deliver = True
    drive.tick(no_camera)
    assert [act.act_id for act in drive.of(Act)] == ["A1", "A2"]
    assert drive.tutor.initiative.n_delivered == 1


def test_a_late_word_about_an_act_that_is_gone_changes_nothing():
    drive = annoyed("L2-A")
    drive.deliver = False
    drive.seconds(3, no_camera)
    drive.fail_now("A1")
    n_rows = len(drive.rows)
    drive.fail_now("A1", "stale")
    assert drive.tutor.initiative.delivered(drive.at_s, "A1", "suggestion/1") is None
    assert len(drive.rows) == n_rows + 1


# ---------------------------------------------------------------- reactions and trust


def trust_steps(drive: Drive) -> list[tuple[str, float]]:
    return [(row.cause, row.delta) for row in drive.of(TrustState)]


def test_trust_starts_in_the_middle_where_nothing_was_asked():
    assert trust_steps(Drive().begin()) == [("start", 0.0)]
    assert Drive().begin().last(TrustState).trust == 3.5


@pytest.mark.parametrize(
    ("intent", "reaction", "delta"), [("affirm", "accepted", 0.15), ("deny", "declined", -0.3)]
)
def test_a_spoken_reaction_moves_trust(intent: str, reaction: str, delta: float):
    drive = annoyed().seconds(3, no_camera).wait(2.5).say(intent)
    seen = drive.last(ReactionSeen)
    assert (seen.act_id, seen.reaction, seen.latency_s, seen.via) == ("A1", reaction, 2.5, "said")
    assert trust_steps(drive)[1:] == [(reaction, delta)]


def test_thirty_seconds_without_a_reaction_are_ignoring():
    drive = annoyed().seconds(32, no_camera)
    assert drive.of(ReactionSeen) == []
    drive.tick(no_camera)
    seen = drive.last(ReactionSeen)
    assert (seen.reaction, seen.latency_s, seen.via) == ("ignored", 30.0, "timeout")
    assert trust_steps(drive)[1:] == [("ignored", -0.05)]


def test_help_that_was_taken_and_worked_raises_trust_once():
    drive = annoyed().seconds(3, no_camera).say("affirm").solve()
    assert trust_steps(drive)[1:] == [("accepted", 0.15), ("used_and_right", 0.1)]
    assert drive.last(TrustState).act_id == "A1"


def test_help_that_was_taken_and_did_not_work_leaves_trust():
    drive = annoyed().seconds(3, no_camera).say("affirm").wrong().solve()
    assert trust_steps(drive)[1:] == [("accepted", 0.15)]


def test_an_answer_to_the_trust_item_counts_half():
    drive = Drive().begin().solve().probe(trust=5)
    assert (drive.last(TrustState).trust, drive.last(TrustState).cause) == (4.25, "probe")


def stepped_in() -> Drive:
    """A worked step lies on the board since 63 s."""
    return annoyed("L3-A").seconds(3, no_camera)


def test_going_on_after_a_worked_step_takes_it_up():
    drive = stepped_in().wait(4.0)
    drive.place(drive.free_cards()[-1], "left")
    seen = drive.last(ReactionSeen)
    assert (seen.reaction, seen.latency_s, seen.via) == ("accepted", 4.0, "worked_on")
    checked = stepped_in().check()
    assert checked.last(ReactionSeen).reaction == "accepted"


def test_a_worked_step_that_is_taken_back_costs_trust():
    drive = stepped_in().wait(4.0).undo()
    seen = drive.last(ReactionSeen)
    assert (seen.reaction, seen.latency_s, seen.via) == ("undone", 4.0, "undo")
    assert trust_steps(drive)[1:] == [("undone", -0.4)]


def test_a_step_taken_back_after_working_on_stays_accepted_and_is_no_help_any_more():
    drive = stepped_in()
    drive.place(drive.free_cards()[-1], "left").wait(6.0).undo().solve()
    assert [(row.act_id, row.reaction) for row in drive.of(ReactionSeen)] == [("A1", "accepted")]
    assert trust_steps(drive)[1:] == [("accepted", 0.15)]


def test_an_old_step_can_be_taken_back_while_a_later_act_is_open():
    drive = annoyed(trust_start=4.04).wrong(4).seconds(63, no_camera)
    assert [move for _, _, move in acts(drive)] == ["worked_step", "offer_contrast"]
    drive.undo()
    assert drive.item.worked_act_id is None
    assert [(row.act_id, row.reaction) for row in drive.of(ReactionSeen)] == [("A1", "ignored")]
    assert drive.tutor.initiative.awaiting() is not None


def test_a_solved_board_ends_an_offer_that_nobody_took_up():
    drive = annoyed().seconds(3, no_camera).solve()
    seen = drive.last(ReactionSeen)
    assert (seen.reaction, seen.via) == ("lapsed", "item_end")
    assert trust_steps(drive) == [("start", 0.0)]


@pytest.mark.parametrize("kind", ["pause", "end"])
def test_a_pause_or_the_end_closes_an_offer_without_blame(kind: str):
    drive = annoyed().seconds(3, no_camera).act(kind)
    seen = drive.last(ReactionSeen)
    assert (seen.reaction, seen.via) == ("lapsed", kind)
    assert trust_steps(drive) == [("start", 0.0)]


# ---------------------------------------------------------------- the question before an intervention


def test_at_mid_trust_the_tutor_asks_before_it_steps_in():
    drive = annoyed(trust_start=3.8).seconds(63, no_camera)
    assert acts(drive) == [(63.0, 2, "offer_contrast"), (123.0, 2, "ask_before_step")]
    before = drive.item.placed
    drive.say("affirm")
    assert acts(drive)[2:] == [(123.0, 3, "worked_step")]
    act = drive.last(Act)
    assert (act.follows_act_id, act.trigger_id, act.motivate) == ("A2", drive.of(Act)[1].trigger_id, False)
    assert drive.item.worked_act_id == "A3"
    assert drive.item.placed != before
    assert [row.act_id for row in drive.of(Delivery)] == ["A1", "A2", "A3"]


def test_a_question_that_is_declined_is_not_carried_out():
    drive = annoyed(trust_start=3.8).seconds(63, no_camera).say("deny").seconds(20, no_camera)
    assert [move for _, _, move in acts(drive)] == ["offer_contrast", "ask_before_step"]
    assert drive.item.worked_act_id is None


def test_focus_first_steps_in_at_mid_trust_where_trust_first_asks():
    drive = Drive(setup("NB", objective="focus_first", trust_start=3.8)).begin(camera=False)
    drive.wrong(4).wrong(4).seconds(33, no_camera)
    assert acts(drive) == [(63.0, 2, "offer_contrast"), (93.0, 3, "worked_step")]


# ---------------------------------------------------------------- the face alone


@pytest.mark.parametrize("condition", ["C0", "L1-A", "L2-A", "L3-A"])
def test_only_the_adaptive_condition_speaks_on_a_face_alone(condition: str):
    drive = Drive(setup(condition)).begin().seconds(50, frustrated)
    assert drive.of(Act) == []
    assert {row.reason for row in drive.of(Trigger)} == {"condition" if condition == "C0" else "face_only"}


def test_on_a_face_alone_the_adaptive_condition_signals_that_it_is_there():
    drive = Drive(setup("AD", trust_start=5.0)).begin().seconds(55, frustrated)
    assert acts(drive) == [(71.0, 1, "signal_presence")]
    silent = Drive(setup("AD", trust_start=3.0)).begin().seconds(55, frustrated)
    assert {row.reason for row in silent.of(Trigger)} == {"low_trust"}
    assert silent.of(Act) == []


def test_the_everyday_condition_takes_no_evidence_from_a_face():
    drive = Drive(setup("NB")).begin().seconds(55, frustrated)
    assert drive.of(Trigger) == []


# ---------------------------------------------------------------- pause


def test_nothing_is_said_or_even_thought_of_during_a_pause():
    drive = puzzled().seconds(15, confused).pause()
    n_rows = len(drive.rows)
    drive.seconds(120, confused)
    assert [type(row).__name__ for row in drive.rows[n_rows:]] == ["AffectWindow"] * 120
    drive.unpause().seconds(20, confused)
    assert drive.of(Act) == []
    drive.tick(confused)
    assert len(drive.of(Act)) == 1


def test_a_pause_drops_what_waits_and_what_is_under_way():
    waiting = puzzled().health("dialogue", "down").seconds(25, confused).pause()
    assert outcomes(waiting)[-1][1:] == ("suppressed", "paused")
    under_way = annoyed()
    under_way.deliver = False
    under_way.seconds(3, no_camera).pause()
    assert (under_way.last(Delivery).delivered, under_way.last(Delivery).reason) == (False, "pause")
    assert under_way.tutor.lines_for_act("A1") == ()


# ---------------------------------------------------------------- a learner who is quicker than the tutor


@pytest.mark.parametrize("what", ["place", "check", "say", "stuck"])
def test_a_learner_who_acts_before_the_words_come_is_not_interrupted(what: str):
    drive = annoyed("L2-A")
    drive.deliver = drive.answer = False
    drive.seconds(3, no_camera).wait(0.4)
    if what == "say":
        drive.say("affirm")
    elif what == "place":
        drive.place(drive.free_cards()[-1], "left")
    else:
        drive.act(what)
    delivery = drive.last(Delivery)
    assert (delivery.act_id, delivery.delivered, delivery.reason) == ("A1", False, "learner_busy")
    assert drive.tutor.lines_for_act("A1") == ()
    for utterance_id, _ in drive.tutor.unanswered:
        drive.understand(utterance_id, "nlu_fallback")
    drive.deliver = True
    drive.seconds(3, no_camera)
    assert [row.act_id for row in drive.of(Delivery) if row.delivered] == ["A2"]


def test_a_step_that_was_agreed_to_comes_though_the_learner_goes_on():
    drive = annoyed(trust_start=3.8).seconds(63, no_camera)
    drive.deliver = False
    drive.say("affirm")
    drive.wait(0.2).place(drive.free_cards()[-1], "left")
    drive.deliver_now("A3")
    assert drive.item.worked_act_id == "A3"


# ---------------------------------------------------------------- acceptance depth


def test_acceptance_depth_is_the_mean_level_taken_over_the_acts_reacted_to():
    drive = annoyed("L2-A").seconds(3, no_camera)
    assert drive.last(TrustState).acceptance_depth is None
    drive.say("affirm")
    assert drive.last(TrustState).acceptance_depth == 2.0
    drive.seconds(60, no_camera).say("not_now")
    assert [act.level for act in drive.of(Act)] == [2, 2]
    assert drive.last(TrustState).acceptance_depth == 1.0


def test_an_act_that_lapsed_says_nothing_of_depth():
    drive = annoyed("L2-A").seconds(3, no_camera).solve().probe()
    assert drive.last(ReactionSeen).reaction == "lapsed"
    assert drive.last(TrustState).acceptance_depth is None
