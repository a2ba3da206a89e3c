"""Approval limits become the first rows of schemes; orders and commitments name a cost centre.

Revision ID: 3f0c41a7be52
Revises: d5be9c9fc7ee
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "3f0c41a7be52"
down_revision = "d5be9c9fc7ee"
branch_labels = None
depends_on = None

SPENDERS = ("orders", "commitments")
COLUMN = "cost_centre_id CHAR(32), "
STATES = {"waiting": "waiting", "confirmed": "replaced", "withdrawn": "withdrawn"}
SHARED = (
    sa.column("id", sa.Uuid()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("organisation_id", sa.Uuid()),
    sa.column("requires_po_number", sa.Boolean()),
)
DECIDED = (
    sa.column("state", sa.String()),
    sa.column("proposed_by_id", sa.Uuid()),
    sa.column("decided_by_id", sa.Uuid()),
    sa.column("decided_at", sa.DateTime(timezone=True)),
)
LIMITS = (sa.column("approval_limit_pence", sa.BigInteger()),)


def _fresh(columns: tuple[Any, ...]) -> list[Any]:
    """A column belongs to one table: each table has its own."""
    return [sa.column(one.name, one.type) for one in columns]


POLICIES = sa.table("spending_policies", *_fresh(SHARED), *_fresh(LIMITS))
CHANGES = sa.table("policy_changes", *_fresh(SHARED), *_fresh(DECIDED), *_fresh(LIMITS))
SCHEMES = sa.table("schemes", *_fresh(SHARED), *_fresh(DECIDED), sa.column("stops_over_budget", sa.Boolean()))
ROWS = sa.table(
    "scheme_rows",
    sa.column("id", sa.Uuid()),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("scheme_id", sa.Uuid()),
    sa.column("place", sa.BigInteger()),
    sa.column("up_to_pence", sa.BigInteger()),
    sa.column("role", sa.String()),
    sa.column("quotes", sa.BigInteger()),
    sa.column("body", sa.String()),
)


def upgrade() -> None:
    connection = op.get_bind()
    for table in SPENDERS:
        _add_cost_centre(table)
    for policy in connection.execute(sa.select(POLICIES)).mappings().all():
        _store(connection, policy, {"state": "in-force"})
    for change in connection.execute(sa.select(CHANGES)).mappings().all():
        _store(connection, change, {"state": STATES[change["state"]]})
    op.drop_index("uq_policy_changes_waiting", table_name="policy_changes")
    op.drop_table("policy_changes")
    op.drop_table("spending_policies")


def _add_cost_centre(table: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _make_anew(connection, table, lambda sql: _with_cost_centre(sql, table))
        return
    reference = sa.ForeignKey("cost_centres.id", name=f"fk_{table}_cost_centre_id_cost_centres")
    op.add_column(table, sa.Column("cost_centre_id", sa.Uuid(), reference, nullable=True))


def _drop_cost_centre(table: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _make_anew(connection, table, lambda sql: _without_cost_centre(sql, table))
        return
    op.drop_column(table, "cost_centre_id")


def _reference(table: str) -> str:
    name = f"fk_{table}_cost_centre_id_cost_centres"
    return f"CONSTRAINT {name} FOREIGN KEY(cost_centre_id) REFERENCES cost_centres (id)"


def _with_cost_centre(sql: str, table: str) -> str:
    body = sql.strip().removesuffix(")").rstrip()
    first = body.index("CONSTRAINT")
    return f"{body[:first]}{COLUMN}{body[first:]}, {_reference(table)})"


def _without_cost_centre(sql: str, table: str) -> str:
    """Wherever the column and its key stand: a later migration writes the statement in another order."""
    found = re.sub(rf",\s*{re.escape(_reference(table))}", "", sql)
    return re.sub(rf"{re.escape(COLUMN.strip())}\s*", "", found)


def _make_anew(connection: sa.Connection, table: str, change: Callable[[str], str]) -> None:
    """A table on SQLite by its own changed statement, with every CHECK, index and trigger that it had."""
    kept = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL")
    found = connection.execute(kept, {"table": table}).all()
    sql = change(next(row.sql for row in found if row.type == "table"))
    before = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    connection.exec_driver_sql(re.sub(rf'^CREATE TABLE "?{table}"?', f"CREATE TABLE new_{table}", sql))
    after = {column["name"] for column in sa.inspect(connection).get_columns(f"new_{table}")}
    both = ", ".join(sorted(before & after))
    connection.exec_driver_sql(f"INSERT INTO new_{table} ({both}) SELECT {both} FROM {table}")  # noqa: S608
    connection.exec_driver_sql(f"DROP TABLE {table}")
    connection.exec_driver_sql(f"ALTER TABLE new_{table} RENAME TO {table}")
    for row in found:
        if row.type != "table":
            connection.exec_driver_sql(row.sql)


def _store(connection: sa.Connection, old: sa.RowMapping, more: dict[str, Any]) -> None:
    """A limit as a scheme: nobody up to it, any approver or administrator above it."""
    kept = {key: value for key, value in old.items() if key != "approval_limit_pence"}
    connection.execute(sa.insert(SCHEMES).values(kept | {"stops_over_budget": False} | more))
    rows = ((old["approval_limit_pence"], None), (None, "approver"), (None, "administrator"))
    for place, (up_to_pence, role) in enumerate(rows):
        values = {
            "id": uuid.uuid4(),
            "created_at": old["created_at"],
            "scheme_id": old["id"],
            "place": place,
            "up_to_pence": up_to_pence,
            "role": role,
            "quotes": 0,
            "body": "",
        }
        connection.execute(sa.insert(ROWS).values(values))


def downgrade() -> None:
    _make_policies()
    _make_changes()
    connection = op.get_bind()
    first = (ROWS.c.scheme_id == SCHEMES.c.id, ROWS.c.place == 0)
    limit = sa.func.coalesce(sa.select(ROWS.c.up_to_pence).where(*first).scalar_subquery(), 0)
    columns = [SCHEMES.c[column.name] for column in SHARED]
    in_force = sa.select(*columns, limit).where(SCHEMES.c.state == "in-force")
    names = [column.name for column in SHARED]
    connection.execute(sa.insert(POLICIES).from_select([*names, "approval_limit_pence"], in_force))
    decided = [SCHEMES.c[column.name] for column in DECIDED]
    waiting = sa.select(*columns, *decided, limit).where(SCHEMES.c.state == "waiting")
    every = [*names, *(column.name for column in DECIDED), "approval_limit_pence"]
    connection.execute(sa.insert(CHANGES).from_select(every, waiting))
    for table in SPENDERS:
        _drop_cost_centre(table)


def _make_policies() -> None:
    op.create_table(
        "spending_policies",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("approval_limit_pence", sa.BigInteger(), nullable=False),
        sa.Column("requires_po_number", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("approval_limit_pence >= 0", name=op.f("ck_spending_policies_limit_not_negative")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_spending_policies_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spending_policies")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_spending_policies_organisation_id")),
    )


def _make_changes() -> None:
    state = sa.Enum(
        "waiting",
        "confirmed",
        "withdrawn",
        name="policychangestate",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.create_table(
        "policy_changes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("approval_limit_pence", sa.BigInteger(), nullable=False),
        sa.Column("requires_po_number", sa.Boolean(), nullable=False),
        sa.Column("proposed_by_id", sa.Uuid(), nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by_id IS NULL) AND (state = 'waiting') = (decided_at IS NULL)",
            name=op.f("ck_policy_changes_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR decided_by_id <> proposed_by_id",
            name=op.f("ck_policy_changes_confirmed_by_another"),
        ),
        sa.CheckConstraint("approval_limit_pence >= 0", name=op.f("ck_policy_changes_limit_not_negative")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_policy_changes_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_policy_changes_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["people.id"], name=op.f("fk_policy_changes_proposed_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_changes")),
    )
    op.create_index(
        "uq_policy_changes_waiting",
        "policy_changes",
        ["organisation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
