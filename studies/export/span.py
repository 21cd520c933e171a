"""Which sessions an export takes: by the day on which they were begun, and by a consent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select

from studies.log.models import ROW_TABLES, Session
from tutorbot.core.events import Consent
from tutorbot.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days in UTC, both of them taken; None is no limit.

    agreed: a purpose of consent; only sessions whose last answer to it is yes are taken. None: all.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    agreed: str | None = None

    @classmethod
    def of(cls, since: str | None, until: str | None, agreed: str | None = None) -> Self:
        """From days as they are typed, 2026-11-24. Raises: BadInput."""
        span = cls(since=_day("--since", since), until=_day("--until", until), agreed=agreed)
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
        if self.agreed is not None:
            found.append(_agreed(self.agreed))
        return tuple(found)

    @property
    def words(self) -> str:
        """What it takes, for a README; empty without limits."""
        days = [f"on {self.since} or later"] if self.since else []
        days += [f"on {self.until} or earlier"] if self.until else []
        limits = [f"begun {' and '.join(days)} (UTC)"] if days else []
        limits += [f"whose last answer to the consent for {self.agreed!r} is yes"] if self.agreed else []
        return f"Only sessions {' and '.join(limits)} are here; the others are left out." if limits else ""


def _agreed(purpose: str) -> Any:
    """The newest answer to a purpose of consent is yes."""
    yes, later = ROW_TABLES[Consent].alias(), ROW_TABLES[Consent].alias()
    taken_back = select(later.c.id).where(
        later.c.session_id == yes.c.session_id, later.c.purpose == purpose, later.c.seq > yes.c.seq
    )
    return (
        select(yes.c.id)
        .where(yes.c.session_id == Session.id, yes.c.purpose == purpose, yes.c.granted)
        .where(~taken_back.exists())
        .exists()
    )


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
