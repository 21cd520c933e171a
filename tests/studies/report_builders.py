"""Studies of simulated learners in a real log, for tests of the report."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from studies.instruments import Instrument, load_instrument
from studies.log.database import log_engine, write
from studies.log.models import ROW_TABLES, Session
from studies.log.row_tables import to_record
from studies.log.store import SqlStudyLog
from studies.protocol import PROTOCOLS, parse_protocol
from tests.studies.log_builders import AT_UTC, header, page
from tutorbot.bootstrap.simulate import setup_of
from tutorbot.core.events import (
    SCHEMA_VERSION,
    BlockBegun,
    Consent,
    Health,
    Observation,
    Probe,
    QuestionnaireAnswer,
    QuestionnaireEnd,
    Row,
    SessionEnded,
)
from tutorbot.core.setup import Setup
from tutorbot.lessons import lesson_hash
from tutorbot.ports import LogHeader, SessionPart
from tutorbot.simulation.begin import begins
from tutorbot.simulation.learners import Population
from tutorbot.simulation.parameters import SHIPPED, load_parameters

LEVELS = (PROTOCOLS / "levels.yml").read_text(encoding="utf-8")
EXTRA = """
hypotheses:
  - {id: h1, text: "L2-A is trusted more than C0.", measure: trust, contrast: [L2-A, C0]}
  - {id: h2, text: "Flow is deeper with L3-A.", measure: fks.absorption, contrast: [L3-A, C0]}
  - {id: h3, text: "Something changes."}
sample: {n: 48}
amendments:
  - {version: "2", date: 2026-11-20, reason: "a word in the consent text"}
"""
CONDITIONS = ("C0", "L2-A", "L3-A", "WZ")
PEOPLE = 40


def protocol_text(conditions: Sequence[str] = CONDITIONS, extra: str = EXTRA) -> str:
    """The shipped study of levels with other conditions and the entries a report shows."""
    new = {
        "conditions": f"conditions: [{', '.join(conditions)}]",
        "evidence_sources": "evidence_sources: [webcam, interaction, self_report, wizard]",
    }
    lines = [new.get(line.partition(":")[0], line) for line in LEVELS.splitlines()]
    text = "\n".join(lines) + "\n" + extra
    parse_protocol(text, name="protocol of a test")
    return text


@lru_cache
def population(auc: float = 0.8, boards: int = 6) -> Population:
    """Learners for tests; a better detector than a real one, so that there is something to see."""
    return Population(parameters=load_parameters(SHIPPED), seed=11, auc=auc, begin=begins, boards=boards)


def simulated(condition: str, learner: int, *, boards: int = 6) -> tuple[Row, ...]:
    """The rows of one simulated session, with the checks of the detector on."""
    setup = replace(_setup(condition), validity_probes=True)
    return (page(), *population(boards=boards).play(setup, learner).rows)


@lru_cache
def _setup(condition: str) -> Setup:
    return setup_of("pilot-camera", condition)


def with_observers(rows: Sequence[Row], dice: random.Random) -> tuple[Row, ...]:
    """The same with two observers who code every 20 s and mostly agree."""
    found: list[Row] = []
    at = 30.0
    for row in rows:
        while row.at_s > at + 12 and not isinstance(row, SessionEnded):
            seen = dice.choice(["engaged", "engaged", "confused", "frustrated"])
            for observer, wait in (("O1", 8.0), ("O2", 10.0)):
                affect = seen if dice.random() < 0.75 else dice.choice(["engaged", "confused", "unclear"])
                found.append(
                    Observation(
                        at_s=at + 11,
                        observer=observer,
                        from_s=at + wait - 8,
                        to_s=at + wait,
                        affect=affect,
                        behaviour=dice.choice(["on_task", "on_task", "off_task"]),
                    )
                )
            at += 20.0
        found.append(row)
    return tuple(_in_time(found))


def _in_time(rows: Sequence[Row]) -> Iterator[Row]:
    """Times never decrease within a session."""
    latest = 0.0
    for row in rows:
        latest = max(latest, row.at_s)
        yield replace(row, at_s=latest)


def filled_in(phase: str, dice: random.Random, *, at_s: float, block: int | None = None) -> tuple[Row, ...]:
    """The flow scale, answered by somebody whose answers hang together; some are changed or missing."""
    instrument = _fks()
    own = dice.gauss(4.5, 1.2)
    rows: list[Row] = []
    for item in instrument.items:
        if dice.random() < 0.02:
            continue
        value = float(min(7, max(1, round(own + dice.gauss(0, 0.8)))))
        if dice.random() < 0.05:
            rows.append(_answer(phase, block, item.id, 1.0, at_s))
        rows.append(_answer(phase, block, item.id, value, at_s))
    rows.append(
        QuestionnaireEnd(
            at_s=at_s,
            instrument="fks",
            version=instrument.version,
            phase=phase,
            block=block,
            n_items=len(instrument.items),
            n_answered=len({row.item_id for row in rows if isinstance(row, QuestionnaireAnswer)}),
            outcome="done",
            duration_s=60.0,
            n_checks=1,
            n_checks_passed=int(dice.random() < 0.9),
        )
    )
    return tuple(rows)


@lru_cache
def _fks() -> Instrument:
    return load_instrument("fks")


def _answer(phase: str, block: int | None, item: str, value: float, at_s: float) -> QuestionnaireAnswer:
    return QuestionnaireAnswer(
        at_s=at_s,
        instrument="fks",
        version=_fks().version,
        phase=phase,
        block=block,
        item_id=item,
        value=value,
        response_s=2.0,
    )


def whole_session(condition: str, learner: int) -> tuple[Row, ...]:
    """Simulated, observed, and asked after the lesson."""
    dice = random.Random(f"report/{learner}")
    rows = with_observers(simulated(condition, learner), dice)
    end = rows[-1]
    return (*rows[:-1], *filled_in("post", dice, at_s=end.at_s), end)


def refused() -> tuple[Row, ...]:
    """Said no."""
    return (
        page(),
        Consent(at_s=3.0, purpose="participation", granted=False, version="1", language="en"),
        SessionEnded(at_s=3.0, reason="consent_refused", n_items=0, n_acts=0),
    )


def cut(rows: Sequence[Row], reason: str | None) -> tuple[Row, ...]:
    """The first part of a session, ended for a reason, or not ended."""
    at = len(rows) * 3 // 5
    start = tuple(rows[:at])
    if reason is None:
        return start
    at_s = start[-1].at_s
    taken: tuple[Row, ...] = ()
    if reason == "consent_withdrawn":
        taken = (Consent(at_s=at_s, purpose="participation", granted=False, version="1", language="en"),)
    return (*start, *taken, SessionEnded(at_s=at_s, reason=reason, n_items=2, n_acts=0))


FATES = {
    4: "stopped_by_learner",
    9: "stopped_by_experimenter",
    14: "away_too_long",
    19: "consent_withdrawn",
    23: None,
    27: "refused",
    31: "never",
}
"""Participants who did not finish."""


def study_rows(n: int = PEOPLE) -> list[tuple[str, tuple[Row, ...]]]:
    """(condition, rows) of a study between people."""
    found = []
    for learner in range(n):
        condition = CONDITIONS[learner % len(CONDITIONS)]
        fate = FATES.get(learner, "finished")
        if fate == "refused":
            found.append((condition, refused()))
        elif fate == "never":
            found.append((condition, ()))
        else:
            rows = whole_session(condition, learner)
            found.append((condition, rows if fate == "finished" else cut(rows, fate)))
    return found


def write_study(
    path: Path,
    sessions: Sequence[Sequence[Any]],
    *,
    protocol: str,
    study_id: str = "levels",
    **of_header: Any,
) -> str:
    """A log with a session for each (condition, rows, perhaps parts and cell). Returns: its URL."""
    url = f"sqlite:///{path}"

    async def write() -> None:
        log = SqlStudyLog.open(url)
        parsed = parse_protocol(protocol, name="test")
        try:
            for n, (condition, rows, *parts) in enumerate(sessions, start=1):
                values: dict[str, Any] = {
                    "study_id": study_id,
                    "participant": await log.next_participant(study_id),
                    "condition": condition,
                    "protocol": protocol,
                    "protocol_hash": parsed.sha256,
                    "lesson_hash": lesson_hash(parsed.lesson),
                    "parts": parts[0] if parts else (),
                    "cell": parts[1] if len(parts) > 1 else None,
                    **of_header,
                }
                one = header(f"{path.stem}-{n:03d}", **values)
                await log.begin(one)
                store(url, one, tuple(rows))
        finally:
            log.close()

    asyncio.run(write())
    return url


def store(url: str, one: LogHeader, rows: Sequence[Row]) -> None:
    """What ``SqlStudyLog.append`` stores, a statement a table: some ten times as fast."""
    by_table: dict[type[Row], list[dict[str, Any]]] = {}
    condition = one.condition
    for seq, row in enumerate(rows, start=1):
        if isinstance(row, BlockBegun) and one.parts:
            condition = one.parts[row.part - 1].condition
        envelope = {
            "session_id": one.session_id,
            "seq": seq,
            "at_utc": AT_UTC,
            "condition": condition,
            "schema_version": SCHEMA_VERSION,
            "software_version": one.software_version,
        }
        by_table.setdefault(type(row), []).append({**envelope, **to_record(row)})
    engine = log_engine(url)
    with write(engine) as connection:
        for kind, records in by_table.items():
            connection.execute(insert(ROW_TABLES[kind]), records)
        connection.execute(update(Session).where(Session.id == one.session_id).values(n_rows=len(rows)))
    engine.dispose()


PARTS = (("C0", "help=none"), ("L2-A", "help=yes"))


def two_parts(learner: int) -> tuple[tuple[Row, ...], tuple[SessionPart, ...]]:
    """One session within which a learner meets two conditions, in an order that takes turns."""
    order = PARTS if learner % 2 == 0 else PARTS[::-1]
    rows: list[Row] = [page()]
    at, items, acts = 1.0, 0, 0
    for number, (condition, cell) in enumerate(order, start=1):
        played = simulated(condition, learner, boards=4)
        renamed = _part_rows(played, part=number, cell=cell, at=at, items=items, acts=acts, first=number == 1)
        rows += renamed
        at = renamed[-1].at_s + 1.0
        items += sum(type(row).__name__ == "ItemBegun" for row in played)
        acts += 100
    rows.append(SessionEnded(at_s=at, reason="criterion", n_items=items, n_acts=0))
    parts = tuple(SessionPart(condition=condition, problems=(), cell=cell) for condition, cell in order)
    return tuple(rows), parts


def _part_rows(
    rows: Sequence[Row], *, part: int, cell: str, at: float, items: int, acts: int, first: bool
) -> list[Row]:
    """A played session as one part of another: later, with names of its own, without its two ends."""
    found: list[Row] = []
    for row in rows:
        if isinstance(row, SessionEnded) or (isinstance(row, Health | Consent) and not first):
            continue
        changes: dict[str, Any] = {"at_s": row.at_s + at}
        for name in ("act_id", "trigger_id", "probe_id", "follows_act_id"):
            value = getattr(row, name, None)
            if value is not None:
                changes[name] = f"{value[0]}{int(value[1:]) + acts}"
        item = getattr(row, "item_id", None)
        if item is not None:
            changes["item_id"] = f"I{int(item[1:]) + items}"
        if type(row).__name__ == "ItemBegun":
            changes["n"] = row.n + items  # type: ignore[attr-defined]
        if isinstance(row, BlockBegun):
            changes |= {"part": part, "cell": cell}
        found.append(replace(row, **changes))
    return found


def probes_of(rows: Sequence[Row]) -> list[Probe]:
    """The answers after boards."""
    return [row for row in rows if isinstance(row, Probe)]
