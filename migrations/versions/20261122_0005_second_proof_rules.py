"""Organisations that ask everybody for a second proof.

Revision ID: db79125a5358
Revises: 3f0c41a7be52
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "db79125a5358"
down_revision = "3f0c41a7be52"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_proof_rules",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_second_proof_rules_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_second_proof_rules_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_proof_rules")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_second_proof_rules_organisation_id")),
    )


def downgrade() -> None:
    op.drop_table("second_proof_rules")
