"""A study of three people with everything that may hold them: log, exports, bags, tracker store, id key."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from nacl import pwhash
from sqlalchemy import insert

from studies.export.study import export_study
from studies.identity import Cost, IdentityKey
from studies.log.database import log_engine, write
from studies.log.models import AllocationList, Arrival, Invitation, Place
from studies.log.store import SqlStudyLog
from tests.studies.log_builders import AT_UTC, act_story, consent, ended, header, probe
from tutorbot.core.events import LearnerSaid, Row, TutorSaid, Understood

CHEAP = Cost(passes=pwhash.argon2id.OPSLIMIT_MIN, memory=pwhash.argon2id.MEMLIMIT_MIN)
PASSPHRASE = "four plain words here"
PROTOCOL = "id: pilot\nretention_until: 2030-06-30\n"
SESSIONS = {
    "P001": "3d0f8a52-6c0d-4c0e-9a57-5f1b6a7c0001",
    "P002": "3d0f8a52-6c0d-4c0e-9a57-5f1b6a7c0002",
    "P003": "3d0f8a52-6c0d-4c0e-9a57-5f1b6a7c0003",
}


def words_of(code: str) -> str:
    """What this person typed, and nobody else did."""
    return f'zebra-{code.lower()}-quokka, "said" in\ntwo lines'


def link_of(code: str) -> str:
    return f"link-secret-{code.lower()}-xyzzy"


def rows_of_person(code: str) -> tuple[Row, ...]:
    said = words_of(code)
    return (
        consent(),
        LearnerSaid(at_s=2.0, utterance_id="U1", text=said),
        Understood(at_s=3.0, utterance_id="U1", intent="ask", confidence=0.5, entities=(("name", said),)),
        TutorSaid(at_s=4.0, text="Well.", wording_id="x"),
        *act_story(),
        probe(20),
        ended(),
    )


async def fill_log(url: str, people: Sequence[str] = tuple(SESSIONS)) -> None:
    """A log with these people, each with a session, a place, an invitation and an arrival."""
    log = SqlStudyLog.open(url)
    try:
        for code in people:
            one = header(SESSIONS[code], participant=code, link=link_of(code), protocol=PROTOCOL)
            await log.begin(one)
            await log.append(one.session_id, AT_UTC, rows_of_person(code))
    finally:
        log.close()
    engine = log_engine(url)
    with write(engine) as connection:
        connection.execute(
            insert(AllocationList).values(
                study_id="pilot", hash="l1", method="permuted_blocks", seed=1, text={}, made_at_utc=AT_UTC
            )
        )
        for n, code in enumerate(people, start=1):
            common = {"study_id": "pilot", "session_id": SESSIONS[code]}
            connection.execute(
                insert(Place).values(
                    n=n,
                    list_hash="l1",
                    origin="list",
                    list_n=n,
                    stratum="",
                    cell="AD",
                    sequence="",
                    given_at_utc=AT_UTC,
                    **common,
                )
            )
            connection.execute(insert(Arrival).values(token=f"token-{code}", **common))
            connection.execute(
                insert(Invitation).values(
                    link=link_of(code),
                    study_id="pilot",
                    participant=code,
                    stratum="",
                    test_only=False,
                    made_at_utc=AT_UTC,
                )
            )
    engine.dispose()


@dataclass(frozen=True)
class WholeStudy:
    """Paths of everything in a folder of its own."""

    root: Path

    @property
    def db(self) -> Path:
        return self.root / "log.db"

    @property
    def url(self) -> str:
        return f"sqlite:///{self.db}"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def bags(self) -> Path:
        return self.root / "bags"

    @property
    def tracker(self) -> Path:
        return self.root / "tracker.db"

    @property
    def key(self) -> Path:
        return self.root / "pilot.key"

    def options(self) -> list[str]:
        """What `studies withdraw` is told of it."""
        return [
            *("--study", "pilot", "--db", self.url, "--exports", str(self.exports), "--bags", str(self.bags)),
            *("--key", str(self.key), "--rasa-tracker", str(self.tracker)),
        ]


def make_study(root: Path) -> WholeStudy:
    study = WholeStudy(root)
    asyncio.run(fill_log(study.url))
    study.exports.mkdir()
    export_study(study.url, "pilot", study.exports / "csv", with_words=True)
    _other_exports(study.exports)
    _bags(study.bags)
    _tracker(study.tracker)
    key = IdentityKey.create(study.key, PASSPHRASE, cost=CHEAP)
    for code in SESSIONS:
        key.seal(code, {"text": f"Name of {code}"})
    return study


def _other_exports(folder: Path) -> None:
    rows = [{"session_id": one, "participant": code, "n": 1} for code, one in SESSIONS.items()]
    pq.write_table(pa.Table.from_pylist(rows), folder / "probe.parquet")
    bids = folder / "bids"
    for code in SESSIONS:
        (bids / f"sub-{code}" / "beh").mkdir(parents=True)
        (bids / f"sub-{code}" / "beh" / f"sub-{code}_events.tsv").write_text(f"onset\n{words_of(code)}\n")
    lines = [f"sub-{code}\t{n}\n" for n, code in enumerate(SESSIONS)]
    (bids / "participants.tsv").write_text("participant_id\tage\n" + "".join(lines))
    statements = [
        {"actor": {"account": {"name": code}}, "result": {"response": words_of(code)}} for code in SESSIONS
    ]
    (folder / "xapi.json").write_text(json.dumps(statements, indent=2) + "\n")
    (folder / "xapi.jsonl").write_text("".join(json.dumps(one) + "\n" for one in statements))
    for code, session in SESSIONS.items():
        (folder / f"{session}.eaf").write_text(f"<VALUE>{words_of(code)}</VALUE>")
    (folder / "report.html").write_text("".join(f"<p>Time line of {code}</p>" for code in SESSIONS))
    (folder / "all.zip").write_bytes(b"PK packed, nobody can look into it")
    (folder / "about.md").write_text("P0021 and XP002 are not P2.\n")


def _bags(folder: Path) -> None:
    folder.mkdir()
    index = {}
    for n, (code, session) in enumerate(SESSIONS.items(), start=1):
        (folder / f"take-{n}.mcap").write_bytes(b"mcap, packed")
        index[session] = {"participant": code, "file": f"take-{n}.mcap"}
    (folder / "index.json").write_text(json.dumps({"bags": index}, indent=2) + "\n")


def _tracker(path: Path) -> None:
    """As Rasa 3.6 makes it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE events (id INTEGER NOT NULL PRIMARY KEY, sender_id VARCHAR(255) NOT NULL, "
            "type_name VARCHAR(255) NOT NULL, timestamp FLOAT, intent_name VARCHAR(255), "
            "action_name VARCHAR(255), data TEXT)"
        )
        for code, session in SESSIONS.items():
            for n in range(30):
                data = json.dumps({"event": "user", "text": words_of(code), "n": n})
                connection.execute(
                    "INSERT INTO events (sender_id, type_name, data) VALUES (?, 'user', ?)", (session, data)
                )
