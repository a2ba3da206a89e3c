"""The working out of awards, and rounds that are being evaluated.

Revision ID: d13b3ef66675
Revises: 1a986d144db5
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "d13b3ef66675"
down_revision = "1a986d144db5"
branch_labels = None
depends_on = None
SEALS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    (
        "award_runs",
        "OLD.state = 'solved'",
        "award_runs_solved",
        "a solved award is sealed",
        ("UPDATE", "DELETE"),
    ),
    (
        "award_cases",
        "OLD.lines IS NOT NULL",
        "award_cases_solved",
        "a solved award is sealed",
        ("UPDATE", "DELETE"),
    ),
)
STATES = ("gathering", "evaluating", "awarded", "contracted", "complete", "unsuccessful", "cancelled")


def _let_rounds_be(states: tuple[str, ...]) -> None:
    """Allow a round these states."""
    rule = f"state IN ({', '.join(repr(state) for state in states)})"
    with op.batch_alter_table("rounds", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_rounds_roundstate"), type_="check")
        batch_op.create_check_constraint(op.f("ck_rounds_roundstate"), rule)


def upgrade() -> None:
    _let_rounds_be(STATES)
    op.create_table(
        "award_runs",
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("firm", sa.BigInteger(), nullable=False),
        sa.Column("lots", sa.BigInteger(), nullable=False),
        sa.Column("lots_done", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "solving",
                "solved",
                "failed",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=True),
        sa.Column("value_pence", sa.BigInteger(), nullable=True),
        sa.Column("bound_pence", sa.BigInteger(), nullable=True),
        sa.Column("violations", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'solved' OR (violations = 0 AND gap >= 0 AND finished_at IS NOT NULL "
            "AND value_pence IS NULL AND bound_pence IS NULL)",
            name=op.f("ck_award_runs_solved_is_checked"),
        ),
        sa.CheckConstraint("bound_pence >= value_pence", name=op.f("ck_award_runs_within_its_bound")),
        sa.CheckConstraint("lots_done BETWEEN 0 AND lots", name=op.f("ck_award_runs_lots_counted")),
        sa.ForeignKeyConstraint(
            ["closed_by_id"], ["people.id"], name=op.f("fk_award_runs_closed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["organisations.id"], name=op.f("fk_award_runs_lead_id_organisations")
        ),
        sa.ForeignKeyConstraint(["round_id"], ["rounds.id"], name=op.f("fk_award_runs_round_id_rounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_runs")),
        sa.UniqueConstraint("round_id", name=op.f("uq_award_runs_round_id")),
    )
    with op.batch_alter_table("award_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_award_runs_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "award_cases",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("lines", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["award_runs.id"], name=op.f("fk_award_cases_run_id_award_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award_cases")),
        sa.UniqueConstraint("run_id", name=op.f("uq_award_cases_run_id")),
    )
    dialect = op.get_bind().dialect.name
    for seal in SEALS:
        for statement in sealing_statements(dialect, *seal):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, _, name, _, verbs in SEALS:
        for statement in unsealing_statements(dialect, table, name, verbs):
            op.execute(statement)
    op.drop_table("award_cases")
    with op.batch_alter_table("award_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_award_runs_lead_id"))

    op.drop_table("award_runs")
    op.execute("UPDATE rounds SET state = 'gathering' WHERE state = 'evaluating'")
    _let_rounds_be(tuple(state for state in STATES if state != "evaluating"))
