"""Who is asked once more."""

from __future__ import annotations

import pytest

from tutorbot.core.acts import DialogueAct, Move, ProactivityLevel
from tutorbot.core.settings import TutorSettings
from tutorbot.core.silence import QUESTIONS, asks_again
from tutorbot.core.strategies import STRATEGIES
from tutorbot.core.trust import TrustBand

LONG_S = TutorSettings().ask_again_after_s
LEVELS = {
    Move.SIGNAL_PRESENCE: ProactivityLevel.NOTIFICATION,
    Move.GIVE_CONTROL: ProactivityLevel.NOTIFICATION,
    Move.OFFER_CONTRAST: ProactivityLevel.SUGGESTION,
    Move.ASK_BEFORE_STEP: ProactivityLevel.SUGGESTION,
    Move.WORKED_STEP: ProactivityLevel.INTERVENTION,
}


def again(
    move: Move = Move.OFFER_CONTRAST,
    *,
    condition: str = "AD",
    band: TrustBand = TrustBand.MID,
    silent_s: float = LONG_S,
    settings: TutorSettings | None = None,
) -> bool:
    act = DialogueAct(act_id="A1", level=LEVELS[move], move=move, trigger_id="T1", item_id="I1")
    return asks_again(
        act,
        silent_s=silent_s,
        strategy=STRATEGIES[condition],
        band=band,
        settings=settings or TutorSettings(),
    )


@pytest.mark.parametrize("move", Move)
def test_only_what_asks_is_asked_again(move: Move):
    assert again(move) is (move in QUESTIONS)


@pytest.mark.parametrize("condition", STRATEGIES)
def test_the_condition_decides_whether_silence_is_met_with_the_question_again(condition: str):
    assert again(condition=condition) is (condition not in {"C0", "WZ"})


@pytest.mark.parametrize("condition", STRATEGIES)
def test_who_trusts_little_is_not_pressed_where_trust_counts(condition: str):
    high, low = (again(condition=condition, band=band) for band in (TrustBand.HIGH, TrustBand.LOW))
    follows = STRATEGIES[condition].follows_trust
    assert low is (high and not follows)


def test_it_waits_and_can_be_switched_off():
    assert not again(silent_s=LONG_S - 0.1)
    assert again(silent_s=0.5, settings=TutorSettings(ask_again_after_s=0.5))
    assert not again(silent_s=1000.0, settings=TutorSettings(ask_again_after_s=0.0))
