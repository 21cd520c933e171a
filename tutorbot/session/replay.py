"""A tutor rebuilt from its log: the inputs are taken again, the decisions have to be the same.

Where a learner had the scores of the camera deleted, decisions are made again up to the first of them; what
comes after rests on what is gone and is taken as it stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields

from tutorbot.core.erased import erased_from_s, is_erased
from tutorbot.core.events import Action, Row, SessionEnded
from tutorbot.core.setup import Setup
from tutorbot.core.tutor import Tutor
from tutorbot.errors import LogDamaged
from tutorbot.session.plan import Plan

LONGEST_VALUE = 80
"""Letters of a value in a message; decisions hold no learner's words, but lists of values can be long."""

UNFIT = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What a tutor stumbles over when an input is none it could have been given."""


def rebuilt(plan: Plan, rows: tuple[Row, ...]) -> Tutor:
    """A tutor in the state the log leads to.

    A session whose scores were deleted is rebuilt only if it has ended, and as far as the rest tells: enough
    to show that it is over.
    Raises: LogDamaged: at the first decision that differs from the logged one, or where it cannot go on.
    """
    tutor = Tutor(plan.setup)
    from_s = erased_from_s(rows)
    if from_s is not None:
        return _over(tutor, rows, from_s)
    for _ in _retaken(tutor, rows):
        pass
    return tutor


def _over(tutor: Tutor, rows: tuple[Row, ...], from_s: float) -> Tutor:
    end = next((row for row in rows if isinstance(row, SessionEnded)), None)
    if end is None:
        raise LogDamaged(
            f"The session cannot go on: scores from second {from_s:g} on were deleted at the person's wish, "
            "and its state rests on them.",
            remedy="What it holds stays and is exported; begin a new session with a new link.",
        )
    for row in rows:
        if row.is_input:
            with suppress(*UNFIT):  # e.g. words of an act that is not found again
                tutor.take(row)
    if not tutor.over:
        tutor.take(Action(at_s=end.at_s, kind="end"))
    tutor.end_reason = end.reason
    return tutor


def replayed(setup: Setup, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The same rows with every decision made anew by a fresh tutor; inputs are the logged ones.

    From the first deleted score on (``erased_from_s``) the rows are the logged ones, all of them.
    Raises: LogDamaged: at the first decision that differs from the logged one, naming both values.
    """
    return tuple(_retaken(Tutor(setup), rows))


def _retaken(tutor: Tutor, rows: tuple[Row, ...]) -> Iterator[Row]:
    expected: list[Row] = []
    for n, row in enumerate(rows, start=1):
        if is_erased(row):
            yield from rows[n - 1 :]
            return
        if row.is_input:
            if expected:
                raise _differs(n, expected[0], row)
            expected = list(_taken(tutor, n, row))
            yield row
        else:
            wanted = expected.pop(0) if expected else None
            if wanted is None or wanted != row:
                raise _differs(n, wanted, row)
            yield wanted
    if expected:
        raise _differs(len(rows) + 1, expected[0], None)


def _taken(tutor: Tutor, n: int, row: Row) -> tuple[Row, ...]:
    try:
        return tutor.take(row).rows
    except UNFIT as error:
        raise _damaged(n, row, f"the tutor cannot take this input ({type(error).__name__})") from error


def _differs(n: int, wanted: Row | None, found: Row | None) -> LogDamaged:
    """At row ``n`` the inputs lead to ``wanted`` and the log holds ``found``; None is the log's end."""
    if wanted is None:
        assert found is not None
        return _damaged(n, found, "the log holds a decision here, recomputed there is none")
    if type(wanted) is type(found):
        return _damaged(n, found, "; ".join(_differing(wanted, found)))
    holds = "ends" if found is None else f"holds a row of table {found.table}"
    return _damaged(n, wanted, f"this decision is recomputed here, the log {holds}")


def _damaged(n: int, row: Row, what: str) -> LogDamaged:
    return LogDamaged(
        f"Row {n} of the log: second {row.at_s:g}, table {row.table}: {what}.",
        remedy="The log was changed, or it was written by another version; replay it with that version.",
    )


def _differing(wanted: Row, found: Row) -> Iterator[str]:
    for field in fields(wanted):
        logged, recomputed = getattr(found, field.name), getattr(wanted, field.name)
        if logged != recomputed:
            yield f"{field.name} is logged as {_shown(logged)}, recomputed as {_shown(recomputed)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
