"""Questions that check the detector, the wizard's choices, and the stop rule have tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KIND = (
    "confusion, frustration, both, stuck, repeated_error, off_task, idle or low_trust; in control "
    "conditions error, interval or yoked; wizard for an act of the wizard's own"
)
BASIS = "face_only, corroborated, behaviour_only, timetable or wizard"
OFFERED = "level the strategy asked for, 0..3; in WZ what the table of AD proposed"
ALLOWED = "level left after the safety rules, 0..3; in WZ what the wizard chose"


def _envelope() -> list[sa.Column[object]]:
    """What every row has."""
    return [
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="row number in this table",
        ),
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
    ]


def _table(name: str, comment: str, *own: sa.Column[object] | sa.CheckConstraint) -> None:
    op.create_table(
        name,
        *_envelope(),
        *own,
        sa.CheckConstraint("seq >= 1", name=op.f(f"ck_{name}_seq")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f(f"fk_{name}_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("session_id", "seq", name=op.f(f"uq_{name}_session_id_seq")),
        comment=comment,
    )


def upgrade() -> None:
    """Sessions from before have no rows in them."""
    _table(
        "validity_answer",
        "The learner answered the two questions that check the detector, or passed them over.",
        sa.Column("probe_id", sa.Text(), nullable=False, comment="the validity_probe it answers"),
        sa.Column(
            "confused",
            sa.Integer(),
            nullable=True,
            comment="how confused just now, 1 (not at all) to 5 (completely); null: passed over",
        ),
        sa.Column(
            "frustrated",
            sa.Integer(),
            nullable=True,
            comment="how frustrated just now, 1 to 5; null: passed over",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the page's own id of the message"),
        sa.CheckConstraint("confused >= 1 AND confused <= 5", name=op.f("ck_validity_answer_confused")),
        sa.CheckConstraint("frustrated >= 1 AND frustrated <= 5", name=op.f("ck_validity_answer_frustrated")),
    )
    _table(
        "wizard_choice",
        "The person at the console of a WZ session chose.",
        sa.Column(
            "level",
            sa.Integer(),
            nullable=False,
            comment="level chosen, 1..3; 0: nothing is to be said on this account (a veto)",
        ),
        sa.Column(
            "trigger_id",
            sa.Text(),
            nullable=True,
            comment="the proposal that lay before the wizard; null when there was none",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the console's own id of the message"),
        sa.CheckConstraint("level >= 0 AND level <= 3", name=op.f("ck_wizard_choice_level")),
    )
    _table(
        "validity_probe",
        "Two questions were put to the learner, to check the detector, or were taken back unanswered.",
        sa.Column(
            "probe_id",
            sa.Text(),
            nullable=False,
            comment="V1, V2 ... within the session; repeated when it was taken back",
        ),
        sa.Column("item_id", sa.Text(), nullable=False, comment="the item"),
        sa.Column(
            "outcome",
            sa.Text(),
            nullable=False,
            comment="asked, expired (no answer in time) or dropped (the board, or the session, stopped)",
        ),
        sa.Column(
            "why",
            sa.Text(),
            nullable=False,
            comment="found: after a finding; random: at a moment drawn beforehand",
        ),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=True,
            comment="confusion, frustration or both, as found at that moment; null: nothing was found",
        ),
        sa.Column(
            "basis",
            sa.Text(),
            nullable=True,
            comment="face_only, corroborated or behaviour_only; null as above",
        ),
        sa.CheckConstraint(
            "outcome IN ('asked', 'expired', 'dropped')", name=op.f("ck_validity_probe_outcome")
        ),
        sa.CheckConstraint("why IN ('found', 'random')", name=op.f("ck_validity_probe_why")),
    )
    _table(
        "stop_rule",
        "Trust fell too far after INTERVENTIONs: this learner gets no more of them.",
        sa.Column("n", sa.Integer(), nullable=False, comment="trust answers that followed an INTERVENTION"),
        sa.Column(
            "mean_change",
            sa.Double(),
            nullable=False,
            comment="their mean change from the answer before it, points of 1..5",
        ),
    )
    comments = {
        "trigger": {"kind": KIND, "basis": BASIS, "level_offered": OFFERED, "level_allowed": ALLOWED},
        "act": {"level_offered": OFFERED},
    }
    for name, columns in comments.items():
        with op.batch_alter_table(name) as table:
            for column, comment in columns.items():
                kind = sa.Integer() if column.startswith("level") else sa.Text()
                table.alter_column(column, existing_type=kind, existing_nullable=False, comment=comment)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
