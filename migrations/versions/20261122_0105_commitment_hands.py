"""Everybody who wrote figures of a commitment.

Revision ID: a671b9e5c9d1
Revises: db79125a5358
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a671b9e5c9d1"
down_revision = "db79125a5358"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commitment_hands",
        sa.Column("commitment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["commitment_id"], ["commitments.id"], name=op.f("fk_commitment_hands_commitment_id_commitments")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_commitment_hands_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment_hands")),
        sa.UniqueConstraint(
            "commitment_id", "person_id", name=op.f("uq_commitment_hands_commitment_id_person_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("commitment_hands")
