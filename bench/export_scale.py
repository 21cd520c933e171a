# ruff: noqa: T201, S603
"""How an export grows with the study: seconds an event, memory, and Parquet beside pandas.

    .venv/bin/python -m bench.export_scale                      10,000, 100,000 and 1,000,000 events
    .venv/bin/python -m bench.export_scale --sizes 10000 --formats parquet csv

Simulated sessions are copied under new ids until the log holds so many rows. Every export runs in a process
of its own, its imports left out of the time. Prints, for each format and size, the median of processor
seconds for a million events, that against the smallest size (1.0 is linear, less is fixed costs spread over
more), and the most memory the process held; then, of the same log in the same run and turn about, the Parquet
tables of the log against pandas.read_sql and DataFrame.to_parquet, and the whole Parquet export (with acts,
wide table, codebook, checks and hashes) against the same. Exit code 0, however it comes out.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from studies.export.formats import FORMATS
from studies.log.models import ROW_TABLES

CHILD = """
import json, sys, time
from pathlib import Path
from bench import export_scale as bench
what, url, out = sys.argv[1:]
bench.get_ready(what)
begun = time.perf_counter(), time.process_time()
getattr(bench, "with_" + what, bench.with_format)(url, Path(out), what)
spent = time.perf_counter() - begun[0], time.process_time() - begun[1]
held = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"wall_s": spent[0], "cpu_s": spent[1], "peak_mb": int(held.split()[1]) / 1024}))
"""


def get_ready(what: str) -> None:
    """Import what a run needs, so that its time is that of the work."""
    names = {"pandas": ["pandas", "pyarrow.parquet", "sqlalchemy"]}.get(what, ["studies.export.study"])
    modules = {"tables": "parquet", "psych-ds": "psych_ds", "mcap": "mcap_file", "csv": "tidy"}
    if what in ("tables", "parquet"):
        names.append("pandas")  # pyarrow looks for it when it makes its first column
    if what != "pandas":
        names.append(f"studies.export.{modules.get(what, what)}")
    for name in names:
        importlib.import_module(name)


def with_format(url: str, out: Path, name: str) -> None:
    """The export itself."""
    from studies.export.study import export_study

    export_study(url, "pilot", out, formats=[name])


def with_tables(url: str, out: Path, name: str) -> None:
    """The row tables and the session table alone, by the export's own Parquet writer."""
    from studies.export.parquet import write_table

    out.mkdir()
    for table in _tables(url):
        write_table(table, out / f"{table.name}.parquet")


def with_pandas(url: str, out: Path, name: str) -> None:
    """The same tables as a researcher would do it."""
    import pandas as pd
    from sqlalchemy import create_engine

    out.mkdir()
    engine = create_engine(url)
    for table in ("session", *(kind.table for kind in ROW_TABLES)):
        with engine.connect() as connection:
            frame = pd.read_sql(SELECT[table == "session"].format(table), connection)
            frame.to_parquet(out / f"{table}.parquet")


SELECT = (
    "SELECT {0}.*, session.participant FROM {0} JOIN session ON session.id = {0}.session_id "
    "JOIN participant ON participant.study_id = session.study_id AND participant.code = session.participant "
    "WHERE session.study_id = 'pilot' AND session.test_only = 0 "
    "ORDER BY participant.n, session.started_at_utc, session.id, seq",
    "SELECT * FROM {0} WHERE study_id = 'pilot' AND test_only = 0",
)
"""Of a row table, and of the session table: the rows and the order of an export."""


def _tables(url: str):  # type: ignore[no-untyped-def]
    from studies.export.flow import standings
    from studies.export.tables import datasets
    from studies.log.database import log_engine, snapshot

    with snapshot(log_engine(url)) as connection:
        sessions = standings(connection, "pilot", test_only=False)
        tables = datasets(connection, "pilot", sessions, test_only=False, with_words=False)
        yield from (table for table in tables if table.name != "acts")


def make_log(path: Path, n_events: int) -> int:
    """A log of at least so many rows; returns how many."""
    from tests.studies.export_builders import played_study

    played_study(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        sessions = [dict(row) for row in connection.execute("SELECT * FROM session ORDER BY id")]
        n_rows, copy = sum(one["n_rows"] for one in sessions), 0
        while n_rows < n_events:
            copy += 1
            for one in sessions:
                _copy(connection, one, copy)
                n_rows += one["n_rows"]
                if n_rows >= n_events:
                    break
        connection.commit()
        return int(connection.execute("SELECT sum(n_rows) FROM session").fetchone()[0])


def _copy(connection: sqlite3.Connection, session: dict[str, object], n: int) -> None:
    """A session and its rows once more, as another participant's."""
    number = connection.execute("SELECT max(n) + 1 FROM participant").fetchone()[0]
    code, new_id = f"P{number:06d}", f"{session['id']}-{n}"
    connection.execute(
        "INSERT INTO participant (study_id, code, n, first_seen_at_utc) VALUES ('pilot', ?, ?, ?)",
        (code, number, session["started_at_utc"]),
    )
    changed = {**session, "id": new_id, "participant": code}
    marks = ", ".join("?" * len(changed))
    connection.execute(
        f"INSERT INTO session ({', '.join(changed)}) VALUES ({marks})",  # noqa: S608
        tuple(changed.values()),
    )
    for table in ROW_TABLES.values():
        columns = [column.name for column in table.columns if column.name not in ("id", "session_id")]
        names = ", ".join(f'"{name}"' for name in columns)
        connection.execute(
            f"INSERT INTO {table.name} (session_id, {names}) "  # noqa: S608
            f"SELECT ?, {names} FROM {table.name} WHERE session_id = ?",
            (new_id, session["id"]),
        )


def measured(what: str, url: str, folder: Path) -> dict[str, float]:
    """One run in a process of its own."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-c", CHILD, what, url, str(out)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--formats", nargs="+", default=[one.name for one in FORMATS])
    parser.add_argument("--runs", type=int, default=3, help="of each; below a million events")
    chosen = parser.parse_args()
    smallest: dict[str, float] = {}
    print(f"{'events':>9s} {'format':>13s} {'CPU s/million':>14s} {'to smallest':>12s} {'peak MB':>8s}")
    for size in sorted(chosen.sizes):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            n_events = make_log(folder / "log.db", size)
            url = f"sqlite:///{folder / 'log.db'}"
            for one in chosen.formats:
                runs = [measured(one, url, folder) for _ in range(chosen.runs if size < 1_000_000 else 1)]
                each = statistics.median(run["cpu_s"] for run in runs) * 1e6 / n_events
                peak = max(run["peak_mb"] for run in runs)
                ratio = each / smallest.setdefault(one, each)
                print(f"{n_events:9d} {one:>13s} {each:14.1f} {ratio:12.2f} {peak:8.0f}", flush=True)
            _beside_pandas(n_events, url, folder, chosen.runs)


def _beside_pandas(n_events: int, url: str, folder: Path, n_runs: int) -> None:
    """Turn about, so that what else the machine does falls on all alike."""
    found: dict[str, list[dict[str, float]]] = {"tables": [], "parquet": [], "pandas": []}
    for _ in range(n_runs):
        for what, runs in found.items():
            runs.append(measured(what, url, folder))
    wall, cpu = (
        {what: statistics.median(run[clock] for run in runs) for what, runs in found.items()}
        for clock in ("wall_s", "cpu_s")
    )
    peak = {what: max(run["peak_mb"] for run in runs) for what, runs in found.items()}
    for what in ("tables", "parquet"):
        print(
            f"{n_events:9d} {what} / pandas: time {wall[what] / wall['pandas']:.2f}, "
            f"CPU {cpu[what] / cpu['pandas']:.2f}, memory {peak[what]:.0f} / {peak['pandas']:.0f} MB",
            flush=True,
        )


if __name__ == "__main__":
    main()
