"""Data can be erased: tombstones, and places whose person is gone or that came from another log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WHO = "who got it; null: that person's data were erased"
MACHINE = "log it was given out in, after a merge of several; null: this one"
PSEUDONYM = "pseudonym: P and a number of three digits or more"
"""Without an example: a byte search for somebody who was erased would find it in every codebook."""
SESSIONS = (
    "sha256 of each session id of a person, so that an old copy of them can be told; "
    "a session id is drawn at random and cannot be had back"
)


def upgrade() -> None:
    """Nothing was erased before."""
    op.create_table(
        "tombstone",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="row number",
        ),
        sa.Column("study_id", sa.Text(), nullable=False, comment="study"),
        sa.Column("participant", sa.Text(), nullable=False, comment="pseudonym; never given to anybody else"),
        sa.Column("n", sa.Integer(), nullable=False, comment="running number of the pseudonym"),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="person (everything about somebody) or camera (scores drawn from a face)",
        ),
        sa.Column("reason", sa.Text(), nullable=False, comment="wish, retention or camera_withdrawn"),
        sa.Column("at_utc", sa.Text(), nullable=False, comment="when it was erased, UTC"),
        sa.Column(
            "n_sessions", sa.Integer(), nullable=False, comment="sessions concerned, try-outs included"
        ),
        sa.Column(
            "n_acts", sa.Integer(), nullable=False, comment="proactive acts that had reached the learner"
        ),
        sa.Column("deleted", sa.JSON(), nullable=False, comment="table -> rows erased"),
        sa.Column("sessions", sa.JSON(), nullable=False, comment=SESSIONS),
        sa.Column("receipt", sa.Text(), nullable=True, comment="id of the receipt, or null"),
        sa.CheckConstraint("kind IN ('person', 'camera')", name=op.f("ck_tombstone_kind")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_tombstone_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("place", recreate="auto") as table:
        table.alter_column("session_id", existing_type=sa.Text(), nullable=True, comment=WHO)
        table.add_column(sa.Column("machine", sa.Text(), nullable=True, comment=MACHINE))
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        for name, column, words in (
            ("audit", "action", "start, stop, consent, export, withdraw, purge, ..."),
            ("participant", "code", PSEUDONYM),
            ("session", "participant", PSEUDONYM),
        ):
            op.alter_column(name, column, existing_type=sa.Text(), existing_nullable=False, comment=words)


def downgrade() -> None:
    raise NotImplementedError("a study log is never taken back to an older schema")
