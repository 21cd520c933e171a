"""Folders that were found after a person was erased: whether they hold the person, and under which names.

A session id whose hash is in the tombstone is proof. The pseudonym is none: after a merge, or on another
machine, the same one may be somebody else's. So a folder is asked what it calls the people of its sessions;
only where it names no session beside the pseudonym is the pseudonym believed, and that is said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from studies.erasure.folder import FolderPlan
from studies.erasure.names import Names
from studies.erasure.sightings import Sightings, looks_drawn, sightings
from studies.log.buried import Buried
from studies.log.models import Participant, Session, Tombstone
from studies.log.person import Person, session_hash
from tutorbot.errors import BadInput

ALONE = (
    "{code} is known by the pseudonym alone, no session of theirs is named; in a folder of another study "
    "or log that would be somebody else"
)
STRANGER = (
    "{code} is somebody else here, with sessions that were never those of the {code} who was erased: left "
    "alone. If folders of several logs lie in it, name them one by one"
)
ABSENT = "{code} is not in it"
UNSEEN = "{code} is not in what can be looked into of it"
OTHERWISE = "their sessions are those of {called} here: taken for {code}, and nobody else is"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Somebody erased before. person: with the session ids that could be had back. names: by folder.

    notes: by folder, where there is something to say about who somebody is. n_conversations: sessions of
    theirs in Rasa's tracker store.
    """

    buried: Buried
    person: Person
    names: Mapping[Path, Names]
    notes: Mapping[Path, str]
    n_conversations: int

    def note(self, plan: FolderPlan) -> str | None:
        """What there is to say of a folder: above all that the person is not in it."""
        if plan.changes or not plan.names.codes:
            return self.notes.get(plan.root)
        return (UNSEEN if plan.unseen else ABSENT).format(code=self.buried.code)


def recognize(
    connection: Connection, buried: Buried, roots: Sequence[Path], conversations: Collection[str] = ()
) -> Found:
    """Look for somebody in folders. conversations: session ids in Rasa's tracker store.

    Raises: BadInput: a folder that calls two people so; OSError.
    """
    seen = {root: sightings(root) for root in roots}
    ids = {one for sighting in seen.values() for one in sighting.ids}.union(conversations)
    mine = tuple(sorted(one for one in ids if session_hash(one) in buried.hashes))
    others = _others(connection, buried)
    names, notes = {}, {}
    for root, sighting in seen.items():
        codes, note = _called(root, buried.code, sighting, mine)
        names[root] = Names(
            codes=tuple(sorted(codes)), secrets=mine, others=tuple(sorted(others - codes - set(mine)))
        )
        if note is not None:
            notes[root] = note
    person = Person(study_id=buried.study_id, code=buried.code, n=buried.n, sessions=mine, links=(), n_open=0)
    return Found(
        buried=buried,
        person=person,
        names=names,
        notes=notes,
        n_conversations=len(set(conversations).intersection(mine)),
    )


def _called(root: Path, code: str, seen: Sightings, mine: Collection[str]) -> tuple[set[str], str | None]:
    """What a folder calls the person, and what to say about it."""
    called = {name for session, name in seen.called if session in mine}
    strangers = {name for session, name in seen.called if session not in mine and looks_drawn(session)}
    if called & strangers:
        both = ", ".join(sorted(called & strangers))
        raise BadInput(
            f"In {str(root)!r} {both} has sessions of the {code} who was erased and others that never were "
            "theirs.",
            remedy="Folders of several logs seem to lie in it: name them one by one. Nothing was changed.",
        )
    if called:
        other = ", ".join(sorted(called - {code}))
        return called, OTHERWISE.format(called=other, code=code) if other else None
    if code in strangers:
        return set(), STRANGER.format(code=code)
    return {code}, None if seen.ids.intersection(mine) else ALONE.format(code=code)


def _others(connection: Connection, buried: Buried) -> set[str]:
    """Pseudonyms and sessions of everybody else, erased or not, to tell whose a file is."""
    found: set[str] = set()
    for column, study in (
        (Participant.code, Participant.study_id),
        (Session.id, Session.study_id),
        (Tombstone.participant, Tombstone.study_id),
    ):
        found.update(connection.execute(select(column).where(study == buried.study_id)).scalars())
    return found - {buried.code}
