"""Registers of interests, and partnerships.

Revision ID: da46f8caa64b
Revises: 1b9a68222171
"""

from __future__ import annotations

revision = "da46f8caa64b"
down_revision = "1b9a68222171"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
