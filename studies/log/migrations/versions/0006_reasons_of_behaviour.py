"""Triggers know more reasons, and acts one more move."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KIND = (
    "confusion, frustration, both, stuck, repeated_error, off_task, idle or low_trust; in control "
    "conditions error, interval or yoked"
)
MOVE = "signal_presence, give_control, offer_contrast, ask_before_step or worked_step"


def upgrade() -> None:
    """Only what the columns say of themselves changes."""
    with op.batch_alter_table("trigger") as table:
        table.alter_column("kind", existing_type=sa.Text(), existing_nullable=False, comment=KIND)
    with op.batch_alter_table("act") as table:
        table.alter_column("move", existing_type=sa.Text(), existing_nullable=False, comment=MOVE)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
