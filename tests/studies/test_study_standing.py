"""How a running study stands: places by cell, and the stop rule as the report computes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from studies.log.standing import changes_of, stop_standing, study_standing
from tests.studies.protocols import protocol, three_by_two
from tests.studies.test_enrolment import Desk
from tutorbot.core.events import Act, Delivery, Probe
from tutorbot.ports import LogHeader

FALLING = {"stop_rule": {"fall": 1.0, "least": 2}}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(**changes: Any) -> Desk:
        made.append(Desk(f"sqlite:///{tmp_path}/log.db", three_by_two(**changes)))
        return made[-1]

    yield make
    for one in made:
        one.log.close()


async def intervened(here: Desk, header: LogHeader, before: int, after: int) -> None:
    """An answer, an INTERVENTION, an answer."""
    act = Act(
        at_s=3,
        act_id="A1",
        trigger_id="T1",
        item_id="I1",
        level_offered=3,
        level=3,
        move="worked_step",
        follows_act_id=None,
        motivate=False,
    )
    said = Delivery(at_s=4, act_id="A1", delivered=True, level=3, wording_id="w", latency_s=0.5, reason=None)
    first, second = (
        Probe(at_s=at_s, item_id=item, trust=trust, concentration=3)
        for at_s, item, trust in ((2, "I1", before), (5, "I2", after))
    )
    await here.put(header, first, act, said, second)


async def test_places_are_counted_for_every_cell_and_those_given_back_are_not(desk: Callable[..., Desk]):
    here = desk(sample={"n": 6})
    headers = [await here.join() for _ in range(4)]
    for header in headers:
        await here.consent(header)
    await here.end(headers[0], "criterion")
    await here.end(headers[1], "stopped_by_learner")
    found = await here.enrolment.standing()
    assert len(found["cells"]) == 6
    assert (found["completed"], found["planned"], found["full"]) == (1, 6, False)
    assert found["running"] == 2 == sum(one["running"] for one in found["cells"])


async def test_the_study_is_full_once_all_places_are_held(desk: Callable[..., Desk]):
    here = desk(sample={"n": 2})
    for _ in range(2):
        await here.join()
    assert (await here.enrolment.standing())["full"] is True
    here.study = protocol(sample={"n": 2, "close": False})
    found = await here.log.reading(lambda connection: study_standing(connection, here.study))
    assert found.full is False


async def test_the_stop_rule_is_reached_by_the_mean_over_people(desk: Callable[..., Desk]):
    here = desk(**FALLING)
    first, second, third = [await here.join() for _ in range(3)]
    for header in (first, second, third):
        await here.consent(header)
    await intervened(here, first, 5, 3)
    found = await here.enrolment.standing()
    assert (found["stop_reached"], found["stop"]["n"]) == (False, 1)  # from two answers on
    await intervened(here, second, 4, 3)
    found = await here.enrolment.standing()
    assert found["stop_reached"] is True
    assert found["stop"] == {"n": 2, "people": 2, "mean": -1.5, "fall": 1.0, "least": 2}
    await intervened(here, third, 3, 4)
    found = await here.enrolment.standing()
    assert (found["stop_reached"], found["stop"]["mean"]) == (False, -0.67)


async def test_who_took_the_consent_back_no_longer_counts_for_the_stop_rule(desk: Callable[..., Desk]):
    here = desk(**FALLING)
    header = await here.join()
    await here.consent(header)
    await intervened(here, header, 5, 2)
    await here.end(header, "consent_withdrawn")
    assert (await here.enrolment.standing())["stop"]["n"] == 0


def test_a_change_needs_an_answer_before_and_one_after_the_intervention():
    assert list(changes_of([None, 4, 3, None, None, 2, 2, None])) == [-1]
    assert list(changes_of([])) == []


@pytest.mark.parametrize(("fall", "reached"), [(-1.0, False), (-1.01, True)])
def test_the_rule_asks_for_more_than_the_fall(fall: float, reached: bool):
    changes: Any = {"P001": [fall], "P002": [fall]}
    assert stop_standing(changes, three_by_two(**FALLING)).reached is reached
