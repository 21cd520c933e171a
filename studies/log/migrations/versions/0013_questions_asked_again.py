"""What a robot hears twice has an outcome of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

CHECK = "ck_robot_hearing_outcome"
HEARD = "taken, self_heard, repeated, unsure or not_now (values.csv)"
KINDS = (
    "check_done (of the device), questions_done, baseline_done, place, check, stuck, undo, pause, unpause or "
    "end; from the console experimenter_pause, experimenter_unpause, experimenter_restart or "
    "experimenter_end; robot_pause"
)
WHICH = "which line, as in tutor_said; robot/again and robot/question_again are said by the robot alone"


def upgrade() -> None:
    """Rows that are there keep their word."""
    with op.batch_alter_table("robot_hearing") as table:
        table.drop_constraint(op.f(CHECK), type_="check")
        table.create_check_constraint(
            op.f(CHECK), "outcome IN ('taken', 'self_heard', 'repeated', 'unsure', 'not_now')"
        )
        table.alter_column("outcome", existing_type=sa.Text(), existing_nullable=False, comment=HEARD)
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(
            "robot_speech", "wording_id", existing_type=sa.Text(), existing_nullable=False, comment=WHICH
        )
        op.alter_column("action", "kind", existing_type=sa.Text(), existing_nullable=False, comment=KINDS)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
