"""Questionnaires, places, personal links, notes and observations have tables; sessions have parts."""

# ruff: noqa: E501
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PART = "the part of the design it belongs to, from 1: one cell of a within-subject design"
RUN = "1; 2 and more when the block was begun anew after a long absence"
CELL = "levels of the factors in force, e.g. help=adaptive material=a, or null"
REASON = (
    "criterion, max_items, stopped_by_learner, stopped_by_experimenter, away_too_long, consent_refused "
    "or consent_withdrawn"
)


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
    """Blocks from before are all of one part and begun once."""
    op.create_table(
        "allocation_list",
        sa.Column("study_id", sa.Text(), nullable=False, comment="study"),
        sa.Column(
            "hash", sa.Text(), nullable=False, comment="sha256 over method, seed, arms and the first places"
        ),
        sa.Column("method", sa.Text(), nullable=False, comment="fixed, permuted_blocks or minimisation"),
        sa.Column("seed", sa.BigInteger(), nullable=False, comment="seed it was drawn with"),
        sa.Column(
            "text", sa.JSON(), nullable=False, comment="method, seed, arms, strata and the first places"
        ),
        sa.Column("made_at_utc", sa.Text(), nullable=False, comment="when it was made, UTC"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_allocation_list_study_id")),
        sa.PrimaryKeyConstraint("study_id", "hash", name=op.f("pk_allocation_list")),
    )
    op.create_table(
        "invitation",
        sa.Column("link", sa.Text(), nullable=False, comment="secret; opens the session's page"),
        sa.Column("study_id", sa.Text(), nullable=False, comment="study"),
        sa.Column("participant", sa.Text(), nullable=False, comment="pseudonym it was made for"),
        sa.Column("stratum", sa.Text(), nullable=False, comment="e.g. prior=yes; empty without strata"),
        sa.Column("cell", sa.Text(), nullable=True, comment="previews only: the cell to show; else null"),
        sa.Column("test_only", sa.Boolean(), nullable=False, comment="true: a preview, never data"),
        sa.Column("made_at_utc", sa.Text(), nullable=False, comment="when it was made, UTC"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_invitation_study_id")),
        sa.PrimaryKeyConstraint("link", name=op.f("pk_invitation")),
        sa.UniqueConstraint("study_id", "participant", name=op.f("uq_invitation_study_id_participant")),
    )
    op.create_table(
        "arrival",
        sa.Column("study_id", sa.Text(), nullable=False, comment="study"),
        sa.Column(
            "token", sa.Text(), nullable=False, comment="HMAC of the service's id under the study's key"
        ),
        sa.Column("session_id", sa.Text(), nullable=False, comment="session"),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_arrival_session_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_arrival_study_id")),
        sa.PrimaryKeyConstraint("study_id", "token", name=op.f("pk_arrival")),
    )
    _table(
        "comeback",
        "The learner came back to a session after the page had been away.",
        sa.Column(
            "away_s", sa.Double(), nullable=False, comment="seconds without a page, by the server's clock"
        ),
        sa.Column("device", sa.Text(), nullable=False, comment="same or other browser as before, or unknown"),
    )
    _table(
        "device_check",
        "One thing that was checked before the lesson: camera, light, screen, browser, input, connection.",
        sa.Column(
            "check", sa.Text(), nullable=False, comment="camera, light, screen, browser, input or connection"
        ),
        sa.Column(
            "outcome",
            sa.Text(),
            nullable=False,
            comment="passed, warned (the learner went on all the same), failed or skipped",
        ),
        sa.Column(
            "detail",
            sa.Text(),
            nullable=True,
            comment="what was measured, e.g. 1280x720; nothing that names a person",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the page's own id of the message"),
        sa.CheckConstraint(
            "outcome IN ('passed', 'warned', 'failed', 'skipped')", name=op.f("ck_device_check_outcome")
        ),
    )
    _table(
        "note",
        "An experimenter wrote something down about the session.",
        sa.Column("text", sa.Text(), nullable=False, comment="the experimenter's words"),
        sa.Column(
            "observer",
            sa.Text(),
            nullable=False,
            comment="who wrote it, a short name of the experimenter's choice, e.g. E1",
        ),
        sa.Column(
            "about_s", sa.Double(), nullable=False, comment="session seconds it is about: when writing began"
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the console's own id of the message"),
    )
    _table(
        "observation",
        "An observer coded what a learner showed within at most 20 seconds (after BROMP 2.0).",
        sa.Column(
            "observer",
            sa.Text(),
            nullable=False,
            comment="who observed, a short name of the observer's choice, e.g. O1",
        ),
        sa.Column(
            "from_s", sa.Double(), nullable=False, comment="session seconds at which the observation began"
        ),
        sa.Column(
            "to_s",
            sa.Double(),
            nullable=False,
            comment="session seconds at which the observer had decided, at most 20 s later",
        ),
        sa.Column(
            "affect",
            sa.Text(),
            nullable=False,
            comment="engaged, confused, frustrated, bored, delighted, surprised, neutral, other or unclear",
        ),
        sa.Column(
            "behaviour",
            sa.Text(),
            nullable=False,
            comment="on_task, on_task_conversation, off_task, gaming, other or unclear",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the console's own id of the message"),
    )
    _table(
        "phase",
        "A part of the session around the lesson began: where a participant got to.",
        sa.Column(
            "phase",
            sa.Text(),
            nullable=False,
            comment="check (of the device), pre, block or post (questionnaires of that phase)",
        ),
        sa.Column(
            "block",
            sa.Integer(),
            nullable=True,
            comment="number of the block it is about; null outside the lesson",
        ),
    )
    op.create_table(
        "place",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="row number"
        ),
        sa.Column("study_id", sa.Text(), nullable=False, comment="study"),
        sa.Column(
            "n", sa.Integer(), nullable=False, comment="running number of the places given out, from 1"
        ),
        sa.Column("list_hash", sa.Text(), nullable=False, comment="the allocation_list in force"),
        sa.Column(
            "origin",
            sa.Text(),
            nullable=False,
            comment="list, refill (of a drop-out's place) or minimisation",
        ),
        sa.Column(
            "list_n", sa.Integer(), nullable=True, comment="place in the stratum's list, from 1, or null"
        ),
        sa.Column(
            "refill_of", sa.Integer(), nullable=True, comment="n of the place it fills anew; null: none"
        ),
        sa.Column("stratum", sa.Text(), nullable=False, comment="e.g. prior=yes; empty without strata"),
        sa.Column("cell", sa.Text(), nullable=False, comment="between-subject levels, or the condition"),
        sa.Column(
            "sequence", sa.Text(), nullable=False, comment="row of the order square; empty without an order"
        ),
        sa.Column(
            "reason",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="minimisation: imbalance of each arm and the draw; else null",
        ),
        sa.Column("session_id", sa.Text(), nullable=False, comment="who got it"),
        sa.Column("given_at_utc", sa.Text(), nullable=False, comment="when, UTC"),
        sa.Column("released_at_utc", sa.Text(), nullable=True, comment="when it was given back, or null"),
        sa.Column(
            "released_why",
            sa.Text(),
            nullable=True,
            comment="refused, withdrawn, stopped, not_begun or away; null: it was not given back",
        ),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_place_session_id")),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name=op.f("fk_place_study_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("study_id", "n", name=op.f("uq_place_study_id_n")),
    )
    op.create_index(op.f("ix_place_session_id"), "place", ["session_id"], unique=False)
    _table(
        "questionnaire_answer",
        "The learner answered, or changed the answer to, one item of a questionnaire.",
        sa.Column("instrument", sa.Text(), nullable=False, comment="id of the instrument, e.g. fks"),
        sa.Column("version", sa.Text(), nullable=False, comment="version of the instrument's file"),
        sa.Column(
            "phase",
            sa.Text(),
            nullable=False,
            comment="pre (before the lesson), block (after a block) or post (after the lesson)",
        ),
        sa.Column(
            "block",
            sa.Integer(),
            nullable=True,
            comment="number of the block it was asked after; null before and after the lesson",
        ),
        sa.Column(
            "item_id",
            sa.Text(),
            nullable=False,
            comment="item of the instrument; a later row of the same item takes this one's place",
        ),
        sa.Column(
            "value",
            sa.Double(),
            nullable=True,
            comment="answer as given, on the instrument's own scale, not reversed; null: none, or no number",
        ),
        sa.Column(
            "choice",
            sa.Text(),
            nullable=True,
            comment="id of the option chosen, several with blanks between; null elsewhere",
        ),
        sa.Column(
            "text", sa.Text(), nullable=True, comment="the learner's own words, where the item asks for some"
        ),
        sa.Column(
            "not_applicable",
            sa.Boolean(),
            nullable=False,
            comment='true when the learner chose "does not apply"',
        ),
        sa.Column(
            "response_s",
            sa.Double(),
            nullable=True,
            comment="seconds from the page's being shown to the answer, by the page",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the page's own id of the message"),
        sa.CheckConstraint("phase IN ('pre', 'block', 'post')", name=op.f("ck_questionnaire_answer_phase")),
    )
    _table(
        "questionnaire_end",
        "The learner left a questionnaire, complete or not.",
        sa.Column("instrument", sa.Text(), nullable=False, comment="id of the instrument"),
        sa.Column("version", sa.Text(), nullable=False, comment="version of the instrument's file"),
        sa.Column("phase", sa.Text(), nullable=False, comment="pre, block or post"),
        sa.Column(
            "block",
            sa.Integer(),
            nullable=True,
            comment="number of the block it was asked after; null before and after the lesson",
        ),
        sa.Column("n_items", sa.Integer(), nullable=False, comment="items asked, attention checks included"),
        sa.Column(
            "n_answered", sa.Integer(), nullable=False, comment='items answered, "does not apply" included'
        ),
        sa.Column("outcome", sa.Text(), nullable=False, comment="done, or left (the session ended before)"),
        sa.Column(
            "duration_s",
            sa.Double(),
            nullable=False,
            comment="seconds from the first showing to the end, pauses left out",
        ),
        sa.Column("n_checks", sa.Integer(), nullable=False, comment="attention and instruction checks in it"),
        sa.Column(
            "n_checks_passed",
            sa.Integer(),
            nullable=False,
            comment="of these, how many were answered as asked",
        ),
        sa.CheckConstraint("outcome IN ('done', 'left')", name=op.f("ck_questionnaire_end_outcome")),
        sa.CheckConstraint("phase IN ('pre', 'block', 'post')", name=op.f("ck_questionnaire_end_phase")),
    )
    _table(
        "resume_policy",
        "What the protocol's rule made of a learner's coming back late.",
        sa.Column("away_s", sa.Double(), nullable=False, comment="seconds without a page"),
        sa.Column("action", sa.Text(), nullable=False, comment="continue, restart_block or stop"),
        sa.CheckConstraint(
            "action IN ('continue', 'restart_block', 'stop')", name=op.f("ck_resume_policy_action")
        ),
    )
    _table(
        "wizard_line",
        "The person at the console had the tutor say a line of their own choice.",
        sa.Column("text", sa.Text(), nullable=False, comment="the words"),
        sa.Column(
            "prepared", sa.Text(), nullable=True, comment="id of the prepared line; null when it was typed"
        ),
        sa.Column(
            "reason",
            sa.Text(),
            nullable=True,
            comment="the wizard's reason, a code of the console's list; null: none was given",
        ),
        sa.Column("client_id", sa.Text(), nullable=True, comment="the console's own id of the message"),
    )
    with op.batch_alter_table("block", recreate="always") as table:
        for name, comment in (("part", PART), ("run", RUN)):
            table.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default="1", comment=comment)
            )
        table.add_column(sa.Column("cell", sa.Text(), nullable=True, comment=CELL))
    with op.batch_alter_table("block") as table:
        for name, comment in (("part", PART), ("run", RUN)):
            table.alter_column(
                name,
                existing_type=sa.Integer(),
                existing_nullable=False,
                server_default=None,
                comment=comment,
            )
    op.add_column(
        "session",
        sa.Column(
            "cell",
            sa.Text(),
            nullable=True,
            comment="between-subject levels, e.g. help=adaptive; null: the protocol names no factors",
        ),
    )
    op.add_column(
        "session",
        sa.Column(
            "sequence",
            sa.Text(),
            nullable=True,
            comment="row of the order square and of the material, e.g. order=2 material=1; null: no order",
        ),
    )
    op.add_column(
        "session",
        sa.Column(
            "language",
            sa.Text(),
            nullable=True,
            comment="language of the pages and the tutor; null: the protocol's first",
        ),
    )
    op.add_column(
        "session",
        sa.Column(
            "parts",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="parts of the session in their order, each with condition, problems and cell; null: one part",
        ),
    )
    with op.batch_alter_table("wizard_choice", recreate="always") as table:
        table.add_column(
            sa.Column(
                "latency_s",
                sa.Double(),
                nullable=True,
                comment="seconds the proposal had lain before the wizard; null when there was none",
            )
        )
        table.add_column(
            sa.Column(
                "proposed",
                sa.Integer(),
                nullable=True,
                comment="level the table proposed, 0..3; null when nothing was found",
            )
        )
        table.add_column(
            sa.Column(
                "reason",
                sa.Text(),
                nullable=True,
                comment="the wizard's reason, a code of the console's list; null: none was given",
            )
        )
        table.add_column(
            sa.Column(
                "delay_s",
                sa.Double(),
                nullable=True,
                comment="seconds the wizard asked to wait before it is said; null: none",
            )
        )
        table.create_check_constraint(op.f("ck_wizard_choice_proposed"), "proposed >= 0 AND proposed <= 3")
    with op.batch_alter_table("session_end") as table:
        table.alter_column("reason", existing_type=sa.Text(), existing_nullable=False, comment=REASON)


def downgrade() -> None:
    raise NotImplementedError("a study log is never taken back to an older schema")
