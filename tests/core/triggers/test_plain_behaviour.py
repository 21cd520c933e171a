"""Reasons that need no guess about affect: stuck, repeated errors, idle, and low trust."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.builders import Drive, calm, evidence, face, frustrated, no_camera, setup
from tutorbot.core.events import Act, Trigger
from tutorbot.core.evidence import Standing
from tutorbot.core.settings import TutorSettings
from tutorbot.core.triggers.idle import idle
from tutorbot.core.triggers.low_trust import low_trust
from tutorbot.core.triggers.repeated_error import repeated_error
from tutorbot.core.triggers.stuck import stuck

SETTINGS = TutorSettings()


@pytest.mark.parametrize(
    ("changes", "speaks"),
    [
        ({}, False),
        ({"stuck_ago_s": 60.0}, True),
        ({"stuck_ago_s": 60.1}, False),
        ({"stuck_ago_s": 20.0, "progress_ago_s": 30.0}, True),
        ({"stuck_ago_s": 20.0, "progress_ago_s": 10.0}, False),
    ],
)
def test_stuck_is_the_learners_word_until_they_get_on(changes: dict[str, Any], speaks: bool):
    candidate = stuck(evidence(face(), **changes), SETTINGS)
    assert (candidate is not None) == speaks
    if candidate is not None:
        assert (candidate.kind, candidate.basis, candidate.signs) == ("stuck", "behaviour_only", ("stuck",))
        assert candidate.evidence[0] == ("stuck_ago_s", changes["stuck_ago_s"])


@pytest.mark.parametrize(("n_errors", "speaks"), [(2, False), (3, True), (4, True)])
def test_three_wrong_checks_of_a_board_are_repeated_errors(n_errors: int, speaks: bool):
    candidate = repeated_error(evidence(face(), n_errors=n_errors), SETTINGS)
    assert (candidate is not None) == speaks
    if candidate is not None:
        assert (candidate.kind, candidate.signs) == ("repeated_error", ("repeated_errors",))
        assert dict(candidate.evidence)["n_errors"] == n_errors


@pytest.mark.parametrize(
    ("changes", "speaks"),
    [
        ({"idle_s": 59.9}, False),
        ({"idle_s": 60.0}, True),
        ({"idle_s": math.nan}, False),
    ],
)
def test_a_minute_without_input_is_idle(changes: dict[str, Any], speaks: bool):
    candidate = idle(evidence(**changes), SETTINGS)
    assert (candidate is not None) == speaks
    if candidate is not None:
        assert (candidate.kind, candidate.signs) == ("idle", ("no_input",))
        assert candidate.evidence[0] == ("idle_s", 60.0)


@pytest.mark.parametrize(
    ("low", "quiet_s", "n_repairs", "speaks"),
    [
        (True, 179.9, 0, False),
        (True, 180.0, 0, True),
        (True, math.nan, 0, False),
        (False, 500.0, 0, False),
        (True, 500.0, 1, False),
    ],
)
def test_low_trust_speaks_once_after_a_long_silence(low: bool, quiet_s: float, n_repairs: int, speaks: bool):
    standing = Standing(low_trust=low, quiet_s=quiet_s, n_repairs=n_repairs)
    candidate = low_trust(evidence(standing=standing), SETTINGS)
    assert (candidate is not None) == speaks
    if candidate is not None:
        assert (candidate.kind, candidate.signs) == ("low_trust", ("low_trust",))
        assert candidate.evidence[0] == ("quiet_s", 180.0)
    assert low_trust(evidence(), SETTINGS) is None


# ---------------------------------------------------------------- in a session


def busy(drive: Drive, seconds: int) -> Drive:
    """Work that is never idle: a card to and fro, in pauses long enough to speak in."""
    card = drive.free_cards()[0]
    for n in range(seconds // 20):
        drive.place(card, "left" if n % 2 else "right").seconds(20, no_camera)
    return drive


def test_low_trust_gives_control_once_and_says_so():
    drive = busy(Drive(setup("NB", trust_start=2.5, slow_first_s=9999)).begin(camera=False), 400)
    act = drive.last(Act)
    assert [(row.move, row.level) for row in drive.of(Act)] == [("give_control", 1)]
    assert act.at_s >= 60 + 180
    said = next(line for line in drive.lines if line.act_id == act.act_id)
    assert said.wording_id.startswith("give_control/")
    assert said.choices == ("Give me a hint", "Not now")
    drive.say("ask_why_you_spoke")
    assert drive.lines[-1].wording_id.startswith("why_spoke/")


def test_no_repair_where_the_study_wants_none():
    settings = {"trust_start": 2.5, "slow_first_s": 9999, "most_repairs": 0}
    assert busy(Drive(setup("NB", **settings)).begin(camera=False), 400).of(Act) == []


@pytest.mark.parametrize("condition", ["C0", "L2-A"])
def test_fixed_conditions_note_plain_behaviour_and_keep_quiet(condition: str):
    drive = Drive(setup(condition)).begin().wrong(4).wrong(4).wrong(4).seconds(65)
    noted = {(row.kind, row.outcome, row.reason) for row in drive.of(Trigger)}
    assert noted == {("repeated_error", "suppressed", "condition")}
    assert drive.of(Act) == []


def test_repeated_errors_speak_beside_a_calm_face():
    drive = Drive(setup("AD")).begin().wrong(4).wrong(4).wrong(4).seconds(5)
    assert [(row.kind, row.basis) for row in drive.of(Trigger)][-1] == ("repeated_error", "behaviour_only")
    assert (drive.last(Act).level, drive.last(Act).motivate) == (1, False)


def test_an_idle_learner_gets_a_notification_and_a_page_that_was_gone_is_no_idling():
    drive = Drive(setup("AD")).begin().seconds(59)
    assert drive.of(Act) == []
    drive.tick()
    assert (drive.last(Trigger).kind, drive.last(Act).level) == ("idle", 1)
    away = Drive(setup("AD")).begin().seconds(10).health("page", "disconnected").wait(300.0)
    away.health("page", "connected").seconds(59)
    assert away.of(Trigger) == []
    away.tick()
    assert away.last(Trigger).kind == "idle"


def test_what_waits_on_the_faces_account_is_dropped_with_the_consent():
    drive = Drive(setup("AD", dwell_frustration_s=3)).begin().wrong(4).wrong(4)
    drive.health("dialogue", "down").seconds(20, frustrated)
    assert drive.tutor.initiative.state == "candidate"
    drive.refuse_camera()
    last = drive.last(Trigger)
    assert (last.outcome, last.reason, last.basis) == ("suppressed", "no_consent", "corroborated")
    assert drive.tutor.initiative.state == "observing"


def test_a_candidate_of_behaviour_waits_on_when_the_consent_goes():
    drive = Drive(setup("AD")).begin().wrong(4).wrong(4).wrong(4)
    drive.health("dialogue", "down").seconds(20, calm)
    drive.refuse_camera()
    assert drive.tutor.initiative.state == "candidate"
