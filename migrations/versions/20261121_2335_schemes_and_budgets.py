"""Schemes of delegation, cost centres, budgets, and what is undertaken.

Revision ID: d5be9c9fc7ee
Revises: d13b3ef66675
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "d5be9c9fc7ee"
down_revision = "d13b3ef66675"
branch_labels = None
depends_on = None
SEALS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("scheme_rows", "true", "scheme_rows_append_only", "scheme_rows is append-only", ("UPDATE", "DELETE")),
    ("approvals", "true", "approvals_append_only", "approvals is append-only", ("UPDATE", "DELETE")),
)


def upgrade() -> None:
    op.create_table(
        "cost_centres",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_cost_centres_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_centres")),
        sa.UniqueConstraint("organisation_id", "code", name=op.f("uq_cost_centres_organisation_id_code")),
    )
    op.create_table(
        "schemes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("second_above_pence", sa.BigInteger(), nullable=True),
        sa.Column("requires_po_number", sa.Boolean(), nullable=False),
        sa.Column("stops_over_budget", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "in-force",
                "replaced",
                "withdrawn",
                name="schemestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state <> 'waiting' OR decided_by_id IS NULL", name=op.f("ck_schemes_waiting_is_undecided")
        ),
        sa.CheckConstraint(
            "state = 'withdrawn' OR decided_by_id <> proposed_by_id",
            name=op.f("ck_schemes_confirmed_by_another"),
        ),
        sa.CheckConstraint("second_above_pence >= 0", name=op.f("ck_schemes_second_not_negative")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_schemes_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_schemes_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_schemes_proposed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schemes")),
    )
    with op.batch_alter_table("schemes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_schemes_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            "uq_schemes_in_force",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'in-force'"),
            postgresql_where=sa.text("state = 'in-force'"),
        )
        batch_op.create_index(
            "uq_schemes_waiting",
            ["organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "stand_ins",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("absent_id <> stand_in_id", name=op.f("ck_stand_ins_two_people")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_stand_ins_ends_after_start")),
        sa.ForeignKeyConstraint(["absent_id"], ["people.id"], name=op.f("fk_stand_ins_absent_id_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_stand_ins_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["stand_in_id"], ["people.id"], name=op.f("fk_stand_ins_stand_in_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_ins")),
    )
    with op.batch_alter_table("stand_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stand_ins_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "budgets",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=False),
        sa.Column("year_starts_on", sa.Date(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("net_pence >= 0", name=op.f("ck_budgets_net_not_negative")),
        sa.ForeignKeyConstraint(
            ["cost_centre_id"], ["cost_centres.id"], name=op.f("fk_budgets_cost_centre_id_cost_centres")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_budgets_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budgets")),
        sa.UniqueConstraint(
            "cost_centre_id", "year_starts_on", name=op.f("uq_budgets_cost_centre_id_year_starts_on")
        ),
    )
    with op.batch_alter_table("budgets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_budgets_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "scheme_rows",
        sa.Column("scheme_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("up_to_pence", sa.BigInteger(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "buyer",
                "approver",
                "finance",
                "seller",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=True),
        sa.Column("quotes", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.String(length=100), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quotes >= 0", name=op.f("ck_scheme_rows_quotes_not_negative")),
        sa.CheckConstraint(
            "role IS NULL OR person_id IS NULL", name=op.f("ck_scheme_rows_a_role_or_a_person")
        ),
        sa.CheckConstraint("up_to_pence >= 0", name=op.f("ck_scheme_rows_limit_not_negative")),
        sa.CheckConstraint(
            "up_to_pence IS NOT NULL OR role IS NOT NULL OR person_id IS NOT NULL",
            name=op.f("ck_scheme_rows_somebody_above_a_limit"),
        ),
        sa.ForeignKeyConstraint(
            ["cost_centre_id"], ["cost_centres.id"], name=op.f("fk_scheme_rows_cost_centre_id_cost_centres")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_scheme_rows_person_id_people")),
        sa.ForeignKeyConstraint(["scheme_id"], ["schemes.id"], name=op.f("fk_scheme_rows_scheme_id_schemes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_rows")),
        sa.UniqueConstraint("scheme_id", "place", name=op.f("uq_scheme_rows_scheme_id_place")),
    )
    op.create_table(
        "undertakings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "order",
                "commitment",
                name="undertakingsource",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("cost_centre_id", sa.Uuid(), nullable=True),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("counted_pence", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "taken",
                "ended",
                "released",
                name="undertakingstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("ask", sa.BigInteger(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "net_pence >= 0 AND counted_pence >= 0", name=op.f("ck_undertakings_sums_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["cost_centre_id"], ["cost_centres.id"], name=op.f("fk_undertakings_cost_centre_id_cost_centres")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_undertakings_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisations.id"], name=op.f("fk_undertakings_supplier_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertakings")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_undertakings_source_source_id")),
    )
    with op.batch_alter_table("undertakings", schema=None) as batch_op:
        batch_op.create_index(
            "ix_undertakings_alike", ["organisation_id", "supplier_id", "asked_on"], unique=False
        )
        batch_op.create_index("ix_undertakings_cost_centre", ["cost_centre_id"], unique=False)

    op.create_table(
        "approvals",
        sa.Column("undertaking_id", sa.Uuid(), nullable=False),
        sa.Column("ask", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("absent_id", sa.Uuid(), nullable=True),
        sa.Column("quotes_note", sa.String(length=500), nullable=False),
        sa.Column("over_budget_reason", sa.String(length=500), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("absent_id <> person_id", name=op.f("ck_approvals_for_another")),
        sa.ForeignKeyConstraint(["absent_id"], ["people.id"], name=op.f("fk_approvals_absent_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_approvals_person_id_people")),
        sa.ForeignKeyConstraint(
            ["undertaking_id"], ["undertakings.id"], name=op.f("fk_approvals_undertaking_id_undertakings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "undertaking_id", "ask", "person_id", name=op.f("uq_approvals_undertaking_id_ask_person_id")
        ),
    )
    op.create_table(
        "undertaking_years",
        sa.Column("undertaking_id", sa.Uuid(), nullable=False),
        sa.Column("year_starts_on", sa.Date(), nullable=False),
        sa.Column("net_pence", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_pence", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["undertaking_id"],
            ["undertakings.id"],
            name=op.f("fk_undertaking_years_undertaking_id_undertakings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertaking_years")),
        sa.UniqueConstraint(
            "undertaking_id",
            "year_starts_on",
            name=op.f("uq_undertaking_years_undertaking_id_year_starts_on"),
        ),
    )
    dialect = op.get_bind().dialect.name
    for seal in SEALS:
        for statement in sealing_statements(dialect, *seal):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, _, name, _, verbs in SEALS:
        for statement in unsealing_statements(dialect, table, name, verbs):
            op.execute(statement)
    op.drop_table("undertaking_years")
    op.drop_table("approvals")
    with op.batch_alter_table("undertakings", schema=None) as batch_op:
        batch_op.drop_index("ix_undertakings_cost_centre")
        batch_op.drop_index("ix_undertakings_alike")

    op.drop_table("undertakings")
    op.drop_table("scheme_rows")
    with op.batch_alter_table("budgets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_budgets_organisation_id"))

    op.drop_table("budgets")
    with op.batch_alter_table("stand_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stand_ins_organisation_id"))

    op.drop_table("stand_ins")
    with op.batch_alter_table("schemes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_schemes_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "uq_schemes_in_force",
            sqlite_where=sa.text("state = 'in-force'"),
            postgresql_where=sa.text("state = 'in-force'"),
        )
        batch_op.drop_index(batch_op.f("ix_schemes_organisation_id"))

    op.drop_table("schemes")
    op.drop_table("cost_centres")
