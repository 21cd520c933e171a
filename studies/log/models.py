"""The log's tables. Column comments are the codebook's text.

The set-up of a study is written out here. What happens in a session is not: there is one table for
each row class of ``tutorbot.core.events``, made from the class itself (see ``row_tables``).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from studies.log.row_tables import make_row_tables

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a migration can speak of it on every database."""

RowId = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Base of the written-out tables; its metadata holds the row tables too."""

    metadata = MetaData(naming_convention=NAMES)


class Study(Base):
    """A study of which there is anything in this database."""

    __tablename__ = "study"

    id: Mapped[str] = mapped_column(Text, primary_key=True, comment="study id, from the protocol")
    first_seen_at_utc: Mapped[str] = mapped_column(Text, comment="when it first came up here, UTC")


class ProtocolFile(Base):
    """A protocol file as it was in force; a changed file is a new row."""

    __tablename__ = "protocol"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True, comment="study")
    hash: Mapped[str] = mapped_column(Text, primary_key=True, comment="sha256 of the protocol file")
    text: Mapped[str] = mapped_column(Text, comment="the protocol file as it was")
    test_only: Mapped[bool] = mapped_column(Boolean, comment="true: for trying out, never data")
    first_seen_at_utc: Mapped[str] = mapped_column(Text, comment="when it was first used, UTC")


class Condition(Base):
    """A study condition that was given to a participant."""

    __tablename__ = "condition"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True, comment="study")
    id: Mapped[str] = mapped_column(Text, primary_key=True, comment="condition id: C0, L1-A, ..., AD, NB")


class Participant(Base):
    """A person in a study, known by a pseudonym alone."""

    __tablename__ = "participant"
    __table_args__ = (UniqueConstraint("study_id", "n"),)

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True, comment="study")
    code: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="pseudonym: P and a number of three digits or more"
    )
    n: Mapped[int] = mapped_column(Integer, comment="running number in the study, from 1")
    first_seen_at_utc: Mapped[str] = mapped_column(Text, comment="when the pseudonym was given, UTC")


class Session(Base):
    """One sitting of one participant, with everything that was in force."""

    __tablename__ = "session"
    __table_args__ = (
        ForeignKeyConstraint(["study_id", "participant"], ["participant.study_id", "participant.code"]),
        ForeignKeyConstraint(["study_id", "condition"], ["condition.study_id", "condition.id"]),
        ForeignKeyConstraint(["study_id", "protocol_hash"], ["protocol.study_id", "protocol.hash"]),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True, comment="session id")
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), index=True, comment="study")
    participant: Mapped[str] = mapped_column(
        Text, comment="pseudonym: P and a number of three digits or more"
    )
    condition: Mapped[str] = mapped_column(Text, comment="condition given to the participant")
    seed: Mapped[int] = mapped_column(BigInteger, comment="seed of everything drawn in the session")
    test_only: Mapped[bool] = mapped_column(Boolean, comment="true: a try-out, never data")
    started_at_utc: Mapped[str] = mapped_column(Text, comment="when the session was begun, UTC")
    schema_version: Mapped[int] = mapped_column(Integer, comment="version of the row classes")
    software_version: Mapped[str] = mapped_column(Text, comment="version of tutorbot")
    protocol_hash: Mapped[str] = mapped_column(Text, comment="sha256 of the protocol file in force")
    lesson_hash: Mapped[str] = mapped_column(Text, comment="sha256 of the lesson pack in force")
    model_hash: Mapped[str] = mapped_column(Text, comment="sha256 of the models in force")
    cell: Mapped[str | None] = mapped_column(
        Text, comment="between-subject levels, e.g. help=adaptive; null: the protocol names no factors"
    )
    sequence: Mapped[str | None] = mapped_column(
        Text, comment="row of the order square and of the material, e.g. order=2 material=1; null: no order"
    )
    language: Mapped[str | None] = mapped_column(
        Text, comment="language of the pages and the tutor; null: the protocol's first"
    )
    parts: Mapped[Any | None] = mapped_column(
        JSON(none_as_null=True),
        comment="parts of the session in their order, each with condition, problems and cell; null: one part",
    )
    schedule: Mapped[Any | None] = mapped_column(
        JSON(none_as_null=True),
        comment="yoked sessions: number of the board and seconds on it of each act of the matched session; "
        "else null",
    )
    n_rows: Mapped[int] = mapped_column(
        Integer, comment="rows stored for the session; the last seq, and the guard against a second writer"
    )


class ParticipantLink(Base):
    """The secret part of a participant's address. Never exported."""

    __tablename__ = "participant_link"

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True, comment="session")
    link: Mapped[str] = mapped_column(Text, unique=True, comment="secret; opens the session's page")


class AllocationList(Base):
    """The places of a study in their order, drawn before the first participant."""

    __tablename__ = "allocation_list"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True, comment="study")
    hash: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="sha256 over method, seed, arms and the first places"
    )
    method: Mapped[str] = mapped_column(Text, comment="fixed, permuted_blocks or minimisation")
    seed: Mapped[int] = mapped_column(BigInteger, comment="seed it was drawn with")
    text: Mapped[Any] = mapped_column(JSON, comment="method, seed, arms, strata and the first places")
    made_at_utc: Mapped[str] = mapped_column(Text, comment="when it was made, UTC")


class Place(Base):
    """One place of a study: who got it, and whether it was given back."""

    __tablename__ = "place"
    __table_args__ = (UniqueConstraint("study_id", "n"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="row number")
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), comment="study")
    n: Mapped[int] = mapped_column(Integer, comment="running number of the places given out, from 1")
    list_hash: Mapped[str] = mapped_column(Text, comment="the allocation_list in force")
    origin: Mapped[str] = mapped_column(Text, comment="list, refill (of a drop-out's place) or minimisation")
    list_n: Mapped[int | None] = mapped_column(
        Integer, comment="place in the stratum's list, from 1, or null"
    )
    refill_of: Mapped[int | None] = mapped_column(Integer, comment="n of the place it fills anew; null: none")
    stratum: Mapped[str] = mapped_column(Text, comment="e.g. prior=yes; empty without strata")
    cell: Mapped[str] = mapped_column(Text, comment="between-subject levels, or the condition")
    sequence: Mapped[str] = mapped_column(Text, comment="row of the order square; empty without an order")
    reason: Mapped[Any | None] = mapped_column(
        JSON(none_as_null=True), comment="minimisation: imbalance of each arm and the draw; else null"
    )
    session_id: Mapped[str | None] = mapped_column(
        ForeignKey("session.id"), index=True, comment="who got it; null: that person's data were erased"
    )
    machine: Mapped[str | None] = mapped_column(
        Text, comment="log it was given out in, after a merge of several; null: this one"
    )
    given_at_utc: Mapped[str] = mapped_column(Text, comment="when, UTC")
    released_at_utc: Mapped[str | None] = mapped_column(Text, comment="when it was given back, or null")
    released_why: Mapped[str | None] = mapped_column(
        Text, comment="refused, withdrawn, stopped, not_begun or away; null: it was not given back"
    )


class Invitation(Base):
    """A personal link that was made beforehand. Its secret is never exported."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("study_id", "participant"),)

    link: Mapped[str] = mapped_column(Text, primary_key=True, comment="secret; opens the session's page")
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), comment="study")
    participant: Mapped[str] = mapped_column(Text, comment="pseudonym it was made for")
    stratum: Mapped[str] = mapped_column(Text, comment="e.g. prior=yes; empty without strata")
    cell: Mapped[str | None] = mapped_column(Text, comment="previews only: the cell to show; else null")
    test_only: Mapped[bool] = mapped_column(Boolean, comment="true: a preview, never data")
    made_at_utc: Mapped[str] = mapped_column(Text, comment="when it was made, UTC")


class Arrival(Base):
    """A recruitment service's participant, as a keyed hash: coming twice leads to the same session."""

    __tablename__ = "arrival"

    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), primary_key=True, comment="study")
    token: Mapped[str] = mapped_column(
        Text, primary_key=True, comment="HMAC of the service's id under the study's key"
    )
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), comment="session")


class Audit(Base):
    """Who did what with the study's data; holds nothing about a person but the pseudonymous session."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="row number")
    at_utc: Mapped[str] = mapped_column(Text, comment="when, UTC")
    actor: Mapped[str] = mapped_column(Text, comment="tutor, participant or operator")
    action: Mapped[str] = mapped_column(Text, comment="start, stop, consent, export, withdraw, purge, ...")
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), comment="study")
    session_id: Mapped[str | None] = mapped_column(ForeignKey("session.id"), comment="session, if one")
    detail: Mapped[str] = mapped_column(Text, comment="what exactly, e.g. camera granted, text version 2")


class Tombstone(Base):
    """What is left of data that were erased: that there were some, how many, and why they went."""

    __tablename__ = "tombstone"
    __table_args__ = (CheckConstraint("kind IN ('person', 'camera')", name="kind"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, comment="row number")
    study_id: Mapped[str] = mapped_column(ForeignKey("study.id"), comment="study")
    participant: Mapped[str] = mapped_column(Text, comment="pseudonym; never given to anybody else")
    n: Mapped[int] = mapped_column(Integer, comment="running number of the pseudonym")
    kind: Mapped[str] = mapped_column(
        Text, comment="person (everything about somebody) or camera (scores drawn from a face)"
    )
    reason: Mapped[str] = mapped_column(Text, comment="wish, retention or camera_withdrawn")
    at_utc: Mapped[str] = mapped_column(Text, comment="when it was erased, UTC")
    n_sessions: Mapped[int] = mapped_column(Integer, comment="sessions concerned, try-outs included")
    n_acts: Mapped[int] = mapped_column(Integer, comment="proactive acts that had reached the learner")
    deleted: Mapped[Any] = mapped_column(JSON, comment="table -> rows erased")
    sessions: Mapped[Any] = mapped_column(
        JSON,
        comment="sha256 of each session id of a person, so that an old copy of them can be told; "
        "a session id is drawn at random and cannot be had back",
    )
    receipt: Mapped[str | None] = mapped_column(Text, comment="id of the receipt, or null")


ROW_TABLES = make_row_tables(Base.metadata, RowId)
"""Row class -> its table."""
