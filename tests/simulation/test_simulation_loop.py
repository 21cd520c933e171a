"""One simulated learner through the whole session loop: the same decisions as beside the tutor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.fakes.dialogue import MindToCome, RecordedDialogue
from tests.fakes.log import ListLog
from tutorbot.bootstrap.demo import LEARNER, people_of
from tutorbot.bootstrap.study import StudyEnrolment, find_protocol, plan_for
from tutorbot.core.events import Action, AffectWindow, Consent, Health, Row
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.simulated import SimulatedFace, play_simulated
from tutorbot.ports import DialogueManager
from tutorbot.session.host import Sessions
from tutorbot.session.plan import Plan
from tutorbot.simulation.learner import Truth
from tutorbot.simulation.learners import Population
from tutorbot.simulation.session import SimulatedSession

STUDY = find_protocol("pilot-camera")
AUC = 0.85


@dataclass(frozen=True)
class Played:
    """A session that went through the loop. sent: the page's messages."""

    plan: Plan
    rows: tuple[Row, ...]
    truth: Truth
    sent: list[Mapping[str, Any]]


async def through_the_loop(
    condition: str,
    seed: int,
    *,
    log: ListLog | None = None,
    dialogue: DialogueManager | None = None,
    attach: Callable[[Sessions], None] | None = None,
) -> Played:
    """As `tutorbot demo --learner simulated` plays it, on the recorded dialogue unless another is given."""
    log, clock, mind = log or ListLog(), SimulatedClock(), MindToCome()
    enrolment = StudyEnrolment(STUDY, log, clock, "0" * 64)
    sessions = mind.sessions = Sessions(
        enrolment=enrolment,
        planner=plan_for,
        log=log,
        dialogue=dialogue or RecordedDialogue(mind),
        clock=clock,
        make_feed=None,
    )
    if attach is not None:
        attach(sessions)
    header = await enrolment.enrol(condition, seed)
    plan, people = plan_for(header), people_of(seed, AUC)
    learner, detector = people.learner(plan.setup.lesson, LEARNER), people.detector(LEARNER)
    camera = plan.camera_refused is None
    session = sessions.build(header, (lambda: SimulatedFace(detector, learner)) if camera else None)
    sessions.adopt(session)
    sent: list[Mapping[str, Any]] = []
    receive = session.receive

    async def noted(message: Mapping[str, Any]) -> None:
        sent.append(message)
        await receive(message)

    session.receive = noted
    await play_simulated(session, learner, clock)
    return Played(plan, await log.read(header.session_id), learner.truth, sent)


def beside_the_tutor(played: Played, seed: int) -> SimulatedSession:
    """The same learner with the same set-up, the fast way."""
    people: Population = people_of(seed, AUC)
    session = people.session(played.plan.setup, LEARNER)
    session.play()
    return session


def decisions(rows: tuple[Row, ...] | list[Row]) -> list[Row]:
    return [row for row in rows if not row.is_input]


def inputs(rows: tuple[Row, ...] | list[Row]) -> list[Row]:
    """Without what only a page brings (docs/simulation.md)."""
    return [comparable(row) for row in rows if row.is_input and not of_the_page(row)]


def of_the_page(row: Row) -> bool:
    connected = isinstance(row, Health) and row.component == "page"
    return connected or (isinstance(row, Action) and row.kind == "baseline_done")


def comparable(row: Row) -> Row:
    if isinstance(row, Consent):
        return replace(row, version="any")
    if isinstance(row, AffectWindow):
        return replace(row, confidence=None)
    return replace(row, client_id=None) if hasattr(row, "client_id") else row


def same(played: Played, seed: int) -> SimulatedSession:
    beside = beside_the_tutor(played, seed)
    assert decisions(played.rows) == decisions(beside.rows)
    assert played.truth == beside.learner.truth
    return beside


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    "condition", [name for name in STUDY.conditions if name not in {"RL"} and not name.endswith("-Y")]
)
async def test_the_loop_decides_as_the_tutor_alone_in_every_row(condition: str, seed: int):
    played = await through_the_loop(condition, seed)
    beside = same(played, seed)
    assert inputs(played.rows) == inputs(beside.rows)
