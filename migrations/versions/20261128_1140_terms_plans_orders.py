"""Terms of trusts; orders and contracts keep the whole price of their plan.

Revision ID: 5e1b8c07d2a4
Revises: c1d40a7be901
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "5e1b8c07d2a4"
down_revision = "c1d40a7be901"
branch_labels = None
depends_on = None

BASES = "basis IN ('unit', 'flat', 'school', 'pupil', 'bundle')"
MOVES = (
    "change", "submit", "place", "approve", "send-back", "reject", "accept", "decline", "lapse", "cancel",
    "begin", "end",
)  # fmt: skip


def _copied() -> list[sa.Column[Any]]:
    return [
        sa.Column("basis", sa.String(40), nullable=False, server_default="unit"),
        sa.Column("fixed_pence", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("phase_prices", sa.JSON(), nullable=False, server_default="{}"),
        sa.Column("units_each", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("bundle_units", sa.BigInteger(), nullable=True),
        sa.Column("carried_over", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("minimum_periods", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("notice_days", sa.BigInteger(), nullable=True),
        sa.Column("schools", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("term_starts", sa.JSON(), nullable=True),
    ]


def _agreed() -> list[sa.Column[Any]]:
    return [
        sa.Column("price_lines", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("term_starts", sa.JSON(), nullable=True),
        sa.Column("minimum_periods", sa.BigInteger(), nullable=False, server_default="1"),
        sa.Column("notice_days", sa.BigInteger(), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "term_dates",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name IN ('autumn', 'spring', 'summer')", name="termname"),
        sa.CheckConstraint("starts_on < ends_on", name="ends_after_start"),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_term_dates_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_dates")),
        sa.UniqueConstraint(
            "organisation_id", "year", "name", name=op.f("uq_term_dates_organisation_id_year_name")
        ),
    )
    with op.batch_alter_table("plans") as batch:
        batch.add_column(sa.Column("is_offered", sa.Boolean(), nullable=False, server_default=sa.true()))
    _forget_defaults("plans", ["is_offered"])
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("plan_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key("fk_orders_plan_id_plans", "plans", ["plan_id"], ["id"])
        for column in _copied():
            batch.add_column(column)
        batch.create_check_constraint("basis", BASES)
    _forget_defaults("orders", [column.name for column in _copied() if not column.nullable])
    with op.batch_alter_table("contracts") as batch:
        for column in _agreed():
            batch.add_column(column)
    _forget_defaults("contracts", [column.name for column in _agreed() if not column.nullable])
    op.execute(
        "UPDATE orders SET plan_id = (SELECT id FROM plans WHERE plans.listing_id = orders.listing_id "
        "AND plans.cadence = orders.cadence AND plans.basis = 'unit')"
    )
    _allow_moves((*MOVES, "shorten"))


def downgrade() -> None:
    """What the older schema cannot say is lost: a contract keeps its sum, an order its price of one.

    Notice of an early end is a change there, and a price that was removed does not come back.
    """
    _allow_moves(MOVES)
    with op.batch_alter_table("contracts") as batch:
        for column in _agreed():
            batch.drop_column(column.name)
    with op.batch_alter_table("orders") as batch:
        batch.drop_constraint(op.f("ck_orders_basis"), type_="check")
        batch.drop_constraint("fk_orders_plan_id_plans", type_="foreignkey")
        batch.drop_column("plan_id")
        for column in _copied():
            batch.drop_column(column.name)
    op.execute("DELETE FROM plans WHERE NOT is_offered")
    with op.batch_alter_table("plans") as batch:
        batch.drop_column("is_offered")
    op.drop_table("term_dates")


def _forget_defaults(table: str, columns: list[str]) -> None:
    """They were for the rows that were there."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(column, server_default=None)


def _allow_moves(moves: tuple[str, ...]) -> None:
    """The seal is taken off in between: on SQLite the table is made again, and its triggers with it."""
    dialect, name, verbs = op.get_bind().dialect.name, "order_moves_append_only", ("UPDATE", "DELETE")
    for statement in unsealing_statements(dialect, "order_moves", name, verbs):
        op.execute(statement)
    with op.batch_alter_table("order_moves") as batch:
        batch.drop_constraint(op.f("ck_order_moves_move"), type_="check")
    if "shorten" not in moves:
        op.execute("UPDATE order_moves SET move = 'change' WHERE move = 'shorten'")
    listed = ", ".join(repr(move) for move in moves)
    with op.batch_alter_table("order_moves") as batch:
        batch.create_check_constraint("move", f"move IN ({listed})")
    sealed = ("true", name, "order_moves is append-only", verbs)
    for statement in sealing_statements(dialect, "order_moves", *sealed):
        op.execute(statement)
