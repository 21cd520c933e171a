"""Camera consent taken back: scores go, the rest stays, and a replay says from when on."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from studies.cli import app as studies_app
from studies.erasure.receipt import holds
from studies.export.study import export_study
from studies.log.database import log_engine, snapshot
from studies.log.reader import ReadOnlyLog
from studies.log.store import SqlStudyLog, require_whole
from tests.session.recorded import record
from tests.studies.log_builders import AT_UTC, act_story, consent, ended, header, probe, trigger
from tutorbot.bootstrap.study import plan_for
from tutorbot.cli import app as tutorbot_app
from tutorbot.core.erased import ERASED, FACE_VALUES, erased_from_s, is_erased
from tutorbot.core.events import Act, AffectWindow, ConcentrationState, Consent, Row, SessionEnded, Trigger
from tutorbot.errors import BadInput, LogDamaged
from tutorbot.session.replay import rebuilt


def run(app: typer.Typer, *arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def window(at_s: float, score: float | None) -> AffectWindow:
    bare = AffectWindow.unseen(at_s, 10.0)
    if score is None:
        return bare
    return replace(
        bare,
        source="webcam",
        captured_at_s=at_s,
        coverage=0.987654,
        confusion=score,
        n_faces=1,
        estimator="fer-1",
    )


def focus(at_s: float, *parts: str) -> ConcentrationState:
    shares = tuple((name, 0.123456 if "face" in parts else 0.5) for name in parts)
    return ConcentrationState(
        at_s=at_s,
        concentration=0.654321 if "face" in parts else 0.5,
        sd=0.1,
        delta=0.0,
        cause="start",
        parts=shares,
        item_id="I1",
    )


STORY: tuple[Row, ...] = (
    consent(purpose="camera"),
    consent(),
    window(1.0, None),
    window(2.0, 0.765432),
    focus(2.0, "page", "face"),
    *act_story(),
    window(16.0, 0.765432),
    consent(purpose="camera", granted=False, at_s=17.0),
    window(18.0, None),
    focus(18.0, "page", "activity"),
    probe(20),
)
SCORES = [struct.pack(">d", score) for score in (0.765432, 0.654321, 0.987654)] + [b"0.123456", b"0.71"]
"""As SQLite keeps them: numbers in eight bytes, JSON as text."""


async def story(path: Path, *more: Row, rows: tuple[Row, ...] = STORY) -> tuple[Row, ...]:
    log = SqlStudyLog.open(f"sqlite:///{path}")
    await log.begin(header())
    await log.append("s1", AT_UTC, rows)
    if more:
        await log.append("s1", AT_UTC, more)
    found = await log.read("s1")
    log.close()
    return found


def bytes_beside(path: Path) -> bytes:
    """The log and whatever lies beside it."""
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


# ------------------------------------------------------------------------ in a session


async def test_with_its_end_the_scores_of_a_session_go_and_nothing_else(path: Path):
    rows = await story(path, ended())
    was = (*STORY, ended())
    assert len(rows) == len(was)
    changed = [n for n, (before, now) in enumerate(zip(was, rows, strict=True)) if before != now]
    assert [type(was[n]) for n in changed] == [AffectWindow, ConcentrationState, Trigger, AffectWindow]
    assert [is_erased(rows[n]) for n in changed] == [True, True, False, True]
    assert [name for name, _ in rows[changed[2]].evidence] == ["n_errors", "estimator", "median_s"]
    assert erased_from_s(rows) == 2.0
    data = bytes_beside(path)
    assert not any(score in data for score in SCORES)
    scores = sql(path, "SELECT count(*) FROM affect_window WHERE confusion IS NOT NULL")
    assert scores == [(0,)]


async def test_until_its_end_they_stay_so_that_a_crash_can_be_survived(path: Path):
    assert await story(path) == STORY
    data = bytes_beside(path)
    assert all(score in data for score in SCORES)


async def test_a_session_can_be_asked_to_forget_at_once(path: Path):
    await story(path)
    log = SqlStudyLog.open(f"sqlite:///{path}")
    assert await log.erase_scores("s1") is True
    assert await log.erase_scores("s1") is False
    assert erased_from_s(await log.read("s1")) == 2.0
    await log.append("s1", AT_UTC, [probe(30), ended()])
    log.close()
    assert len(sql(path, "SELECT * FROM tombstone")) == 1


async def test_a_camera_that_was_kept_or_never_agreed_to_loses_nothing(path: Path):
    kept = tuple(row for row in STORY if not (isinstance(row, Consent) and not row.granted))
    assert await story(path, ended(), rows=kept) == (*kept, ended())
    never = (consent(purpose="camera", granted=False), consent(), window(1.0, None))
    assert await story(path.with_name("b.db"), ended(), rows=never) == (*never, ended())


async def test_what_was_seen_after_a_new_consent_stays(path: Path):
    again = (consent(purpose="camera", at_s=21.0), window(22.0, 0.4))
    rows = await story(path, *again, ended())
    assert rows[-2] == again[1]
    assert erased_from_s(rows) == 2.0


async def test_a_tombstone_and_the_audit_log_say_so(path: Path):
    await story(path, ended())
    columns = "kind, reason, participant, n_acts, deleted"
    ((kind, reason, code, n_acts, deleted),) = sql(path, f"SELECT {columns} FROM tombstone")
    assert (kind, reason, code, n_acts) == ("camera", "camera_withdrawn", "P001", 1)
    assert json.loads(str(deleted)) == {"affect_window": 2, "concentration_state": 1, "trigger": 1}
    assert ("tutor", "erase") in sql(path, "SELECT actor, action FROM audit")


# ------------------------------------------------------------------------ by command, on a real session


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A real session with a camera, whose consent was taken back afterwards."""
    path = tmp_path_factory.mktemp("recorded") / "log.db"

    async def make() -> str:
        session_id = await record(path)
        log = SqlStudyLog.open(f"sqlite:///{path}")
        last_s = (await log.read(session_id))[-1].at_s
        await log.append(session_id, AT_UTC, [consent(purpose="camera", granted=False, at_s=last_s)])
        log.close()
        return session_id

    return path, asyncio.run(make())


@pytest.fixture
def real(recorded: tuple[Path, str], path: Path) -> tuple[Path, str]:
    path.write_bytes(recorded[0].read_bytes())
    return path, recorded[1]


def partial(path: Path, *more: object) -> tuple[int, str]:
    study = sql(path, "SELECT id FROM study")[0][0]
    receipt = path.with_name("receipt.json")
    return run(
        studies_app,
        *("withdraw", "P001", "--study", study, "--db", f"sqlite:///{path}", "--partial", "camera"),
        *("--receipt", receipt, "--yes", *more),
    )


def read(path: Path, session_id: str) -> tuple[Row, ...]:
    async def rows() -> tuple[Row, ...]:
        log = ReadOnlyLog.look(str(path))
        try:
            return await log.read(session_id)
        finally:
            log.close()

    return asyncio.run(rows())


def test_replay_says_from_when_on_and_passes(real: tuple[Path, str]):
    path, session_id = real
    assert "no difference." in run(tutorbot_app, "replay", path, "--session", session_id)[1]
    status, output = partial(path)
    assert status == 0, output
    from_s = erased_from_s(read(path, session_id))
    status, output = run(tutorbot_app, "replay", path, "--all")
    assert status == 0
    assert f"not replayable from second {from_s:g}: scores were deleted at the person's wish" in output
    assert " 0 decisions" not in output


def test_a_change_before_the_first_deleted_score_is_still_found(real: tuple[Path, str]):
    path, session_id = real
    partial(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE trust_state SET trust = 1.0 WHERE seq = (SELECT min(seq) FROM trust_state)"
        )
    status, output = run(tutorbot_app, "replay", path, "--session", session_id)
    assert status == 1
    assert "trust is logged as 1.0" in output


def test_why_still_tells_every_act_and_that_scores_are_gone(real: tuple[Path, str]):
    path, session_id = real
    acts = [row for row in read(path, session_id) if isinstance(row, Act)]
    assert acts
    partial(path)
    status, output = run(tutorbot_app, "why", path, "--session", session_id)
    assert status == 0
    assert "Not replayable from second" in output
    for act in acts:
        status, output = run(
            tutorbot_app, "why", path, "--session", session_id, "--act", act.act_id, "--json"
        )
        assert status == 0
        told = json.loads(output)
        assert told["erased_from_s"] > 0
        assert not {name for name, _ in told["seen"]["evidence"]} & set(FACE_VALUES)


def test_all_but_scores_survives_and_the_log_is_whole(real: tuple[Path, str], tmp_path: Path):
    path, session_id = real
    before = read(path, session_id)
    partial(path)
    after = read(path, session_id)
    kinds = (AffectWindow, ConcentrationState, Trigger)
    assert [row for row in after if not isinstance(row, kinds)] == [
        row for row in before if not isinstance(row, kinds)
    ]
    assert sum(isinstance(row, Trigger) for row in before) == sum(isinstance(row, Trigger) for row in after)
    assert {row.estimator for row in after if isinstance(row, AffectWindow)} <= {ERASED, "none"}
    engine = log_engine(f"sqlite:///{path}")
    with snapshot(engine) as connection:
        study = sql(path, "SELECT id FROM study")[0][0]
        require_whole(connection, study)
    engine.dispose()
    export_study(f"sqlite:///{path}", study, tmp_path / "out", include_test=True)
    status, output = run(
        tutorbot_app,
        *("replay", path, "--session", session_id, "--export", tmp_path / "again", "--include-test"),
    )
    assert status == 0, output
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).rglob("*") if file.is_file()}
        for name in ("out", "again")
    )
    assert first == second


def test_a_finished_session_still_shows_that_it_is_over(real: tuple[Path, str]):
    path, session_id = real
    partial(path)
    rows = read(path, session_id)
    end = next(row for row in rows if isinstance(row, SessionEnded))

    async def head():
        log = ReadOnlyLog.look(str(path))
        try:
            return await log.header(session_id)
        finally:
            log.close()

    tutor = rebuilt(plan_for(asyncio.run(head())), rows)
    assert (tutor.over, tutor.end_reason) == (True, end.reason)
    unfinished = rows[: rows.index(end)]
    with pytest.raises(LogDamaged, match="cannot go on: scores from second"):
        rebuilt(plan_for(asyncio.run(head())), unfinished)


def test_the_receipt_holds_and_a_second_time_there_is_nothing_left(real: tuple[Path, str]):
    path, _ = real
    partial(path)
    receipt = json.loads(path.with_name("receipt.json").read_text())
    assert holds(receipt)
    assert receipt["log"]["deleted"]["affect_window"] > 0
    with pytest.raises(BadInput, match="deleted already"):
        partial(path, "--receipt", path.with_name("second.json"))


async def test_a_camera_consent_that_stands_and_other_options_are_refused(path: Path):
    await story(path, ended(), rows=(consent(purpose="camera"), consent(), window(1.0, 0.5), trigger()))
    with pytest.raises(BadInput, match="did not take the consent to the camera back"):
        partial(path)
    with pytest.raises(BadInput, match="out of the log alone"):
        partial(path, "--exports", path.parent)
