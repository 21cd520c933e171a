"""Logs of several machines as one: nothing lost, nothing twice, and no two people under one pseudonym.

The logs named first keep their pseudonyms; a pseudonym of a later one that is taken gets a number above all
others, written down in a file beside the new log. A session in two logs (a copy of a log and what came after
it) is taken once if all its rows are the same, and refused by name if not.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, func, insert, select, update

from studies.log import migrations
from studies.log.backup import require_new_file
from studies.log.database import log_engine, shown, snapshot, sqlite_file, write
from studies.log.models import (
    ROW_TABLES,
    AllocationList,
    Arrival,
    Audit,
    Base,
    Condition,
    Invitation,
    Participant,
    ParticipantLink,
    Place,
    ProtocolFile,
    Session,
    Study,
    Tombstone,
)
from studies.log.person import session_hash
from studies.log.reader import log_url
from studies.log.store import audit, require_whole, utc_now
from tutorbot.errors import BadInput, LogUnwritable

BATCH = 1000
Record = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A log to merge. machine: what it is called in the result."""

    machine: str
    connection: Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What came of it. n_twice: sessions that stood in several logs. n_renamed: people with a new pseudonym.

    n_same_arrivals: people of a recruitment service who came on two machines; the later token is left out.
    """

    n_sessions: int
    n_twice: int
    n_renamed: int
    n_same_arrivals: int
    codes: Path


@dataclass(slots=True)
class _State:
    """What is in the new log so far."""

    n_twice: int = 0
    n_same_arrivals: int = 0
    next_n: dict[tuple[str, str], int] = field(default_factory=dict)
    who: dict[str, tuple[str, str]] = field(default_factory=dict)  # session -> study, new code
    links: dict[str, str] = field(default_factory=dict)  # invitation -> new code
    taken: set[tuple[str, str]] = field(default_factory=set)  # study, new code
    buried: dict[tuple[str, str, str], str] = field(
        default_factory=dict
    )  # study, receipt, hashes -> new code
    places: set[tuple[Any, ...]] = field(default_factory=set)
    audits: set[tuple[Any, ...]] = field(default_factory=set)
    codes: list[tuple[str, str, str, str]] = field(default_factory=list)


def codes_beside(out: Path) -> Path:
    """Where the pseudonyms before and after are written."""
    return out.with_name(f"{out.name}.codes.csv")


def merge(logs: Sequence[str], out: Path, *, tell: Tell = lambda what: None) -> Merged:
    """Write all sessions of several logs into the new SQLite file ``out``; the logs stay as they are.

    tell: told of every log and table as its turn comes, ``n_steps`` times in all.
    Raises: BadInput: ``out`` exists, a log is missing or named twice, a session or protocol differs between
    logs, or one log holds somebody who was erased in another; LogDamaged: a log lacks rows; LogUnwritable:
    another schema, or the disk. Nothing is left behind then.
    """
    if len(logs) < 2:
        raise BadInput("One log alone needs no merging.", remedy="Name two or more.")
    for path in (out, codes_beside(out)):
        require_new_file(path)
    part, codes = (path.with_name(f".{path.name}.part-{os.getpid()}") for path in (out, codes_beside(out)))
    try:
        with ExitStack() as stack:
            sources = _opened(logs, stack)
            state = _written(sources, part, tell)
        codes.write_bytes(_codes_text(state).encode())
        for path in (out, codes_beside(out)):
            require_new_file(path)
        codes.rename(codes_beside(out))
        part.rename(out)
    except OSError as error:
        codes_beside(out).unlink(missing_ok=True)
        raise LogUnwritable(
            f"The merged log {str(out)!r} could not be written ({error.strerror or error}).",
            remedy="Free some space or name another place; nothing was left behind.",
        ) from error
    finally:
        codes.unlink(missing_ok=True)
        for ending in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + ending).unlink(missing_ok=True)
    return Merged(
        n_sessions=len(state.who),
        n_twice=state.n_twice,
        n_renamed=sum(old != new for _, _, old, new in state.codes),
        n_same_arrivals=state.n_same_arrivals,
        codes=codes_beside(out),
    )


def n_steps(n_logs: int) -> int:
    """How often ``tell`` is called."""
    return n_logs * (len(ROW_TABLES) + 1)


def _codes_text(state: _State) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("study", "machine", "old_code", "new_code"))
    writer.writerows(state.codes)
    return text.getvalue()


# -------------------------------------------------------------------------- the logs


def _opened(logs: Sequence[str], stack: ExitStack) -> list[Source]:
    engines = []
    for log in logs:
        engine = log_engine(log_url(log), read_only=True)
        stack.callback(engine.dispose)
        path = sqlite_file(engine.url)
        if path is not None and not path.is_file():
            raise BadInput(f"There is no study log {str(path)!r}.", remedy="Check the path.")
        if path is not None and not _is_sqlite(path):
            raise BadInput(f"{str(path)!r} is no study log.", remedy="Name the database of a tutor.")
        engines.append(engine)
    sources = []
    for machine, engine in zip(_machines(engines), engines, strict=True):
        connection = stack.enter_context(snapshot(engine))
        migrations.require_head(connection)
        for study_id in connection.execute(select(Study.id)).scalars().all():
            require_whole(connection, study_id)
        sources.append(Source(machine, connection))
    _refuse_erased(sources)
    return sources


def _is_sqlite(path: Path) -> bool:
    """By the first bytes; a new, empty database is one, too. Source: sqlite.org/fileformat.html, 1.3."""
    with path.open("rb") as stream:
        return stream.read(16) in {b"", b"SQLite format 3\0"}


def _machines(engines: Sequence[Engine]) -> list[str]:
    """Short names: the files', with as many folders before them as it takes to tell them apart."""
    places = [path.resolve() if (path := sqlite_file(one.url)) else shown(one.url) for one in engines]
    for place in places:
        if places.count(place) > 1:
            name = place if isinstance(place, str) else place.stem
            raise BadInput(f"The log {name!r} is named twice.", remedy="Name each log once.")
    whole = [(one,) if isinstance(one, str) else one.with_suffix("").parts for one in places]
    if len(set(whole)) < len(whole):  # files that differ in their endings alone
        whole = [(one,) if isinstance(one, str) else one.parts for one in places]
    depth = 1
    while len({name[-depth:] for name in whole}) < len(whole):
        depth += 1
    return ["/".join(name[-depth:]) for name in whole]


def _refuse_erased(sources: Sequence[Source]) -> None:
    """An old copy of a log must not bring somebody back who was taken out of a newer one."""
    gone: dict[str, Any] = {}
    for source in sources:
        for stone in source.connection.execute(select(Tombstone.__table__)).mappings():
            for hashed in stone["sessions"]:
                gone[hashed] = (source.machine, stone)
    for source in sources:
        for session_id, code in source.connection.execute(select(Session.id, Session.participant)):
            if session_hash(session_id) in gone:
                machine, stone = gone[session_hash(session_id)]
                raise BadInput(
                    f"{code} of log {source.machine!r} was erased in {machine!r} on {stone['at_utc']}.",
                    remedy=f"Take the person out there too: `studies withdraw {code} --study "
                    f"{stone['study_id']} --db ...`.",
                )


def _records(connection: Connection, table: Any, *where: Any, order: Sequence[Any] = ()) -> Iterator[Record]:
    chosen = select(Base.metadata.tables[table.name if isinstance(table, Table) else table.__tablename__])
    result = connection.execution_options(yield_per=BATCH).execute(chosen.where(*where).order_by(*order))
    for row in result.mappings():
        yield {str(name): value for name, value in row.items()}


def _insert_all(out: Connection, table: Any, records: Iterator[Record]) -> None:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            out.execute(insert(table), batch)
            batch = []
    if batch:
        out.execute(insert(table), batch)


# -------------------------------------------------------------------------- one log after another


def _written(sources: Sequence[Source], part: Path, tell: Tell) -> _State:
    state = _State()
    engine = log_engine(log_url(str(part)))
    try:
        migrations.upgrade(engine)
        with write(engine) as out:
            for source in sources:
                _study_ns(source, state)
            for source in sources:
                tell(source.machine)
                _Import(source, out, state).run(tell)
            names, at_utc = ", ".join(source.machine for source in sources), utc_now()
            for study_id in out.execute(select(Study.id).order_by(Study.id)).scalars().all():
                require_whole(out, study_id)
                audit(
                    out,
                    study_id,
                    at_utc=at_utc,
                    actor="operator",
                    action="merge",
                    detail=f"{len(sources)} logs: {names}; sessions: {len(state.who)}",
                )
    finally:
        engine.dispose()
    return state


def _study_ns(source: Source, state: _State) -> None:
    """The highest number of a pseudonym in any log, so that a new one is new to all."""
    codes = [(Participant.study_id, Participant.code), (Tombstone.study_id, Tombstone.participant)]
    for study, column in (*codes, (Invitation.study_id, Invitation.participant)):
        for study_id, code in source.connection.execute(select(study, column)):
            key = study_id, code[:1]
            state.next_n[key] = max(state.next_n.get(key, 1), abs(_number(code)) + 1)


def _number(code: str) -> int:
    """Running number of a pseudonym; below 0 for a preview's (T001)."""
    n = int("".join(letter for letter in code if letter in "0123456789") or 0)
    return -n if code.startswith("T") else n


class _Import:
    """One log's way into the new one."""

    def __init__(self, source: Source, out: Connection, state: _State) -> None:
        self.source, self.out, self.state = source, out, state
        self.codes: dict[tuple[str, str], str] = {}
        self.new: list[str] = []

    def run(self, tell: Tell) -> None:
        self._set_ups()
        self._pseudonyms()
        self._sessions()
        for table in ROW_TABLES.values():
            tell(f"{self.source.machine}: {table.name}")
            for session_id in self.new:
                _insert_all(self.out, table, self._rows(table, session_id))
        self._beside_sessions()
        self._places()
        self._audits()

    def _set_ups(self) -> None:
        for model, same in (
            (Study, ()),
            (Condition, ()),
            (ProtocolFile, ("text",)),
            (AllocationList, ("text",)),
        ):
            table = Base.metadata.tables[model.__tablename__]
            for record in _records(self.source.connection, table, order=tuple(table.primary_key.columns)):
                self._one_set_up(table, record, same)

    def _one_set_up(self, table: Table, record: Record, same: tuple[str, ...]) -> None:
        key = [column == record[column.name] for column in table.primary_key.columns]
        there = self.out.execute(select(table).where(*key)).mappings().first()
        if there is None:
            self.out.execute(insert(table), record)
            return
        for name in same:
            if there[name] != record[name]:
                raise BadInput(
                    f"{table.name} {record['hash'][:12]} of study {record['study_id']!r} is another text in "
                    f"log {self.source.machine!r}.",
                    remedy="A text goes by its hash: one of the logs was changed by hand; restore a backup.",
                )
        for name in ("first_seen_at_utc", "made_at_utc"):
            if name in record and record[name] < there[name]:
                self.out.execute(update(table).where(*key).values({name: record[name]}))

    # ---------------------------------------------------------------- people

    def _pseudonyms(self) -> None:
        known: dict[tuple[str, str], int] = {}
        for model in (Participant, Tombstone):
            name = "code" if model is Participant else "participant"
            for one in _records(self.source.connection, model):
                known[one["study_id"], one[name]] = one["n"]
        for one in _records(self.source.connection, Invitation):
            known.setdefault((one["study_id"], one["participant"]), _number(one["participant"]))
        for (study_id, code), _ in sorted(known.items(), key=lambda item: (item[0][0], item[1], item[0][1])):
            new = self._code_for(study_id, code)
            self.codes[study_id, code] = new
            self.state.taken.add((study_id, new))
            self.state.codes.append((study_id, self.source.machine, code, new))
        for one in _records(self.source.connection, Participant, order=(Participant.study_id, Participant.n)):
            self._participant(one)
        for one in _records(self.source.connection, Invitation, order=(Invitation.study_id, Invitation.link)):
            new = self.codes[one["study_id"], one["participant"]]
            if one["link"] not in self.state.links:
                self.state.links[one["link"]] = new
                self.out.execute(insert(Invitation), {**one, "participant": new})
        for one in _records(self.source.connection, Tombstone, order=(Tombstone.id,)):
            self._tombstone(one)

    def _code_for(self, study_id: str, code: str) -> str:
        """The pseudonym of a person of this log in the new one."""
        same = self._same_person(study_id, code)
        if len(same) > 1:
            raise BadInput(
                f"{code} of log {self.source.machine!r} would be {' and '.join(sorted(same))}: sessions of "
                "one person there are of several people in another log.",
                remedy="One of the logs was changed by hand; restore a backup.",
            )
        if same:
            return same.pop()
        if (study_id, code) not in self.state.taken:
            return code
        key = study_id, code[:1]
        n = self.state.next_n[key]
        self.state.next_n[key] = n + 1
        return f"{code[:1]}{n:03d}"

    def _same_person(self, study_id: str, code: str) -> set[str]:
        """Who in the new log is this person already, by a session, a link or a tombstone in both."""
        look = self.source.connection.execute
        found = set()
        mine = select(Session.id).where(Session.study_id == study_id, Session.participant == code)
        for session_id in look(mine).scalars():
            if session_id in self.state.who:
                found.add(self.state.who[session_id][1])
        links = select(Invitation.link).where(Invitation.study_id == study_id, Invitation.participant == code)
        found |= {self.state.links[link] for link in look(links).scalars() if link in self.state.links}
        stones = select(Tombstone.__table__).where(
            Tombstone.study_id == study_id, Tombstone.participant == code, Tombstone.kind == "person"
        )
        for stone in look(stones).mappings():
            if _stone_key(stone) in self.state.buried:
                found.add(self.state.buried[_stone_key(stone)])
        return found

    def _participant(self, record: Record) -> None:
        study_id, new = record["study_id"], self.codes[record["study_id"], record["code"]]
        there = select(Participant.n).where(Participant.study_id == study_id, Participant.code == new)
        if self.out.execute(there).first() is None:
            n = record["n"] if new == record["code"] else _number(new)
            self.out.execute(insert(Participant), {**record, "code": new, "n": n})

    def _tombstone(self, record: Record) -> None:
        key = (*_stone_key(record), record["kind"], record["at_utc"])
        if key in self.state.audits:
            return
        self.state.audits.add(key)
        new = self.codes[record["study_id"], record["participant"]]
        if record["kind"] == "person":
            self.state.buried[_stone_key(record)] = new
        n = record["n"] if new == record["participant"] else _number(new)
        bare = {name: value for name, value in record.items() if name != "id"}
        self.out.execute(insert(Tombstone), {**bare, "participant": new, "n": n})

    # ---------------------------------------------------------------- sessions

    def _sessions(self) -> None:
        order = (Session.study_id, Session.started_at_utc, Session.id)
        for record in _records(self.source.connection, Session, order=order):
            new = {**record, "participant": self.codes[record["study_id"], record["participant"]]}
            if record["id"] in self.state.who:
                self._require_same(new)
                self.state.n_twice += 1
                continue
            self.out.execute(insert(Session), new)
            self.state.who[record["id"]] = (record["study_id"], new["participant"])
            self.new.append(record["id"])

    def _require_same(self, record: Record) -> None:
        there = next(_records(self.out, Session, Session.id == record["id"]))
        differing = sorted(name for name in record if record[name] != there[name])
        table = "session" if differing else None
        for rows in ROW_TABLES.values():
            if table is None and list(self._rows(rows, record["id"])) != list(
                _bare(_records(self.out, rows, rows.c.session_id == record["id"], order=(rows.c.seq,)))
            ):
                table = rows.name
        if table is not None:
            raise BadInput(
                f"Session {record['id']} of log {self.source.machine!r} stands in an earlier log too, with "
                f"other rows (table {table}).",
                remedy="If one log is an older copy of the other, leave it out. Nothing was written.",
            )

    def _rows(self, table: Table, session_id: str) -> Iterator[Record]:
        return _bare(
            _records(self.source.connection, table, table.c.session_id == session_id, order=(table.c.seq,))
        )

    def _beside_sessions(self) -> None:
        for session_id in self.new:
            for one in _records(
                self.source.connection, ParticipantLink, ParticipantLink.session_id == session_id
            ):
                self.out.execute(insert(ParticipantLink), one)
        order = (Arrival.study_id, Arrival.token)
        for one in _records(self.source.connection, Arrival, order=order):
            there = select(Arrival.session_id).where(
                Arrival.study_id == one["study_id"], Arrival.token == one["token"]
            )
            known = self.out.execute(there).scalar_one_or_none()
            if known is None:
                self.out.execute(insert(Arrival), one)
            elif known != one["session_id"]:
                self.state.n_same_arrivals += 1

    # ---------------------------------------------------------------- places and audit

    def _places(self) -> None:
        highest = select(func.max(Place.n)).where
        above: dict[str, int] = {}
        numbers: dict[tuple[str, int], int] = {}
        for one in _records(self.source.connection, Place, order=(Place.study_id, Place.n)):
            study_id = one["study_id"]
            machine = one["machine"] or self.source.machine
            key = ("place", study_id, one["list_hash"], one["n"], one["given_at_utc"], one["cell"])
            if study_id not in above:
                above[study_id] = self.out.execute(highest(Place.study_id == study_id)).scalar() or 0
            numbers[study_id, one["n"]] = above[study_id] + one["n"]
            if key in self.state.places:
                continue
            self.state.places.add(key)
            refilled = one["refill_of"]
            bare = {name: value for name, value in one.items() if name != "id"}
            changed = {
                "n": numbers[study_id, one["n"]],
                "refill_of": refilled and numbers.get((study_id, refilled), refilled),
                "machine": machine,
            }
            self.out.execute(insert(Place), {**bare, **changed})

    def _audits(self) -> None:
        def fresh() -> Iterator[Record]:
            for one in _bare(_records(self.source.connection, Audit, order=(Audit.id,))):
                key = ("audit", *one.values())
                if key not in self.state.audits:
                    self.state.audits.add(key)
                    yield one

        _insert_all(self.out, Audit, fresh())


def _bare(records: Iterator[Record]) -> Iterator[Record]:
    """Without the row number, which is each log's own."""
    for record in records:
        del record["id"]
        yield record


def _stone_key(stone: Mapping[str, Any] | RowMapping) -> tuple[str, str, str]:
    return stone["study_id"], str(stone["receipt"]), ",".join(stone["sessions"]) or stone["participant"]
