"""A cut-off: which sessions an export takes by the day on which they were begun."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

from studies.log.models import Session
from tutorbot.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days in UTC, both of them taken; None is no limit."""

    since: dt.date | None = None
    until: dt.date | None = None

    @classmethod
    def of(cls, since: str | None, until: str | None) -> Self:
        """From days as they are typed, 2026-11-24. Raises: BadInput."""
        span = cls(since=_day("--since", since), until=_day("--until", until))
        if span.since and span.until and span.until < span.since:
            raise BadInput(
                f"--until {span.until} lies before --since {span.since}.", remedy="Swap the two days."
            )
        return span

    @property
    def clauses(self) -> tuple[Any, ...]:
        """Conditions on ``Session`` that a database checks."""
        begun, found = Session.started_at_utc, []
        if self.since is not None:
            found.append(begun >= self.since.isoformat())
        if self.until is not None:
            found.append(begun < (self.until + dt.timedelta(days=1)).isoformat())
        return tuple(found)

    @property
    def words(self) -> str:
        """What it takes, for a README; empty without limits."""
        if self.since is None and self.until is None:
            return ""
        days = [f"on {self.since} or later"] if self.since else []
        days += [f"on {self.until} or earlier"] if self.until else []
        return f"Only sessions begun {' and '.join(days)} (UTC) are here; the others are left out."


EVER = Span()
"""No limit."""


def _day(option: str, text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{option} {text!r} is no day.", remedy="Write year-month-day in UTC, e.g. 2026-11-24."
        ) from None
