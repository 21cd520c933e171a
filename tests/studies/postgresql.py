"""A real PostgreSQL for tests: the one named in TUTORBOT_TEST_POSTGRESQL, or one started here for the run.

A server of our own needs Debian's package ``postgresql`` (or ``initdb`` and ``pg_ctl`` on PATH) and nothing
else: its data lie in a temporary folder, it listens on a socket in there, and it ends with the tests. Where
there is neither, the tests that need it are not there, and pytest's first lines say so.
"""

from __future__ import annotations

import atexit
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import text

from studies.log.database import log_engine

NAMED = os.environ.get("TUTORBOT_TEST_POSTGRESQL")


def _programs() -> Path | None:
    """Where initdb and pg_ctl are."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return debian[-1].parent if debian else None


PROGRAMS = _programs()
POSTGRESQL = NAMED is not None or PROGRAMS is not None
"""Whether there is one to ask."""
WHERE = NAMED or (f"started here, from {PROGRAMS}" if PROGRAMS else "none found: its tests are left out")
"""For the first lines of a run."""


@cache
def server() -> str:
    """The URL of a database; a server of our own is started when it is first asked for."""
    if NAMED is not None:
        return NAMED
    assert PROGRAMS is not None
    folder = Path(tempfile.mkdtemp(prefix="tutorbot-postgresql-"))
    # initdb refuses to run as root, so that root's tests let nobody own the server
    user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)

    def run(program: str, *arguments: str) -> None:
        command = [str(PROGRAMS / program), "--pgdata", str(folder / "data"), *arguments]
        ids = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        with (folder / "said").open("ab") as said:
            ended = subprocess.run(command, stdout=said, stderr=said, check=False, cwd=folder, **ids)
        assert ended.returncode == 0, (folder / "said").read_text()

    def stop() -> None:
        run("pg_ctl", "stop", "--mode=immediate")
        shutil.rmtree(folder, ignore_errors=True)

    run("initdb", "--auth=trust", "--username=tutorbot", "--encoding=UTF8", "--locale=C", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "start", "--wait", f"--log={folder}/log", f"--options={options}")
    atexit.register(stop)
    return f"postgresql://tutorbot@/postgres?host={folder}"


@contextmanager
def empty_schema() -> Iterator[str]:
    """The URL of a schema of its own, gone afterwards."""
    name = f"test_{secrets.token_hex(8)}"
    engine = log_engine(server())
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        join = "&" if "?" in server() else "?"
        yield f"{server()}{join}options=-csearch_path%3D{name}"
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()
