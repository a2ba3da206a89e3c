"""What an order took of a period is named by the two: it needs no identifier and no instant of its own.

Revision ID: e2b7406d9f35
Revises: a93e5f07c1d8
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from marketplace.kernel import clock
from marketplace.kernel.database import new_id

revision = "e2b7406d9f35"
down_revision = "a93e5f07c1d8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    taken = _taken()
    _make(sa.PrimaryKeyConstraint("order_id", "period_id", name="pk_order_capacity"))
    _put_back(taken)


def downgrade() -> None:
    taken = _taken()
    _make(
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_capacity"),
        sa.UniqueConstraint("order_id", "period_id", name="uq_order_capacity_order_id_period_id"),
    )
    _put_back([{**one, "id": new_id(), "created_at": clock.now()} for one in taken])


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
    ]


def _taken() -> list[dict[str, Any]]:
    rows = op.get_bind().execute(sa.select(sa.table("order_capacity", *_columns())))
    return [dict(row) for row in rows.mappings()]


def _make(*more: sa.schema.SchemaItem) -> None:
    """Its indexes have the same names as before, so the old one goes first."""
    op.drop_table("order_capacity")
    op.create_table(
        "order_capacity",
        *_columns(),
        *more,
        sa.CheckConstraint("units > 0", name=op.f("ck_order_capacity_units_above_zero")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_capacity_order_id_orders"),
        sa.ForeignKeyConstraint(
            ["period_id"], ["capacity_periods.id"], name="fk_order_capacity_period_id_capacity_periods"
        ),
    )
    op.create_index("ix_order_capacity_period_id", "order_capacity", ["period_id"])


def _put_back(taken: list[dict[str, Any]]) -> None:
    if not taken:
        return
    more: list[Any] = [sa.Column("id", sa.Uuid()), sa.Column("created_at", sa.DateTime(timezone=True))]
    known: list[Any] = [column for column in (*_columns(), *more) if column.name in taken[0]]
    op.bulk_insert(sa.table("order_capacity", *known), taken)
