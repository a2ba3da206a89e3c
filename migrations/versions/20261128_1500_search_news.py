"""Listings are numbered as buyers could first find them, and a saved search knows up to which it was told.

Revision ID: 4c8e19b7d052
Revises: 9d2f6c1e75ab
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4c8e19b7d052"
down_revision = "9d2f6c1e75ab"
branch_labels = None
depends_on = None

FIRST_SEEN = "coalesce(published_at, created_at)"


def upgrade() -> None:
    op.create_table(
        "search_news",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_search_news_listing_id_listings"),
        sa.PrimaryKeyConstraint("number", name="pk_search_news"),
        sa.UniqueConstraint("listing_id", name="uq_search_news_listing_id"),
    )
    op.execute(
        "INSERT INTO search_news (number, listing_id) "  # noqa: S608  our own words
        f"SELECT row_number() OVER (ORDER BY {FIRST_SEEN}, id), id FROM listings "
        "WHERE published_at IS NOT NULL OR state = 'published'"
    )
    op.add_column("saved_searches", sa.Column("told_number", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE saved_searches SET told_number = (SELECT count(*) FROM search_news "
        "JOIN listings ON listings.id = search_news.listing_id "
        "WHERE coalesce(listings.published_at, listings.created_at) <= saved_searches.told_until)"
    )
    with op.batch_alter_table("saved_searches") as batch:
        batch.alter_column("told_number", nullable=False)
        batch.drop_column("told_until")


def downgrade() -> None:
    op.add_column("saved_searches", sa.Column("told_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE saved_searches SET told_until = coalesce((SELECT max(coalesce(listings.published_at, "
        "listings.created_at)) FROM search_news JOIN listings ON listings.id = search_news.listing_id "
        "WHERE search_news.number <= saved_searches.told_number), saved_searches.created_at)"
    )
    with op.batch_alter_table("saved_searches") as batch:
        batch.alter_column("told_until", nullable=False)
        batch.drop_column("told_number")
    op.drop_table("search_news")
