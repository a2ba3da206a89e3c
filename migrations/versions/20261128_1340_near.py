"""What is asked of sellers near a place stands in the index of cells.

Revision ID: 9d2f6c1e75ab
Revises: 5e7a1c0b93d4
"""

from __future__ import annotations

from alembic import op

revision = "9d2f6c1e75ab"
down_revision = "5e7a1c0b93d4"
branch_labels = None
depends_on = None

NEAR = ["cell", "easting", "northing", "facets", "partnership_id", "seller_id"]


def upgrade() -> None:
    op.drop_index("ix_search_rows_cell", "search_rows")
    op.create_index("ix_search_rows_near", "search_rows", NEAR)


def downgrade() -> None:
    op.drop_index("ix_search_rows_near", "search_rows")
    op.create_index("ix_search_rows_cell", "search_rows", ["cell"])
