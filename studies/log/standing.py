"""How a running study stands: places completed and running, and whether its stop rule is reached.

The stop rule is computed as in the report (``report/analysis/stop_rule.py``): a change is the learner's trust
answer after a delivered INTERVENTION less the last one before it; means over people of each one's mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean
from typing import Any

from sqlalchemy import Connection, Table, null, select

from studies.log.models import ROW_TABLES, Session
from studies.log.places import Counts, counts
from studies.protocol import Protocol
from studies.protocol.arms import arms
from tutorbot.core.events import Delivery, Probe, SessionEnded

INTERVENTION = 3
"""Level of the acts the rule is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopStanding:
    """What the stop rule looks at. n: changes. people: who they are of. mean: None without any."""

    n: int
    people: int
    mean: float | None
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyStanding:
    """cells: every one of the allocation, also without a place given yet. full: nobody new is taken in."""

    cells: Mapping[str, Counts]
    planned: int | None
    full: bool
    stop: StopStanding

    @property
    def completed(self) -> int:
        """Places of sessions that went to the lesson's end."""
        return sum(one.completed for one in self.cells.values())

    @property
    def running(self) -> int:
        """Places of sessions that have not ended."""
        return sum(one.running for one in self.cells.values())


def study_standing(connection: Connection, protocol: Protocol) -> StudyStanding:
    """How the study stands now; previews do not count, nor does who took the consent back."""
    held = counts(connection, protocol.id)
    nobody = Counts(completed=0, running=0)
    names = dict.fromkeys((*(arm.cell for arm in arms(protocol)), *held))
    cells = {cell: held.get(cell, nobody) for cell in names}
    n_held, sample = sum(one.completed + one.running for one in cells.values()), protocol.sample
    return StudyStanding(
        cells=cells,
        planned=None if sample is None else sample.n,
        full=sample is not None and sample.close and n_held >= sample.n,
        stop=stop_standing(_changes(connection, protocol), protocol),
    )


def stop_standing(changes: Mapping[str, Iterable[int]], protocol: Protocol) -> StopStanding:
    """changes: of each participant's trust answers over INTERVENTIONs."""
    own = {who: found for who, each in changes.items() if (found := list(each))}
    n, rule = sum(map(len, own.values())), protocol.stop_rule
    mean = fmean(fmean(found) for found in own.values()) if own else None
    reached = mean is not None and n >= rule.least and mean < -rule.fall
    return StopStanding(n=n, people=len(own), mean=mean, reached=reached)


def _changes(connection: Connection, protocol: Protocol) -> dict[str, list[int]]:
    """Participant -> changes of the trust answer, of those with a delivered INTERVENTION."""
    probe, delivery = ROW_TABLES[Probe], ROW_TABLES[Delivery]
    strong = (delivery.c.delivered, delivery.c.level == INTERVENTION)
    intervened = select(delivery.c.session_id).where(*strong)
    said = _of(connection, protocol, delivery, null(), *strong)
    answers = _of(connection, protocol, probe, probe.c.trust, probe.c.session_id.in_(intervened))
    marks = sorted([*said, *answers], key=lambda one: one[:3])
    found: dict[str, list[int]] = {}
    for (who, _), each in groupby(marks, key=lambda one: one[:2]):
        found.setdefault(who, []).extend(changes_of(trust for *_, trust in each))
    return found


def changes_of(marks: Iterable[int | None]) -> Iterator[int]:
    """Each answer after an INTERVENTION less the last one before it.

    marks: of one session in order: trust answers 1..5, None for a delivered INTERVENTION.
    """
    answer: int | None = None
    intervened = False
    for trust in marks:
        if trust is None:
            intervened = True
            continue
        if intervened and answer is not None:
            yield trust - answer
        answer, intervened = trust, False


def _of(connection: Connection, protocol: Protocol, table: Table, value: Any, *where: Any) -> list[Any]:
    """(participant, session, seq, value) of a table's rows in the study's sessions."""
    ended = ROW_TABLES[SessionEnded].c
    withdrawn = select(ended.session_id).where(ended.reason == "consent_withdrawn")
    chosen = (
        select(Session.participant, Session.id, table.c.seq, value)
        .join(Session, Session.id == table.c.session_id)
        .where(
            Session.study_id == protocol.id,
            Session.test_only == protocol.test_only,
            Session.id.not_in(withdrawn),
            *where,
        )
    )
    return [tuple(row) for row in connection.execute(chosen)]
