"""Whatever comes in, in whatever order: the state is a legal one, and the log replays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import LESSON, calm, confused, setup, troubled
from tests.core import laws
from tutorbot.core.events import (
    Action,
    Attention,
    Baseline,
    Consent,
    Health,
    LearnerSaid,
    Note,
    Observation,
    Probe,
    Row,
    TutorSaid,
    Undelivered,
    Understood,
    WizardChoice,
    WizardLine,
)
from tutorbot.core.proactivity import STATES
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.tutor import Tutor

PHASES = {"consent", "baseline", "task", "probe", "ended", "refused"}
KINDS = ("baseline_done", "place", "check", "stuck", "undo", "pause", "unpause", "end")
EXPERIMENTER = ("experimenter_pause", "experimenter_unpause", "experimenter_restart", "experimenter_end")
items = st.sampled_from(["I1", "I2", "I9", None])
acts = st.sampled_from(["A1", "A2", "A9"])
said = st.sampled_from(["U1", "U2", "U9"])
cards = st.sampled_from([card.card_id for card in LESSON.cards] + ["A1", "no-card", None])
NOW = 0.0
inputs: st.SearchStrategy[Row] = st.one_of(
    st.builds(
        Consent,
        at_s=st.just(NOW),
        purpose=st.sampled_from(["participation", "camera"]),
        granted=st.sampled_from([True, True, True, False]),
        version=st.just("1"),
        language=st.just("en"),
    ),
    st.builds(
        Baseline, at_s=st.just(NOW), complete=st.booleans(), seconds=st.just(60.0), coverage=st.just(1.0)
    ),
    st.sampled_from([calm(NOW), confused(NOW), troubled(NOW), troubled(NOW)]),
    st.builds(
        Action,
        at_s=st.just(NOW),
        kind=st.sampled_from(KINDS + EXPERIMENTER),
        item_id=items,
        target=cards,
        value=st.sampled_from(["left", "right", "none", "up", None]),
    ),
    st.builds(Attention, at_s=st.just(NOW), state=st.sampled_from(["left", "returned"])),
    st.builds(
        Probe,
        at_s=st.just(NOW),
        item_id=st.sampled_from(["I1", "I2", "I9"]),
        trust=st.integers(1, 5),
        concentration=st.integers(1, 5),
    ),
    st.builds(LearnerSaid, at_s=st.just(NOW), utterance_id=said, text=st.just("words"), item_id=items),
    st.builds(
        Understood,
        at_s=st.just(NOW),
        utterance_id=st.one_of(said, st.none()),
        intent=st.sampled_from(
            ["affirm", "deny", "stuck", "ask_hint", "undo_step", "ask_why_you_spoke", "what"]
        ),
        confidence=st.floats(0, 1),
    ),
    st.builds(
        TutorSaid,
        at_s=st.just(NOW),
        text=st.just("words"),
        wording_id=st.just("hint/1"),
        act_id=st.one_of(acts, st.none()),
    ),
    st.builds(
        Health,
        at_s=st.just(NOW),
        component=st.sampled_from(["dialogue", "camera", "page", "tutor", "roof"]),
        state=st.sampled_from(["ready", "down", "no_answer", "on", "lost", "connected", "disconnected"]),
        detail=st.one_of(said, st.none()),
    ),
    st.builds(Undelivered, at_s=st.just(NOW), act_id=acts, reason=st.just("stale")),
    st.builds(
        WizardChoice,
        at_s=st.just(NOW),
        level=st.integers(0, 3),
        trigger_id=st.sampled_from(["T1", "T2", None]),
        delay_s=st.sampled_from([None, 5.0, 20.0]),
    ),
    st.builds(WizardLine, at_s=st.just(NOW), text=st.just("words")),
    st.builds(Note, at_s=st.just(NOW), text=st.just("words"), observer=st.just("E1"), about_s=st.just(0.0)),
    st.builds(
        Observation,
        at_s=st.just(NOW),
        observer=st.just("O1"),
        from_s=st.just(0.0),
        to_s=st.just(1.0),
        affect=st.just("bored"),
        behaviour=st.just("off_task"),
    ),
)
BEGUN: tuple[Row, ...] = (
    Consent(at_s=NOW, purpose="camera", granted=True, version="1", language="en"),
    Consent(at_s=NOW, purpose="participation", granted=True, version="1", language="en"),
    Baseline(at_s=NOW, complete=True, seconds=60.0, coverage=1.0),
)


@pytest.mark.parametrize("condition", ["AD", "L3-A", "L2-T", "WZ"])
@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.tuples(inputs, st.sampled_from([0.0, 0.5, 1.0, 5.0, 40.0])), max_size=60),
    begun=st.booleans(),
)
def test_any_order_leaves_a_legal_state(condition: str, rows: list[tuple[Row, float]], begun: bool):
    tutor, again = Tutor(setup(condition)), Tutor(setup(condition))
    log: list[Row] = []
    at_s = 0.0
    for row, gap_s in [*((row, 0.0) for row in (BEGUN if begun else ())), *rows]:
        at_s += gap_s
        now = replace(row, at_s=at_s)
        log += [now, *tutor.take(now).rows]
        assert tutor.initiative.state in STATES
        assert tutor.phase in PHASES
        assert 1.0 <= tutor.initiative.trust <= 5.0
    assert list(laws.states_follow_each_other(log, condition, tutor.setup.settings)) == []
    replay: list[Row] = []
    for row in log:
        if row.is_input:
            replay += [row, *again.take(row).rows]
    assert replay == log


def test_the_conditions_are_all_known():
    assert {"AD", "L3-A", "L2-T"} <= set(STRATEGIES)
