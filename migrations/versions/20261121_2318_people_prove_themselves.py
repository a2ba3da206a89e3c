"""Operators, proofs of identity, what tokens may do, and single-use links.

Revision ID: eca39e8b01da
Revises: 3168ca793604
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "eca39e8b01da"
down_revision = "3168ca793604"
branch_labels = None
depends_on = None
EVERY_SCOPE = "read write approve money"
"""A token made before there were scopes could do everything."""


def upgrade() -> None:
    op.create_table(
        "single_use_links",
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("bound_digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_single_use_links_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_single_use_links")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_single_use_links_secret_digest")),
    )
    with op.batch_alter_table("single_use_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_single_use_links_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_single_use_links_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("scopes", sa.String(length=100), nullable=False, server_default=EVERY_SCOPE)
        )
        batch_op.add_column(sa.Column("organisation_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("awaits_factor", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_address", sa.String(length=45), nullable=True))

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_operator", sa.Boolean(), nullable=False, server_default=sa.false()))

    # Who is signed in stays so: their last proof was to sign in. The defaults were for the rows there are.
    op.execute("UPDATE browser_sessions SET confirmed_at = created_at, last_used_at = created_at")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.alter_column("confirmed_at", nullable=False)
        batch_op.alter_column("last_used_at", nullable=False)
        batch_op.alter_column("awaits_factor", server_default=None)
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.alter_column("scopes", server_default=None)
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.alter_column("is_operator", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("is_operator")

    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_column("last_address")
        batch_op.drop_column("last_used_at")
        batch_op.drop_column("awaits_factor")
        batch_op.drop_column("confirmed_at")

    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_column("last_used_at")
        batch_op.drop_column("organisation_id")
        batch_op.drop_column("scopes")

    with op.batch_alter_table("single_use_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_single_use_links_person_id"))
        batch_op.drop_index(batch_op.f("ix_single_use_links_email"))

    op.drop_table("single_use_links")
