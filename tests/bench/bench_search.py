"""What a search costs: beside raw SQL through the driver, and as listings grow a hundredfold; on either.

The raw rival stands behind the same door of the same Flask application (who asks is found out in the same
way: by a token beside the list, by a browser's session beside the page), runs the same statements through the
driver alone, and sends the same rows; beside the page, which shows how many have each value of a filter, it
counts these too. Costs are the processor seconds of this process, which serves: on SQLite that is everything;
PostgreSQL works in processes of its own, so the wall time is told too. What fills them is not counted.
"""

from __future__ import annotations

import gc
import io
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask, Response
from sqlalchemy import event
from sqlalchemy.engine import make_url

from app import create_app
from marketplace.catalogue.kinds import Category
from marketplace.catalogue.pricing import add_months
from marketplace.finding import asking, counting, entries, queries, schemas
from marketplace.finding.question import Question
from marketplace.kernel import clock
from marketplace.kernel.database import LOCK_SECONDS, SQLITE_PRAGMAS, TOLD, act_for
from marketplace.kernel.decisions import signed_in
from marketplace.kernel.session import Database, database_of
from marketplace.kernel.settings import read_settings
from marketplace.people import services as people
from marketplace.trusts.access import Actor
from tests import postgres
from tests.databases import Databases
from tests.factories.market import a_market
from tests.factories.trusts import an_actor

LISTINGS = 20_000
FEW, MANY = 1_000, 100_000
MONTHS_OF_MANY = 6
"""Of the two markets that are compared for growth; the one of 20,000 has 24."""
ROUNDS, CALLS = 9, 12
JSON_MOST, PAGE_MOST, GROWTH_MOST = 1.7, 3.0, 1.5
BASIC = {"no words": {}, "category": {"category": Category.FINANCE.value}, "words": {"words": "payroll"}}
PAIR, CANDIDATE = 2, 4
Environ = dict[str, Any]
Statement = tuple[str, Any]


def questions() -> dict[str, dict[str, str]]:
    """The kinds of question, by their address."""
    first = add_months(clock.today().replace(day=1), 1)
    months = {"first_month": f"{first:%Y-%m}", "last_month": f"{add_months(first, 2):%Y-%m}"}
    return {
        **BASIC,
        "two words": {"words": "interim estates"},
        "misspelt": {"words": "clercking"},
        "place": {"place": "Exeter", "near": "serves"},
        "25 miles": {"place": "Exeter", "near": "25"},
        "25 miles, newest": {"place": "Exeter", "near": "25", "sort": "newest"},
        "nearest": {"place": "Exeter", "sort": "nearest"},
        "months": months,
        "months, 5 units": {**months, "units": "5"},
        "price": {"sort": "price"},
    }


@dataclass
class Market:
    """An application on a database full of listings, and somebody who asks."""

    app: Flask
    actor: Actor
    token: str
    cookie: str
    raw: dict[str, list[Statement]] = field(default_factory=dict)
    connection: Any = None
    point: tuple[int, int] = (0, 0)
    """From where the rival measures distances."""

    @property
    def database(self) -> Database:
        """The database of the application."""
        return database_of(self.app)

    def order(self, row: Any) -> tuple[int, int]:
        """Where a candidate of the rival stands: by its distance, then the newest first."""
        return round(hypot(row[2] - self.point[0], row[3] - self.point[1])), row[1]

    @staticmethod
    def place(row: Any) -> tuple[int, int]:
        """Where it stands by its value, then the newest first."""
        return row[0], row[1]

    def json(self, question: dict[str, str]) -> Environ:
        """A request for the list as JSON."""
        return self._environ("/api/listings", question)

    def rival(self, name: str) -> Environ:
        """A request for the same by the raw rival, by whoever has a token."""
        return self._environ(f"/api/raw/{name.replace(' ', '-')}", {})

    def page_rival(self, name: str) -> Environ:
        """The same with the counts of the filters, by a browser that is signed in."""
        return self._environ(f"/raw/{name.replace(' ', '-')}-counted", {})

    def page(self, question: dict[str, str]) -> Environ:
        """A request for the page."""
        return self._environ("/listings", question)

    def _environ(self, path: str, question: dict[str, str]) -> Environ:
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": urlencode(question),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "HTTP_HOST": "localhost",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}" if path.startswith("/api") else "",
            "HTTP_COOKIE": self.cookie,
        }

    def call(self, environ: Environ) -> bytes:
        """What the application answers, through WSGI alone: a test's client would cost too much."""
        said: list[str] = []

        def start(status: str, headers: Any, error: Any = None) -> Callable[[bytes], object]:
            said.append(status)
            return said.append  # type: ignore[return-value]

        body = b"".join(self.app(environ, start))
        assert said[0] == "200 OK", (said, body[:300])
        return body


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Makes databases of one kind."""
    folder: Path = tmp_path_factory.mktemp("bench")
    if request.param == "sqlite":
        yield Databases("sqlite", folder, None)
        return
    with postgres.server() as url:
        yield Databases("postgresql", folder, url)


@contextmanager
def a_full(databases: Databases, listings: int, months: int) -> Iterator[Market]:
    """A market of so many listings, open for business."""
    environment = databases.fresh()
    app = create_app(read_settings(environment), TESTING=True, WTF_CSRF_ENABLED=False, COUNT_TRIES=False)
    started = time.monotonic()
    owner = Database.at(environment.get("MIGRATIONS_DATABASE_URL", environment["DATABASE_URL"]))
    with owner.writing() as session:
        a_market(session, listings, months)
        session.commit()
    owner.close()
    with database_of(app).writing() as session:
        actor = an_actor(session)
        token, secret = (
            people.make_token(session, actor.email, "bench"),
            people.open_session(session, actor.person_id, "bench"),
        )
        session.commit()
    analyse(environment)
    market = Market(app, actor, token, cookie_of(app, secret, actor))
    market.connection = connection_of(environment)
    add_rival(market)
    say(f"{databases.kind}: {listings:,} listings made and indexed in {time.monotonic() - started:.0f} s")
    yield market
    market.connection.close()
    database_of(app).close()


def analyse(environment: dict[str, str]) -> None:
    """Let PostgreSQL's planner know what is there, as it does by itself in service; SQLite's never does."""
    url = environment.get("MIGRATIONS_DATABASE_URL")
    if url is None:
        return
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")
    engine.dispose()


def cookie_of(app: Flask, secret: str, actor: Actor) -> str:
    """The cookie of a browser that is signed in."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["session"], cookie["organisation"] = secret, str(actor.organisation_id)
    found = client.get_cookie("session")
    assert found is not None
    return f"session={found.value}"


def connection_of(environment: dict[str, str]) -> Any:
    """The driver alone, set up as the application sets it up."""
    url = make_url(environment["DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(url.database), isolation_level=None, check_same_thread=False)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return connection
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def add_rival(market: Market) -> None:
    """The raw rival's route, behind the same door; its statements are those that the search itself runs."""
    for name, address in questions().items():
        key = name.replace(" ", "-")
        market.raw[key] = statements_of(market, address, with_facets=False)
        market.raw[f"{key}-counted"] = statements_of(market, address, with_facets=True)
    is_sqlite = market.database.engine.dialect.name == "sqlite"
    told = {"acting": str(market.actor.organisation_id), "everybody": "", "lock": f"{LOCK_SECONDS}s"}
    settings = (
        str(TOLD)
        .replace(":acting", "%(acting)s")
        .replace(":everybody", "%(everybody)s")
        .replace(":lock", "%(lock)s")
    )

    @signed_in
    def raw(name: str) -> Response:
        cursor = market.connection.cursor()
        cursor.execute("BEGIN" if is_sqlite else "BEGIN READ ONLY")
        if not is_sqlite:
            cursor.execute(settings, told)
        answers = []
        for statement, parameters in market.raw[name]:
            answers.append(cursor.execute(statement, parameters).fetchall())
        cursor.execute("ROLLBACK")
        cursor.close()
        items = {id_: entries.whole(*parts) for id_, *parts in answers[-1]}
        rows = [row for rows in answers[:-1] for row in rows if len(row) == CANDIDATE and row[1] in items]
        if name.startswith(("nearest", "25-miles-counted")) or name == "25-miles":
            rows.sort(key=market.order)
        else:
            rows.sort(key=market.place)
        total = sum(
            row[1] for rows in answers for row in rows if len(row) == PAIR and isinstance(row[1], int)
        )
        shown = [orjson.Fragment(items[one]) for one in dict.fromkeys(row[1] for row in rows)]
        body = {"total": min(total, counting.CAP), "is_more": total > counting.CAP, "items": shown}
        return Response(orjson.dumps(body), mimetype="application/json")

    market.app._got_first_request = False
    for number, path in enumerate(("/api/raw/<name>", "/raw/<name>")):
        market.app.add_url_rule(path, f"raw{number}", raw)


def statements_of(market: Market, address: dict[str, str], with_facets: bool) -> list[Statement]:
    """Every statement of the search for a question, as the driver gets it."""
    found: list[Statement] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        found.append((statement, parameters))

    command = schemas.read_address(urlencode(address))
    assert command is not None
    with market.database.reading() as session:
        act_for(session, market.actor.organisation_id)
        session.connection()
        event.listen(market.database.reading_engine, "before_cursor_execute", note)
        try:
            asked = asking.ask(session, market.actor, Question(**command))
            market.point = (asked.point.easting, asked.point.northing) if asked.point else market.point
            queries.find(session, asked, with_facets=with_facets)
        finally:
            event.remove(market.database.reading_engine, "before_cursor_execute", note)
    return found


@dataclass
class Cost:
    """The processor's and the wall's milliseconds of one request: medians over rounds."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def ms(self) -> float:
        """Of the processor."""
        return median(self.cpu)


def costs(contestants: dict[str, tuple[Market, Environ]]) -> dict[str, Cost]:
    """What each costs, in rounds that go through all of them, so that a busy minute meets everybody."""
    found = {name: Cost() for name in contestants}
    for market, environ in contestants.values():
        market.call(dict(environ))
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for name, (market, environ) in contestants.items():
                wall, cpu = time.perf_counter(), time.process_time()
                for _ in range(CALLS):
                    market.call(dict(environ))
                found[name].cpu.append(1_000 * (time.process_time() - cpu) / CALLS)
                found[name].wall.append(1_000 * (time.perf_counter() - wall) / CALLS)
            gc.collect()
    finally:
        gc.enable()
    return found


def test_the_list_and_the_page_cost_little_more_than_raw_sql(databases: Databases) -> None:
    with a_full(databases, LISTINGS, 24) as market:
        contestants = {}
        for name, address in questions().items():
            contestants[f"raw {name}"] = (market, market.rival(name))
            contestants[f"counted {name}"] = (market, market.page_rival(name))
            contestants[f"json {name}"] = (market, market.json(address))
            contestants[f"page {name}"] = (market, market.page(address))
            same_rows(market, name, address)
        found = costs(contestants)
        ratios: dict[str, list[float]] = {"json": [], "page": []}
        for name in questions():
            kinds = ("raw", "json", "counted", "page")
            raw, json, counted, page = (found[f"{kind} {name}"] for kind in kinds)
            ratios["json"].append(json.ms / raw.ms)
            ratios["page"].append(page.ms / counted.ms)
            say(
                f"{databases.kind}, {LISTINGS:,}, {name}: raw {raw.ms:.2f} ms, JSON {json.ms:.2f} ms "
                f"(x{json.ms / raw.ms:.2f}), "
                f"raw with counts {counted.ms:.2f} ms, page {page.ms:.2f} ms (x{page.ms / counted.ms:.2f}); "
                f"wall {median(raw.wall):.2f}, {median(json.wall):.2f}, {median(page.wall):.2f} ms"
            )
        say(
            f"{databases.kind}: JSON / raw {max(ratios['json']):.2f} at most ({JSON_MOST} wanted), "
            f"page / raw {max(ratios['page']):.2f} at most ({PAGE_MOST} wanted)"
        )
    assert max(ratios["json"]) <= JSON_MOST
    assert max(ratios["page"]) <= PAGE_MOST


def same_rows(market: Market, name: str, address: dict[str, str]) -> None:
    """The rival sends what the search sends, in its order."""
    ours, theirs = (orjson.loads(market.call(one)) for one in (market.json(address), market.rival(name)))
    sent = [[row["id"] for row in one["items"]] for one in (ours, theirs)]
    assert sent[0] == sent[1], name
    assert ours["items"], name


def test_a_page_costs_hardly_more_with_a_hundred_times_the_listings(databases: Databases) -> None:
    with a_full(databases, FEW, MONTHS_OF_MANY) as few, a_full(databases, MANY, MONTHS_OF_MANY) as many:
        contestants = {}
        for name, address in questions().items():
            contestants[f"few {name}"] = (few, few.page(address))
            contestants[f"many {name}"] = (many, many.page(address))
        found = costs(contestants)
        growths = []
        for name in questions():
            small, large = found[f"few {name}"], found[f"many {name}"]
            growths.append(large.ms / small.ms)
            say(
                f"{databases.kind}, {name}: {small.ms:.2f} ms at {FEW:,}, {large.ms:.2f} ms at {MANY:,}: "
                f"x{large.ms / small.ms:.2f}; wall {median(small.wall):.2f}, {median(large.wall):.2f} ms"
            )
        say(f"{databases.kind}: a page at {MANY:,} / at {FEW:,}: {max(growths):.2f} ({GROWTH_MOST} wanted)")
    assert max(growths) <= GROWTH_MOST


def say(line: str) -> None:
    sys.stderr.write(f"\n{line}\n")
