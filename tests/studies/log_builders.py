"""Headers and rows for tests of the study log."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_type_hints

from hypothesis import strategies as st

from studies.log.row_tables import CHOICES, RANGES
from tutorbot.core.events import (
    ROW_TYPES,
    Act,
    Consent,
    Delivery,
    Health,
    Probe,
    ReactionSeen,
    Row,
    SessionEnded,
    Trigger,
)
from tutorbot.ports import LogHeader

AT_UTC = "2026-11-24T09:00:01.000Z"

HEADER = LogHeader(
    session_id="s1",
    study_id="pilot",
    participant="P001",
    link="secret-link-s1",
    condition="AD",
    seed=7,
    software_version="0.1.0",
    protocol_hash="aa" * 32,
    lesson_hash="bb" * 32,
    model_hash="cc" * 32,
    protocol="id: pilot\n",
    test_only=False,
    started_at_utc="2026-11-24T09:00:00.000Z",
)


def header(session_id: str = "s1", **changes: Any) -> LogHeader:
    return replace(HEADER, session_id=session_id, **{"link": f"secret-link-{session_id}", **changes})


def probe(n: int = 1, trust: int = 4) -> Probe:
    return Probe(at_s=float(n), item_id=f"I{n}", trust=trust, concentration=3)


def ended(at_s: float = 99.0, reason: str = "criterion") -> SessionEnded:
    return SessionEnded(at_s=at_s, reason=reason, n_items=2, n_acts=1)


def page(state: str = "connected", at_s: float = 0.5) -> Health:
    return Health(at_s=at_s, component="page", state=state)


def consent(*, granted: bool = True, purpose: str = "participation", at_s: float = 0.9) -> Consent:
    return Consent(at_s=at_s, purpose=purpose, granted=granted, version="1", language="en")


def trigger(trigger_id: str = "T1", at_s: float = 10.0, **changes: Any) -> Trigger:
    whole = Trigger(
        at_s=at_s,
        trigger_id=trigger_id,
        kind="confusion",
        basis="corroborated",
        item_id="I1",
        signs=("confusion_dwell", "error"),
        evidence=(("confusion", 0.71), ("n_errors", 2), ("estimator", "heuristic-1"), ("median_s", None)),
        persists=False,
        trust=3.5,
        level_offered=2,
        level_allowed=2,
        outcome="allowed",
        reason=None,
    )
    return replace(whole, **changes)


def act_story() -> tuple[Row, ...]:
    """One act from its trigger to the learner's reaction."""
    return (
        trigger(),
        Act(
            at_s=12.0,
            act_id="A1",
            trigger_id="T1",
            item_id="I1",
            level_offered=2,
            level=2,
            move="offer_contrast",
            follows_act_id=None,
            motivate=False,
        ),
        Delivery(
            at_s=12.5,
            act_id="A1",
            delivered=True,
            level=2,
            wording_id="suggestion/2",
            latency_s=0.5,
            reason=None,
        ),
        ReactionSeen(at_s=15.0, act_id="A1", reaction="accepted", latency_s=2.5, via="said"),
    )


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)  # SQLite has no -0.0
INTS = st.integers(-(2**31), 2**31 - 1)
SHAPES: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    str | None: WORDS | st.none(),
    int: INTS,
    int | None: INTS | st.none(),
    float: NUMBERS,
    float | None: NUMBERS | st.none(),
    bool: st.booleans(),
    tuple[str, ...]: st.lists(WORDS, max_size=4).map(tuple),
    tuple[tuple[str, float], ...]: st.lists(st.tuples(WORDS, NUMBERS), max_size=4).map(tuple),
    tuple[tuple[str, str], ...]: st.lists(st.tuples(WORDS, WORDS), max_size=4).map(tuple),
    tuple[tuple[str, float | int | str | None], ...]: st.lists(
        st.tuples(WORDS, NUMBERS | INTS | WORDS | st.none()), max_size=4
    ).map(tuple),
}


def rows_of(kind: type[Row]) -> st.SearchStrategy[Row]:
    """Any row of this class that its table takes."""
    hints = get_type_hints(kind)
    return st.builds(
        kind, **{field.name: _values(kind.table, field.name, hints[field.name]) for field in fields(kind)}
    )


ANY_ROWS = st.lists(st.sampled_from(ROW_TYPES).flatmap(rows_of), max_size=8).map(tuple)


def _values(table: str, column: str, shape: Any) -> st.SearchStrategy[Any]:
    if column in CHOICES.get(table, {}):
        return st.sampled_from(CHOICES[table][column])
    if column in RANGES.get(table, {}):
        least, most = RANGES[table][column]
        whole = shape in {int, int | None}
        some = st.integers(least, most) if whole else st.floats(least, most).map(abs)
        return some | st.none() if shape in {int | None, float | None} else some
    return SHAPES[shape]
