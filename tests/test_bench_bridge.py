"""What the comparison with roslibpy says of its figures: never, ratios, claims that did not hold."""

from __future__ import annotations

from typing import Any

from bench.bridge_sides.table import claims, table


def lost(**changed: Any) -> dict[str, Any]:
    """A bridge that was lost and came back."""
    usual = {
        "ready_s": 4.0,
        "arrived_s": 4.1,
        "refused": 20,
        "call": "RobotUnreachable",
        "call_s": 0.01,
        "watched_s": 20.0,
        "n_late": 0,
        "oldest_s": 0.0,
        "n_lost": 0,
    }
    return {**usual, **changed}


def killed(ours: dict[str, Any], roslibpy: dict[str, Any]) -> dict[str, dict[str, list[Any]]]:
    return {"killed bridge, back after 2 s": {"ours": [ours], "roslibpy": [roslibpy]}}


def test_what_never_came_is_told_as_never_and_has_no_ratio():
    never = lost(arrived_s=None, ready_s=8.0, call=None, call_s=None, n_late=3, oldest_s=2.5)
    text = table(killed(lost(), never))
    assert "| killed bridge, back after 2 s: first gesture at the robot, median | 4.1 s | never | |" in text
    assert "| killed bridge, back after 2 s: connected and ready, median | 4.0 s | 8.0 s | 2.0 |" in text
    assert "| 0 | 3, oldest 2.5 s | |" in text
    assert "| 1 of 1: RobotUnreachable after at most 0.01 s | never, 20.0 s watched | |" in text


def test_a_claim_that_did_not_hold_is_told():
    found = {text: holds for text, _, holds in claims(killed(lost(ready_s=9.0, oldest_s=0.4), lost()))}
    assert found == {
        "back to READY: median at most 5 s": False,
        "back to READY: at most 8 s": False,
        "nothing later than 1 s": True,
    }
