"""The shipped study within participants: its four sequences, and one whole session of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from studies.allocation import listed
from studies.log.store import SqlStudyLog
from studies.protocol import PROTOCOLS, Protocol, load_protocol
from studies.protocol.arms import arms, n_sequences, parts
from tests.builders import Drive
from tests.fakes.clock import FakeClock
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.study import plan_for
from tutorbot.core.events import (
    Action,
    Baseline,
    BlockBegun,
    Probe,
    QuestionnaireAnswer,
    QuestionnaireEnd,
    SessionEnded,
)
from tutorbot.ports import Arrival, LogHeader


def within() -> Protocol:
    return load_protocol(PROTOCOLS / "within.yml")


async def header_of(path: Path) -> LogHeader:
    """The session the first participant gets."""
    log = SqlStudyLog.open(f"sqlite:///{path}")
    try:
        return await StudyEnrolment(within(), log, FakeClock(), "0" * 64).join(Arrival())
    finally:
        log.close()


def fill_in(drive: Drive) -> None:
    """Answer every questionnaire that is open."""
    while drive.tutor.phase == "questions":
        sheet = drive.tutor.stages.sheet
        assert sheet is not None
        about = sheet.questionnaire
        for item in about.items:
            answer = QuestionnaireAnswer(
                at_s=drive.at_s,
                instrument=about.instrument,
                version=about.version,
                phase=sheet.part.value,
                block=sheet.block,
                item_id=item.item_id,
                value=item.low,
            )
            drive.put(answer)
        drive.put(Action(at_s=drive.at_s, kind="questions_done", item_id=None, target=about.instrument))


def walk(drive: Drive) -> Drive:
    """From the first page to the last."""
    drive.consent(camera=False)
    drive.act("check_done")
    fill_in(drive)
    drive.wait(60.0)
    drive.put(Baseline(at_s=drive.at_s, complete=False, seconds=60.0, coverage=0.0))
    for _ in range(100):
        if drive.of(SessionEnded):
            return drive
        fill_in(drive)
        if drive.tutor.phase in {"task", "probe"}:
            drive.wait(5.0).solve()
            drive.put(Probe(at_s=drive.at_s, item_id=drive.item.item_id, trust=4, concentration=4))
    raise AssertionError("the session does not end")


def test_in_every_block_of_four_each_help_meets_each_problem_at_each_place():
    study = within()
    assert n_sequences(study) == 4
    assert [arm.cell for arm in arms(study)] == [""]
    assert study.sample is not None
    assert study.sample.n % 4 == 0
    for block in range(3):
        met = Counter(
            (place, part.condition, part.problems)
            for n in range(4 * block + 1, 4 * block + 5)
            for place, part in enumerate(parts(study, *listed(study, n)))
        )
        assert set(met.values()) == {1}
        assert len(met) == 8, "2 places, 2 kinds of help, 2 problems"


async def test_a_session_goes_through_both_parts_with_its_questionnaires(tmp_path: Path):
    header = await header_of(tmp_path / "log.db")
    assert [part.condition for part in header.parts] in (["C0", "NB"], ["NB", "C0"])
    drive = walk(Drive(plan_for(header).setup))
    assert [(row.part, row.cell) for row in drive.of(BlockBegun)] == [
        (1, header.parts[0].cell),
        (2, header.parts[1].cell),
    ]
    assert [(row.phase, row.instrument, row.n_answered) for row in drive.of(QuestionnaireEnd)] == [
        ("pre", "trust-1", 1),
        ("block", "fks", 13),
        ("block", "fks", 13),
        ("post", "attention-1", 1),
    ]
    assert drive.last(SessionEnded).reason in {"criterion", "max_items"}
