"""What the search keeps of listings, the words it knows, saved searches, and where organisations are.

Revision ID: 5e7a1c0b93d4
Revises: b7e41c09d2a6
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5e7a1c0b93d4"
down_revision = "b7e41c09d2a6"
branch_labels = None
depends_on = None

CATEGORIES = (
    "oversight",
    "finance",
    "hr",
    "governance",
    "it",
    "estates",
    "contract-management",
    "procurement",
    "curriculum",
    "professional-development",
    "send",
    "exclusions",
    "attendance",
    "safeguarding",
    "school-improvement",
)
FREQUENCIES = ("immediately", "daily", "weekly", "never")
PLACES = ("town", "postcode", "authority_name")
WORDS = "search_words"
SPELLINGS = "search_spellings"
STEMS = ("title", "names", "summary", "description", "everything")


def upgrade() -> None:
    _place_organisations()
    op.create_table(
        "search_rows",
        sa.Column("id", _number(), autoincrement=False, nullable=False),
        sa.Column("facets", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("price_pence", sa.BigInteger(), nullable=False),
        sa.Column("free_months", sa.BigInteger(), nullable=False),
        sa.Column("soonest", sa.BigInteger(), nullable=False),
        sa.Column("cell", sa.BigInteger(), nullable=True),
        sa.Column("easting", sa.BigInteger(), nullable=True),
        sa.Column("northing", sa.BigInteger(), nullable=True),
        sa.Column("serves_england", sa.Boolean(), nullable=False),
        sa.Column("reach_metres", sa.BigInteger(), nullable=True),
        sa.Column("authorities", sa.Text(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("partnership_id", sa.Uuid(), nullable=True),
        sa.Column("left_by_month", sa.String(360), nullable=False),
        sa.CheckConstraint(_one_of("category", CATEGORIES), name="category"),
        sa.ForeignKeyConstraint(["listing_id"], ["listings.id"], name="fk_search_rows_listing_id_listings"),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name="fk_search_rows_seller_id_organisations"
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"], ["partnerships.id"], name="fk_search_rows_partnership_id_partnerships"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_search_rows"),
        sa.UniqueConstraint("listing_id", name="uq_search_rows_listing_id"),
    )
    op.create_index("ix_search_rows_of_category", "search_rows", ["category", "id"])
    op.create_index("ix_search_rows_by_price", "search_rows", ["price_pence", "id"])
    op.create_index("ix_search_rows_by_soonest", "search_rows", ["soonest", "id"])
    op.create_index("ix_search_rows_cell", "search_rows", ["cell"])
    op.create_table(
        "search_items",
        sa.Column("id", _number(), autoincrement=False, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["id"], ["search_rows.id"], name="fk_search_items_id_search_rows", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_search_items"),
    )
    _make_saved_searches()
    _make_words()


def downgrade() -> None:
    op.drop_table("saved_searches")
    op.drop_table("search_items")
    op.drop_table("search_rows")
    op.execute(f"DROP TABLE {WORDS}")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TABLE {SPELLINGS}")
    op.drop_table("search_vocabulary")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP EXTENSION pg_trgm")
    with op.batch_alter_table("organisations") as batch:
        for column in PLACES:
            batch.drop_index(f"ix_organisations_{column}")
        for name in ("place_has_two_numbers", "place_on_the_grid"):
            batch.drop_constraint(op.f(f"ck_organisations_{name}"), type_="check")
        batch.drop_column("easting")
        batch.drop_column("northing")


def _place_organisations() -> None:
    with op.batch_alter_table("organisations") as batch:
        batch.add_column(sa.Column("easting", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("northing", sa.BigInteger(), nullable=True))
        batch.create_check_constraint("place_has_two_numbers", "(easting IS NULL) = (northing IS NULL)")
        batch.create_check_constraint("place_on_the_grid", "easting >= 0 AND northing >= 0")
        for column in PLACES:
            batch.create_index(f"ix_organisations_{column}", [column])


def _make_saved_searches() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("asked", sa.String(1_000), nullable=False),
        sa.Column("frequency", sa.String(40), nullable=False),
        sa.Column("stop_secret", sa.String(64), nullable=False),
        sa.Column("told_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(_one_of("frequency", FREQUENCIES), name="frequency"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_saved_searches_person_id_people"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_saved_searches_organisation_id_organisations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
        sa.UniqueConstraint("stop_secret", name="uq_saved_searches_stop_secret"),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "name", name="uq_saved_searches_person_id_organisation_id_name"
        ),
    )
    for column in ("person_id", "organisation_id"):
        op.create_index(f"ix_saved_searches_{column}", "saved_searches", [column])


def _make_words() -> None:
    """The words of listings, by what each database has for it; see marketplace/finding/word_index.py."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "search_vocabulary",
        sa.Column("word", sa.String(40), nullable=False),
        sa.Column("stem", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_search_vocabulary"),
    )
    op.create_index("ix_search_vocabulary_stem", "search_vocabulary", ["stem"])
    op.create_index(
        "ix_search_vocabulary_spelled",
        "search_vocabulary",
        ["word"],
        postgresql_using="gin",
        postgresql_ops={"word": "gin_trgm_ops"},
    )
    if is_sqlite:
        op.execute(
            f"CREATE VIRTUAL TABLE {WORDS} "
            f"USING fts5({', '.join(STEMS)}, detail=column, tokenize='unicode61')"
        )
        op.execute(f"CREATE VIRTUAL TABLE {SPELLINGS} USING fts5(word, tokenize='trigram')")
        return
    op.execute(
        f"CREATE TABLE {WORDS} (id BIGINT CONSTRAINT pk_{WORDS} PRIMARY KEY, document TSVECTOR NOT NULL, "
        "everything TSVECTOR NOT NULL)"
    )
    for column in ("document", "everything"):
        op.execute(f"CREATE INDEX ix_{WORDS}_{column} ON {WORDS} USING gin ({column})")
    op.execute(f"ALTER TABLE {WORDS} ENABLE ROW LEVEL SECURITY")
    everybody = "((SELECT current_setting('app.everybody', true)) = 'on')"
    op.execute(f"CREATE POLICY words_read ON {WORDS} FOR SELECT USING (true)")
    op.execute(f"CREATE POLICY words_add ON {WORDS} FOR INSERT WITH CHECK {everybody}")
    op.execute(f"CREATE POLICY words_change ON {WORDS} FOR UPDATE USING {everybody}")
    op.execute(f"CREATE POLICY words_remove ON {WORDS} FOR DELETE USING {everybody}")


def _number() -> sa.types.TypeEngine[int]:
    """On SQLite only an INTEGER is the row's own number."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
