"""PostgreSQL shows the application's role only the rows of the organisation that a request acts for.

SQLite has no such policies: there the conditions in the queries protect alone, as the matrix shows.
"""

from __future__ import annotations

import ast
import uuid
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url

import app as composition
from marketplace.aggregation import queries
from marketplace.finding import word_index
from marketplace.kernel import row_security
from marketplace.kernel.database import Base, act_for, on_behalf_of_all
from marketplace.kernel.session import Database
from marketplace.kernel.settings import ROOT
from marketplace.trusts.models import Organisation
from tests.databases import Databases
from tests.house.town import Town, a_town

Raw = psycopg.Connection
DOORS = {
    "billing/documents/due.py": {"_with_reasons"},
    "billing/subscribers.py": {"_charge", "_raise", "_realise", "_spend"},
    "marketplace/aggregation/closing.py": {"_begin", "try_again"},
    "marketplace/aggregation/queries.py": {"_card_page", "open_requests", "open_rounds", "origin"},
    "marketplace/aggregation/round_view.py": {"_members", "_trusts", "_volume"},
    "marketplace/aggregation/services.py": {"cancel_round", "lock_round"},
    "marketplace/catalogue/moderating.py": {"accept", "queue", "reviews_of", "send_back", "waiting_listing"},
    "marketplace/catalogue/queries.py": {"offer"},
    "marketplace/catalogue/taking.py": {"give_back", "give_back_after", "lock_periods", "take_all"},
    "marketplace/catalogue/versions.py": {"kept_by_order"},
    "marketplace/delegation/undertaking.py": {"_move", "invoice", "settle"},
    "marketplace/finding/leftovers.py": {"renew"},
    "marketplace/finding/indexing.py": {
        "index_again",
        "index_anew",
        "index_listing",
        "index_moved_sellers",
        "index_seller",
        "remove_leftover_words",
    },
    "marketplace/finding/saving.py": {"_newest", "stop_mails", "with_secret"},
    "marketplace/interests/barring.py": {"_interest_of"},
    "marketplace/interests/queries.py": {"published_register"},
    "marketplace/interests/relating.py": {"related"},
    "marketplace/kernel/audit.py": {"_write_acts"},
    "marketplace/kernel/outbox.py": {"state_of"},
    "marketplace/membership/claiming.py": {"claim", "turn_down", "verify", "withdraw"},
    "marketplace/membership/inviting.py": {"accept", "find"},
    "marketplace/membership/overseeing.py": {"add_supplier", "set_standing"},
    "marketplace/membership/queries.py": {"administrators_of", "all_claims", "any_claim", "own_claims"},
    "marketplace/ordering/standing_orders.py": {"tell_buyers"},
    "marketplace/partnerships/services.py": {"hand_over"},
    "marketplace/scheduling/feeds.py": {"open_link"},
    "marketplace/scheduling/holding.py": {"offer_free"},
    "marketplace/scheduling/queries.py": {"_number"},
    "marketplace/scheduling/following.py": {"follow"},
    "marketplace/trusts/describing.py": {"hold_terms"},
    "marketplace/trusts/subjects.py": {"_name_rows"},
}
"""Every function in which a request may touch another's rows; whoever opens a door adds it here."""


def tables() -> list[sa.Table]:
    composition.import_models()
    return Base.metadata.sorted_tables


def doors() -> Iterator[tuple[str, str, ast.expr]]:
    """Each use of on_behalf_of_all: its module, the function that it stands in, and why."""
    for room in ("marketplace", "billing"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for function in ast.walk(ast.parse(path.read_text())):
                if isinstance(function, ast.FunctionDef):
                    for call in calls_in(function):
                        yield str(path.relative_to(ROOT)), function.name, call.args[1]


def calls_in(function: ast.FunctionDef) -> list[ast.Call]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    return [call for call in calls if ast.unparse(call.func).endswith("on_behalf_of_all")]


def words_of(why: ast.expr, path: str) -> str:
    """The reason as it is written, there or as a constant that the module knows."""
    if isinstance(why, ast.Name):
        module = import_module(path.removesuffix(".py").replace("/", "."))
        return str(getattr(module, why.id))
    assert isinstance(why, ast.Constant), ast.dump(why)
    return str(why.value)


def test_every_table_says_who_sees_its_rows() -> None:
    assert [table.name for table in tables() if not row_security.is_declared(table)] == []


def test_whatever_is_shared_says_why() -> None:
    whys = {table.name: table.info.get(how, "why") for table in tables() for how in ("shared", "added")}
    assert [name for name, why in whys.items() if not why] == []


def test_every_declaration_names_columns_and_tables_that_are_there() -> None:
    for table in tables():
        named = {*table.info.get("owners", ()), *(column for column, _ in table.info.get("through", ()))}
        assert named <= set(table.columns.keys()), table.name
        assert {owner for _, owner in table.info.get("through", ())} <= set(Base.metadata.tables), table.name


def test_every_door_to_all_rows_is_listed_here() -> None:
    found: dict[str, set[str]] = {}
    for path, function, _ in doors():
        found.setdefault(path, set()).add(function)
    assert found == DOORS


def test_every_door_says_why_in_so_many_words() -> None:
    assert [path for path, _, why in doors() if len(words_of(why, path).split()) <= 3] == []


@pytest.fixture(scope="module")
def town(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str]]:
    """The demonstration town on PostgreSQL, and its address as the application's role."""
    environment = Databases("postgresql", tmp_path_factory.mktemp("rows"), postgres_url).fresh()
    with a_town(environment) as found:
        yield found, environment["DATABASE_URL"]


@pytest.fixture
def raw(town: tuple[Town, str]) -> Iterator[psycopg.Connection]:
    """A connection of the driver alone, as the application's role; nothing it does is kept."""
    address = make_url(town[1]).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        yield connection
        connection.rollback()


def guarded() -> list[sa.Table]:
    """The tables of which not everybody sees every row."""
    return [table for table in tables() if row_security.policies(table) and not is_open(table)]


def is_open(table: sa.Table) -> bool:
    """Whether everybody sees every row, or every row of a table that is open itself."""
    if "shared" in table.info:
        return True
    owners = [Base.metadata.tables[owner] for _, owner in table.info.get("through", ())]
    return not table.info.get("owners") and any(is_open(owner) for owner in owners)


def acting(raw: psycopg.Connection, organisation_id: uuid.UUID | None, everybody: bool = False) -> None:
    raw.execute("SELECT set_config('app.organisation_id', %s, true)", [str(organisation_id or "")])
    raw.execute("SELECT set_config('app.everybody', %s, true)", ["on" if everybody else ""])


def rows_of(raw: Raw, statement: str) -> list[tuple[Any, ...]]:
    return raw.execute(statement.encode()).fetchall()


def reached(raw: Raw, organisation_id: uuid.UUID | None, statement: str) -> int:
    """How many rows a statement reaches for an organisation; what it did is undone."""
    with raw.transaction(force_rollback=True):
        acting(raw, organisation_id)
        return raw.execute(statement.encode()).rowcount


def count(raw: psycopg.Connection, table: sa.Table) -> int:
    statement = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
    row = raw.execute(statement).fetchone()
    assert row is not None
    return int(row[0])


def test_without_an_organisation_no_row_of_anybody_is_seen(raw: psycopg.Connection) -> None:
    assert {table.name: count(raw, table) for table in guarded() if count(raw, table)} == {}
    acting(raw, None, everybody=True)
    full = [table.name for table in guarded() if count(raw, table)]
    assert len(full) > 20  # the town has rows to hide


def test_each_organisation_sees_its_own_rows_and_no_others(raw: psycopg.Connection) -> None:
    acting(raw, None, everybody=True)
    organisations = [row[0] for row in raw.execute("SELECT id FROM organisations").fetchall()]
    seen_by_somebody = set()
    for organisation_id in organisations:
        acting(raw, organisation_id)
        for table in guarded():
            columns = table.info.get("owners", ())
            if columns and "through" not in table.info:
                named = sql.SQL(", ").join(map(sql.Identifier, columns))
                statement = sql.SQL("SELECT {} FROM {}").format(named, sql.Identifier(table.name))
                rows = raw.execute(statement).fetchall()
                assert all(organisation_id in row for row in rows), table.name
                seen_by_somebody |= {table.name} if rows else set()
    assert {"orders", "contracts", "invoices", "commitments", "audit_entries"} <= seen_by_somebody


def test_a_row_for_another_organisation_is_refused(raw: psycopg.Connection) -> None:
    acting(raw, None, everybody=True)
    one, other = [row[0] for row in raw.execute("SELECT id FROM organisations LIMIT 2").fetchall()]
    acting(raw, one)
    add = (
        "INSERT INTO vat_registrations (id, created_at, organisation_id, number, starts_on) "
        "VALUES (gen_random_uuid(), now(), %s, 'GB1', '2020-01-01')"
    )
    raw.execute(add, [one])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        raw.execute(add, [other])


def test_what_another_organisation_shares_can_be_read_and_not_changed(raw: psycopg.Connection) -> None:
    acting(raw, None, everybody=True)
    row = raw.execute("SELECT seller_id FROM listings WHERE state = 'published'").fetchone()
    assert row is not None
    other = raw.execute("SELECT id FROM organisations WHERE id <> %s", [row[0]]).fetchone()
    assert other is not None
    acting(raw, other[0])
    read = "SELECT id FROM listings WHERE seller_id = %s AND state = 'published'"
    assert raw.execute(read, [row[0]]).fetchall()
    for change in ("title = 'mine'", f"seller_id = '{other[0]}'"):
        statement = f"UPDATE listings SET {change} WHERE seller_id = %s"  # noqa: S608  our own words
        assert raw.execute(statement, [row[0]]).rowcount == 0, change
    assert raw.execute("DELETE FROM listings WHERE seller_id = %s", [row[0]]).rowcount == 0


def test_a_partnerships_listing_is_seen_by_its_members_alone(raw: psycopg.Connection) -> None:
    acting(raw, None, everybody=True)
    found = rows_of(
        raw, "SELECT id, seller_id, partnership_id FROM listings WHERE partnership_id IS NOT NULL"
    )
    listing_id, seller_id, partnership_id = found[0]
    members = {
        row[0]
        for row in rows_of(
            raw,
            "SELECT organisation_id FROM partnership_memberships WHERE state = 'accepted' "  # noqa: S608  our own names
            f"AND partnership_id = '{partnership_id}' AND ends_on IS NULL",
        )
    }
    assert seller_id in members
    everybody = [None, *(row[0] for row in rows_of(raw, "SELECT id FROM organisations"))]
    for table, column in (("listings", "id"), ("plans", "listing_id"), ("listing_versions", "listing_id")):
        statement = f"SELECT 1 FROM {table} WHERE {column} = '{listing_id}'"  # noqa: S608  our own names
        seen = {one for one in everybody if reached(raw, one, statement)}
        assert seen == members, table
        assert len(seen) < len(everybody)


def test_the_words_of_what_members_alone_may_find_are_read_by_them_alone(raw: Raw) -> None:
    acting(raw, None, everybody=True)
    of_members = "SELECT id, seller_id, partnership_id FROM search_rows WHERE partnership_id IS NOT NULL"
    found = rows_of(raw, of_members)
    assert found
    assert rows_of(raw, f"SELECT 1 FROM search_words WHERE id IN (SELECT id FROM ({of_members}) AS r)") == []  # noqa: S608  our own names
    everybody = [None, *(row[0] for row in rows_of(raw, "SELECT id FROM organisations"))]
    for number, seller_id, partnership_id in found:
        member = (
            f"SELECT organisation_id FROM partnership_memberships WHERE partnership_id = '{partnership_id}' "  # noqa: S608  our own names
            "AND state = 'accepted' AND ends_on IS NULL"
        )
        members = {seller_id, *(row[0] for row in rows_of(raw, member))}
        read = f"SELECT document FROM search_words_of_members WHERE id = {number}"  # noqa: S608  our own names
        assert {one for one in everybody if reached(raw, one, read)} == members
        assert len(members) < len(everybody)
    sellers = "SELECT seller_id FROM search_rows"
    others = rows_of(raw, f"SELECT id FROM organisations WHERE id NOT IN ({sellers})")  # noqa: S608  our own names
    for table in ("search_words", "search_words_of_members", "search_vocabulary", "search_lendings"):
        remove = f"DELETE FROM {table}"  # noqa: S608  our own names
        assert {reached(raw, one, remove) for one in (None, others[0][0])} == {0}, table


def test_words_are_found_by_their_index_whoever_asks(town: tuple[Town, str], raw: Raw) -> None:
    having = word_index.having("postgresql", 1, "asked")
    statement = sa.select(having.id).where(having.condition).params(asked="'payrol':AB")
    written = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    acting(raw, town[0].organisations[0])
    raw.execute("SET LOCAL enable_seqscan = off")  # the town is small: may the index serve?
    plan = "\n".join(row[0] for row in rows_of(raw, f"EXPLAIN {written}"))
    assert "ix_search_words_document" in plan, plan


def test_what_waits_for_review_is_seen_by_its_seller_alone(raw: psycopg.Connection) -> None:
    acting(raw, None, everybody=True)
    waiting = "SELECT listing_id, seller_id FROM listing_reviews r JOIN listings l ON l.id = r.listing_id "
    listing_id, seller_id = rows_of(raw, f"{waiting} WHERE r.state = 'waiting'")[0]
    everybody = [None, *(row[0] for row in rows_of(raw, "SELECT id FROM organisations"))]
    for table, column in (("listings", "id"), ("listing_reviews", "listing_id"), ("plans", "listing_id")):
        statement = f"SELECT 1 FROM {table} WHERE {column} = '{listing_id}'"  # noqa: S608  our own names
        assert {one for one in everybody if reached(raw, one, statement)} == {seller_id}, table
    decide = f"UPDATE listing_reviews SET version = 99 WHERE listing_id = '{listing_id}'"  # noqa: S608  our own names
    others = [one for one in everybody if one != seller_id]
    assert {reached(raw, one, decide) for one in others} == {0}


WRITES = {
    "plans": ("UPDATE plans SET unit_price_pence = 1", "listings", "listing_id", "seller_id"),
    "capacity": (
        "UPDATE capacity_periods SET units = units + 1000",
        "listings",
        "listing_id",
        "seller_id",
    ),
}
"""A statement, the shared table on which its table hangs, by which column, and whose that is."""


@pytest.mark.parametrize("name", sorted(WRITES))
def test_what_hangs_on_a_shared_row_is_changed_by_its_writers_alone(raw: Raw, name: str) -> None:
    attack, parent, column, writer = WRITES[name]
    acting(raw, None, everybody=True)
    whose = (
        f"SELECT {writer}, count(*) FROM {attack.split()[1]} c "  # noqa: S608  our own names
        f"JOIN {parent} p ON p.id = {column} GROUP BY 1"
    )
    theirs = dict(rows_of(raw, whose))
    assert len(theirs) > 1
    everybody = [None, *(row[0] for row in rows_of(raw, "SELECT id FROM organisations"))]
    assert {one: reached(raw, one, attack) for one in everybody} == {
        one: theirs.get(one, 0) for one in everybody
    }


TIERS = {
    "round_tiers": ("round_id", "SELECT id, lead_id FROM rounds"),
    "price_tiers": ("price_list_id", "SELECT id, supplier_id FROM price_lists"),
}


@pytest.mark.parametrize("table", sorted(TIERS))
def test_nobody_adds_a_price_to_what_another_organisation_runs(raw: Raw, table: str) -> None:
    column, parents = TIERS[table]
    acting(raw, None, everybody=True)
    row_id, owner = rows_of(raw, parents)[0]
    stranger = rows_of(
        raw, "SELECT id FROM organisations WHERE id NOT IN (SELECT lead_id FROM rounds UNION "
        "SELECT supplier_id FROM price_lists)"
    )[0][0]  # fmt: skip
    add = (
        f"INSERT INTO {table} (id, created_at, {column}, from_units, unit_price_pence) "  # noqa: S608  our own names
        f"VALUES (gen_random_uuid(), now(), '{row_id}', 999999, 1)"
    )
    assert reached(raw, owner, add) == 1
    for other in (stranger, None):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            reached(raw, other, add)


REMOVED = (
    "plans",
    "capacity_periods",
    "purchase_requests",
    "outbox_jobs",
    "organisation_links",
    "organisation_successions",
    "mailbox_messages",
)


@pytest.mark.parametrize("table", REMOVED)
def test_a_request_without_an_organisation_removes_nothing_of_anybody(raw: Raw, table: str) -> None:
    assert reached(raw, None, f"DELETE FROM {table}") == 0  # noqa: S608  our own names
    # some of these are empty in the town: the policies must be there all the same
    assert row_security.policies(Base.metadata.tables[table])


def test_any_request_owes_work_and_none_reads_or_undoes_what_is_owed(raw: Raw) -> None:
    acting(raw, None, everybody=True)
    assert count(raw, Base.metadata.tables["outbox_jobs"]) > 0
    one = rows_of(raw, "SELECT id FROM organisations")[0][0]
    add = (
        "INSERT INTO outbox_jobs (id, created_at, kind, key, payload, state, due_at, tries) "
        "VALUES (gen_random_uuid(), now(), 'k', 'k', '{}', 'todo', now(), 0) ON CONFLICT DO NOTHING"
    )
    for organisation_id in (None, one):
        assert reached(raw, organisation_id, add) == 1
        assert reached(raw, organisation_id, "SELECT 1 FROM outbox_jobs") == 0
        assert reached(raw, organisation_id, "UPDATE outbox_jobs SET state = 'done'") == 0
        assert reached(raw, organisation_id, "DELETE FROM outbox_jobs") == 0


def test_what_another_trust_needs_is_found_and_its_ceiling_is_not_read(
    town: tuple[Town, str], raw: Raw
) -> None:
    acting(raw, None, everybody=True)
    open_needs = rows_of(raw, "SELECT id, trust_id FROM purchase_requests WHERE state = 'open'")
    asking = rows_of(
        raw, "SELECT id FROM organisations WHERE id NOT IN (SELECT trust_id FROM purchase_requests)"
    )
    assert reached(raw, asking[0][0], "SELECT ceiling_pence, baseline_pence FROM purchase_requests") == 0
    database = Database.at(town[1])
    with database.reading() as session:
        act_for(session, asking[0][0])
        found = queries.open_requests(session, None).rows
    database.close()
    assert {row.id for row in found} == {row[0] for row in open_needs} != set()
    assert not [name for name in found[0]._mapping if "pence" in name]


@pytest.mark.parametrize("ending", ["commit", "rollback"])
def test_a_pooled_connection_forgets_for_whom_it_acted(town: tuple[Town, str], ending: str) -> None:
    database = Database.at(town[1])
    organisation_id = town[0].organisations[0]
    with database.writing() as session:
        act_for(session, organisation_id)
        assert session.scalar(ACTING) == str(organisation_id)
        with on_behalf_of_all(session, "a test of what is forgotten"):
            assert session.scalar(EVERYBODY) == "on"
        getattr(session, ending)()
    with database.engine.connect() as connection:
        assert not connection.scalar(ACTING)
        assert not connection.scalar(EVERYBODY)
        assert connection.scalar(sa.text("SELECT count(*) FROM orders")) == 0
    database.close()


ACTING = sa.text("SELECT current_setting('app.organisation_id', true)")
EVERYBODY = sa.text("SELECT current_setting('app.everybody', true)")


def test_a_request_without_an_organisation_is_bound_and_a_job_is_not(town: tuple[Town, str]) -> None:
    database = Database.at(town[1])
    orders = sa.text("SELECT count(*) FROM orders")
    with database.writing() as job, database.writing() as asking:
        act_for(asking, None)
        assert asking.scalar(orders) == 0
        assert (job.scalar(orders) or 0) > 0
    database.close()


def test_a_door_closes_when_what_it_let_in_fails(town: tuple[Town, str]) -> None:
    database = Database.at(town[1])
    with database.writing() as session:
        act_for(session, town[0].organisations[0])
        with (
            pytest.raises(sa.exc.IntegrityError),
            session.begin_nested(),
            on_behalf_of_all(session, "a test of a failing step"),
        ):
            session.execute(sa.insert(Organisation).values(id=town[0].organisations[0], name="twice"))
        assert not session.scalar(EVERYBODY)
        with pytest.raises(ZeroDivisionError), on_behalf_of_all(session, "a test of a failing step"):
            raise ZeroDivisionError
        assert not session.scalar(EVERYBODY)
        assert session.scalar(ACTING) == str(town[0].organisations[0])
    database.close()


HOT = {
    "an organisation's orders": (
        "SELECT id FROM orders WHERE buyer_id = %(me)s ORDER BY id DESC LIMIT 51",
        "ix_orders_bought",
    ),
    "its invoices": (
        "SELECT id FROM invoices WHERE seller_id = %(me)s ORDER BY issued_on DESC LIMIT 51",
        "ix_invoices_issued",
    ),
    "its contracts": (
        "SELECT id FROM contracts WHERE supplier_id = %(me)s ORDER BY id DESC LIMIT 51",
        "ix_contracts_supplied",
    ),
    "its audit": (
        "SELECT id FROM audit_entries WHERE organisation_id = %(me)s ORDER BY number DESC LIMIT 51",
        "uq_audit_entries_organisation_id",
    ),
}


@pytest.mark.parametrize("name", sorted(HOT))
def test_the_lists_that_everybody_opens_still_use_their_indexes(
    town: tuple[Town, str], raw: psycopg.Connection, name: str
) -> None:
    statement, index = HOT[name]
    acting(raw, town[0].organisations[0])
    raw.execute("SET LOCAL enable_seqscan = off")  # the town is small: may the index serve?
    me = {"me": town[0].organisations[0]}
    plan = "\n".join(row[0] for row in raw.execute(f"EXPLAIN {statement}", me).fetchall())
    condition = plan.partition("Index Cond:")[2].partition("\n")[0]
    assert index in plan, plan
    assert str(town[0].organisations[0]) in condition, plan
    assert "InitPlan" in plan, plan
