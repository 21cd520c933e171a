"""What a learned trust model is shown, and what is made of its odds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.builders import Drive, confused, frustrated, replayed, setup, troubled
from tests.core import laws
from tutorbot.core.events import TrustState
from tutorbot.core.learned_trust import FEATURES, LearnedTrust, events_of, features_of
from tutorbot.core.settings import TutorSettings
from tutorbot.core.trust import RuleTrust, TrustCause, TrustEstimate, TrustEvent
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import load_parameters

SETTINGS = TutorSettings()


class Says:
    """A model that always says the same, and keeps what it was shown."""

    def __init__(self, *p: float) -> None:
        self.p = p
        self.shown: list[tuple[float, ...]] = []

    def probabilities(self, features: tuple[float, ...]) -> tuple[float, ...]:
        self.shown.append(features)
        return self.p


class Hears:
    """The rules, and what they were told of last."""

    told: tuple[TrustEvent, ...] = ()

    def estimate(self, events: Sequence[TrustEvent]) -> TrustEstimate:
        self.told = tuple(events)
        return RuleTrust(SETTINGS).estimate(events)


class Leans:
    """A model that leans with everything it is shown: any change of a feature changes its odds."""

    def probabilities(self, features: tuple[float, ...]) -> tuple[float, ...]:
        lean = sum((n + 1) * value for n, value in enumerate(features)) / 100
        high = 1 / (1 + math.exp(-lean))
        return (0.1 * (1 - high), 0.4 * (1 - high), 0.5 * (1 - high), 0.4 * high, 0.6 * high)


def features(*events: TrustEvent, **changed: float) -> dict[str, float]:
    """Those that are not 0, by name."""
    found = features_of(events, SETTINGS.overridden(changed))
    assert len(found) == len(FEATURES) == len(set(FEATURES))
    return {name: value for name, value in zip(FEATURES, found, strict=True) if value}


def probe(value: int) -> TrustEvent:
    return TrustEvent(cause=TrustCause.PROBE, answer=value)


def reaction(cause: str, level: int, kind: str) -> TrustEvent:
    return TrustEvent(cause=TrustCause(cause), level=level, kind=kind)


def test_before_any_answer_the_start_value_stands_for_it():
    start = TrustEvent(cause=TrustCause.START)
    assert features() == features(start) == {"latest": 0.625, "mean": 0.625}
    assert features(trust_start=1.0) == {}


def test_answers_are_told_as_the_latest_their_mean_and_their_number():
    assert features(probe(5), probe(2)) == pytest.approx(
        {"answered": 1.0, "latest": 0.25, "mean": 0.625, "n_answers": 2 / 12}
    )
    assert features(probe(5), probe(2), trust_start=2.0)["mean"] == pytest.approx(0.5)


def test_what_happened_is_counted_since_the_last_answer_and_in_all():
    before = (reaction("declined", 2, "confusion"), TrustEvent(cause=TrustCause.ERROR), probe(1))
    since = (
        reaction("accepted", 1, "both"),
        reaction("lapsed", 3, "frustration"),
        TrustEvent(cause=TrustCause.USED_AND_RIGHT),
        TrustEvent(cause=TrustCause.ERROR),
        TrustEvent(cause=TrustCause.ERROR),
    )
    assert features(*before, *since) == pytest.approx(
        {
            "answered": 1.0,
            "mean": 0.3125,
            "n_answers": 1 / 12,
            "accepted_since": 1 / 3,
            "used_and_right_since": 1 / 3,
            "error_since": 2 / 3,
            "declined_in_all": 1 / 12,
            "accepted_in_all": 1 / 12,
            "used_and_right_in_all": 1 / 12,
            "error_in_all": 3 / 12,
            "level_1_since": 1 / 3,
            "level_3_since": 1 / 3,
            "confusion_since": 1 / 3,
            "frustration_since": 2 / 3,
        }
    )


def test_counts_end_at_one():
    many = features(*[TrustEvent(cause=TrustCause.ERROR)] * 40)
    assert (many["error_since"], many["error_in_all"]) == (1.0, 1.0)


def test_the_estimate_is_the_mean_answer_and_its_spread():
    found = LearnedTrust(SETTINGS, Says(0.1, 0.2, 0.4, 0.2, 0.1)).estimate(())
    assert (found.mean, found.sd) == (3.0, round(math.sqrt(1.2), 4))
    assert LearnedTrust(SETTINGS, Says(0.0, 0.0, 0.0, 0.0, 1.0)).estimate(()).sd == 0.01


@pytest.mark.parametrize(
    "p",
    [(1.0,), (0.5, 0.5, 0.5, 0.0, 0.0), (math.nan,) * 5, (1.5, -0.5, 0.0, 0.0, 0.0), (0.1,) * 10, ()],
)
def test_what_are_no_probabilities_is_refused(p: tuple[float, ...]):
    with pytest.raises(ValueError, match="no probabilities of 5 answers"):
        LearnedTrust(SETTINGS, Says(*p)).estimate(())


def test_a_log_tells_the_events_the_model_was_told_of():
    population = Population(parameters=load_parameters(), seed=1, auc=0.75, begin=begins, boards=8)
    met: set[str] = set()
    for condition, learner in (("L1-A", 0), ("L1-A", 5), ("L3-A", 3), ("C0", 1)):
        model = Hears()
        session = population.play(replace(setup(condition), trust_model=model), learner)
        assert events_of(session.rows) == model.told
        met |= {event.cause.value for event in model.told}
    assert met == {"start", "accepted", "lapsed", "used_and_right", "error", "probe"}


@pytest.mark.parametrize(
    ("condition", "what", "told"),
    [
        ("L2-A", lambda drive: drive.say("not_now"), reaction("declined", 2, "confusion")),
        ("L1-A", lambda drive: drive.seconds(40), reaction("ignored", 1, "confusion")),
        ("L3-A", lambda drive: drive.undo(), reaction("undone", 3, "confusion")),
    ],
)
def test_a_reaction_is_told_with_its_level_and_reason(
    condition: str, what: Callable[[Drive], Drive], told: TrustEvent
):
    model = Hears()
    drive = Drive(replace(setup(condition), trust_model=model)).begin().wrong()
    what(drive.seconds(25, confused))
    assert model.told[-1] == told
    assert events_of(drive.rows) == model.told


def learned() -> Drive:
    drive = Drive(replace(setup("AD"), trust_model=LearnedTrust(SETTINGS, Leans()))).begin()
    drive.wrong().seconds(40, troubled).say("not_now").seconds(5).wrong().solve().probe(2)
    return drive.seconds(90, frustrated).wrong().solve()


def test_every_change_of_a_learned_estimate_is_logged_with_its_cause():
    states = learned().of(TrustState)
    assert states[0].cause == "start"
    assert {"error", "declined", "probe"} <= {row.cause for row in states}
    for before, after in pairwise(states):
        assert after.delta == pytest.approx(after.trust - before.trust, abs=2e-4)
    assert all(row.sd is not None and row.sd > 0 for row in states)


def test_the_rules_say_nothing_of_a_wrong_check():
    model = Hears()
    drive = Drive(replace(setup("AD"), trust_model=model)).begin().wrong().wrong()
    assert [row.cause for row in drive.of(TrustState)] == ["start"]
    assert [event.cause for event in model.told] == ["start", "error", "error"]


def test_the_tutor_goes_by_the_learned_estimate_and_does_the_same_again():
    drive = learned()
    initiative = drive.tutor.initiative
    last = drive.last(TrustState)
    assert (round(initiative.trust, 4), round(initiative.trust_sd, 4)) == (last.trust, last.sd)
    assert replayed(drive) == drive.rows
    assert laws.complaints(drive.rows, "AD", SETTINGS) == []
