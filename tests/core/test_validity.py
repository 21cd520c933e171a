"""The study's two questions that check the detector: when they come, and what they hold up."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.builders import Drive, calm, frustrated, no_camera, setup
from tutorbot.core.events import Act, Trigger, ValidityAnswer, ValidityProbe
from tutorbot.core.evidence import Basis, Candidate
from tutorbot.core.settings import TutorSettings
from tutorbot.core.validity import ValidityPlan

SETTINGS = TutorSettings()
FOUND = Candidate(kind="confusion", basis=Basis.FACE_ONLY, signs=("face_confusion",), evidence=())


def plan(seed: int = 1, **changes: float) -> ValidityPlan:
    return ValidityPlan(seed, SETTINGS.overridden(changes))


def asked(seed: int, *, found_every_s: int, seconds: int = 36_000, **changes: float) -> dict[str, list[int]]:
    """A finding of 5 s so often, always a quiet moment: seconds at which each reason led to a question."""
    one = plan(seed, **changes)
    at: dict[str, list[int]] = {"found": [], "random": []}
    for s in range(seconds):
        found = FOUND if s % found_every_s < 5 else None
        due = one.tick(float(s), active_s=float(s), item_id="I1", found=found, quiet=True)
        if due is not None:
            at[due.why].append(s)
    return at


def test_half_of_the_findings_are_asked_about():
    counts = [len(asked(seed, found_every_s=400, check_in_every_s=80_000)["found"]) for seed in range(12)]
    assert 0.44 < sum(counts) / (12 * 90) < 0.56


def test_random_moments_are_laid_by_the_seed_alone_one_in_each_stretch():
    never = asked(3, found_every_s=10**9)
    assert never["found"] == [] or never["found"] == [0]
    times = asked(3, found_every_s=10**9)["random"]
    assert 75 <= len(times) <= 90
    assert times == asked(3, found_every_s=10**9)["random"]
    assert times != asked(4, found_every_s=10**9)["random"]
    assert len({s % 400 // 100 for s in times}) == 4


def test_never_twice_within_three_minutes():
    times = sorted(s for one in asked(5, found_every_s=60).values() for s in one)
    assert min(after - before for before, after in pairwise(times)) >= 180


def test_what_finds_no_quiet_moment_is_not_asked_late():
    one = plan(check_in_every_s=10)
    ticks = [
        one.tick(float(s), active_s=float(s), item_id="I1", found=None, quiet=s == 40) for s in range(40)
    ]
    assert ticks == [None] * 40
    waits = plan(check_in_every_s=1)
    assert waits.tick(1.0, active_s=1.0, item_id="I1", found=None, quiet=False) is None
    assert waits.waiting
    due = waits.tick(16.0, active_s=1.0, item_id="I1", found=None, quiet=True)
    assert due is not None
    assert (due.why, due.since_s) == ("random", 1.0)


def test_a_finding_counts_once_for_as_long_as_it_lasts():
    for seed in range(20):
        one = plan(seed, check_in_rest_s=0, check_in_every_s=10**5)
        got = [
            one.tick(float(s), active_s=0.0, item_id="I1", found=FOUND, quiet=True) is not None
            for s in range(50)
        ]
        assert sum(got) <= 1
        assert not any(got[1:])


# ---------------------------------------------------------------- in a session

SEED = next(
    seed
    for seed in range(100)
    if (drive := Drive(setup("AD", seed=seed, validity_probes=True)).begin().wrong(4).wrong(4))
    and drive.seconds(14, frustrated).of(ValidityProbe)
)
"""A learner of whom the first finding is asked about."""


def annoyed(condition: str = "AD", **choices: float) -> Drive:
    the_setup = setup(condition, seed=SEED, validity_probes=True, **choices)
    return Drive(the_setup).begin().wrong(4).wrong(4)


def test_the_tutor_waits_for_the_answer_and_then_speaks():
    drive = annoyed().seconds(14, frustrated)
    probe = drive.last(ValidityProbe)
    assert (probe.probe_id, probe.outcome, probe.why) == ("V1", "asked", "found")
    assert (probe.kind, probe.basis) == ("frustration", "corroborated")
    assert drive.of(Act) == []
    assert [(row.outcome, row.reason) for row in drive.of(Trigger)] == [("waiting", "check_in")]
    drive.check_in(4, 5).seconds(3, frustrated)
    answer = drive.last(ValidityAnswer)
    assert (answer.probe_id, answer.confused, answer.frustrated) == ("V1", 4, 5)
    assert len(drive.of(Act)) == 1


@pytest.mark.parametrize("condition", ["C0", "L1-A", "L3-A", "AD", "WZ", "RL"])
def test_the_questions_come_at_the_same_second_in_every_condition(condition: str):
    drive = annoyed(condition).seconds(40, frustrated)
    first, of_ad = drive.of(ValidityProbe)[0], annoyed("AD").seconds(40, frustrated).of(ValidityProbe)[0]
    assert (first.at_s, first.why) == (of_ad.at_s, "found")


def test_what_is_not_answered_is_withdrawn_and_the_time_is_no_time_on_the_board():
    drive = annoyed().seconds(14, frustrated)
    asked_s = drive.last(ValidityProbe).at_s
    began_s = drive.item.began_s
    drive.seconds(round(asked_s + 29 - drive.at_s), calm)
    assert drive.tutor.check_in is not None
    drive.tick(calm)
    assert drive.tutor.check_in is None
    assert [row.outcome for row in drive.of(ValidityProbe)] == ["asked", "expired"]
    assert drive.last(ValidityProbe).at_s == asked_s + 30
    assert drive.item.began_s == began_s + 30


def test_a_late_answer_and_one_to_another_question_change_nothing():
    drive = annoyed().seconds(14, frustrated)
    began_s = drive.item.began_s
    drive.put(ValidityAnswer(at_s=drive.at_s, probe_id="V9", confused=1, frustrated=1))
    assert drive.tutor.check_in is not None
    assert drive.item.began_s == began_s


@pytest.mark.parametrize("what", ["pause", "solve", "leave_page", "end"])
def test_the_questions_go_with_the_board_and_with_a_pause(what: str):
    drive = annoyed().seconds(14, frustrated)
    if what == "leave_page":
        drive.health("page", "disconnected")
    elif what == "end":
        drive.act("end")
    else:
        getattr(drive, what)()
    assert drive.tutor.check_in is None
    assert drive.last(ValidityProbe).outcome == "dropped"


def test_no_answer_changes_a_decision():
    one = annoyed().seconds(14, frustrated).check_in(1, 1).seconds(30, frustrated)
    other = annoyed().seconds(14, frustrated).check_in(5, 5).seconds(30, frustrated)
    assert one.of(Act) == other.of(Act)
    assert one.of(Trigger) == other.of(Trigger)


def test_without_the_protocols_word_nothing_is_asked():
    drive = Drive(setup("AD", seed=SEED)).begin(camera=False).seconds(1300, no_camera)
    assert drive.of(ValidityProbe) == []
