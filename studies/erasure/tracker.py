"""A person's conversations in Rasa's SQL tracker store, where the study keeps one.

By default Rasa keeps conversations in memory (dialogue/endpoints.yml) and nothing is left once it stops.
A store in SQL has one table, ``events``, whose ``sender_id`` is our session id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import URL, Connection, create_engine, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from studies.log.database import shown, sqlite_file
from tutorbot.errors import BadInput, LogUnwritable

IN_MEMORY = (
    "none named: by default Rasa keeps conversations in memory and they are gone once it is stopped; a store "
    "in SQL is named with --rasa-tracker"
)


class TrackerStore:
    """Rasa's SQL tracker store at a URL. Raises: BadInput: if there is no such store."""

    def __init__(self, url: str) -> None:
        self._url = _parsed(url)
        self.file = sqlite_file(self._url)
        if self.file is not None and not self.file.is_file():
            raise BadInput(
                f"There is no tracker store {str(self.file)!r}.", remedy="Name the file Rasa writes to."
            )
        self._engine = create_engine(self._url, hide_parameters=True)
        self.sqlite = self._engine.dialect.name == "sqlite"
        try:
            columns = {one["name"] for one in inspect(self._engine).get_columns("events")}
        except SQLAlchemyError as error:
            columns = set()
            reason = f" ({type(error).__name__})"
        else:
            reason = ""
        if "sender_id" not in columns:
            raise BadInput(
                f"{self.shown} is no tracker store of Rasa{reason}: no table `events` with `sender_id`.",
                remedy="Name the database of `tracker_store` in dialogue/endpoints.yml.",
            )

    @property
    def shown(self) -> str:
        """The URL without a password."""
        return shown(self._url)

    def close(self) -> None:
        """Let the database go."""
        self._engine.dispose()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing. Raises: LogUnwritable."""
        try:
            with self._engine.begin() as connection:
                if self.sqlite:
                    connection.exec_driver_sql("PRAGMA secure_delete = ON")
                yield connection
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    def sessions(self) -> frozenset[str]:
        """Whose conversations it holds. Raises: LogUnwritable."""
        with self.transaction() as connection:
            return frozenset(connection.execute(text("SELECT DISTINCT sender_id FROM events")).scalars())

    def forget(self, connection: Connection, sessions: Sequence[str]) -> int:
        """Delete the conversations of these sessions; returns how many events they had."""
        n = 0
        for session_id in sessions:
            n += connection.execute(
                text("DELETE FROM events WHERE sender_id = :who"), {"who": session_id}
            ).rowcount
        return n

    def compact(self) -> None:
        """Rewrite the file without what was deleted. Raises: LogUnwritable."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM")
                if self.sqlite:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        except SQLAlchemyError as error:
            raise self._fault(error) from error

    def _fault(self, error: SQLAlchemyError) -> LogUnwritable:
        cause = str(getattr(error, "orig", None) or error).strip().split("\n")[0][:200]
        return LogUnwritable(
            f"Rasa's tracker store {self.shown} cannot be written ({cause}).",
            remedy="Stop Rasa if it runs, check free space and rights, and run this again.",
        )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url if "://" in url else f"sqlite:///{url}")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise BadInput(
            f"--rasa-tracker names no database ({type(error).__name__}).",
            remedy="Write sqlite:///tracker.db or postgresql://USER@HOST/NAME.",
        ) from None
    return parsed
