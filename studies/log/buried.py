"""Somebody who was erased, as far as the log still knows of them: by their tombstone."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from studies.log.models import Tombstone


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """A tombstone. hashes: sha256 of every session id they had. reason: wish or retention."""

    study_id: str
    code: str
    n: int
    reason: str
    at_utc: str
    receipt: str | None
    hashes: frozenset[str]

    @property
    def told(self) -> str:
        """When it was, in a sentence."""
        receipt = f" (receipt {self.receipt})" if self.receipt else ""
        return f"The data of {self.code} in {self.study_id!r} were erased on {self.at_utc}{receipt}."


def find_buried(connection: Connection, study_id: str, code: str) -> Buried | None:
    """The tombstone of a person; None: nobody called so was erased."""
    columns = Tombstone.n, Tombstone.reason, Tombstone.at_utc, Tombstone.receipt, Tombstone.sessions
    stones = connection.execute(
        select(*columns)
        .where(Tombstone.study_id == study_id, Tombstone.participant == code, Tombstone.kind == "person")
        .order_by(Tombstone.id)
    ).all()
    if not stones:
        return None
    first = stones[0]
    return Buried(
        study_id=study_id,
        code=code,
        n=first.n,
        reason=first.reason,
        at_utc=first.at_utc,
        receipt=first.receipt,
        hashes=frozenset(one for stone in stones for one in stone.sessions),
    )
