"""Simulated sessions: the tutor people meet, under the same laws, the same from the same seed."""

from __future__ import annotations

import hashlib
import random
from dataclasses import astuple, replace
from itertools import pairwise

import pytest

from tests.builders import LESSON, setup
from tests.core import laws
from tutorbot.core.events import (
    Action,
    AffectWindow,
    Attention,
    Delivery,
    ItemEnded,
    Row,
    SessionEnded,
    Trigger,
)
from tutorbot.core.setup import Setup
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.strategies.timetable import schedule_of
from tutorbot.core.tutor import Tutor
from tutorbot.simulation.begin import begins
from tutorbot.simulation.figures import figures_of
from tutorbot.simulation.learners import Population
from tutorbot.simulation.mind import Mind, Person, State, make_person
from tutorbot.simulation.parameters import load_parameters
from tutorbot.simulation.seen import Detector, separation
from tutorbot.simulation.session import SimulatedSession

PARAMETERS = load_parameters()
PINNED = "0fb61c3f60d5e8dcbf8fbb72c0104d917c0d6a86ec05ab71868fcccbb37bcbcb"


def population(auc: float | None = 0.85, *, seed: int = 1, boards: int | None = 12) -> Population:
    return Population(parameters=PARAMETERS, seed=seed, auc=auc, begin=begins, boards=boards)


def played(condition: str, learner: int = 0, auc: float | None = 0.85, **choices: int) -> SimulatedSession:
    return population(auc, **choices).play(setup(condition), learner)


def of_seed(condition: str, learner: int) -> Setup:
    return replace(setup(condition), seed=1 + learner)


def replayed(session: SimulatedSession) -> list[Row]:
    tutor, rows = Tutor(session.tutor.setup), []
    for row in session.rows:
        if row.is_input:
            rows += [row, *tutor.take(row).rows]
    return rows


@pytest.mark.parametrize("condition", list(STRATEGIES))
def test_the_laws_hold_and_the_log_replays(condition: str):
    for learner in range(6):
        session = played(condition, learner)
        assert laws.complaints(session.rows, condition, session.tutor.setup.settings) == []
        assert replayed(session) == session.rows
        assert isinstance(session.rows[-1], SessionEnded)


def test_the_same_seed_is_the_same_session_and_another_is_another():
    assert played("AD", 3).rows == played("AD", 3).rows
    assert played("AD", 3).rows != played("AD", 4).rows
    assert played("AD", 3).rows != played("AD", 3, seed=2).rows


def test_the_learners_of_a_seed_stay_who_they_are():
    """Pinned where no policy has a say; when a learner was meant to change, so does this."""
    figures = [astuple(figures_of("C0", n, played("C0", n, auc=None))) for n in range(8)]
    text = "\n".join(
        " ".join(f"{value:.6f}" if isinstance(value, float) else str(value) for value in row)
        for row in figures
    )
    assert hashlib.sha256(text.encode()).hexdigest() == PINNED


def test_a_learner_is_the_same_person_in_every_condition():
    people = {played(condition, 5).learner.mind.person for condition in ("C0", "L3-A", "AD", "NB")}
    assert len(people) == 1
    assert played("C0", 6).learner.mind.person not in people


def test_boards_are_as_many_as_asked_for_or_as_the_criterion_wants():
    ended = [row for row in played("C0").rows if isinstance(row, ItemEnded)]
    assert len(ended) == 12
    free = [row for row in played("C0", boards=None).rows if isinstance(row, ItemEnded)]
    assert len(free) <= len(LESSON.problems) * LESSON.most_items


def test_without_a_camera_no_window_shows_a_face():
    windows = [row for row in played("AD", auc=None).rows if isinstance(row, AffectWindow)]
    assert {row.coverage for row in windows} == {0.0}
    assert {row.basis for row in played("AD", auc=None).rows if isinstance(row, Trigger)} <= {
        "behaviour_only"
    }


@pytest.mark.parametrize("level", ["L1", "L2", "L3"])
def test_a_yoked_learner_gets_the_acts_of_the_next_one_in_its_match(level: str):
    n_acts = 0
    for learner in range(12):
        match = schedule_of(played(f"{level}-A", learner + 1).rows)
        mine = schedule_of(played(f"{level}-Y", learner).rows)
        n_acts += len(match)
        assert len(mine) == len(match)
        for ours, theirs in zip(mine, match, strict=True):
            assert (ours.item_n, ours.item_s) >= (theirs.item_n, theirs.item_s)
    assert n_acts >= 8


@pytest.mark.parametrize("condition", list(STRATEGIES))
def test_every_act_meets_the_learner_at_its_level(condition: str):
    for learner in range(6):
        session = played(condition, learner)
        delivered = [row for row in session.rows if isinstance(row, Delivery) and row.delivered]
        met = [(act.at_s, act.level) for act in session.learner.truth.acts]
        assert met == [(row.at_s, row.level) for row in delivered]


def test_bored_learners_leave_the_page_and_stuck_ones_say_so():
    rows = [row for learner in range(40) for row in played("C0", learner).rows]
    assert {row.state for row in rows if isinstance(row, Attention)} == {"left", "returned"}
    assert any(isinstance(row, Action) and row.kind == "stuck" for row in rows)


def test_figures_say_what_the_log_says():
    session = played("L2-A", 2)
    figures = figures_of("L2-A", 2, session)
    assert figures.boards == 12
    assert figures.acts == len(session.learner.truth.acts)
    assert figures.session_s == session.rows[-1].at_s
    assert sum(session.learner.truth.state_s.values()) < figures.session_s
    assert 1 <= figures.trust <= 5
    assert 0 <= figures.share_negative <= 1
    quiet = figures_of("C0", 2, played("C0", 2))
    assert (quiet.acts, quiet.acts_10min, quiet.taken) == (0, 0.0, None)


# ---------------------------------------------------------------- the mind


def mind(state: State = State.ENGAGED, *, seed: int = 1, trust: float = 3.5) -> Mind:
    person = Person(pre_trust=trust, affinity=0.0, pace=1.0, irritable=1.0)
    made = Mind(person, PARAMETERS, random.Random(seed))
    made.state = state
    return made


@pytest.mark.parametrize("state", list(State))
def test_a_stronger_act_costs_more_trust_most_in_a_negative_state(state: State):
    left = []
    for level in (1, 2, 3):
        learner = mind(state)
        learner.spoken_to(level)
        left.append(learner.trust)
    assert left == sorted(left, reverse=True)
    assert left[2] < left[0]
    if state in {State.CONFUSED, State.FRUSTRATED}:
        calm = mind()
        calm.spoken_to(3)
        assert left[2] < calm.trust


def test_a_stronger_act_lifts_focus_more_in_a_negative_state_and_fades():
    gains = []
    for level in (1, 2, 3):
        learner = mind(State.FRUSTRATED)
        before = learner.focus
        learner.spoken_to(level)
        gains.append(learner.focus - before)
    assert gains == sorted(gains)
    learner = mind(State.BORED)
    learner.spoken_to(3)
    assert learner.focus < mind(State.BORED).focus, "an act on somebody who is not in trouble disturbs"


def test_confusion_that_is_not_resolved_turns_to_frustration_and_then_boredom():
    ways = set()
    for seed in range(200):
        learner, way = mind(State.CONFUSED, seed=seed), [State.CONFUSED]
        for _ in range(600):
            learner.second(knows=1.0)
            if learner.state is not way[-1]:
                way.append(learner.state)
        ways.add(tuple(way))
    assert (State.CONFUSED, State.FRUSTRATED, State.BORED) in ways
    assert (State.CONFUSED, State.ENGAGED) in ways
    assert (State.CONFUSED, State.BORED) not in {pair for way in ways for pair in pairwise(way)}


def test_trust_and_focus_stay_on_their_scales():
    learner = mind(State.FRUSTRATED, trust=1.0)
    for _ in range(50):
        learner.spoken_to(3)
    assert learner.trust == 1.0
    assert 0 <= learner.focus <= 1
    assert {mind(seed=seed, trust=5.0).trust_answer() for seed in range(50)} <= {1, 2, 3, 4, 5}


def test_people_differ_within_the_scale():
    people = [make_person(PARAMETERS, random.Random(seed)) for seed in range(300)]
    assert all(1 <= person.pre_trust <= 5 for person in people)
    assert min(person.pace for person in people) < 0.8
    assert max(person.pace for person in people) > 1.2


# ---------------------------------------------------------------- the detector


@pytest.mark.parametrize("auc", [0.55, 0.65, 0.85, 0.95])
def test_the_detector_has_the_auc_it_is_said_to_have(auc: float):
    """Of windows a whole window after the state has set in, against calm ones."""
    scores: dict[bool, list[float]] = {False: [], True: []}
    detector = Detector(PARAMETERS.detector, auc, random.Random(4))
    for second in range(60_000):
        confused = second // 40 % 2 == 1
        window = detector.window(float(second), State.CONFUSED if confused else State.ENGAGED)
        if second % 40 >= 30 and window.confusion is not None:
            scores[confused].append(window.confusion)
    calm, shown = scores[False][::5], scores[True][::5]
    wins = sum((a > b) + 0.5 * (a == b) for a in shown for b in calm)
    assert wins / (len(calm) * len(shown)) == pytest.approx(auc, abs=0.03)


@pytest.mark.parametrize("auc", [0.49, 1.0, float("nan")])
def test_no_detector_is_worse_than_chance_or_perfect(auc: float):
    with pytest.raises(ValueError, match="must be at least"):
        separation(auc)
