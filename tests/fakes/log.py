"""A study log in memory that keeps the same promises as the one on disk."""

from __future__ import annotations

from collections.abc import Sequence

from studies.log.row_tables import CHOICES, RANGES
from tutorbot.core.events import Row, SessionEnded
from tutorbot.errors import LogDamaged, LogUnwritable
from tutorbot.ports import LogHeader


class ListLog:
    """Rows in a list for each session.

    broken: set it to an error, and every write raises it and stores nothing, until it is None again.
    at_utc: calendar time of every row of a session, in the order of ``read``.
    """

    def __init__(self) -> None:
        self.broken: LogUnwritable | None = None
        self.at_utc: dict[str, list[str]] = {}
        self.audits: list[tuple[str, str, str, str]] = []
        self._headers: dict[str, LogHeader] = {}
        self._rows: dict[str, list[Row]] = {}
        self._n_participants: dict[str, int] = {}

    async def begin(self, header: LogHeader) -> None:
        self._refuse_if_broken()
        links = {known.link for known in self._headers.values()}
        if header.session_id in self._headers or header.link in links:
            raise LogDamaged(
                f"Session {header.session_id!r} or its link was begun before.", remedy="Resume it."
            )
        self._headers[header.session_id] = header
        self._rows[header.session_id] = []
        self.at_utc[header.session_id] = []
        n = int(header.participant.removeprefix("P"))
        self._n_participants[header.study_id] = max(n, self._n_participants.get(header.study_id, 0))

    async def append(self, session_id: str, at_utc: str, rows: Sequence[Row]) -> None:
        stored = self._rows[session_id]
        self._refuse_if_broken()
        fixed = tuple(rows)
        for row in fixed:
            _refuse_misfit(row)
        stored.extend(fixed)
        self.at_utc[session_id].extend([at_utc] * len(fixed))

    async def read(self, session_id: str) -> tuple[Row, ...]:
        return tuple(self._rows[session_id])

    async def header(self, session_id: str) -> LogHeader:
        return self._headers[session_id]

    async def unfinished(self) -> tuple[LogHeader, ...]:
        open_ones = [
            header
            for session_id, header in self._headers.items()
            if not any(isinstance(row, SessionEnded) for row in self._rows[session_id])
        ]
        return tuple(sorted(open_ones, key=lambda header: (header.started_at_utc, header.session_id)))

    async def sessions(self, study_id: str) -> tuple[LogHeader, ...]:
        chosen = [header for header in self._headers.values() if header.study_id == study_id]
        return tuple(sorted(chosen, key=lambda header: (header.started_at_utc, header.session_id)))

    async def session_by_link(self, link: str) -> LogHeader:
        for header in self._headers.values():
            if header.link == link:
                return header
        raise KeyError("no session has this link")

    async def next_participant(self, study_id: str) -> str:
        self._refuse_if_broken()
        self._n_participants[study_id] = self._n_participants.get(study_id, 0) + 1
        return f"P{self._n_participants[study_id]:03d}"

    async def audit(self, study_id: str, *, actor: str, action: str, detail: str) -> None:
        self._refuse_if_broken()
        self.audits.append((study_id, actor, action, detail))

    def close(self) -> None:
        self.broken = LogUnwritable("The study log was closed.", remedy="Open it again.")

    def _refuse_if_broken(self) -> None:
        if self.broken is not None:
            raise self.broken


def _refuse_misfit(row: Row) -> None:
    for column, (least, most) in RANGES.get(row.table, {}).items():
        value = getattr(row, column)
        if value is not None and not least <= value <= most:
            raise LogUnwritable(f"A row does not fit ({row.table}.{column}).", remedy="Correct it.")
    for column, words in CHOICES.get(row.table, {}).items():
        if getattr(row, column) not in words:
            raise LogUnwritable(f"A row does not fit ({row.table}.{column}).", remedy="Correct it.")
