"""The concentration index: behaviour and face in one number, with what moved it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import Drive, confused, no_camera, setup, window
from tutorbot.core.concentration import Focus, concentration
from tutorbot.core.events import AffectWindow, ConcentrationState
from tutorbot.core.settings import TutorSettings

SETTINGS = TutorSettings()


def focus(
    *,
    away: bool = False,
    idle_s: float = 0.0,
    guesses: int = 0,
    n_changes: int = 0,
    slowness: float | None = None,
    face: float | None = None,
) -> Focus:
    return Focus(away=away, idle_s=idle_s, guesses=guesses, n_changes=n_changes, slowness=slowness, face=face)


def index(**of: float | bool | None) -> float:
    return concentration(focus(**of), SETTINGS).index  # type: ignore[arg-type]


def test_somebody_at_work_is_concentrated_and_somebody_away_is_not():
    assert index() == 1.0
    assert index(face=1.0) == 1.0
    assert index(away=True) == 0.0
    assert index(away=True, face=1.0) == 0.0


def test_thinking_is_no_idling_and_a_minute_without_input_is():
    assert index(idle_s=15.0) == 1.0
    assert index(idle_s=60.0) == pytest.approx(0.15 / 0.5)
    assert index(idle_s=600.0) == index(idle_s=60.0)


def test_guessing_and_moving_cards_to_and_fro_count_less_than_idling():
    assert index(guesses=3) == pytest.approx(1 - 0.15 / 0.5 / 2)
    assert index(n_changes=8) == pytest.approx(1 - 0.15 / 0.5 / 2)
    assert index(idle_s=60.0) < index(guesses=3, n_changes=8)


def test_who_begins_as_soon_as_usual_is_prompt_and_who_takes_four_times_as_long_is_not():
    assert index(slowness=1.5) == 1.0
    assert index(slowness=4.0) == pytest.approx(0.5 / 0.6)
    assert index(slowness=99.0) == index(slowness=4.0)
    assert 0.5 / 0.6 < index(slowness=2.5) < 1.0


def test_the_last_response_is_held_against_the_own_median():
    drive = Drive(setup("NB")).begin(camera=False)
    for _ in range(3):
        drive.seconds(5, no_camera).wrong().seconds(5, no_camera).solve().probe()
    drive.seconds(40, no_camera)
    prompt = [dict(row.parts).get("promptness") for row in drive.of(ConcentrationState)]
    drive.wrong().seconds(2, no_camera)
    assert dict(drive.last(ConcentrationState).parts)["promptness"] == 0.0
    assert 0.0 not in prompt


def test_the_face_weighs_half_and_makes_the_index_surer():
    assert index(face=0.0) == pytest.approx(0.5)
    with_face, without = concentration(focus(face=0.4), SETTINGS), concentration(focus(), SETTINGS)
    assert with_face.sd < without.sd
    assert dict(with_face.parts)["face"] == 0.4


@given(
    away=st.booleans(),
    idle_s=st.floats(0, 1e4),
    guesses=st.integers(0, 20),
    n_changes=st.integers(0, 100),
    face=st.none() | st.floats(0, 1),
)
def test_it_stays_on_its_scale_and_says_what_moved_it(
    away: bool, idle_s: float, guesses: int, n_changes: int, face: float | None
):
    made = concentration(
        focus(away=away, idle_s=idle_s, guesses=guesses, n_changes=n_changes, face=face), SETTINGS
    )
    assert 0.0 <= made.index <= 1.0
    assert all(0.0 <= value <= 1.0 for _, value in made.parts)
    before = concentration(focus(), SETTINGS)
    assert made.cause(None) == "start"
    assert made.cause(before) in {"page", "activity", "steadiness", "face"}


def states(drive: Drive) -> list[tuple[str, float]]:
    return [(row.cause, row.concentration) for row in drive.of(ConcentrationState)]


def test_a_session_logs_each_change_with_its_cause():
    drive = Drive(setup("NB")).begin(camera=False).seconds(1, no_camera)
    assert states(drive) == [("start", 1.0)]
    drive.seconds(70, no_camera)
    assert {cause for cause, _ in states(drive)[1:]} == {"activity"}
    assert states(drive)[-1][1] < 0.4
    drive.place(drive.free_cards()[0], "left").seconds(1, no_camera)
    assert states(drive)[-1] == ("activity", 1.0)
    drive.leave().seconds(1, no_camera)
    assert states(drive)[-1] == ("page", 0.0)


def looking(at_s: float) -> AffectWindow:
    return window(at_s, concentration=0.4)


def test_the_face_counts_with_consent_alone():
    drive = Drive(setup("AD")).begin().seconds(2, looking)
    assert dict(drive.last(ConcentrationState).parts)["face"] == 0.4
    drive.refuse_camera().seconds(1, looking)
    assert drive.last(ConcentrationState).cause == "face"
    assert "face" not in dict(drive.last(ConcentrationState).parts)
    unseen = Drive(setup("NB")).begin().seconds(3, looking)
    assert "face" not in dict(unseen.last(ConcentrationState).parts)


def test_no_decision_rests_on_it():
    plain = Drive(setup("AD")).begin().wrong().seconds(60, confused)
    never = Drive(setup("AD", focus_step=1.0, focus_face=0.0)).begin().wrong().seconds(60, confused)

    def decided(drive: Drive) -> list[object]:
        return [row for row in drive.rows if not isinstance(row, ConcentrationState)]

    assert decided(plain) == decided(never)
