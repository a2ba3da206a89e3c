"""Rules and files of capacity, waiting lists, holds, and calendar addresses.

Revision ID: 7a7e87ca9cbb
Revises: 7a90c2e4b16d
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "7a7e87ca9cbb"
down_revision = "7a90c2e4b16d"
branch_labels = None
depends_on = None

STILL_WAITS = "state IN ('waiting', 'offered', 'paused')"


def upgrade() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_calendar_links_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_calendar_links_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint(
            "organisation_id", "person_id", name=op.f("uq_calendar_links_organisation_id_person_id")
        ),
    )
    op.create_index(op.f("ix_calendar_links_organisation_id"), "calendar_links", ["organisation_id"])
    op.create_table(
        "capacity_rules",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "each-day",
                "each-month",
                name="rulekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("except_months", sa.JSON(), nullable=False),
        sa.Column("leaves_out_bank_holidays", sa.Boolean(), nullable=False),
        sa.Column("leaves_out_school_holidays", sa.Boolean(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_month <= last_month", name=op.f("ck_capacity_rules_ends_after_start")),
        sa.CheckConstraint("units >= 0", name=op.f("ck_capacity_rules_not_negative")),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_capacity_rules_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_capacity_rules_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_capacity_rules_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_rules")),
    )
    op.create_index(op.f("ix_capacity_rules_listing_id"), "capacity_rules", ["listing_id"])
    op.create_index(op.f("ix_capacity_rules_seller_id"), "capacity_rules", ["seller_id"])
    op.create_table(
        "capacity_uploads",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("listing_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_capacity_uploads_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_capacity_uploads_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_capacity_uploads_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_uploads")),
    )
    op.create_index(op.f("ix_capacity_uploads_expires_at"), "capacity_uploads", ["expires_at"])
    op.create_index(op.f("ix_capacity_uploads_organisation_id"), "capacity_uploads", ["organisation_id"])
    op.create_table(
        "waiting_places",
        sa.Column("listing_id", sa.Uuid(), nullable=False),
        sa.Column("seller_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("joined_by_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column(
            "cadence",
            sa.Enum(
                "monthly",
                "termly",
                "annual",
                "once",
                name="cadence",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("periods", sa.BigInteger(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "offered",
                "paused",
                "ordered",
                "declined",
                "lapsed",
                "left",
                "closed",
                name="waitingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answer_by_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'offered') = (answer_by_on IS NOT NULL)",
            name=op.f("ck_waiting_places_offered_until_a_day"),
        ),
        sa.CheckConstraint("buyer_id <> seller_id", name=op.f("ck_waiting_places_two_parties")),
        sa.CheckConstraint("quantity > 0 AND periods > 0", name=op.f("ck_waiting_places_something_wanted")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_waiting_places_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisations.id"], name=op.f("fk_waiting_places_buyer_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["joined_by_id"], ["people.id"], name=op.f("fk_waiting_places_joined_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["listing_id"], ["listings.id"], name=op.f("fk_waiting_places_listing_id_listings")
        ),
        sa.ForeignKeyConstraint(
            ["seller_id"], ["organisations.id"], name=op.f("fk_waiting_places_seller_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_places")),
    )
    op.create_index(op.f("ix_waiting_places_buyer_id"), "waiting_places", ["buyer_id"])
    op.create_index("ix_waiting_places_line", "waiting_places", ["listing_id", "state"])
    op.create_index(op.f("ix_waiting_places_seller_id"), "waiting_places", ["seller_id"])
    op.create_index(
        "uq_waiting_places_once",
        "waiting_places",
        ["listing_id", "buyer_id"],
        unique=True,
        sqlite_where=sa.text(STILL_WAITS),
        postgresql_where=sa.text(STILL_WAITS),
    )
    op.create_table(
        "capacity_holds",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("units > 0", name=op.f("ck_capacity_holds_units_above_zero")),
        sa.ForeignKeyConstraint(
            ["period_id"], ["capacity_periods.id"], name=op.f("fk_capacity_holds_period_id_capacity_periods")
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["waiting_places.id"], name=op.f("fk_capacity_holds_place_id_waiting_places")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_holds")),
        sa.UniqueConstraint("place_id", "period_id", name=op.f("uq_capacity_holds_place_id_period_id")),
    )
    op.create_index(op.f("ix_capacity_holds_period_id"), "capacity_holds", ["period_id"])


def downgrade() -> None:
    op.drop_table("capacity_holds")
    op.drop_table("waiting_places")
    op.drop_table("capacity_uploads")
    op.drop_table("capacity_rules")
    op.drop_table("calendar_links")
