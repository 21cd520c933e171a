"""How long a sign in the face has lasted: thresholds, hysteresis, and time without sight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutorbot.core.episodes import Episode
from tutorbot.core.settings import TutorSettings

SETTINGS = TutorSettings()


def run(*scores: float | None, episode: Episode | None = None, from_s: int = 0) -> Episode:
    """One window a second with these scores."""
    episode = episode or Episode()
    for at_s, score in enumerate(scores, start=from_s):
        episode = episode.advance(float(at_s), score, SETTINGS)
    return episode


@pytest.mark.parametrize(("score", "since_s"), [(0.649, None), (0.65, 0.0), (1.0, 0.0)])
def test_an_episode_begins_at_the_enter_threshold(score: float, since_s: float | None):
    assert run(score).since_s == since_s


@pytest.mark.parametrize(("score", "held_s"), [(0.5, 3.0), (0.64, 3.0), (0.499, 0.0)])
def test_between_the_thresholds_an_episode_goes_on_and_under_the_lower_it_is_over(
    score: float, held_s: float
):
    episode = run(0.7, 0.7, 0.7, score)
    assert episode.held_s == held_s
    assert (episode.since_s is None) == (held_s == 0.0)


def test_an_episode_that_ended_needs_the_enter_threshold_again():
    assert run(0.7, 0.7, 0.4, 0.6, 0.6).since_s is None
    assert run(0.7, 0.7, 0.4, 0.6, 0.65, 0.6) == Episode(since_s=4.0, held_s=1.0, last_seen_s=5.0, score=0.6)


def test_the_first_window_of_an_episode_has_held_for_no_time():
    assert run(0.7).held_s == 0.0
    assert run(*[0.7] * 21).held_s == 20.0


def test_without_sight_the_score_is_none_and_never_zero():
    episode = run(0.7, 0.7, None)
    assert episode.score is None
    assert (episode.since_s, episode.held_s) == (0.0, 1.0)
    assert run(None).score is None


def test_seconds_without_sight_do_not_count_as_held():
    assert run(0.7, 0.7, 0.7, None, None, 0.7, 0.7).held_s == 3.0


def test_five_seconds_out_of_sight_are_bridged_and_more_are_not():
    seen = run(0.7, 0.7, 0.7)
    assert run(None, None, None, None, None, episode=seen, from_s=3).since_s == 0.0
    assert run(None, None, None, None, None, None, episode=seen, from_s=3) == Episode()


def test_windows_that_did_not_come_were_not_seen():
    late = run(0.7, 0.7).advance(7.0, 0.7, SETTINGS)
    assert late == Episode(since_s=7.0, held_s=0.0, last_seen_s=7.0, score=0.7)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.5, 1.0, 3.0, 5.0, 6.0, 40.0]),
            st.none() | st.floats(0.0, 1.0),
        ),
        max_size=40,
    )
)
def test_nothing_is_held_longer_than_it_was_seen_without_a_break(windows):
    episode, at_s, seen_s, before = Episode(), 0.0, 0.0, None
    for gap_s, score in windows:
        at_s += gap_s
        episode = episode.advance(at_s, score, SETTINGS)
        if score is not None and before is not None and gap_s <= SETTINGS.face_lost_s:
            seen_s += gap_s
        before = score
        assert 0.0 <= episode.held_s <= seen_s
        assert episode.held_s == 0.0 or episode.since_s is not None
        assert score is None or episode.score == score
