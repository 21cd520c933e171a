"""Sessions that are in a log already: made again from their inputs, explained, exported from a replay."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from studies.export.study import Exported, export_study, require_new
from studies.log.copy import put_whole
from studies.log.database import log_engine
from studies.log.reader import ReadOnlyLog, log_url
from studies.log.store import SqlStudyLog
from tutorbot.bootstrap.study import plan_for
from tutorbot.core.erased import erased_from_s, is_erased
from tutorbot.core.events import Row
from tutorbot.core.setup import Setup
from tutorbot.core.strategies import STRATEGIES
from tutorbot.errors import BadInput, LogDamaged, TutorbotError
from tutorbot.ports import LogHeader
from tutorbot.session.explain import explained, summarised
from tutorbot.session.explain_text import Telling, tell_act, tell_session
from tutorbot.session.replay import replayed


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One session made again. fault: the first difference, or why it cannot be replayed; None when none.

    n_decisions: those that were made again. erased_from_s: session second from which on they could not be,
    since scores were deleted at the person's wish; None: all were.
    """

    session_id: str
    n_rows: int = 0
    n_decisions: int = 0
    erased_from_s: float | None = None
    fault: TutorbotError | None = None


async def why_session(db: str, session_id: str) -> Telling:
    """The acts of a session, or what was suppressed. Raises: BadInput; LogUnwritable; LogDamaged."""
    setup, rows = await _past(db, session_id)
    conditions = tuple(part.condition for part in setup.parts) or (setup.condition,)
    return _with_gap(tell_session(session_id, conditions, summarised(setup, rows)), rows)


async def why_act(db: str, session_id: str, act_id: str) -> Telling:
    """One act of a session, taken apart. Raises: as ``why_session``; BadInput: also for an unknown act."""
    setup, rows = await _past(db, session_id)
    return _with_gap(tell_act(session_id, explained(setup, rows, act_id)), rows)


def _with_gap(told: Telling, rows: tuple[Row, ...]) -> Telling:
    """The same, with a word about scores that were deleted."""
    from_s = erased_from_s(rows)
    if from_s is None:
        return told
    line = f"Not replayable from second {from_s:g}: scores were deleted at the person's wish."
    return replace(told, lines=(*told.lines, line), values={**told.values, "erased_from_s": from_s})


async def _past(db: str, session_id: str) -> tuple[Setup, tuple[Row, ...]]:
    async with _looking(db) as log:
        return _setup(await log.known(session_id)), await log.read(session_id)


def _setup(header: LogHeader) -> Setup:
    """What a session's decisions depended on. Raises: LogDamaged: it cannot be had any more; BadFile."""
    if header.condition not in STRATEGIES:
        raise LogDamaged(
            f"Condition {header.condition!r} of session {header.session_id} is none this version knows.",
            remedy="Use the version it was recorded with.",
        )
    return plan_for(header).setup


async def replay_sessions(
    db: str, session_id: str | None, *, tell: Callable[[Replayed], None]
) -> tuple[Replayed, ...]:
    """Make one session's decisions again, or (without an id) those of all; ``tell`` is called after each.

    Raises: BadInput: an unknown session; LogUnwritable: the log cannot be read.
    """
    async with _looking(db) as log:
        headers = await log.all_sessions() if session_id is None else (await log.known(session_id),)
        done = []
        for header in headers:
            done.append(await _one(log, header))
            tell(done[-1])
    return tuple(done)


async def _one(log: ReadOnlyLog, header: LogHeader) -> Replayed:
    try:
        rows = await _made_again(log, header)
    except TutorbotError as fault:
        return Replayed(session_id=header.session_id, fault=fault)
    n_decisions = sum(not row.is_input for row in takewhile(lambda row: not is_erased(row), rows))
    return Replayed(
        session_id=header.session_id,
        n_rows=len(rows),
        n_decisions=n_decisions,
        erased_from_s=erased_from_s(rows),
    )


async def _made_again(log: ReadOnlyLog, header: LogHeader) -> tuple[Row, ...]:
    return replayed(_setup(header), await log.read(header.session_id))


async def export_replayed(
    db: str, session_id: str | None, out: Path, *, include_test: bool = False
) -> tuple[str, Exported]:
    """Export the study of a session (or, without an id, the log's only one) with all decisions made again.

    The files are those of `studies export`, byte for byte, or there are none. Returns: the study's id, what
    was written. Raises: BadInput; LogDamaged: at the first difference in any of its sessions; LogUnwritable.
    """
    require_new(out)
    async with _looking(db) as log:
        study_id = await _study_of(log, session_id)
        with tempfile.TemporaryDirectory(prefix="tutorbot-replay-") as folder:
            copy = log_url(str(Path(folder) / "replay.db"))
            await _copy(log, study_id, copy)
            done = export_study(copy, study_id, out, include_test=include_test, noted_in=log_url(db))
    return study_id, done


async def _study_of(log: ReadOnlyLog, session_id: str | None) -> str:
    if session_id is not None:
        return (await log.known(session_id)).study_id
    studies = sorted({header.study_id for header in await log.all_sessions()})
    if len(studies) != 1:
        held = f"the studies {', '.join(studies)}" if studies else "no session"
        raise BadInput(
            f"The log holds {held}, and one study is exported at a time.",
            remedy="Name a session of the study to export with --session.",
        )
    return studies[0]


async def _copy(log: ReadOnlyLog, study_id: str, url: str) -> None:
    """A log with the study's sessions, decisions made again."""
    copy = SqlStudyLog.open(url)
    engine = log_engine(url)
    try:
        for header in await log.sessions(study_id):
            rows = await _made_again(log, header)
            times = await log.times(header.session_id)
            await copy.begin(header)
            put_whole(engine, header, rows, times[: len(rows)])
    finally:
        engine.dispose()
        copy.close()


@asynccontextmanager
async def _looking(db: str) -> AsyncIterator[ReadOnlyLog]:
    log = ReadOnlyLog.look(db)
    try:
        yield log
    finally:
        log.close()
