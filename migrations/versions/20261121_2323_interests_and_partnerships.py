"""Registers of interests, and partnerships.

Revision ID: a561895ee13d
Revises: 1b9a68222171
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a561895ee13d"
down_revision = "1b9a68222171"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declared_people",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column(
            "post",
            sa.Enum(
                "member",
                "trustee",
                "governor",
                "accounting-officer",
                "senior-staff",
                name="post",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("birth_year", sa.BigInteger(), nullable=True),
        sa.Column("birth_month", sa.BigInteger(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(birth_year IS NULL) = (birth_month IS NULL)",
            name=op.f("ck_declared_people_whole_month_of_birth"),
        ),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name=op.f("ck_declared_people_month_of_the_year")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_declared_people_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_declared_people_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_declared_people_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_people")),
    )
    with op.batch_alter_table("declared_people", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declared_people_name_key"), ["name_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_declared_people_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_declared_people_person_id"), ["person_id"], unique=False)

    op.create_table(
        "interest_registers",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_interest_registers_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_registers")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_interest_registers_organisation_id")),
    )
    op.create_table(
        "interest_uploads",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_interest_uploads_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_interest_uploads_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interest_uploads")),
    )
    with op.batch_alter_table("interest_uploads", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interest_uploads_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_interest_uploads_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "partnerships",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "theme",
            sa.Enum("place", "challenge", name="theme", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("founder_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["founder_id"], ["organisations.id"], name=op.f("fk_partnerships_founder_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerships")),
        sa.UniqueConstraint("name", name=op.f("uq_partnerships_name")),
    )
    op.create_table(
        "interests",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("declared_person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "directorship",
                "trusteeship",
                "governorship",
                "shareholding",
                "employment",
                "family-tie",
                "local-authority",
                name="interestkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("body_id", sa.Uuid(), nullable=True),
        sa.Column("body_name", sa.String(length=200), nullable=False),
        sa.Column("body_key", sa.String(length=200), nullable=False),
        sa.Column("company_number", sa.String(length=8), nullable=True),
        sa.Column("nature", sa.String(length=300), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.Column("declared_by_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(confirmed_by_id IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_interests_confirmed_by_somebody"),
        ),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_interests_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["body_id"], ["organisations.id"], name=op.f("fk_interests_body_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["people.id"], name=op.f("fk_interests_confirmed_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["people.id"], name=op.f("fk_interests_declared_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["declared_person_id"],
            ["declared_people.id"],
            name=op.f("fk_interests_declared_person_id_declared_people"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_interests_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interests")),
    )
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interests_body_id"), ["body_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_interests_body_key"), ["body_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_interests_company_number"), ["company_number"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_interests_declared_person_id"), ["declared_person_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_interests_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "partnership_memberships",
        sa.Column("partnership_id", sa.Uuid(), nullable=False),
        sa.Column("founder_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "accepted",
                "declined",
                "withdrawn",
                name="membershipstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (starts_on IS NOT NULL)",
            name=op.f("ck_partnership_memberships_accepted_from_a_day"),
        ),
        sa.CheckConstraint(
            "ends_on IS NULL OR starts_on IS NOT NULL",
            name=op.f("ck_partnership_memberships_ends_what_began"),
        ),
        sa.ForeignKeyConstraint(
            ["founder_id"],
            ["organisations.id"],
            name=op.f("fk_partnership_memberships_founder_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_partnership_memberships_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnerships.id"],
            name=op.f("fk_partnership_memberships_partnership_id_partnerships"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_memberships")),
    )
    with op.batch_alter_table("partnership_memberships", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_partnership_memberships_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_partnership_memberships_partnership_id"), ["partnership_id"], unique=False
        )
        batch_op.create_index(
            "uq_partnership_memberships_live",
            ["partnership_id", "organisation_id"],
            unique=True,
            sqlite_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
            postgresql_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
        )


def downgrade() -> None:
    with op.batch_alter_table("partnership_memberships", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_partnership_memberships_live",
            sqlite_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
            postgresql_where=sa.text("state = 'invited' OR (state = 'accepted' AND ends_on IS NULL)"),
        )
        batch_op.drop_index(batch_op.f("ix_partnership_memberships_partnership_id"))
        batch_op.drop_index(batch_op.f("ix_partnership_memberships_organisation_id"))

    op.drop_table("partnership_memberships")
    with op.batch_alter_table("interests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interests_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_interests_declared_person_id"))
        batch_op.drop_index(batch_op.f("ix_interests_company_number"))
        batch_op.drop_index(batch_op.f("ix_interests_body_key"))
        batch_op.drop_index(batch_op.f("ix_interests_body_id"))

    op.drop_table("interests")
    op.drop_table("partnerships")
    with op.batch_alter_table("interest_uploads", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interest_uploads_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_interest_uploads_expires_at"))

    op.drop_table("interest_uploads")
    op.drop_table("interest_registers")
    with op.batch_alter_table("declared_people", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_people_person_id"))
        batch_op.drop_index(batch_op.f("ix_declared_people_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_declared_people_name_key"))

    op.drop_table("declared_people")
