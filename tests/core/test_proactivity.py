"""The machine and its picture in the docs are the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from transitions import MachineError

from tutorbot.core.proactivity import STATES, TRANSITIONS, ProactivityMachine, mermaid

PAGE = Path(__file__).parents[2] / "docs" / "proactivity.md"


def test_the_diagram_in_the_docs_is_drawn_from_the_table():
    page = PAGE.read_text(encoding="utf-8")
    assert page.split("```mermaid\n")[1].split("```")[0] == mermaid()


def test_every_state_is_reached_and_can_be_left_but_the_last():
    sources = {state for move in TRANSITIONS for state in _listed(move["source"])}
    assert {move["dest"] for move in TRANSITIONS} == set(STATES)
    assert sources == set(STATES) - {"ended"}


def test_an_act_is_delivered_only_when_allowed():
    machine = ProactivityMachine()
    machine.fire("calibrated")
    machine.fire("suspect")
    assert not machine.fire("deliver", allowed=False)
    assert machine.state == "candidate"
    assert machine.fire("deliver", allowed=True)
    assert machine.state == "acting"


def test_the_rest_is_kept_over_a_pause():
    machine = ProactivityMachine()
    for cause in ("calibrated", "suspect"):
        machine.fire(cause)
    machine.fire("deliver", allowed=True)
    machine.fire("delivered")
    machine.fire("react")
    machine.fire("pause")
    machine.fire("unpause", rested=False)
    assert machine.state == "resting"
    assert not machine.fire("wake", rested=False)
    assert machine.fire("wake", rested=True)


def test_a_move_that_the_table_does_not_know_is_an_error():
    with pytest.raises(MachineError):
        ProactivityMachine().fire("deliver", allowed=True)


def _listed(source: object) -> list[str]:
    return source if isinstance(source, list) else [str(source)]
