"""The trust estimate stands beside what the learner lets the tutor do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DEPTH = (
    "how far the learner has let the tutor go so far, 0..3: mean over the acts reacted to of the level "
    "taken, 0 when an act was declined, ignored or undone; null before the first"
)
CAUSE = "start, page, activity, steadiness, promptness or face: the part that moved most"
PARTS = "each part, 0..1: page, activity, steadiness, promptness, face"


def upgrade() -> None:
    """In older rows nothing is said of it."""
    with op.batch_alter_table("trust_state", recreate="always") as table:
        table.add_column(sa.Column("acceptance_depth", sa.Double(), nullable=True, comment=DEPTH))
        table.create_check_constraint(
            op.f("ck_trust_state_acceptance_depth"), "acceptance_depth >= 0 AND acceptance_depth <= 3"
        )
    with op.batch_alter_table("concentration_state") as table:
        table.alter_column("cause", existing_type=sa.Text(), existing_nullable=False, comment=CAUSE)
        table.alter_column("parts", existing_type=sa.JSON(), existing_nullable=False, comment=PARTS)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
