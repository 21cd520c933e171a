"""Places are given out as the list says, drop-outs are filled anew, and cells stay even."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies.allocation import Given, Next, cell_for, list_hash, list_text, listed, next_place, strata_of
from studies.protocol import Protocol
from studies.protocol.arms import arms, n_sequences, parts
from studies.protocol.design import rows_of
from tests.studies.protocols import HELP, RULES, protocol, three_by_two

PRIOR = {
    "id": "prior",
    "title": {"en": "Have you worked with a tutor like this?"},
    "options": {"yes": {"en": "Yes"}, "no": {"en": "No"}},
}
AGE = {
    "id": "age",
    "title": {"en": "How old are you?"},
    "options": {"young": {"en": "Under 30"}, "older": {"en": "30 or more"}},
}


class Book:
    """Places given out so far, as the log would hold them."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.given: list[Given] = []

    def arrive(self, stratum: str = "", serves=lambda cell: True) -> Next | None:
        place = next_place(self.protocol, self.given, stratum, serves=serves)
        if place is not None:
            self.given.append(
                Given(
                    n=len(self.given) + 1,
                    list_n=place.list_n,
                    refill_of=place.refill_of,
                    stratum=stratum,
                    cell=place.cell,
                    sequence=place.sequence,
                    released=False,
                )
            )
        return place

    def drop(self, n: int) -> None:
        place = self.given[n - 1]
        self.given[n - 1] = Given(
            n=place.n,
            list_n=place.list_n,
            refill_of=place.refill_of,
            stratum=place.stratum,
            cell=place.cell,
            sequence=place.sequence,
            released=True,
        )

    def held(self) -> Counter[str]:
        return Counter(place.cell for place in self.given if not place.released)


def spread(numbers: Counter[str], cells: list[str]) -> int:
    values = [numbers[cell] for cell in cells]
    return max(values) - min(values)


# ------------------------------------------------------------------------ the list


def test_forty_participants_of_a_three_by_two_study_fill_its_cells_within_one():
    study = three_by_two()
    book = Book(study)
    for _ in range(40):
        book.arrive()
    cells = [arm.cell for arm in arms(study)]
    assert len(cells) == 6
    assert spread(book.held(), cells) == 1


@given(seed=st.integers(0, 2**31 - 1), per_block=st.integers(1, 3))
@settings(max_examples=40)
def test_every_block_holds_each_cell_as_often(seed: int, per_block: int):
    study = three_by_two(seed=seed, allocation={"method": "permuted_blocks", "per_block": per_block})
    size = 6 * per_block
    for block in range(3):
        cells = Counter(cell_for(study, n) for n in range(block * size + 1, (block + 1) * size + 1))
        assert set(cells.values()) == {per_block}


def test_the_list_and_its_hash_hang_on_the_seed_alone():
    assert list_text(three_by_two()) == list_text(three_by_two())
    assert list_hash(three_by_two()) == list_hash(three_by_two())
    assert list_hash(three_by_two()) != list_hash(three_by_two(seed=1))


def test_each_stratum_has_a_list_of_its_own():
    study = three_by_two(allocation={"method": "permuted_blocks", "strata": [PRIOR, AGE]})
    assert strata_of(study) == [
        "prior=yes age=young",
        "prior=yes age=older",
        "prior=no age=young",
        "prior=no age=older",
    ]
    lists = {name: [listed(study, n, name)[0] for n in range(1, 25)] for name in strata_of(study)}
    assert all(Counter(cells) == Counter(lists["prior=yes age=young"]) for cells in lists.values())
    assert any(one != other for one, other in combinations(lists.values(), 2))


# ------------------------------------------------------------------------ drop-outs


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_places_are_the_list_and_refills_whoever_drops_out(data: st.DataObject):
    study = three_by_two()
    book = Book(study)
    for _ in range(data.draw(st.integers(1, 40))):
        book.arrive()
        open_ones = [place.n for place in book.given if not place.released]
        if data.draw(st.booleans()):
            book.drop(data.draw(st.sampled_from(open_ones)))
    taken = [place.list_n for place in book.given if place.list_n is not None]
    assert taken == list(range(1, len(taken) + 1)), "the list is used in order, without a gap"
    for place in book.given:
        if place.refill_of is not None:
            filled = book.given[place.refill_of - 1]
            assert filled.released
            assert (filled.cell, filled.sequence) == (place.cell, place.sequence)
    refilled = [place.refill_of for place in book.given if place.refill_of is not None]
    assert len(set(refilled)) == len(refilled), "no place is filled twice"
    while any(place.released and place.n not in refilled for place in book.given):
        book.arrive()
        refilled = [place.refill_of for place in book.given if place.refill_of is not None]
    assert spread(book.held(), [arm.cell for arm in arms(study)]) <= 1


def test_a_cell_that_cannot_be_given_now_keeps_its_place_for_later():
    study = protocol(
        conditions=["L1-A", "L1-Y"],
        evidence_sources=["interaction"],
        allocation={"method": "permuted_blocks"},
    )
    book = Book(study)
    first = [book.arrive(serves=lambda cell: cell != "L1-Y") for _ in range(3)]
    assert [place.cell for place in first if place] == ["L1-A"] * 3
    later = [book.arrive() for _ in range(3)]
    assert [place.cell for place in later if place] == ["L1-Y"] * 3
    assert sorted(place.list_n or 0 for place in book.given) == [1, 2, 3, 4, 5, 6]
    assert book.arrive(serves=lambda cell: False) is None


# ------------------------------------------------------------------------ minimisation


@given(strata=st.lists(st.sampled_from(["prior=yes", "prior=no"]), min_size=30, max_size=60))
@settings(max_examples=30, deadline=None)
def test_minimisation_keeps_every_stratum_nearly_even_and_says_why(strata: list[str]):
    study = three_by_two(allocation={"method": "minimisation", "strata": [PRIOR], "p_best": 1.0})
    book, again = Book(study), Book(study)
    cells = [arm.cell for arm in arms(study)]
    for stratum in strata:
        place = book.arrive(stratum)
        assert place is not None
        assert place.reason is not None
        assert place.cell in place.reason["best"]
        assert again.arrive(stratum) == place, "the stream is drawn from the seed"
    for stratum in set(strata):
        held = Counter(place.cell for place in book.given if place.stratum == stratum)
        assert spread(held, cells) <= 1


def test_minimisation_with_chance_still_stays_close():
    study = three_by_two(allocation={"method": "minimisation", "strata": [PRIOR]})
    book = Book(study)
    for n in range(120):
        book.arrive("prior=yes" if n % 3 else "prior=no")
    assert spread(book.held(), [arm.cell for arm in arms(study)]) <= 8, "chance alone: 5 to 18"
    assert any(place.cell not in one for place, one in zip(book.given, _bests(study), strict=True)), "p_best"


def _bests(study: Protocol) -> list[list[str]]:
    book, found = Book(study), []
    for n in range(120):
        place = book.arrive("prior=yes" if n % 3 else "prior=no")
        assert place is not None
        assert place.reason is not None
        found.append(place.reason["best"])
    return found


# ------------------------------------------------------------------------ orders


@pytest.mark.parametrize("n", range(2, 9))
def test_a_williams_square_lets_each_cell_follow_each_other_one_equally_often(n: int):
    rows = rows_of("williams", n)
    assert len(rows) == (n if n % 2 == 0 else 2 * n)
    for place in range(n):
        assert set(Counter(row[place] for row in rows).values()) == {len(rows) // n}
    pairs = Counter(pair for row in rows for pair in pairwise(row))
    assert set(pairs.values()) == {len(rows) // n}
    assert len(pairs) == n * (n - 1)


@pytest.mark.parametrize(
    "order", ["latin_square", "williams", "random", {"rows": [[1, 2, 3], [2, 3, 1], [3, 1, 2]]}]
)
def test_within_each_arm_the_orders_are_spread_evenly(order: object):
    within = {**HELP, "vary": "within"}
    study = three_by_two(factors=[within, {**RULES, "vary": "between"}], order=order, problems=[])
    book = Book(study)
    for _ in range(24):
        book.arrive()
    made = n_sequences(study)
    for cell in {place.cell for place in book.given}:
        orders = Counter(place.sequence for place in book.given if place.cell == cell)
        if made is not None:
            assert max(orders.values()) - min(orders.values()) <= 1
            assert len(orders) == min(made, 12)
    session = parts(study, book.given[0].cell, book.given[0].sequence)
    assert len(session) == 3
    assert {part.condition for part in session} == {"C0", "L1-A", "NB"}
    assert all(part.problems for part in session)
