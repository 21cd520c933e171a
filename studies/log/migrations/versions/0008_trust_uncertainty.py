"""The trust estimate carries its uncertainty, and learned models move it for more causes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SD = "its uncertainty, as a standard deviation; null in older sessions"
CAUSE = (
    "start, accepted, declined, ignored, undone, used_and_right or probe; with a learned model also "
    "lapsed and error (a wrong check)"
)


def upgrade() -> None:
    """In older rows nothing is said of it."""
    with op.batch_alter_table("trust_state", recreate="always") as table:
        table.add_column(sa.Column("sd", sa.Double(), nullable=True, comment=SD))
        table.alter_column("cause", existing_type=sa.Text(), existing_nullable=False, comment=CAUSE)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
