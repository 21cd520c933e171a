"""docs/walk.md shows the rows a log really holds after the walk it describes."""

from __future__ import annotations

from pathlib import Path

from tests.builders import Drive, confused, setup
from tutorbot.core.events import AffectWindow, Row

WALK = Path(__file__).parents[2] / "docs/walk.md"
SHOWN = {
    "action": ("kind", "target"),
    "attempt": ("n_right", "n_cards", "correct", "helped"),
    "affect_window": ("confusion", "frustration", "coverage"),
    "trigger": ("trigger_id", "kind", "basis", "signs", "level_offered", "level_allowed", "outcome"),
    "state_change": ("source", "dest"),
    "act": ("act_id", "trigger_id", "level", "move"),
    "tutor_said": ("wording_id", "act_id"),
    "delivery": ("act_id", "delivered", "level", "latency_s"),
    "learner_said": ("utterance_id", "text"),
    "understood": ("utterance_id", "intent"),
    "reaction": ("act_id", "reaction", "latency_s", "via"),
    "trust_state": ("trust", "band", "delta", "cause"),
    "item_end": ("outcome", "n_attempts", "first_try"),
}
"""Table -> columns the walk shows."""


def walked() -> list[Row]:
    """One wrong check, twenty seconds of a puzzled face, an offer, a yes, a solved board."""
    drive = Drive(setup("AD", seed=1)).begin().wait(10.0).wrong().seconds(20, confused)
    drive.deliver = False
    drive.tick(confused)
    drive.wait(0.3).deliver_now("A1")
    drive.wait(4.7).say("affirm", "yes please").wait(9.0).solve()
    return drive.rows


def line(row: Row) -> str:
    columns = SHOWN[row.table]
    shown = ", ".join(f"{name} {value(getattr(row, name))}" for name in columns)
    return f"{row.at_s:6.1f}  {row.table:<13}  {shown}"


def value(cell: object) -> str:
    return " + ".join(cell) if isinstance(cell, tuple) else str(cell)


def test_the_rows_in_the_walk_are_those_a_tutor_leaves():
    rows = walked()
    first = next(n for n, row in enumerate(rows) if isinstance(row, AffectWindow) and row.at_s >= 90.5)
    shown = [line(row) for row in rows[first:] if row.table in SHOWN and row.table != "action"]
    block = "```text\n" + "\n".join(shown) + "\n```\n"
    assert block in WALK.read_text()
