"""A protocol freezes with its first participant: what may change afterwards, and how it is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from studies.log.models import ProtocolFile, Session
from studies.protocol import Protocol, parse_protocol
from tutorbot.errors import ProtocolChanged


def require_same_protocol(connection: Connection, protocol: Protocol) -> None:
    """Pass when the protocol is the one participants were taken in with, or an amendment of it.

    A change needs a ``version`` of its own and an entry in ``amendments`` that says why; a changed consent
    text needs a new ``consent.version`` too. Protocols for testing may change freely.
    Raises: ProtocolChanged: saying what was changed, and what is missing.
    """
    if protocol.test_only:
        return
    used = set(connection.execute(_hashes(protocol)).scalars())
    if not used or protocol.sha256 in used:
        return
    before = list(_in_use(connection, protocol))
    newest = before[-1]
    changed = ", ".join(changes(newest, protocol)) or "comments or spaces only"
    if protocol.version in [one.version for one in before]:
        raise ProtocolChanged(
            f"Protocol {protocol.id!r} has participants under version {protocol.version!r} already, "
            f"and was changed since ({changed}).",
            remedy="Take the old file back, or give the new one a version of its own with an entry in "
            "`amendments:` (version, date, reason).",
        )
    if protocol.version not in [amendment.version for amendment in protocol.amendments]:
        raise ProtocolChanged(
            f"Version {protocol.version!r} of protocol {protocol.id!r} changes {changed}, "
            "and no amendment says why.",
            remedy=f"Add an entry to `amendments:` with version {protocol.version!r}, date and reason.",
        )
    if newest.consent.texts != protocol.consent.texts and newest.consent.version == protocol.consent.version:
        raise ProtocolChanged(
            f"The consent text was changed, and its version is still {protocol.consent.version!r}.",
            remedy="Give it a new `consent.version`: the log must say who agreed to which text.",
        )


def changes(before: Protocol, after: Protocol) -> Iterator[str]:
    """Names of the protocol's parts that differ, beside version and amendments."""
    for name in type(after).model_fields:
        if name not in {"version", "amendments"} and getattr(before, name) != getattr(after, name):
            yield name


def _hashes(protocol: Protocol) -> Any:
    """Hashes of the protocol files that participants were taken in with."""
    of_study = Session.study_id == protocol.id, Session.test_only.is_(False)
    return select(Session.protocol_hash).where(*of_study).distinct()


def _in_use(connection: Connection, protocol: Protocol) -> Iterator[Protocol]:
    """The protocol files that participants were taken in with, oldest first."""
    chosen = (
        select(ProtocolFile.text)
        .where(ProtocolFile.study_id == protocol.id, ProtocolFile.hash.in_(_hashes(protocol)))
        .order_by(ProtocolFile.first_seen_at_utc, ProtocolFile.hash)
    )
    for text in connection.execute(chosen).scalars():
        yield parse_protocol(text, name=f"protocol of study {protocol.id}")
