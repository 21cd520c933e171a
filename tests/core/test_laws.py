"""Random lessons: whatever happens, the tutor keeps its own rules, and does the same on the same log."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from tests.builders import (
    Drive,
    calm,
    confused,
    frustrated,
    no_camera,
    no_face,
    replayed,
    setup,
    troubled,
)
from tests.core import laws
from tutorbot.bootstrap.study import shipped_trust
from tutorbot.core.events import (
    Act,
    Action,
    Attempt,
    Delivery,
    HintGiven,
    ItemBegun,
    ItemEnded,
    LearnerSaid,
    Probe,
    ReactionSeen,
    Row,
    StateChange,
    Trigger,
    TrustState,
    ValidityProbe,
    WizardChoice,
)
from tutorbot.core.learned_trust import LearnedTrust
from tutorbot.core.settings import TutorSettings
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.trust import TrustModel

N_HISTORIES = int(os.environ.get("TUTORBOT_HISTORIES", "200"))
"""Lessons for every law; `make laws` asks for 10,000."""
ALONE = ("AD", "C0", "WZ")
"""Conditions of which a law speaks alone, or first of all. The others share theirs, four or more to a law
that speaks of some conditions, and have a fifth of the lessons each."""
WINDOWS = {
    "calm": calm,
    "confused": confused,
    "frustrated": frustrated,
    "troubled": troubled,
    "no_face": no_face,
    "no_camera": no_camera,
}
INTENTS = (
    "affirm",
    "deny",
    "undo_step",
    "not_now",
    "ask_hint",
    "ask_meaning",
    "ask_why_you_spoke",
    "ask_repeat",
    "express_confusion",
    "express_frustration",
    "stuck",
    "nlu_fallback",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens. what: name of a method below. how: its argument. after_s: since the last."""

    what: str
    how: Any = None
    after_s: float = 0.0


GAPS_S = st.sampled_from([0.0, 0.3, 0.99, 1.5, 2.5])
LASTING = {
    "pause": "unpause",
    "leave": "come_back",
    "camera lost": "camera on",
    "dialogue down": "dialogue ready",
    "page disconnected": "page connected",
    "refuse_camera": "allow_camera",
}
"""What may go on for some seconds, and what ends it."""


def step(what: str, how: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Step]:
    return st.builds(Step, st.just(what), st.none() if how is None else how, GAPS_S)


trouble = st.tuples(
    st.sampled_from(("troubled", "frustrated", "confused", "no_camera", "no_face")), st.integers(10, 75)
)
steps = st.one_of(
    step("watch", st.tuples(st.sampled_from(tuple(WINDOWS)), st.integers(1, 45))),
    step("watch", trouble),
    step("watch", trouble),
    step("wrong", st.integers(1, 6)),
    step("wrong", st.integers(1, 6)),
    step("solve"),
    step("place"),
    step("say", st.sampled_from(INTENTS)),
    step("say", st.sampled_from(("affirm", "deny", "not_now"))),
    step("say_without_answer", st.integers(1, 5)),
    step("hold", st.tuples(st.integers(1, 6), st.sampled_from(["works", "fails", "touched"]))),
    step("press_stuck"),
    step("check_in", st.sampled_from((1, 3, 5, None))),
    step("wizard", st.sampled_from((0, 1, 2, 3, None))),
    step("undo"),
    step(
        "last",
        st.tuples(st.sampled_from(tuple(LASTING)), st.sampled_from(tuple(WINDOWS)), st.integers(1, 40)),
    ),
)
courses = st.lists(steps, min_size=15, max_size=60)


class Wild(Drive):
    """A drive that takes any step at any time."""

    def step(self, step: Step) -> None:
        """Take one step; in between items the learner first answers what is asked there."""
        self.wait(step.after_s)
        if self.tutor.phase == "probe" and step.what not in {"say", "press_stuck"}:
            self.probe(1 + len(self.rows) % 5)
        if self.tutor.running:
            getattr(self, f"on_{step.what}")(step.how)

    def on_watch(self, how: tuple[str, int]) -> None:
        self.seconds(how[1], WINDOWS[how[0]])

    def on_wrong(self, n_wrong: int) -> None:
        self.wrong(n_wrong)

    def on_solve(self, how: None) -> None:
        self.solve()

    def on_place(self, how: None) -> None:
        card = self.free_cards()[0]
        self.place(card, "left" if self.item.boxes.get(card) == "right" else "right")

    def on_say(self, intent: str) -> None:
        self.say(intent)

    def on_say_without_answer(self, n: int) -> None:
        """The dialogue manager takes some seconds to answer."""
        self.answer = False
        self.say("affirm")
        self.seconds(n, troubled)
        self.answer = True
        for utterance_id, _ in self.tutor.unanswered:
            self.understand(utterance_id, "affirm")

    def on_hold(self, how: tuple[int, str]) -> None:
        """An act that comes up now hangs for some seconds, and is then said or fails."""
        n, what = how
        self.deliver = False
        self.seconds(n, troubled)
        self.deliver = True
        if what == "touched":
            self.wait(0.2).on_place(None)
        offer = self.tutor.initiative.offer
        if offer is not None and what == "fails":
            self.fail_now(offer.act.act_id)
        elif offer is not None:
            self.deliver_now(offer.act.act_id)

    def on_check_in(self, answer: int | None) -> None:
        self.check_in(answer, answer)

    def on_wizard(self, level: int | None) -> None:
        """None agrees with what is proposed."""
        proposal = self.tutor.initiative.proposal
        self.wizard((0 if proposal is None else int(proposal.level)) if level is None else level)

    def on_press_stuck(self, how: None) -> None:
        self.press_stuck()

    def on_undo(self, how: None) -> None:
        self.undo()

    def on_last(self, how: tuple[str, str, int]) -> None:
        """Something goes wrong or away for some seconds."""
        begins, make, n = how
        self._turn(begins)
        self.seconds(n, WINDOWS[make])
        self._turn(LASTING[begins])

    def _turn(self, what: str) -> None:
        component, _, state = what.partition(" ")
        if state:
            self.health(component, state)
        else:
            getattr(self, component)()


def driven(
    condition: str, course: list[Step], *, trust_model: TrustModel | None = None, **choices: Any
) -> Wild:
    """A lesson in this condition, from consent to the end."""
    drive = Wild(replace(setup(condition, **choices), trust_model=trust_model))
    drive.begin()
    for step in course:
        drive.step(step)
    drive.wait(1.0).act("end")
    return drive


a_lesson = given(
    course=courses,
    choices=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 5),
            "objective": st.sampled_from(["trust_first", "focus_first"]),
            "trust_start": st.sampled_from([2.0, 3.0, 3.5, 4.5]),
            "validity_probes": st.booleans(),
        }
    ),
)
thorough = settings(max_examples=N_HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def hold_to_every_law(condition: str, course: list[Step], choices: dict[str, Any]) -> None:
    drive = driven(condition, course, **choices)
    event(f"acts delivered: {sum(row.delivered for row in drive.of(Delivery))}")
    assert laws.complaints(drive.rows, condition, drive.setup.settings) == []
    assert replayed(drive) == drive.rows


@pytest.mark.timeout(7200)  # hypothesis looks for the shortest lesson that breaks a law
@pytest.mark.parametrize("condition", ALONE)
@thorough
@a_lesson
def test_every_law_holds_in_every_lesson(condition: str, course: list[Step], choices: dict[str, Any]):
    hold_to_every_law(condition, course, choices)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("condition", sorted(set(STRATEGIES) - set(ALONE)))
@settings(thorough, max_examples=N_HISTORIES // 5)
@a_lesson
def test_every_law_holds_in_conditions_that_share_theirs(
    condition: str, course: list[Step], choices: dict[str, Any]
):
    hold_to_every_law(condition, course, choices)


@settings(thorough, max_examples=40)
@given(course=courses, seed=st.integers(0, 5), trust_start=st.sampled_from([1.0, 3.0, 4.5]))
def test_every_law_holds_with_the_learned_trust_model(course: list[Step], seed: int, trust_start: float):
    chosen = TutorSettings(trust_start=trust_start)
    model = LearnedTrust(chosen, shipped_trust())
    drive = driven("AD", course, trust_model=model, seed=seed, trust_start=trust_start)
    assert laws.complaints(drive.rows, "AD", chosen) == []
    assert replayed(drive) == drive.rows


# ---------------------------------------------------------------- a law that cannot be broken is none


def trust(value: float) -> Row:
    return TrustState(at_s=0.0, trust=value, band="?", delta=0.0, cause="probe", act_id=None)


def trigger(at_s: float, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "trigger_id": "T1",
        "kind": "confusion",
        "basis": "corroborated",
        "item_id": "I1",
        "signs": (),
        "evidence": (),
        "persists": False,
        "trust": 3.5,
        "level_offered": 2,
        "level_allowed": 2,
        "outcome": "allowed",
        "reason": None,
    }
    return Trigger(at_s=at_s, **(values | changes))


def act(at_s: float, n: int = 1, **changes: Any) -> Row:
    values: dict[str, Any] = {
        "act_id": f"A{n}",
        "trigger_id": "T1",
        "item_id": "I1",
        "level_offered": 2,
        "level": 2,
        "move": "offer_contrast",
        "follows_act_id": None,
        "motivate": False,
    }
    return Act(at_s=at_s, **(values | changes))


def delivery(at_s: float, n: int = 1) -> Row:
    return Delivery(
        at_s=at_s, act_id=f"A{n}", delivered=True, level=2, wording_id="w/1", latency_s=0.0, reason=None
    )


def reaction(at_s: float, what: str, n: int = 1) -> Row:
    return ReactionSeen(at_s=at_s, act_id=f"A{n}", reaction=what, latency_s=0.0, via="said")


def item(at_s: float, item_id: str) -> Row:
    return ItemBegun(at_s=at_s, item_id=item_id, n=1, block=1, problem="p", card_order=(), given=())


def check(at_s: float) -> Row:
    return Attempt(
        at_s=at_s,
        item_id="I1",
        n=1,
        n_right=4,
        n_cards=8,
        correct=False,
        duration_s=1.0,
        n_changes=0,
        helped=False,
    )


def item_end(at_s: float) -> Row:
    return ItemEnded(at_s=at_s, item_id="I1", outcome="solved", n_attempts=1, duration_s=1.0, first_try=True)


def hint(at_s: float) -> Row:
    return HintGiven(at_s=at_s, item_id="I1", step=1, act_id=None)


def pressed(at_s: float, kind: str) -> Row:
    return Action(at_s=at_s, kind=kind)


def said(at_s: float) -> Row:
    return LearnerSaid(at_s=at_s, utterance_id="U1", text="words")


def chosen(at_s: float, level: int) -> Row:
    return WizardChoice(at_s=at_s, level=level, trigger_id=None)


def asked(at_s: float) -> Row:
    return ValidityProbe(
        at_s=at_s, probe_id="V1", item_id="I1", outcome="asked", why="random", kind=None, basis=None
    )


def rated(at_s: float, trust: int) -> Row:
    return Probe(at_s=at_s, item_id="I1", trust=trust, concentration=3)


def one_act(at_s: float, n: int, **changes: Any) -> list[Row]:
    return [trigger(at_s), act(at_s, n, **changes), delivery(at_s, n), reaction(at_s, "ignored", n)]


DECLINED = [*one_act(0, 1)[:3], reaction(0, "declined")]
BROKEN: dict[str, tuple[str, list[Row]]] = {
    "trust_stays_between_one_and_five": ("AD", [trust(5.05)]),
    "the_tutor_rests_after_an_act": ("AD", [*one_act(0, 1), *one_act(59.9, 2)]),
    "acts_are_few": ("AD", [*one_act(0, 1), *one_act(60, 2), *one_act(120, 3)]),
    "low_trust_sees_no_intervention": ("NB", [trust(3.0), act(0, level=3, level_offered=3)]),
    "a_face_alone_is_worth_a_notification_in_ad_at_most": ("AD", [trigger(0, basis="face_only"), act(0)]),
    "the_reactive_baseline_never_starts": ("C0", [act(0)]),
    "a_fixed_level_is_fixed": ("L3-A", [trigger(0), act(0)]),
    "a_decline_lowers_the_next_two_acts": ("AD", [*DECLINED, *one_act(60, 2)]),
    "nobody_is_interrupted": ("AD", [pressed(0, "place"), act(1.9)]),
    "help_that_was_asked_for_is_to_be_used_first": ("AD", [hint(0), act(29.9)]),
    "a_finished_board_gets_no_help": ("AD", [item_end(0), hint(1)]),
    "nobody_talks_across_the_learner": ("AD", [said(0), act(9)]),
    "a_face_counts_with_consent_and_outside_of_pauses": ("AD", [trigger(0, basis="face_only")]),
    "a_pause_is_quiet": ("AD", [pressed(0, "pause"), act(9)]),
    "acts_belong_to_the_board_before_the_learner": ("AD", [item(0, "I2"), act(9)]),
    "one_act_at_a_time_each_with_its_end": ("AD", [act(0), act(1, 2)]),
    "an_act_does_what_its_trigger_was_allowed": ("AD", [trigger(0, level_allowed=1), act(0)]),
    "states_follow_each_other": ("AD", [StateChange(at_s=0, source="resting", dest="observing", cause="x")]),
    "the_wizard_decides": ("WZ", [chosen(0, 1), act(0)]),
    "the_study_asks_seldom_and_alone": ("AD", [item(0, "I1"), asked(0), asked(179.9)]),
    "the_stop_rule_stops": ("L3-A", [rated(0, 4), *one_act(1, 1, level=3), rated(9, 2), act(70, 2, level=3)]),
}
"""A log that breaks each law."""


def test_there_is_a_log_that_breaks_each_law():
    assert list(BROKEN) == [law.__name__ for law in laws.LAWS]


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_a_law_sees_the_log_that_breaks_it(law: laws.Law):
    condition, rows = BROKEN[law.__name__]
    assert list(law(rows, condition, TutorSettings()))


@pytest.mark.parametrize(
    ("law", "condition", "rows"),
    [
        (laws.the_tutor_rests_after_an_act, "AD", [*one_act(0, 1), *one_act(29.9, 2, level=3)]),
        (laws.the_tutor_rests_after_an_act, "AD", [*one_act(0, 1), *one_act(40, 2, level=3, item_id="I2")]),
        (
            laws.a_face_alone_is_worth_a_notification_in_ad_at_most,
            "L1-A",
            [trigger(0, basis="face_only"), act(0, level=1)],
        ),
        (laws.a_fixed_level_is_fixed, "L2-A", [trigger(0, basis="face_only"), act(0)]),
        (laws.a_fixed_level_is_fixed, "L2-A", [trigger(0, kind="off_task", basis="behaviour_only"), act(0)]),
        (laws.the_reactive_baseline_never_starts, "C0", [trigger(0)]),
        (laws.nobody_is_interrupted, "AD", [act(0), pressed(0.5, "place"), delivery(1)]),
        (laws.nobody_is_interrupted, "AD", [check(0), act(2.9)]),
        (
            laws.acts_belong_to_the_board_before_the_learner,
            "AD",
            [item(0, "I1"), act(0), item_end(1), delivery(2)],
        ),
        (
            laws.one_act_at_a_time_each_with_its_end,
            "AD",
            [act(0), delivery(0), reaction(0, "ignored"), reaction(1, "accepted")],
        ),
        (
            laws.a_decline_lowers_the_next_two_acts,
            "NB",
            [*DECLINED, *one_act(60, 2, level=1), *one_act(120, 3)],
        ),
        (laws.a_decline_lowers_the_next_two_acts, "NB", one_act(0, 1, level=1)),
        (laws.the_wizard_decides, "WZ", [act(0)]),
        (laws.the_wizard_decides, "WZ", [chosen(0, 2), act(10.1)]),
        (laws.the_wizard_decides, "WZ", [chosen(0, 2), act(0), act(60, 2)]),
        (laws.the_study_asks_seldom_and_alone, "AD", [item(0, "I1"), asked(0), act(1)]),
        (laws.the_study_asks_seldom_and_alone, "AD", [item(0, "I1"), act(0), asked(1)]),
        (laws.the_study_asks_seldom_and_alone, "AD", [item(0, "I1"), pressed(0, "pause"), asked(1)]),
        (laws.the_study_asks_seldom_and_alone, "AD", [asked(1)]),
        (
            laws.the_stop_rule_stops,
            "AD",
            [rated(0, 4), *one_act(1, 1, level=3), rated(9, 2), trust(3), rated(9, 2), trust(3)],
        ),
    ],
)
def test_a_law_sees_the_finer_ways_to_break_it_too(law: laws.Law, condition: str, rows: list[Row]):
    assert list(law(rows, condition, TutorSettings()))
