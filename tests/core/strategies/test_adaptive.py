"""AD and NB, cell by cell: the study's table written out a second time, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tutorbot.core.acts import Move, ProactivityLevel
from tutorbot.core.evidence import Basis, Candidate
from tutorbot.core.strategies import STRATEGIES, Context, Decision
from tutorbot.core.strategies.adaptive import ASK_FIRST
from tutorbot.core.strategies.adaptive import TABLE as TABLE_IN_FORCE
from tutorbot.core.trust import TrustBand


def candidate(kind: str, basis: str) -> Candidate:
    return Candidate(kind=kind, basis=Basis(basis), signs=(), evidence=())


def context(band: str, **changes: Any) -> Context:
    values: dict[str, Any] = {
        "persists": False,
        "suggested": False,
        "n_errors": 0,
        "errors_persisting": 3,
        "objective": "trust_first",
    }
    return Context(band=TrustBand(band), **(values | changes))


NONE = (0, None)
NOTE = (1, Move.SIGNAL_PRESENCE)
GIVE_CONTROL = (1, Move.GIVE_CONTROL)
SUGGEST = (2, Move.OFFER_CONTRAST)
ASK = (2, Move.ASK_BEFORE_STEP)
STEP = (3, Move.WORKED_STEP)
FIRST: dict[str, Any] = {}
PERSISTS = {"persists": True}
AFTER_A_SUGGESTION = {"persists": True, "suggested": True}
THREE_ERRORS = {"n_errors": 3}
THREE_ERRORS_AFTER_A_SUGGESTION = {"n_errors": 3, "suggested": True}

TABLE = [
    # kind, basis, situation, low, mid, high
    ("confusion", "face_only", FIRST, NONE, NOTE, NOTE),
    ("confusion", "face_only", AFTER_A_SUGGESTION, NONE, NOTE, NOTE),
    ("confusion", "corroborated", FIRST, NOTE, SUGGEST, SUGGEST),
    ("confusion", "corroborated", THREE_ERRORS, SUGGEST, SUGGEST, STEP),
    ("confusion", "corroborated", PERSISTS, NOTE, SUGGEST, SUGGEST),
    ("confusion", "corroborated", AFTER_A_SUGGESTION, NOTE, SUGGEST, ASK),
    ("frustration", "face_only", FIRST, NONE, NOTE, NOTE),
    ("frustration", "face_only", AFTER_A_SUGGESTION, NONE, NOTE, NOTE),
    ("frustration", "face_only", THREE_ERRORS, NONE, NOTE, NOTE),
    ("frustration", "corroborated", FIRST, NOTE, SUGGEST, SUGGEST),
    ("frustration", "corroborated", PERSISTS, SUGGEST, SUGGEST, STEP),
    ("frustration", "corroborated", AFTER_A_SUGGESTION, SUGGEST, ASK, STEP),
    ("frustration", "corroborated", THREE_ERRORS, SUGGEST, SUGGEST, STEP),
    ("frustration", "corroborated", THREE_ERRORS_AFTER_A_SUGGESTION, SUGGEST, ASK, STEP),
    ("off_task", "behaviour_only", FIRST, NOTE, NOTE, SUGGEST),
    ("off_task", "behaviour_only", AFTER_A_SUGGESTION, NOTE, NOTE, SUGGEST),
    ("idle", "behaviour_only", FIRST, NOTE, NOTE, SUGGEST),
    ("idle", "behaviour_only", AFTER_A_SUGGESTION, NOTE, NOTE, SUGGEST),
    ("stuck", "behaviour_only", FIRST, NOTE, NOTE, SUGGEST),
    ("stuck", "behaviour_only", THREE_ERRORS_AFTER_A_SUGGESTION, NOTE, NOTE, SUGGEST),
    ("repeated_error", "behaviour_only", THREE_ERRORS, NOTE, NOTE, SUGGEST),
    ("repeated_error", "behaviour_only", THREE_ERRORS_AFTER_A_SUGGESTION, NOTE, NOTE, SUGGEST),
    ("low_trust", "behaviour_only", FIRST, GIVE_CONTROL, NONE, NONE),
]
AS_CORROBORATED = [
    (kind, "behaviour_only", situation, *cells)
    for kind, basis, situation, *cells in TABLE
    if basis == "corroborated"
]
AS_FRUSTRATION = [
    ("both", basis, situation, *cells)
    for kind, basis, situation, *cells in [*TABLE, *AS_CORROBORATED]
    if kind == "frustration"
]
CELLS = [
    (kind, basis, situation, band, cell)
    for kind, basis, situation, *cells in [*TABLE, *AS_CORROBORATED, *AS_FRUSTRATION]
    for band, cell in zip(("low", "mid", "high"), cells, strict=True)
]


def answer(decision: Decision) -> tuple[int, Move | None]:
    return int(decision.level), decision.move


@pytest.mark.parametrize(("kind", "basis", "situation", "band", "cell"), CELLS)
def test_each_cell_of_the_table(
    kind: str, basis: str, situation: dict[str, Any], band: str, cell: tuple[int, Move | None]
):
    for condition in ("AD", "NB"):
        decision = STRATEGIES[condition].decide(candidate(kind, basis), context(band, **situation))
        assert answer(decision) == cell
        assert (decision.reason == "low_trust") == (cell == NONE)


@pytest.mark.parametrize("situation", [PERSISTS, AFTER_A_SUGGESTION, THREE_ERRORS])
@pytest.mark.parametrize("kind", ["frustration", "both"])
def test_focus_first_steps_in_on_persisting_frustration_at_mid_trust(kind: str, situation: dict[str, Any]):
    decide = STRATEGIES["AD"].decide
    focus = context("mid", objective="focus_first", **situation)
    assert answer(decide(candidate(kind, "corroborated"), focus)) == STEP


@pytest.mark.parametrize(("kind", "basis", "situation", "band", "cell"), CELLS)
def test_focus_first_differs_from_trust_first_nowhere_else(
    kind: str, basis: str, situation: dict[str, Any], band: str, cell: tuple[int, Move | None]
):
    persists = situation.get("persists") or situation.get("n_errors", 0) >= 3
    many = situation.get("n_errors", 0) >= 3
    frustration = kind in {"frustration", "both"} and persists
    affect = kind in {"confusion", "frustration", "both"}
    if affect and (frustration or many) and basis != "face_only" and band == "mid":
        cell = STEP
    focus = context(band, objective="focus_first", **situation)
    assert answer(STRATEGIES["AD"].decide(candidate(kind, basis), focus)) == cell


OTHER_CELLS = [*ProactivityLevel, ASK_FIRST]
MUTATIONS = [
    (row, band, cell)
    for row, cells in TABLE_IN_FORCE.items()
    for band, right in cells.items()
    for cell in OTHER_CELLS
    if cell != right
    and not (row.endswith("_first") and {cell, right} == {ASK_FIRST, ProactivityLevel.SUGGESTION})
]
"""Every cell with every other value. Where no act was said on the board yet, nothing was suggested there
either, and ASK_FIRST is a SUGGESTION: no behaviour tells the two apart."""


@pytest.mark.parametrize(("row", "band", "cell"), MUTATIONS)
def test_a_change_of_any_cell_is_seen_by_the_cells_above(
    row: str, band: TrustBand, cell: ProactivityLevel | str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(TABLE_IN_FORCE[row], band, cell)
    disagree = [
        (kind, basis)
        for kind, basis, situation, at_band, wanted in CELLS
        if answer(STRATEGIES["AD"].decide(candidate(kind, basis), context(at_band, **situation))) != wanted
    ]
    assert disagree


def test_two_errors_do_not_persist_yet():
    decide = STRATEGIES["AD"].decide
    assert answer(decide(candidate("frustration", "corroborated"), context("high", n_errors=2))) == SUGGEST


def test_both_follow_trust_and_only_one_of_them_looks_at_the_face():
    assert [(STRATEGIES[c].follows_trust, STRATEGIES[c].uses_face) for c in ("AD", "NB")] == [
        (True, True),
        (True, False),
    ]
