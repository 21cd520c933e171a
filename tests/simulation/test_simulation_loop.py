"""One simulated learner through the whole session loop: the same decisions as beside the tutor."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from studies.log.store import SqlStudyLog
from studies.protocol import Protocol, parse_protocol
from tests.builders import LESSON
from tests.fakes.dialogue import MindToCome, RecordedDialogue
from tests.rasa_server import RasaServer
from tutorbot.adapters.rasa import RasaDialogue
from tutorbot.adapters.web.messages import parse
from tutorbot.bootstrap.demo import LEARNER, people_of
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.simulate import setup_of
from tutorbot.bootstrap.study import find_protocol, plan_for
from tutorbot.core.events import (
    Act,
    Action,
    AffectWindow,
    Attention,
    Consent,
    Health,
    ReactionSeen,
    Row,
    Understood,
    ValidityAnswer,
    ValidityProbe,
)
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.simulated import SimulatedFace, play_simulated
from tutorbot.demo.wizard import wizard_for
from tutorbot.errors import BadFrame
from tutorbot.ports import DialogueManager
from tutorbot.session.host import Sessions
from tutorbot.session.plan import Plan
from tutorbot.session.replay import replayed
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


def memory_log() -> SqlStudyLog:
    """The real log, in memory: gone with the test."""
    return SqlStudyLog.open("sqlite:///:memory:")


async def through_the_loop(
    condition: str,
    seed: int,
    *,
    log: SqlStudyLog | None = None,
    dialogue: DialogueManager | None = None,
    attach: Callable[[Sessions], None] | None = None,
    study: Protocol = STUDY,
) -> Played:
    """As `tutorbot demo --learner simulated` plays it, on the recorded dialogue unless another is given."""
    log, clock, mind = log or memory_log(), SimulatedClock(), MindToCome()
    enrolment = StudyEnrolment(study, log, clock, "0" * 64)
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
    await play_simulated(session, learner, clock, wizard=wizard_for(None, condition))
    return Played(plan, await log.read(header.session_id), learner.truth, sent)


def follows(row: Row) -> bool:
    """A step that the learner agreed to."""
    return isinstance(row, Act) and row.follows_act_id is not None


def undone(row: Row) -> bool:
    return isinstance(row, ReactionSeen) and row.reaction == "undone"


def seed_with(condition: str, what: Callable[[Row], bool]) -> int:
    """The first seed whose learner meets this."""
    setup = setup_of(STUDY.id, condition)
    for seed in range(1, 200):
        session = people_of(seed, AUC).session(setup, LEARNER)
        session.play()
        if any(what(row) for row in session.rows):
            return seed
    raise AssertionError("it happens to nobody")


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


def understood(rows: tuple[Row, ...] | list[Row]) -> list[tuple[float, str]]:
    return [(row.at_s, row.intent) for row in rows if isinstance(row, Understood)]


def same(played: Played, seed: int) -> SimulatedSession:
    beside = beside_the_tutor(played, seed)
    assert decisions(played.rows) == decisions(beside.rows)
    assert played.truth == beside.learner.truth
    return beside


UNYOKED = [name for name in STUDY.conditions if not name.endswith("-Y")]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("condition", UNYOKED)
async def test_the_loop_takes_and_decides_row_for_row_what_the_tutor_alone_does(condition: str, seed: int):
    if condition == "RL":
        pytest.importorskip("onnxruntime")
    played = await through_the_loop(condition, seed)
    beside = same(played, seed)
    assert inputs(played.rows) == inputs(beside.rows)


async def test_the_study_s_two_questions_are_answered_alike():
    text = STUDY.text.replace("objective: trust_first", "objective: trust_first\nvalidity_probes: true")
    asking = parse_protocol(text, name="a study that asks")
    played = await through_the_loop("AD", 2, study=asking)
    answers = [row for row in played.rows if isinstance(row, ValidityAnswer)]
    assert answers
    assert inputs(played.rows) == inputs(same(played, 2).rows)
    asked = [row for row in played.rows if isinstance(row, ValidityProbe)]
    assert {row.outcome for row in asked} <= {"asked", "dropped"}
    assert replayed(played.plan.setup, played.rows) == played.rows


async def test_a_yoked_learner_decides_alike_with_the_schedule_of_its_log():
    log = memory_log()
    await through_the_loop("L2-A", 3, log=log)
    played = await through_the_loop("L2-Y", 4, log=log)
    assert played.plan.setup.schedule
    same(played, 4)


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("AD", follows),
        ("L3-A", undone),
        ("C0", lambda row: isinstance(row, Attention)),
        ("AD", lambda row: isinstance(row, Action) and row.kind == "stuck"),
    ],
    ids=["a step agreed to", "a step taken back", "the page left", "stuck"],
)
async def test_what_happens_seldom_happens_alike(condition: str, what: Callable[[Row], bool]):
    seed = seed_with(condition, what)
    played = await through_the_loop(condition, seed)
    assert any(what(row) for row in played.rows)
    same(played, seed)


@pytest.mark.parametrize(
    ("condition", "what", "kinds"),
    [("AD", follows, {"place", "check", "probe", "say"}), ("L3-A", undone, {"undo"})],
)
async def test_its_messages_are_a_page_s_and_its_log_replays(
    condition: str, what: Callable[[Row], bool], kinds: set[str]
):
    played = await through_the_loop(condition, seed_with(condition, what))
    assert {parse(json.dumps(message)).type for message in played.sent} >= kinds | {"consent", "camera_state"}
    ids = [message["client_id"] for message in played.sent if "client_id" in message]
    assert len(ids) == len(set(ids)) > 50
    assert replayed(played.plan.setup, played.rows) == played.rows


async def test_without_a_camera_in_the_study_s_condition_nobody_looks():
    played = await through_the_loop("NB", 1)
    assert {row.coverage for row in played.rows if isinstance(row, AffectWindow)} == {0.0}
    assert "camera_state" not in {message["type"] for message in played.sent}


async def test_no_picture_of_a_simulated_learner_is_taken():
    people = people_of(1, AUC)
    face = SimulatedFace(people.detector(LEARNER), people.learner(LESSON, LEARNER))
    with pytest.raises(BadFrame, match="watches a simulated learner"):
        await face.see_jpeg(b"jpeg", 1.0)


@pytest.mark.rasa
@pytest.mark.timeout(240)
@pytest.mark.parametrize(("condition", "what"), [("AD", follows), ("L3-A", undone)])
async def test_through_the_real_dialogue_manager_the_decisions_are_the_same(
    condition: str, what: Callable[[Row], bool], rasa_server: RasaServer, rasa_dialogue: RasaDialogue
):
    seed = seed_with(condition, what)
    played = await through_the_loop(condition, seed, dialogue=rasa_dialogue, attach=rasa_server.attach)
    beside = same(played, seed)
    assert understood(played.rows) == understood(beside.rows)
    assert replayed(played.plan.setup, played.rows) == played.rows
