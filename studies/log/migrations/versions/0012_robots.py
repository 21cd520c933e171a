"""A robot's speech and hearing have tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SPEECH = "What became of a line of the tutor's on the robot; the page shows the line whatever it was."
HEARING = "What the robot heard somebody say to the end; the words are in learner_said where they were taken."
SPOKEN = "spoken, stopped, shown, stale, lost, silent or refused (values.csv)"
KINDS = (
    "check_done (of the device), questions_done, baseline_done, place, check, stuck, undo, pause, unpause or "
    "end; from the console experimenter_pause, experimenter_unpause, experimenter_restart or experimenter_end"
)
HEARD = "taken, self_heard, unsure or not_now (values.csv)"


def _table(name: str, comment: str, *own: sa.Column[object] | sa.CheckConstraint) -> None:
    """With what every row has."""
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        name,
        sa.Column("id", row_id, nullable=False, comment="row number in this table"),
        sa.Column("session_id", sa.Text(), nullable=False, comment="session"),
        sa.Column(
            "seq",
            sa.Integer(),
            nullable=False,
            comment="place in the session, from 1, no gap across all tables",
        ),
        sa.Column("at_s", sa.Double(), nullable=False, comment="seconds since the session began (monotonic)"),
        sa.Column("at_utc", sa.Text(), nullable=False, comment="when the row was stored, UTC, ISO 8601"),
        sa.Column("condition", sa.Text(), nullable=False, comment="condition of the session"),
        sa.Column("schema_version", sa.Integer(), nullable=False, comment="version of the row classes"),
        sa.Column("software_version", sa.Text(), nullable=False, comment="version of tutorbot"),
        *own,
        sa.CheckConstraint("seq >= 1", name=op.f(f"ck_{name}_seq")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f(f"fk_{name}_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("session_id", "seq", name=op.f(f"uq_{name}_session_id_seq")),
        comment=comment,
    )


def upgrade() -> None:
    """Nothing spoke or heard before."""
    _table(
        "robot_speech",
        SPEECH,
        sa.Column("wording_id", sa.Text(), nullable=False, comment="which line, as in tutor_said"),
        sa.Column("act_id", sa.Text(), nullable=True, comment="the act it belongs to; null: an answer"),
        sa.Column("outcome", sa.Text(), nullable=False, comment=SPOKEN),
        sa.Column(
            "began_s",
            sa.Double(),
            nullable=True,
            comment="when the robot was handed it, seconds; null: it never was",
        ),
        sa.Column(
            "estimated",
            sa.Boolean(),
            nullable=False,
            comment="true: the robot tells no end, so it was reckoned from the length",
        ),
        sa.CheckConstraint(
            "outcome IN ('spoken', 'stopped', 'shown', 'stale', 'lost', 'silent', 'refused')",
            name=op.f("ck_robot_speech_outcome"),
        ),
    )
    _table(
        "robot_hearing",
        HEARING,
        sa.Column("outcome", sa.Text(), nullable=False, comment=HEARD),
        sa.Column(
            "confidence",
            sa.Double(),
            nullable=True,
            comment="of the robot's speech recognition, 0..1; null: it tells none",
        ),
        sa.Column("language", sa.Text(), nullable=True, comment="as the robot names it"),
        sa.Column("interrupted", sa.Boolean(), nullable=False, comment="true: the robot fell silent for it"),
        sa.Column("client_id", sa.Text(), nullable=True, comment="that of the learner_said row it became"),
        sa.CheckConstraint("confidence >= 0 AND confidence <= 1", name=op.f("ck_robot_hearing_confidence")),
        sa.CheckConstraint(
            "outcome IN ('taken', 'self_heard', 'unsure', 'not_now')",
            name=op.f("ck_robot_hearing_outcome"),
        ),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "health",
            "component",
            existing_type=sa.Text(),
            existing_nullable=False,
            comment="dialogue, camera, page, robot or tutor",
        )
        op.alter_column("action", "kind", existing_type=sa.Text(), existing_nullable=False, comment=KINDS)


def downgrade() -> None:
    raise NotImplementedError("a study log is never taken back to an older schema")
