"""What surrounds the lesson: device check, questionnaires, parts of a design, and coming back late."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import Drive, no_camera, replayed, setup
from tutorbot.core.comeback import ResumeRule, Then
from tutorbot.core.events import (
    Action,
    BlockBegun,
    Consent,
    ItemEnded,
    PhaseBegun,
    Probe,
    QuestionnaireAnswer,
    QuestionnaireEnd,
    ResumePolicy,
    Returned,
    SessionEnded,
    Trigger,
    TrustState,
)
from tutorbot.core.questionnaires import (
    Question,
    Questionnaire,
    Questionnaires,
    TrustStart,
    answered,
    starting_trust,
)
from tutorbot.core.setup import LessonPart, Setup

SCALE = Questionnaire(
    instrument="scale",
    version="1",
    items=(
        Question(item_id="a", low=1, high=7, required=True),
        Question(item_id="b", low=1, high=7, reversed=True, may_not_apply=True),
        Question(item_id="check", low=1, high=7, expected="2"),
    ),
)
OPEN = Questionnaire(instrument="open", version="2", items=(Question(item_id="why", kind="text"),))


def asking(**changes: tuple[Questionnaire, ...]) -> Setup:
    return replace(setup("NB"), questionnaires=Questionnaires(**changes))


def answer(drive: Drive, item_id: str, value: float | None = None, **changes: object) -> Drive:
    sheet = drive.tutor.stages.sheet
    assert sheet is not None
    fields = {
        "instrument": sheet.questionnaire.instrument,
        "version": sheet.questionnaire.version,
        "phase": sheet.part.value,
        "block": sheet.block,
        **changes,
    }
    drive.put(QuestionnaireAnswer(at_s=drive.at_s, item_id=item_id, value=value, **fields))
    return drive


def done(drive: Drive, instrument: str) -> Drive:
    drive.put(Action(at_s=drive.at_s, kind="questions_done", item_id=None, target=instrument))
    return drive


def to_the_end_of_the_block(drive: Drive) -> Drive:
    """Solve boards until the block's last probe is answered."""
    blocks = len(drive.of(BlockBegun))
    for _ in range(40):
        drive.wait(5.0).solve()
        drive.put(Probe(at_s=drive.at_s, item_id=drive.item.item_id, trust=4, concentration=4))
        if drive.tutor.phase != "task" or len(drive.of(BlockBegun)) > blocks:
            return drive
    raise AssertionError("the block does not end")


# ------------------------------------------------------------------------ questionnaires


def test_questionnaires_before_the_lesson_come_between_consent_and_baseline():
    drive = Drive(asking(pre=(SCALE, OPEN))).consent(camera=False)
    assert drive.tutor.phase == "questions"
    assert drive.of(TrustState) == [], "the estimate starts with the lesson"
    answer(drive, "a", 6)
    done(drive, "scale")
    assert drive.tutor.stages.sheet is not None
    assert drive.tutor.stages.sheet.questionnaire is OPEN
    done(drive, "open")
    assert drive.tutor.phase == "baseline"
    assert [(row.instrument, row.n_answered, row.outcome) for row in drive.of(QuestionnaireEnd)] == [
        ("scale", 1, "done"),
        ("open", 0, "done"),
    ]


def test_a_required_item_without_answer_keeps_the_learner_there():
    drive = Drive(asking(pre=(SCALE,))).consent(camera=False)
    done(drive, "scale")
    assert (drive.tutor.phase, drive.of(QuestionnaireEnd)) == ("questions", [])
    answer(drive, "a", 6)
    answer(drive, "a", None)
    done(drive, "scale")
    assert drive.tutor.phase == "questions", "an answer taken back is none"


def test_the_last_answer_to_an_item_counts_and_checks_are_judged_by_it():
    drive = Drive(asking(pre=(SCALE,))).consent(camera=False)
    for item, value in (("a", 1), ("check", 5), ("check", 2)):
        answer(drive, item, value)
    answer(drive, "b", not_applicable=True)
    done(drive, "scale")
    end = drive.last(QuestionnaireEnd)
    assert (end.n_items, end.n_answered, end.n_checks, end.n_checks_passed) == (3, 3, 1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"item_id": "a", "value": 8.0},
        {"item_id": "nowhere", "value": 3.0},
        {"item_id": "a", "not_applicable": True},
        {"item_id": "a", "choice": "3"},
        {"item_id": "a", "value": 3.0, "instrument": "open"},
        {"item_id": "a", "value": 3.0, "phase": "post"},
    ],
    ids=lambda changes: " ".join(map(str, changes.values())),
)
def test_an_answer_that_does_not_fit_is_no_answer(changes: dict[str, object]):
    drive = Drive(asking(pre=(SCALE,))).consent(camera=False)
    answer(drive, **changes)  # type: ignore[arg-type]
    done(drive, "scale")
    assert drive.tutor.phase == "questions"


def test_a_session_that_ends_half_way_keeps_what_was_answered():
    drive = Drive(asking(pre=(SCALE,))).consent(camera=False)
    answer(drive, "a", 6)
    drive.act("end")
    end = drive.last(QuestionnaireEnd)
    assert (end.outcome, end.n_answered) == ("left", 1)
    assert drive.last(SessionEnded).reason == "stopped_by_learner"


def test_after_the_last_block_come_the_block_s_and_then_the_last_questionnaires():
    drive = Drive(asking(block=(OPEN,), post=(SCALE,))).begin(camera=False)
    n_blocks = len(drive.setup.lesson.problems)
    for block in range(1, n_blocks + 1):
        to_the_end_of_the_block(drive)
        assert drive.tutor.phase == "questions"
        assert not drive.tutor.over
        done(drive, "open")
        assert drive.last(QuestionnaireEnd).block == block
    answer(drive, "a", 3)
    done(drive, "scale")
    assert drive.last(SessionEnded).reason in {"criterion", "max_items"}
    assert [row.phase for row in drive.of(PhaseBegun)] == ["block"] * n_blocks + ["post"]
    assert replayed(drive) == drive.rows


def test_no_tick_finds_anything_while_questions_are_open():
    drive = Drive(asking(block=(OPEN,))).begin(camera=False)
    to_the_end_of_the_block(drive)
    drive.seconds(200, no_camera)
    assert drive.of(Trigger) == []


def test_trust_starts_from_the_answers_given_before():
    made = replace(asking(pre=(SCALE,)), trust_start=TrustStart(instrument="scale", items=("a", "b")))
    drive = Drive(made).consent(camera=False)
    answer(drive, "a", 7)
    answer(drive, "b", 7)
    done(drive, "scale")
    assert drive.last(TrustState).trust == 3.0, "the reversed item turns 7 into 1"
    assert drive.tutor.initiative.trust == 3.0


@given(value=st.integers(1, 7), flip=st.booleans())
def test_the_starting_trust_is_linear_and_on_the_scale(value: int, flip: bool):
    sheet = Questionnaire(
        instrument="s", version="1", items=(Question(item_id="x", low=1, high=7, reversed=flip),)
    )
    row = QuestionnaireAnswer(
        at_s=0, instrument="s", version="1", phase="pre", block=None, item_id="x", value=float(value)
    )
    found = starting_trust(TrustStart(instrument="s", items=("x",)), sheet, {"x": row})
    turned = 8 - value if flip else value
    assert found == pytest.approx(1 + (turned - 1) * 4 / 6)
    assert answered(row)


# ------------------------------------------------------------------------ before and around


def test_the_device_is_checked_first_where_the_protocol_says_so():
    drive = Drive(replace(asking(pre=(OPEN,)), device_check=True)).consent(camera=False)
    assert drive.tutor.phase == "check"
    drive.act("check_done")
    assert drive.tutor.phase == "questions"


def test_refusing_a_further_purpose_is_no_refusal_to_take_part():
    drive = Drive()
    drive.put(Consent(at_s=0, purpose="sharing", granted=False, version="1", language="en"))
    assert (drive.tutor.phase, drive.tutor.purposes) == ("consent", {"sharing": False})


# ------------------------------------------------------------------------ parts


def test_each_part_has_its_own_condition():
    made = setup("NB")
    n = len(made.lesson.problems)
    assert n >= 2
    parts = (
        LessonPart(condition="C0", cell="help=none", n_blocks=1),
        LessonPart(condition="NB", cell="help=some", n_blocks=n - 1),
    )
    drive = Drive(replace(made, condition="C0", parts=parts)).begin(camera=False)
    assert drive.tutor.condition == "C0"
    drive.wrong().wait(5).wrong().wait(5).wrong().seconds(60, no_camera)
    assert {row.reason for row in drive.of(Trigger)} == {"condition"}
    n_before = len(drive.of(Trigger))
    to_the_end_of_the_block(drive)
    assert drive.tutor.condition == "NB"
    assert [(row.part, row.cell) for row in drive.of(BlockBegun)] == [(1, "help=none"), (2, "help=some")]
    drive.wrong().wait(5).wrong().wait(5).wrong().seconds(60, no_camera)
    later = drive.of(Trigger)[n_before:]
    assert "allowed" in {row.outcome for row in later}
    assert "condition" not in {row.reason for row in later}
    assert replayed(drive) == drive.rows


# ------------------------------------------------------------------------ coming back


@pytest.mark.parametrize(
    ("then", "away_s", "action", "ended"),
    [
        (Then.CONTINUE, 9999.0, "continue", None),
        (Then.RESTART_BLOCK, 59.0, "continue", None),
        (Then.RESTART_BLOCK, 60.0, "restart_block", None),
        (Then.STOP, 60.0, "stop", "away_too_long"),
    ],
)
def test_an_absence_leads_to_what_the_rule_says(then: Then, away_s: float, action: str, ended: str | None):
    made = replace(setup("NB"), resume=ResumeRule(after_s=60.0, then=then))
    drive = Drive(made).begin(camera=False).wrong()
    drive.put(Returned(at_s=drive.at_s, away_s=away_s, device="same"))
    assert drive.last(ResumePolicy).action == action
    assert [row.reason for row in drive.of(SessionEnded)] == ([ended] if ended else [])
    assert replayed(drive) == drive.rows


def test_a_block_begun_anew_starts_with_a_fresh_board_and_is_counted():
    made = replace(setup("NB"), resume=ResumeRule(after_s=60.0, then=Then.RESTART_BLOCK))
    drive = Drive(made).begin(camera=False).wrong()
    before = drive.item
    drive.put(Returned(at_s=drive.at_s, away_s=100.0, device="other"))
    assert drive.last(ItemEnded).outcome == "stopped"
    assert (drive.last(BlockBegun).block, drive.last(BlockBegun).run) == (1, 2)
    assert drive.item.item_id != before.item_id
    assert drive.item.problem == before.problem
    assert drive.item.n_attempts == 0
    assert (drive.item.n, drive.tutor.course.place) == (2, 1)


@pytest.mark.parametrize(
    ("then", "away_s", "told"),
    [
        (Then.RESTART_BLOCK, 100.0, Then.RESTART_BLOCK),
        (Then.CONTINUE, 100.0, Then.CONTINUE),
        (Then.RESTART_BLOCK, 59.0, None),
    ],
)
def test_a_long_absence_is_spoken_of_until_the_next_answer(then: Then, away_s: float, told: Then | None):
    made = replace(setup("NB"), resume=ResumeRule(after_s=60.0, then=then))
    drive = Drive(made).begin(camera=False).wrong()
    assert drive.tutor.welcome is None
    drive.put(Returned(at_s=drive.at_s, away_s=away_s, device="same"))
    assert drive.tutor.welcome is told
    drive.solve()
    assert drive.tutor.welcome is told
    drive.put(Probe(at_s=drive.at_s, item_id=drive.item.item_id, trust=3, concentration=3))
    assert drive.tutor.welcome is None


def test_coming_back_to_a_questionnaire_goes_on_there():
    made = replace(asking(pre=(SCALE,)), resume=ResumeRule(after_s=60.0, then=Then.RESTART_BLOCK))
    drive = Drive(made).consent(camera=False)
    answer(drive, "a", 5)
    drive.put(Returned(at_s=drive.at_s, away_s=100.0, device="same"))
    sheet = drive.tutor.stages.sheet
    assert sheet is not None
    assert sheet.n_answered == 1
    assert drive.tutor.welcome is Then.CONTINUE
