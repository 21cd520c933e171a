"""Personal links, made before anybody opens one; and links that show each cell without being data."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from studies.allocation import strata_of
from studies.log.models import Invitation, ParticipantLink
from studies.log.store import new_participant, utc_now
from studies.protocol import Protocol
from studies.protocol.arms import arms
from tutorbot.errors import BadInput

LINK_BYTES = 18
"""Random bytes of a link's secret: 144 bits, not to be guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalLink:
    """One link. code: pseudonym. link: its secret. opened: somebody has. cell: of a preview, else None."""

    code: str
    link: str
    stratum: str
    cell: str | None
    opened: bool


def invite(connection: Connection, protocol: Protocol, n: int, stratum: str = "") -> list[PersonalLink]:
    """Make ``n`` links; the place is given when one is opened. Raises: BadInput: there is no such stratum."""
    if stratum not in strata_of(protocol):
        raise BadInput(
            f"Study {protocol.id!r} has no stratum {stratum!r}.",
            remedy=f"Write one of: {'; '.join(strata_of(protocol))}."
            if strata_of(protocol) != [""]
            else "It balances nothing: leave --stratum out.",
        )
    return [_made(connection, protocol, stratum=stratum, cell=None) for _ in range(n)]


def preview(connection: Connection, protocol: Protocol) -> list[PersonalLink]:
    """A link to try out each cell; what happens under it is never data, and takes no place."""
    return [_made(connection, protocol, stratum="", cell=arm.cell) for arm in arms(protocol)]


def links_of(connection: Connection, study_id: str) -> list[PersonalLink]:
    """All personal links of a study, in order of their codes."""
    opened = select(ParticipantLink.session_id).where(ParticipantLink.link == Invitation.link)
    chosen = select(
        Invitation.participant, Invitation.link, Invitation.stratum, Invitation.cell, opened.exists()
    ).where(Invitation.study_id == study_id)
    return [
        PersonalLink(code=code, link=link, stratum=stratum, cell=cell, opened=bool(seen))
        for code, link, stratum, cell, seen in connection.execute(chosen.order_by(Invitation.participant))
    ]


def _made(connection: Connection, protocol: Protocol, *, stratum: str, cell: str | None) -> PersonalLink:
    code = new_participant(connection, protocol.id, preview=cell is not None)
    link = secrets.token_urlsafe(LINK_BYTES)
    connection.execute(
        insert(Invitation).values(
            link=link,
            study_id=protocol.id,
            participant=code,
            stratum=stratum,
            cell=cell,
            test_only=protocol.test_only or cell is not None,
            made_at_utc=utc_now(),
        )
    )
    return PersonalLink(code=code, link=link, stratum=stratum, cell=cell, opened=False)
