"""Taking participants into a study: a place, a condition, a link and a session, all or nothing."""

from __future__ import annotations

import asyncio
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select

from studies.allocation import Next, stratum_name
from studies.identity import IdentityKey
from studies.log.freeze import require_same_protocol
from studies.log.models import Arrival as Arrived
from studies.log.models import Invitation, ParticipantLink, Session
from studies.log.places import (
    FINISHED,
    Holder,
    choose,
    counts,
    hold,
    lock_study,
    place_stratum,
    release_stale,
    session_place,
    write_list,
)
from studies.log.standing import study_standing
from studies.log.store import (
    SqlStudyLog,
    begin_session,
    change_session,
    ensure_study,
    headers,
    new_participant,
    read_rows,
)
from studies.protocol import Protocol
from studies.protocol.arms import arms, parts, sequence
from tutorbot.bootstrap.languages import language_for
from tutorbot.bootstrap.study import VERSION
from tutorbot.core.events import Consent, SessionEnded
from tutorbot.core.strategies.timetable import schedule_of
from tutorbot.errors import BadInput, EnrolmentClosed, UnknownLink
from tutorbot.lessons import lesson_hash
from tutorbot.ports import Arrival, Clock, JoinForm, JoinQuestion, LogHeader, SessionPart

YOKED, MATCH = "-Y", "-A"
"""Endings of a yoked condition and of the one whose times it replays."""
Schedule = tuple[tuple[int, float], ...]
SERVICES = {"prolific": "Prolific", "sona": "SONA", "other": "the recruitment service"}
JOIN_WORDS = {
    "en": ("Please answer this first; it is used to form comparable groups.", "Go on"),
    "de": ("Bitte beantworten Sie zuerst dies; damit werden vergleichbare Gruppen gebildet.", "Weiter"),
}
"""Language -> what stands above the questions of /join, and on its button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What is known of a participant before the session is begun.

    participant, link: of a personal link made beforehand; None for somebody who opened /join.
    condition, seed: override the allocation (demo only); no place is taken then.
    preview: the cell to show, for a try-out of it that never is data.
    """

    stratum: str = ""
    language: str | None = None
    participant: str | None = None
    link: str | None = None
    condition: str | None = None
    seed: int | None = None
    preview: str | None = None


class StudyEnrolment:
    """Takes participants into one study's log (port ``Enrolment``)."""

    def __init__(
        self,
        protocol: Protocol,
        log: SqlStudyLog,
        clock: Clock,
        model_hash: str,
        key: IdentityKey | None = None,
    ) -> None:
        """Args: key: where recruitment parameters go; needed where the protocol names a service."""
        self._protocol = protocol
        self._log = log
        self._clock = clock
        self._model_hash = model_hash
        self._list_hash: str | None = None
        self._key = key

    # ------------------------------------------------------------ coming in

    async def enrol(self, condition: str | None = None, seed: int | None = None) -> LogHeader:
        """A new participant; ``condition`` and ``seed`` override the allocation (demo only).

        Raises: as ``admit``.
        """
        return await self.admit(Newcomer(condition=condition, seed=seed))

    async def why_closed(self) -> tuple[str, ...]:
        """Why every newcomer would be refused: the protocol was changed in use. Empty: nobody is."""
        try:
            await self._log.reading(lambda connection: require_same_protocol(connection, self._protocol))
        except BadInput as error:
            return (f"newcomers are refused: {error} Those who began before can go on.",)
        return ()

    async def standing(self) -> Mapping[str, object]:
        """How the study stands, for the console (``console_feed.STUDY``). Raises: LogUnwritable."""
        found = await self._log.reading(lambda connection: study_standing(connection, self._protocol))
        stop, rule = found.stop, self._protocol.stop_rule
        return {
            "completed": found.completed,
            "running": found.running,
            "planned": found.planned,
            "full": found.full,
            "stop_reached": stop.reached,
            "cells": [
                {"cell": cell, "completed": one.completed, "running": one.running}
                for cell, one in found.cells.items()
            ],
            "stop": {
                "n": stop.n,
                "people": stop.people,
                "mean": None if stop.mean is None else round(stop.mean, 2),
                "fall": rule.fall,
                "least": rule.least,
            },
        }

    def join_form(self, wanted: Sequence[str]) -> JoinForm:
        """The questions of the strata, in the first wanted language the study has, else its first."""
        protocol = self._protocol
        chosen = language_for(wanted, protocol.languages) or protocol.languages[0]
        words = JOIN_WORDS.get(chosen, JOIN_WORDS["en"])
        return JoinForm(
            language=chosen,
            title=protocol.title,
            instruction=words[0],
            button=words[1],
            questions=tuple(
                JoinQuestion(
                    id=stratum.id,
                    text=stratum.title[chosen],
                    options=tuple((name, labels[chosen]) for name, labels in stratum.options.items()),
                )
                for stratum in protocol.allocation.strata
            ),
            parameters=() if protocol.completion is None else protocol.completion.parameters,
        )

    async def join(self, arrival: Arrival) -> LogHeader:
        """Somebody opened /join.

        Raises: EnrolmentClosed; BadInput: an answer is missing or none of the options.
        """
        if self._protocol.enrolment.by == "links":
            raise EnrolmentClosed(
                "This study takes people in by personal link alone.",
                remedy="Use the link you were sent, or ask the person who told you of the study.",
            )
        newcomer = Newcomer(stratum=self.stratum(arrival.answers), language=arrival.language)
        completion = self._protocol.completion
        if completion is None:
            return await self.admit(newcomer)
        person = arrival.parameters.get(completion.person, "").strip()
        if not person:
            raise BadInput(
                f"The address lacks {completion.person}, by which {SERVICES[completion.service]} names you.",
                remedy="Open the study from there again, not from a copied address.",
            )
        return await self._recruited(newcomer, person, arrival.parameters)

    async def known(self, parameters: Mapping[str, str]) -> LogHeader | None:
        """The session of somebody a recruitment service sent before; None for all others."""
        completion, key = self._protocol.completion, self._key
        person = parameters.get(completion.person, "").strip() if completion is not None else ""
        if key is None or not person:
            return None
        token = key.arrival_token(person)
        found = await self._log.reading(lambda connection: self._arrived(connection, token))
        return found[0] if found else None

    def _arrived(self, connection: Connection, token: str) -> tuple[LogHeader, ...]:
        of_study = Arrived.study_id == self._protocol.id
        return headers(connection, Session.id == Arrived.session_id, of_study, Arrived.token == token)

    async def _recruited(self, newcomer: Newcomer, person: str, parameters: Mapping[str, str]) -> LogHeader:
        """The session of somebody a recruitment service sent: begun now, or when they came first.

        Who it is goes to the identity key alone, after the session is in the log.
        """
        assert self._key is not None
        token = self._key.arrival_token(person)

        def find_or_admit(connection: Connection) -> tuple[LogHeader, bool]:
            ensure_study(connection, self._protocol.id)
            lock_study(connection, self._protocol.id)
            known = self._arrived(connection, token)
            if known:
                return known[0], False
            header = self._admit(connection, newcomer)
            connection.execute(
                insert(Arrived).values(study_id=header.study_id, token=token, session_id=header.session_id)
            )
            return header, True

        header, new = await self._log.writing(find_or_admit)
        if new:
            await asyncio.to_thread(self._key.seal, header.participant, parameters)
        return header

    def stratum(self, answers: Mapping[str, str]) -> str:
        """The stratum of these answers. Raises: BadInput: naming the question that lacks one."""
        try:
            return stratum_name(self._protocol, answers)
        except KeyError as missing:
            raise BadInput(
                f"The question {missing.args[0]!r} has no answer that this study knows.",
                remedy="Choose one of the answers shown.",
            ) from None

    async def admit(self, newcomer: Newcomer) -> LogHeader:
        """Begin a session for a newcomer: pseudonym, place, link and set-up in one transaction.

        Raises: EnrolmentClosed: the study is full. BadInput: a yoked condition without a match; the protocol
        was changed without an amendment. LogUnwritable.
        """
        return await self._log.writing(lambda connection: self._admit(connection, newcomer))

    def _admit(self, connection: Connection, newcomer: Newcomer) -> LogHeader:
        protocol, at_utc = self._protocol, self._clock.utc_iso()
        require_same_protocol(connection, protocol)
        trial = newcomer.preview is not None
        code = newcomer.participant or new_participant(connection, protocol.id, preview=trial)
        lock_study(connection, protocol.id)
        place = self._place_for(connection, newcomer, at_utc)
        cell = newcomer.preview if place is None else place.cell
        number = int(code[1:])
        header = self._with_place(
            connection,
            LogHeader(
                session_id=uuid.uuid4().hex,
                study_id=protocol.id,
                participant=code,
                link=newcomer.link or secrets.token_urlsafe(18),
                condition=newcomer.condition or "",
                seed=protocol.seed + number if newcomer.seed is None else newcomer.seed,
                software_version=VERSION,
                protocol_hash=protocol.sha256,
                lesson_hash=lesson_hash(protocol.lesson),
                model_hash=self._model_hash,
                protocol=protocol.text,
                test_only=protocol.test_only or trial,
                started_at_utc=at_utc,
                language=newcomer.language or protocol.languages[0],
            ),
            cell,
            sequence(protocol, cell or "", "", 1) if place is None else place.sequence,
        )
        begin_session(connection, header)
        if place is not None:
            self._hold(connection, place, header, newcomer.stratum)
        return header

    def _place_for(self, connection: Connection, newcomer: Newcomer, at_utc: str) -> Next | None:
        """The place a newcomer gets; None for the demo and for previews, which take none."""
        if newcomer.condition is not None or newcomer.preview is not None:
            return None
        protocol = self._protocol
        release_stale(connection, protocol, at_utc)
        self._require_room(connection)
        conditions = {arm.cell: arm.condition for arm in arms(protocol)}

        def serves(cell: str) -> bool:
            condition = conditions[cell]
            return not condition.endswith(YOKED) or self._match(connection, condition) is not None

        place = choose(connection, protocol, newcomer.stratum, serves)
        if place is None:
            self._schedule(connection, next(iter(conditions.values())))  # says which match is missing
            raise EnrolmentClosed("No condition can be given now.", remedy="Try again later.")
        return place

    def _hold(
        self, connection: Connection, place: Next, header: LogHeader, stratum: str, at_utc: str | None = None
    ) -> None:
        at_utc = at_utc or header.started_at_utc
        if self._list_hash is None:
            self._list_hash = write_list(connection, self._protocol, at_utc)
        holder = Holder(session_id=header.session_id, stratum=stratum, at_utc=at_utc)
        hold(connection, self._protocol, place, holder, list_hash=self._list_hash)

    def _require_room(self, connection: Connection) -> None:
        sample = self._protocol.sample
        if sample is None or not sample.close:
            return
        n = sum(one.completed + one.running for one in counts(connection, self._protocol.id).values())
        if n >= sample.n:
            raise EnrolmentClosed(
                "All places of this study are taken.",
                remedy="Thank you for your interest. A place may become free again: you can try later.",
            )

    def _with_place(
        self, connection: Connection, header: LogHeader, cell: str | None, order: str
    ) -> LogHeader:
        """The set-up with what its place says: condition, parts, and the schedule of a yoked condition."""
        protocol = self._protocol
        made: tuple[SessionPart, ...] = () if cell is None else parts(protocol, cell, order)
        condition = header.condition
        if cell is not None:
            of_arm = next(arm.condition for arm in arms(protocol) if arm.cell == cell)
            condition = made[0].condition if made else of_arm
        return replace(
            header,
            condition=condition,
            cell=cell if protocol.factors else None,
            sequence=order or None,
            parts=made,
            schedule=self._schedule(connection, condition),
        )

    # ------------------------------------------------------------ yoked conditions

    def _schedule(self, connection: Connection, condition: str) -> Schedule:
        """Of a yoked condition, the times of the next matched session nobody was yoked to; else nothing."""
        if not condition.endswith(YOKED):
            return ()
        found = self._match(connection, condition)
        if found is None:
            match = condition.removesuffix(YOKED) + MATCH
            raise BadInput(
                f"Condition {condition} needs a finished {match} session nobody was yoked to; there is none.",
                remedy=f"Finish a {match} session of study {self._protocol.id!r} first, then try again.",
            )
        return found

    def _match(self, connection: Connection, condition: str) -> Schedule | None:
        match = condition.removesuffix(YOKED) + MATCH
        known = headers(
            connection,
            Session.study_id == self._protocol.id,
            Session.test_only == self._protocol.test_only,
            Session.condition.in_((match, condition)),
        )
        n_before = sum(header.condition == condition for header in known)
        for header in known:
            if header.condition != match:
                continue
            rows = read_rows(connection, header.session_id)
            if any(isinstance(row, SessionEnded) and row.reason in FINISHED for row in rows):
                if n_before == 0:
                    return tuple((act.item_n, act.item_s) for act in schedule_of(rows))
                n_before -= 1
        return None

    # ------------------------------------------------------------ coming back

    async def by_link(self, link: str, wanted: Sequence[str] = ()) -> LogHeader:
        """The session of a link; a personal link's is begun when it is opened first, in a wanted language.

        Somebody who had not agreed yet, and whose place was given to another meanwhile, gets a new one.
        Raises: UnknownLink; EnrolmentClosed.
        """
        header = await self._log.writing(lambda connection: self._by_link(connection, link, wanted))
        self._log.forget(header.session_id)
        return header

    async def begun(self, link: str) -> LogHeader:
        """The session of a link that was opened before; nothing is begun by asking. Raises: UnknownLink."""
        try:
            return await self._log.session_by_link(link)
        except KeyError:
            raise _unknown_link() from None

    def _by_link(self, connection: Connection, link: str, wanted: Sequence[str]) -> LogHeader:
        found = headers(connection, ParticipantLink.link == link)
        if found:
            return self._renewed(connection, found[0])
        invited = connection.execute(
            select(Invitation.participant, Invitation.stratum, Invitation.cell).where(
                Invitation.link == link, Invitation.study_id == self._protocol.id
            )
        ).first()
        if invited is None:
            raise _unknown_link()
        participant, stratum, cell = invited
        newcomer = Newcomer(
            participant=participant,
            link=link,
            stratum=stratum,
            preview=cell,
            language=language_for(wanted, self._protocol.languages),
        )
        return self._admit(connection, newcomer)

    def _renewed(self, connection: Connection, header: LogHeader) -> LogHeader:
        """The set-up as it was, or with a new place where the old one was given away before consent."""
        place = session_place(connection, header.session_id)
        if place is None or place[1] != "not_begun" or header.study_id != self._protocol.id:
            return header
        if any(isinstance(row, Consent) for row in read_rows(connection, header.session_id)):
            return header
        lock_study(connection, header.study_id)
        at_utc = self._clock.utc_iso()
        stratum = place_stratum(connection, header.session_id)
        given = self._place_for(connection, Newcomer(stratum=stratum), at_utc)
        assert given is not None
        changed = self._with_place(connection, header, given.cell, given.sequence)
        change_session(connection, changed)
        self._hold(connection, given, changed, stratum, at_utc)
        return changed

    async def choose_language(self, session_id: str, language: str) -> LogHeader:
        """Note the language a participant chose before agreeing. Raises: BadInput: the study has no such."""
        if language not in self._protocol.languages:
            raise BadInput(
                f"This study has no language {language!r}.",
                remedy=f"It has {', '.join(self._protocol.languages)}.",
            )

        def change(connection: Connection) -> LogHeader:
            header = replace(headers(connection, Session.id == session_id)[0], language=language)
            change_session(connection, header)
            return header

        header = await self._log.writing(change)
        self._log.forget(session_id)
        return header


def _unknown_link() -> UnknownLink:
    return UnknownLink(
        "This link belongs to no participant of this study.",
        remedy="Check the link, or ask the person who gave it to you.",
    )
