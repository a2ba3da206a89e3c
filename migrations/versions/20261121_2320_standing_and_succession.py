"""Standing, successors and counted pupils of organisations.

Revision ID: 1b9a68222171
Revises: c7ab2fd9f969
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

from marketplace.kernel.database import sealing_statements, unsealing_statements

revision = "1b9a68222171"
down_revision = "c7ab2fd9f969"
branch_labels = None
depends_on = None
SEALS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("pupil_counts", "true", "pupil_counts_append_only", "pupil_counts is append-only", ("UPDATE", "DELETE")),
)
FILES = ("authorities", "groups", "schools", "links", "pupils")
NEW_CHECKS = {
    "standing": "standing IN ('unverified', 'verified', 'suspended', 'left')",
    "left_on_a_day": "(standing = 'left') = (left_on IS NOT NULL)",
    "year_ends_in_a_month": "year_ends_in BETWEEN 1 AND 12",
}


def _name_files(batch_op: BatchOperations, files: tuple[str, ...]) -> None:
    """Let the register's files be these."""
    rule = f"described_by IN ({', '.join(repr(name) for name in files)})"
    batch_op.drop_constraint(op.f("ck_organisations_registerfile"), type_="check")
    batch_op.create_check_constraint(op.f("ck_organisations_registerfile"), rule)


def upgrade() -> None:
    op.create_table(
        "organisation_successions",
        sa.Column("predecessor_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("succeeded_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "predecessor_id <> successor_id", name=op.f("ck_organisation_successions_not_its_own")
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_successions_predecessor_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_successions_successor_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_successions")),
        sa.UniqueConstraint(
            "predecessor_id",
            "successor_id",
            name=op.f("uq_organisation_successions_predecessor_id_successor_id"),
        ),
    )
    with op.batch_alter_table("organisation_successions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_successions_predecessor_id"), ["predecessor_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_organisation_successions_successor_id"), ["successor_id"], unique=False
        )

    op.create_table(
        "pupil_counts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("school_id", sa.Uuid(), nullable=False),
        sa.Column("pupils", sa.BigInteger(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pupils >= 0", name=op.f("ck_pupil_counts_pupils_not_negative")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_pupil_counts_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_pupil_counts_person_id_people")),
        sa.ForeignKeyConstraint(
            ["school_id"], ["organisations.id"], name=op.f("fk_pupil_counts_school_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pupil_counts")),
    )
    with op.batch_alter_table("pupil_counts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pupil_counts_school_id"), ["school_id"], unique=False)

    op.add_column("organisations", sa.Column("standing", sa.String(length=40), nullable=True))
    op.add_column("organisations", sa.Column("left_on", sa.Date(), nullable=True))
    op.add_column("organisations", sa.Column("year_ends_in", sa.SmallInteger(), nullable=True))
    op.execute(
        "UPDATE organisations SET standing = CASE WHEN id IN (SELECT organisation_id FROM memberships) "
        "THEN 'verified' ELSE 'unverified' END"
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.alter_column("standing", existing_type=sa.String(length=40), nullable=False)
        _name_files(batch_op, (*FILES, "successions"))
        for name, rule in NEW_CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_organisations_{name}"), rule)

    dialect = op.get_bind().dialect.name
    for seal in SEALS:
        for statement in sealing_statements(dialect, *seal):
            op.execute(statement)


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for table, _, name, _, verbs in SEALS:
        for statement in unsealing_statements(dialect, table, name, verbs):
            op.execute(statement)
    op.execute("UPDATE organisations SET described_by = NULL WHERE described_by = 'successions'")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        _name_files(batch_op, FILES)
        for name in NEW_CHECKS:
            batch_op.drop_constraint(op.f(f"ck_organisations_{name}"), type_="check")
        batch_op.drop_column("year_ends_in")
        batch_op.drop_column("left_on")
        batch_op.drop_column("standing")

    with op.batch_alter_table("pupil_counts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pupil_counts_school_id"))

    op.drop_table("pupil_counts")
    with op.batch_alter_table("organisation_successions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_successions_successor_id"))
        batch_op.drop_index(batch_op.f("ix_organisation_successions_predecessor_id"))

    op.drop_table("organisation_successions")
