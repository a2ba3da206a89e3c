"""What a listing tells of its reach, trial and members, and what a plan can be charged by.

Revision ID: c1d40a7be901
Revises: a671b9e5c9d1
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c1d40a7be901"
down_revision = "a671b9e5c9d1"
branch_labels = None
depends_on = None

CADENCES = ("monthly", "termly", "annual")
CHARGED = ("plans", "orders", "contracts")
UNITS = ("hour", "day", "place", "school", "pupil")
COUNTED = ("listings", "orders")
STATES = ("published", "paused", "withdrawn")
KINDS = ("service", "templates", "data", "training-material")
REACHES = ("england", "authorities", "distance")
BASES = ("unit", "flat", "school", "pupil", "bundle")


def upgrade() -> None:
    for table in CHARGED:
        _rename(table, "cadence", "cadence", {"flat": "once"}, (*CADENCES, "once"))
    for table in COUNTED:
        _choose_from(table, "unit", "capacityunit", (*UNITS, "licence"))
    _choose_from("listings", "state", "listingstate", ("draft", "in-review", *STATES))
    with op.batch_alter_table("listings") as batch:
        batch.add_column(sa.Column("kind", _text(), nullable=False, server_default="service"))
        batch.add_column(sa.Column("licence", sa.Text(), nullable=True))
        batch.add_column(sa.Column("is_unlimited", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("phases", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("reach", _text(), nullable=False, server_default="england"))
        batch.add_column(sa.Column("authority_codes", sa.JSON(), nullable=False, server_default="[]"))
        batch.add_column(sa.Column("reach_miles", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("trial_months", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("trial_percent", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("trial_terms", sa.Text(), nullable=True))
        batch.add_column(sa.Column("partnership_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            "fk_listings_partnership_id_partnerships", "partnerships", ["partnership_id"], ["id"]
        )
        batch.create_index("ix_listings_partnership_id", ["partnership_id"])
        batch.create_check_constraint("listingkind", _one_of("kind", KINDS))
        batch.create_check_constraint("reach", _one_of("reach", REACHES))
        batch.create_check_constraint("distance_in_miles", "(reach = 'distance') = (reach_miles IS NOT NULL)")
        batch.create_check_constraint("distance_above_zero", "reach_miles > 0")
        batch.create_check_constraint("trial_of_18_months_at_most", "trial_months BETWEEN 1 AND 18")
        batch.create_check_constraint("trial_is_cheaper", "trial_percent BETWEEN 0 AND 99")
        batch.create_check_constraint("only_knowledge_is_unlimited", "NOT is_unlimited OR kind <> 'service'")
    _forget_defaults(
        "listings", "kind", "is_unlimited", "phases", "reach", "authority_codes", "trial_percent"
    )
    with op.batch_alter_table("plans") as batch:
        batch.add_column(sa.Column("basis", _text(), nullable=False, server_default="unit"))
        batch.add_column(sa.Column("fixed_pence", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("phase_prices", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("units_each", sa.BigInteger(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("bundle_units", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("carried_over", sa.BigInteger(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("minimum_periods", sa.BigInteger(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("notice_days", sa.BigInteger(), nullable=True))
        batch.drop_constraint("uq_plans_listing_id_cadence", type_="unique")
        batch.create_unique_constraint(
            "uq_plans_listing_id_cadence_basis", ["listing_id", "cadence", "basis"]
        )
        batch.drop_constraint(op.f("ck_plans_price_not_negative"), type_="check")
        batch.create_check_constraint("price_not_negative", "unit_price_pence >= 0 AND fixed_pence >= 0")
        batch.create_check_constraint("basis", _one_of("basis", BASES))
        batch.create_check_constraint("at_least_one", "units_each > 0 AND minimum_periods > 0")
        batch.create_check_constraint("bundle_has_units", "(basis = 'bundle') = (bundle_units IS NOT NULL)")
        batch.create_check_constraint("bundle_above_zero", "bundle_units > 0")
        batch.create_check_constraint("not_negative", "carried_over >= 0 AND notice_days >= 0")
    _forget_defaults(
        "plans",
        "basis",
        "fixed_pence",
        "phase_prices",
        "units_each",
        "carried_over",
        "minimum_periods",
    )


def downgrade() -> None:
    """What the older schema cannot say is lost: plans of another basis, or with a fixed fee, go with it."""
    op.execute("DELETE FROM plans WHERE basis <> 'unit' OR fixed_pence > 0")
    with op.batch_alter_table("plans") as batch:
        for name in ("basis", "at_least_one", "bundle_has_units", "bundle_above_zero", "not_negative"):
            batch.drop_constraint(op.f(f"ck_plans_{name}"), type_="check")
        batch.drop_constraint(op.f("ck_plans_price_not_negative"), type_="check")
        batch.create_check_constraint("price_not_negative", "unit_price_pence >= 0")
        batch.drop_constraint("uq_plans_listing_id_cadence_basis", type_="unique")
        batch.create_unique_constraint("uq_plans_listing_id_cadence", ["listing_id", "cadence"])
        for column in (
            "basis",
            "fixed_pence",
            "phase_prices",
            "units_each",
            "bundle_units",
            "carried_over",
            "minimum_periods",
            "notice_days",
        ):
            batch.drop_column(column)
    with op.batch_alter_table("listings") as batch:
        for name in (
            "listingkind",
            "reach",
            "distance_in_miles",
            "distance_above_zero",
            "trial_of_18_months_at_most",
            "trial_is_cheaper",
            "only_knowledge_is_unlimited",
        ):
            batch.drop_constraint(op.f(f"ck_listings_{name}"), type_="check")
        batch.drop_index("ix_listings_partnership_id")
        batch.drop_constraint("fk_listings_partnership_id_partnerships", type_="foreignkey")
        for column in (
            "kind",
            "licence",
            "is_unlimited",
            "phases",
            "reach",
            "authority_codes",
            "reach_miles",
            "trial_months",
            "trial_percent",
            "trial_terms",
            "partnership_id",
        ):
            batch.drop_column(column)
    op.execute("UPDATE listings SET state = 'draft' WHERE state = 'in-review'")
    _choose_from("listings", "state", "listingstate", ("draft", *STATES))
    for table in COUNTED:
        _rename(table, "unit", "capacityunit", {"licence": "place"}, UNITS)
    for table in CHARGED:
        _rename(table, "cadence", "cadence", {"once": "flat"}, (*CADENCES, "flat"))


def _text() -> sa.String:
    return sa.String(40)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _rename(table: str, column: str, name: str, values: dict[str, str], allowed: tuple[str, ...]) -> None:
    """Let a column hold other values in place of some."""
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
    for before, after in values.items():
        op.execute(
            sa.text(f"UPDATE {table} SET {column} = :after WHERE {column} = :before").bindparams(  # noqa: S608  our own names
                before=before, after=after
            )
        )
    with op.batch_alter_table(table) as batch:
        batch.create_check_constraint(name, _one_of(column, allowed))


def _choose_from(table: str, column: str, name: str, allowed: tuple[str, ...]) -> None:
    _rename(table, column, name, {}, allowed)


def _forget_defaults(table: str, *columns: str) -> None:
    """They were for the rows that were there."""
    with op.batch_alter_table(table) as batch:
        for column in columns:
            batch.alter_column(column, server_default=None)
