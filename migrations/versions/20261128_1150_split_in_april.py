"""A year that is charged in two parts, one for each financial year of an authority's school.

Revision ID: 7a90c2e4b16d
Revises: 5e1b8c07d2a4
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7a90c2e4b16d"
down_revision = "5e1b8c07d2a4"
branch_labels = None
depends_on = None

TABLES = ("plans", "orders", "contracts")
YEARS = "NOT is_split_in_april OR cadence = 'annual'"


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(
                sa.Column("is_split_in_april", sa.Boolean(), nullable=False, server_default=sa.false())
            )
        with op.batch_alter_table(table) as batch:
            batch.alter_column("is_split_in_april", server_default=None)
            batch.create_check_constraint("only_years_are_split", YEARS)


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_only_years_are_split"), type_="check")
            batch.drop_column("is_split_in_april")
