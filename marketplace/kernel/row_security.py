"""Row-level security on PostgreSQL, made from what the models declare; pure but for `apply` and `remove`.

The policies bind the application's role, which owns no table. SQLite has none: there the conditions in the
queries, and access.own, protect alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

ACTING = "(SELECT nullif(current_setting('app.organisation_id', true), '')::uuid)"
EVERYBODY = "(SELECT current_setting('app.everybody', true)) = 'on'"
"""Sub-selects without a column are evaluated once a statement, not once a row."""
PREFIX = "rows_"
OURS = sa.text(
    "SELECT tablename, policyname, obj_description(pol.oid, 'pg_policy') AS digest FROM pg_policies "
    "JOIN pg_policy pol ON pol.polname = policyname AND pol.polrelid = (quote_ident(tablename))::regclass "
    "WHERE schemaname = 'public' AND policyname LIKE 'rows\\_%'"
)


@dataclass(frozen=True)
class Policy:
    """One policy of a table; `clause` follows FOR."""

    table: str
    name: str
    clause: str

    @property
    def digest(self) -> str:
        """What is kept beside the policy, to know whether it is still what the models say."""
        return sha256(self.clause.encode()).hexdigest()[:32]


def is_declared(table: sa.Table) -> bool:
    """Whether somebody decided who sees the rows of a table."""
    return bool({"owners", "through", "shared", "added"} & table.info.keys())


def policies(table: sa.Table) -> list[Policy]:
    """The policies of a table; none when everybody may read and write it.

    A row that somebody sees and may not change can be locked by them only through a door: PostgreSQL asks
    the policy for UPDATE, and one that let them lock would let them make the row theirs.
    """
    if _is_everybodys(table):
        return []
    seen, mine = (_any([EVERYBODY, *found]) for found in (_seen(table), _mine(table)))
    added = "true" if "added" in table.info else mine
    if seen == mine == added:
        return [_policy(table, "own", f"ALL USING ({mine})")]
    return [
        _policy(table, "read", f"SELECT USING ({seen})"),
        _policy(table, "change", f"UPDATE USING ({mine})"),
        _policy(table, "add", f"INSERT WITH CHECK ({added})"),
        _policy(table, "remove", f"DELETE USING ({mine})"),
    ]


def _policy(table: sa.Table, name: str, clause: str) -> Policy:
    return Policy(table.name, f"{PREFIX}{name}", clause)


def _any(conditions: list[str]) -> str:
    return " OR ".join(conditions)


def _is_everybodys(table: sa.Table) -> bool:
    """Whether everybody may read and write all of it."""
    is_open = "shared" in table.info and not table.info["when"] and not table.info["by_jobs"]
    return is_open and not table.info.get("owners")


def _is_owned(table: sa.Table) -> bool:
    """Whether nobody sees a row of it who may not write it."""
    if {"shared", "added"} & table.info.keys():
        return False
    return all(_is_owned(owner) for _, owner in _through(table))


def _seen(table: sa.Table) -> list[str]:
    """Who sees a row: what it hangs on is found by the policy of that table."""
    shared = [f"({table.info['when'] or 'true'})"] if "shared" in table.info else []
    return [*shared, *_owners(table), *(_exists(table, one, owner) for one, owner in _through(table))]


def _mine(table: sa.Table) -> list[str]:
    """Who writes a row: of what it hangs on, whoever writes that, and not everybody who sees it."""
    through = [_exists(table, column, owner, _written(owner)) for column, owner in _through(table)]
    return [*_owners(table), *through]


def _written(table: sa.Table) -> str:
    """What a row must be, beside being seen, to be written."""
    if _is_owned(table) or _is_everybodys(table):
        return ""
    return f" AND ({_any(_mine(table) or ['false'])})"


def _owners(table: sa.Table) -> list[str]:
    return [f"{table.name}.{column} = {ACTING}" for column in table.info.get("owners", ())]


def _through(table: sa.Table) -> list[tuple[str, sa.Table]]:
    return [(column, table.metadata.tables[owner]) for column, owner in table.info.get("through", ())]


def _exists(table: sa.Table, column: str, owner: sa.Table, also: str = "") -> str:
    return f"EXISTS (SELECT 1 FROM {owner.name} WHERE {owner.name}.id = {table.name}.{column}{also})"  # noqa: S608  our own names


def apply(connection: sa.Connection, metadata: sa.MetaData) -> None:
    """Make the policies that the models declare, of the tables that exist; what is so already stays."""
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    declared = [*metadata.sorted_tables, *metadata.info.get("beside", ())]
    tables = [table for table in declared if table.name in there and _fits(table, inspector)]
    wanted = {(one.table, one.name): one for table in tables for one in policies(table)}
    found = {(row.tablename, row.policyname): row.digest for row in connection.execute(OURS)}
    for table, name in found.keys() - wanted.keys():
        connection.exec_driver_sql(f"DROP POLICY {name} ON {table}")
    for key, policy in wanted.items():
        if found.get(key) != policy.digest:
            _make(connection, policy, key in found)
    for table in {table for table, _ in found} - {table for table, _ in wanted}:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")


def _fits(table: sa.Table, inspector: sa.Inspector) -> bool:
    """Whether the columns that the policies name are there: an older schema may not have them yet."""
    through = (column for column, _ in table.info.get("through", ()))
    named = {*table.info.get("owners", ()), *through, *table.info.get("named", ())}
    return named <= {column["name"] for column in inspector.get_columns(table.name)}


def _make(connection: sa.Connection, policy: Policy, is_there: bool) -> None:
    if is_there:
        connection.exec_driver_sql(f"DROP POLICY {policy.name} ON {policy.table}")
    connection.exec_driver_sql(f"ALTER TABLE {policy.table} ENABLE ROW LEVEL SECURITY")
    connection.exec_driver_sql(f"CREATE POLICY {policy.name} ON {policy.table} FOR {policy.clause}")
    connection.exec_driver_sql(f"COMMENT ON POLICY {policy.name} ON {policy.table} IS '{policy.digest}'")


def remove(connection: sa.Connection) -> None:
    """Take every policy away, before columns that they name are changed."""
    for row in connection.execute(OURS).all():
        connection.exec_driver_sql(f"DROP POLICY {row.policyname} ON {row.tablename}")
