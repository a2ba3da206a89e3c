"""What a listing says of people and effect, its versions and reviews, what orders keep, and kept forms.

Revision ID: b7e41c09d2a6
Revises: 7a7e87ca9cbb
"""

from __future__ import annotations

import json
import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op
from uuid_utils.compat import uuid7

from marketplace.kernel import clock
from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "b7e41c09d2a6"
down_revision = "7a7e87ca9cbb"
branch_labels = None
depends_on = None

KINDS = ("service", "templates", "data", "training-material")
REVIEWS = ("waiting", "accepted", "sent-back", "recalled")
SAID = ("posts", "insurances", "evidence", "answered")
KEPT = ("licence", "trial_months", "trial_percent", "trial_terms", "kind")
SEAL = (
    "listing_versions",
    "true",
    "listing_versions_append_only",
    "listing_versions is append-only",
    ("UPDATE", "DELETE"),
)
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("listings") as batch:
        for column in SAID:
            batch.add_column(sa.Column(column, sa.JSON(), nullable=False, server_default="[]"))
    _forget_defaults("listings", *SAID)
    for table in ("orders", "contracts"):
        _keep_terms(table, is_there=table == "orders")
    _forget_defaults("orders", "kind", "trial_percent")
    _forget_defaults("contracts", "trial_percent")
    op.drop_index("ix_audit_entries_organisation_id", "audit_entries")  # the unique one begins with it
    _make_versions()
    _make_reviews()
    _make_kept_forms()
    _keep_what_is_shown()
    for statement in sealing_statements(op.get_bind().dialect.name, *SEAL):
        op.execute(statement)


def downgrade() -> None:
    """Versions, reviews and kept forms are lost; a listing in review stays one."""
    table, _, name, _, verbs = SEAL
    for statement in unsealing_statements(op.get_bind().dialect.name, table, name, verbs):
        op.execute(statement)
    op.create_index("ix_audit_entries_organisation_id", "audit_entries", ["organisation_id"])
    op.drop_table("kept_forms")
    op.drop_table("listing_reviews")
    op.drop_table("listing_versions")
    for changed in ("contracts", "orders"):
        with op.batch_alter_table(changed) as batch:
            batch.drop_constraint(op.f(f"ck_{changed}_listingkind"), type_="check")
            for column in KEPT:
                batch.drop_column(column)
    with op.batch_alter_table("listings") as batch:
        for column in SAID:
            batch.drop_column(column)


def _keep_terms(table: str, *, is_there: bool) -> None:
    """What an order or a contract keeps of its listing; an award has no listing."""
    with op.batch_alter_table(table) as batch:
        kind = "service" if is_there else None
        batch.add_column(sa.Column("kind", sa.String(40), nullable=not is_there, server_default=kind))
        batch.add_column(sa.Column("licence", sa.Text(), nullable=True))
        batch.add_column(sa.Column("trial_months", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("trial_percent", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("trial_terms", sa.Text(), nullable=True))
        batch.create_check_constraint("listingkind", _one_of("kind", KINDS))


def _make_versions() -> None:
    op.create_table(
        "listing_versions",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_versions_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_listing_versions_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_versions")),
        sa.UniqueConstraint("listing_id", "number", name=op.f("uq_listing_versions_listing_id_number")),
    )


def _make_reviews() -> None:
    op.create_table(
        "listing_reviews",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(_one_of("state", REVIEWS), name=op.f("ck_listing_reviews_reviewstate")),
        sa.CheckConstraint(
            "(state = 'sent-back') = (reason IS NOT NULL)",
            name=op.f("ck_listing_reviews_sent_back_for_a_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL)", name=op.f("ck_listing_reviews_waits_until_decided")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_listing_reviews_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_listing_reviews_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_listing_reviews_decided_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_reviews")),
    )
    op.create_index("ix_listing_reviews_listing_id", "listing_reviews", ["listing_id"])
    op.create_index("ix_listing_reviews_waiting", "listing_reviews", ["state", "id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_listing_reviews_waiting",
        "listing_reviews",
        ["listing_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _make_kept_forms() -> None:
    op.create_table(
        "kept_forms",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(1_000), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_kept_forms_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
    )
    op.create_index("ix_kept_forms_person_id", "kept_forms", ["person_id"])


def _keep_what_is_shown() -> None:
    """The first version of what buyers see, or saw, now: an order made from it can be compared later."""
    connection = op.get_bind()
    metadata = sa.MetaData()
    listings = sa.Table("listings", metadata, autoload_with=connection)
    plans = sa.Table("plans", metadata, autoload_with=connection)
    versions = sa.Table("listing_versions", metadata, autoload_with=connection)
    shown = sa.select(listings).where(listings.c.state.in_(("published", "paused", "withdrawn")))
    for row in connection.execute(shown).all():
        mine = sa.select(plans).where(plans.c.listing_id == row.id, plans.c.is_offered).order_by(plans.c.id)
        terms = _terms(row, {"id", "created_at", "seller_id", "state", "answered", "published_at", "version"})
        left_out = {"id", "created_at", "listing_id", "is_offered"}
        terms["plans"] = [_terms(plan, left_out) for plan in connection.execute(mine).all()]
        connection.execute(
            sa.insert(versions).values(
                id=sa.bindparam("new_id", type_=sa.Uuid()),
                created_at=sa.bindparam("now", type_=INSTANT),
                listing_id=sa.bindparam("listing", type_=sa.Uuid()),
                number=row.version,
                terms=sa.bindparam("said", type_=sa.JSON()),
            ),
            {"new_id": uuid7(), "now": clock.now(), "listing": _uuid(row.id), "said": terms},
        )


def _terms(row: sa.Row[Any], left_out: set[str]) -> dict[str, Any]:
    return {name: _plain(name, value) for name, value in row._mapping.items() if name not in left_out}


def _plain(name: str, value: object) -> object:
    if name == "is_unlimited":
        return bool(value)
    if name == "partnership_id":
        return None if value is None else str(_uuid(value))
    if isinstance(value, str) and name in {"phases", "authority_codes", "phase_prices", *SAID}:
        return json.loads(value)
    return value if value is None or isinstance(value, int | str | list | dict) else str(value)


def _uuid(value: object) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _forget_defaults(table: str, *columns: str) -> None:
    """They were for the rows that were there."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(column, server_default=None)
