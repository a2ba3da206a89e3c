"""A place in a line keeps for how long was asked, beside how long an order would last.

Revision ID: 7d20c4b9e5f1
Revises: e13f5a7c902b
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7d20c4b9e5f1"
down_revision = "e13f5a7c902b"
branch_labels = None
depends_on = None

WANTED = "ck_waiting_places_something_wanted"


def upgrade() -> None:
    op.add_column("waiting_places", sa.Column("asked_periods", sa.BigInteger(), nullable=True))
    op.execute("UPDATE waiting_places SET asked_periods = periods")
    with op.batch_alter_table("waiting_places") as batch:
        batch.alter_column("asked_periods", existing_type=sa.BigInteger(), nullable=False)
        batch.drop_constraint(op.f(WANTED), type_="check")
        batch.create_check_constraint(op.f(WANTED), "quantity > 0 AND periods > 0 AND asked_periods > 0")


def downgrade() -> None:
    with op.batch_alter_table("waiting_places") as batch:
        batch.drop_constraint(op.f(WANTED), type_="check")
        batch.create_check_constraint(op.f(WANTED), "quantity > 0 AND periods > 0")
        batch.drop_column("asked_periods")
