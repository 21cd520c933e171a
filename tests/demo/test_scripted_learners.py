"""Scripted learners before the study's two questions: the board rests until they have answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.session.room import LESSON, Room
from tutorbot.core.events import Action, ValidityAnswer, ValidityProbe
from tutorbot.demo.learners import ANSWER_AFTER_S, TEMPERS, ScriptedLearner

LONGEST_S = 3600


async def played(name: str) -> Room:
    """A whole session of a study that asks, second by second."""
    room = await Room(check_ins=True).open()
    learner = ScriptedLearner(name, LESSON, 1, camera=False)
    for _ in range(LONGEST_S):
        for message in learner.step(room.session.now_s(), room.page.view):
            fields: dict[str, Any] = dict(message)
            await room.send(fields.pop("type"), **fields)
        if room.session.tutor.over:
            await room.sessions.close()
            return room
        await room.seconds(1)
    raise AssertionError(f"{name} never came to the end")


@pytest.mark.parametrize("name", TEMPERS)
async def test_every_one_answers_each_time_and_comes_to_the_end(name: str):
    room = await played(name)
    asked = [row for row in room.of(ValidityProbe) if row.outcome == "asked"]
    answers = room.of(ValidityAnswer)
    assert len(asked) >= 1
    assert [row.probe_id for row in answers] == [row.probe_id for row in asked]
    temper = TEMPERS[name]
    assert {(row.confused, row.frustrated) for row in answers} == {(temper.confused, temper.frustrated)}
    for probe, answer in zip(asked, answers, strict=True):
        assert ANSWER_AFTER_S <= answer.at_s - probe.at_s <= ANSWER_AFTER_S + 1
        assert [row for row in room.of(Action) if probe.at_s < row.at_s < answer.at_s] == []


def test_one_of_them_passes_both_over():
    assert any(temper.confused is temper.frustrated is None for temper in TEMPERS.values())
