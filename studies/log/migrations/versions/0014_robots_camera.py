"""A robot's camera is a source of evidence, and a version says whose camera its consent text speaks of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SOURCE = (
    "evidence source of the scores: webcam, robot_camera, recording, ...; interaction without a camera "
    "or after it was lost"
)
VERSION = (
    "version of the consent text that was shown; \", robot's camera\" behind it: that camera's text, not the "
    "page's"
)


def upgrade() -> None:
    """Comments alone."""
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        for table, column, comment in (
            ("affect_window", "source", SOURCE),
            ("consent", "version", VERSION),
        ):
            op.alter_column(table, column, existing_type=sa.Text(), existing_nullable=False, comment=comment)


def downgrade() -> None:
    """Refuse."""
    raise NotImplementedError("a study log is never taken back to an older schema")
