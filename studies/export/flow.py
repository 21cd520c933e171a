"""How far each session came: the participants' way through a study, as a flow diagram asks for it.

A participant and a session are made each time the participant address is opened, so a log also holds
people who looked and left. They stay in the export, and out of N: N counts consent to take part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Select, and_, func, select

from studies.export.fields import Field
from studies.export.span import EVER, Span
from studies.log.models import ROW_TABLES, Participant, Session
from tutorbot.core.events import Consent, Delivery, ItemBegun, ItemEnded, Row, SessionEnded

IN_N = ("finished", "stopped", "withdrawn", "open")
"""States with consent to take part."""
NOT_IN_N = ("refused", "no_consent_yet", "never_opened")
"""States without."""

SHORT = {
    "finished": "finished",
    "stopped": "stopped early",
    "withdrawn": "withdrew",
    "open": "still open",
    "refused": "refused",
    "no_consent_yet": "no answer yet",
    "never_opened": "never opened",
}
"""State -> what the command and the README call it."""

STATES = {
    "finished": "took part to the end of the lesson (end_reason criterion or max_items)",
    "stopped": "took part, and the session ended early (end_reason stopped_by_learner, "
    "stopped_by_experimenter or away_too_long)",
    "withdrawn": "took part, then took the consent back (end_reason consent_withdrawn)",
    "open": "consented and had not ended when this was exported: still running, or broken off; "
    "last_row_at_utc says since when nothing came, and a later export may hold more",
    "refused": "said no, or ended the session, on the consent page; not in N",
    "no_consent_yet": "opened the page and had not answered the consent page; not in N",
    "never_opened": "got an address and never opened the page with it; not in N",
}
"""State -> what it means."""

FLOW_FIELDS = (
    Field("state", "text", f"how far it came: {', '.join(STATES)}; see values.csv"),
    Field(
        "consented", "boolean", "true when consent to take part was given, withdrawn later or not: this is N"
    ),
    Field(
        "camera_consented",
        "boolean",
        "true when consent to the camera was given, withdrawn later or not (consent.csv says when)",
    ),
    Field("began_lesson", "boolean", "true when the first board was shown"),
    Field(
        "end_reason",
        "text",
        "criterion, max_items, stopped_by_learner, stopped_by_experimenter, away_too_long, consent_refused "
        "or consent_withdrawn; empty while open",
        True,
    ),
    Field(
        "duration_s",
        "number",
        "at_s of the end, or of the last row so far: seconds since the page was opened, breaks included; "
        "empty when it never was",
        True,
    ),
    Field("task_s", "number", "seconds spent on boards that ended; pauses and time off the page left out"),
    Field("n_items", "integer", "boards finished, solved or revealed"),
    Field("n_acts", "integer", "proactive acts that reached the learner"),
    Field("last_row_at_utc", "time", "when the last row was stored; empty when it was never opened", True),
)
"""Columns of session.csv that no table holds: they are drawn from a session's rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One session and how far it came; ``values`` are those of ``FLOW_FIELDS``.

    condition: that of its first part. group: what it is counted under: its condition, or all that it
    meets, where it meets several (``C0 + NB (within)``).
    """

    session_id: str
    participant: str
    condition: str
    group: str
    state: str
    values: tuple[Any, ...]


Tally = Mapping[str, Mapping[str, int]]
"""Condition, or conditions that each participant meets -> state -> sessions, every state named."""


def standings(
    connection: Connection, study_id: str, *, test_only: bool, span: Span = EVER
) -> tuple[Standing, ...]:
    """Every session of a study that is data (or, ``test_only``, of those that are not), in order."""
    facts = _Facts(connection, study_id, test_only, span)
    columns = cast(
        Select[Any], select(Session.id, Session.participant, Session.condition, Session.parts, Session.n_rows)
    ).where(facts.chosen)
    return tuple(
        facts.standing(session_id, participant, condition, group_of(condition, parts), n_rows)
        for session_id, participant, condition, parts, n_rows in connection.execute(in_order(columns))
    )


def in_order(chosen: Select[Any]) -> Select[Any]:
    """Sessions in the order of every export: by participant, then by start."""
    same = and_(Participant.study_id == Session.study_id, Participant.code == Session.participant)
    return chosen.join(Participant, same).order_by(Participant.n, Session.started_at_utc, Session.id)


def group_of(condition: str, parts: Sequence[Mapping[str, Any]] | None) -> str:
    """What a session is counted under. parts: its parts as the log keeps them; None or empty: one."""
    met = {part["condition"] for part in parts or ()}
    return f"{' + '.join(sorted(met))} (within)" if len(met) > 1 else condition


def tally(sessions: Iterable[Standing]) -> Tally:
    """Sessions by condition (or conditions, within participants) and state."""
    counted: dict[str, Counter[str]] = {}
    for one in sessions:
        counted.setdefault(one.group, Counter())[one.state] += 1
    return {
        condition: {state: counted[condition][state] for state in (*IN_N, *NOT_IN_N)}
        for condition in sorted(counted)
    }


def n_in(states: Mapping[str, int]) -> int:
    """N: those who agreed to take part."""
    return sum(states[state] for state in IN_N)


def flow_line(condition: str, states: Mapping[str, int]) -> str:
    """One condition's numbers in words."""
    inside, outside = (
        ", ".join(f"{states[state]} {SHORT[state]}" for state in group) for group in (IN_N, NOT_IN_N)
    )
    return f"{condition}: N = {n_in(states)} ({inside}); not in N: {outside}"


def n_of(n: int, word: str) -> str:
    """``1 session``, ``2 sessions``."""
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


class _Facts:
    """What the row tables say about each session of one study."""

    def __init__(self, connection: Connection, study_id: str, test_only: bool, span: Span) -> None:
        self._connection = connection
        self.chosen = and_(Session.study_id == study_id, Session.test_only == test_only, *span.clauses)
        consent, item, delivery, end = (
            ROW_TABLES[kind].c for kind in (Consent, ItemEnded, Delivery, SessionEnded)
        )
        count = func.count()
        self._consented = self._of_each(Consent, count, consent.purpose == "participation", consent.granted)
        self._camera = self._of_each(Consent, count, consent.purpose == "camera", consent.granted)
        self._boards = self._of_each(ItemBegun, count)
        self._finished = self._of_each(ItemEnded, count, item.outcome != "stopped")
        self._task_s = self._of_each(ItemEnded, func.sum(item.duration_s))
        self._acts = self._of_each(Delivery, count, delivery.delivered)
        self._ended = self._of_each(SessionEnded, func.max(end.reason))
        self._last = self._last_rows()

    def standing(
        self, session_id: str, participant: str, condition: str, group: str, n_rows: int
    ) -> Standing:
        """One session's standing."""
        consented = session_id in self._consented
        reason = self._ended.get(session_id)
        state = _state(n_rows, consented, reason)
        last_s, last_utc = self._last.get(session_id, (None, None))
        return Standing(
            session_id=session_id,
            participant=participant,
            condition=condition,
            group=group,
            state=state,
            values=(
                state,
                consented,
                session_id in self._camera,
                session_id in self._boards,
                reason,
                last_s,
                round(self._task_s.get(session_id, 0.0), 3),
                self._finished.get(session_id, 0),
                self._acts.get(session_id, 0),
                last_utc,
            ),
        )

    def _of_each(self, kind: type[Row], value: Any, *where: Any) -> dict[str, Any]:
        """Session -> this value over its rows of one class, where there are any."""
        table = ROW_TABLES[kind]
        chosen = (
            select(table.c.session_id, value)
            .join(Session, Session.id == table.c.session_id)
            .where(self.chosen, *where)
            .group_by(table.c.session_id)
        )
        return dict(tuple(row) for row in self._connection.execute(chosen))

    def _last_rows(self) -> dict[str, tuple[float, str]]:
        """Session -> session second and calendar time of its last row."""
        last: dict[str, tuple[float, str]] = {}
        for table in ROW_TABLES.values():
            chosen = (
                select(table.c.session_id, table.c.at_s, table.c.at_utc)
                .join(Session, (Session.id == table.c.session_id) & (Session.n_rows == table.c.seq))
                .where(self.chosen)
            )
            for session_id, at_s, at_utc in self._connection.execute(chosen):
                last[session_id] = at_s, at_utc
        return last


def _state(n_rows: int, consented: bool, reason: str | None) -> str:
    if not consented:
        if reason is not None:
            return "refused"
        return "no_consent_yet" if n_rows else "never_opened"
    if reason is None:
        return "open"
    if reason in {"criterion", "max_items"}:
        return "finished"
    return "withdrawn" if reason == "consent_withdrawn" else "stopped"
