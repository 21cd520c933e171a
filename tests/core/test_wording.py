"""Which wording is said: dealt in turn, from a seeded start."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import PHRASES
from tutorbot.core.wording import Wording

SEVERAL = sorted(key for key, stock in PHRASES.wordings.items() if len(stock) > 1)
NAMES = "hint offer contrast text explanation reason first second n_right n_cards"
FIELDS = {name: f"<{name}>" for name in NAMES.split()}


@given(st.integers(0, 10_000), st.lists(st.sampled_from(SEVERAL), min_size=2, max_size=40))
def test_no_key_says_the_same_twice_in_a_row(seed: int, keys: list[str]):
    wording, last = Wording(PHRASES, seed), {}
    for key in keys:
        wording_id, text = wording.text(key, **FIELDS)
        assert last.get(key) != (wording_id, text)
        last[key] = (wording_id, text)


@given(st.integers(0, 10_000), st.sampled_from(sorted(PHRASES.wordings)))
def test_every_wording_comes_up_before_one_comes_again(seed: int, key: str):
    wording, stock = Wording(PHRASES, seed), PHRASES.wordings[key]
    ids = [wording.text(key, **FIELDS)[0] for _ in stock]
    assert sorted(ids) == sorted(f"{key}/{n}" for n in range(1, len(stock) + 1))
    assert wording.text(key, **FIELDS)[0] == ids[0]


def test_the_id_names_the_wording_that_was_said():
    wording = Wording(PHRASES, 3)
    wording_id, text = wording.text("hint", hint="Look.")
    n = int(wording_id.removeprefix("hint/"))
    assert text == PHRASES.wordings["hint"][n - 1].format(hint="Look.")


def test_another_seed_begins_elsewhere_and_the_same_seed_does_not():
    first = {seed: Wording(PHRASES, seed).text("notification")[0] for seed in range(20)}
    assert first == {seed: Wording(PHRASES, seed).text("notification")[0] for seed in range(20)}
    assert len(set(first.values())) == len(PHRASES.wordings["notification"])


def test_quick_replies_are_words_and_not_keys():
    line = Wording(PHRASES, 1).line("suggestion", act_id="A1", choices=("choice_yes",), offer="Shall I?")
    assert (line.act_id, line.choices) == ("A1", ("Yes, please",))
