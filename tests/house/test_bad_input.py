"""Whatever is sent to any address is answered below 500, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator

import marshmallow as ma
import pytest
from werkzeug.routing import Rule

from marketplace.kernel.fields import Command
from marketplace.kernel.forms import PARTS
from marketplace.kernel.settings import ROOT
from tests.databases import Databases
from tests.house.addresses import address
from tests.house.town import Town, a_town

BODIES = (
    b"[]",
    b'"x"',
    b"null",
    b"{}",
    b"1e400",
    b"{",
    b'{"x":' * 30_000 + b"1" + b"}" * 30_000,
    b'{"x": "' + b"y" * 2_000_000 + b'"}',
)
JUNK = (
    b"%00",
    b"%ED%A0%80%FF",
    b"1e400",
    b"-1",
    b"9" * 5000,
    b"1" + b",000" * 1500,
    b"%27%3B+DROP+TABLE+orders%3B--",
    b"%E2%80%AE%D9%85%D8%AF%D8%B1%D8%B3%D8%A9",
    b"..%2F..%2Fetc%2Fpasswd",
    b"%7B%7B7*7%7D%7D",
)


@pytest.fixture(scope="module")
def town(databases: Databases) -> Iterator[Town]:
    """The demonstration town in a database of this module's own."""
    with a_town(databases.fresh()) as found:
        yield found


def rules(town: Town, method: str, *, api: bool) -> list[Rule]:
    return [
        rule
        for rule in town.app.url_map.iter_rules()
        if method in (rule.methods or ())
        and rule.rule.startswith("/api/") == api
        and rule.endpoint != "static"
    ]


def every_command(kind: type[ma.Schema] = Command) -> Iterator[type[ma.Schema]]:
    for one in kind.__subclasses__():
        yield one
        yield from every_command(one)


def keys() -> list[str]:
    """Every key of every form, dates in their parts too, and every key that a page reads from its address."""
    names = {field.data_key or name for one in every_command() for name, field in one().fields.items()}
    sources = [*(ROOT / "marketplace").rglob("*.py"), *(ROOT / "billing").rglob("*.py")]
    asked = {name for path in sources for name in re.findall(r'args\.get\(\s*"(\w+)"', path.read_text())}
    return sorted(
        names | asked | {f"{name}-{part}" for name in names for part in PARTS if name.endswith("_on")}
    )


def test_no_json_body_brings_any_route_down(town: Town) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(town, method, api=True):
            for number, body in enumerate(BODIES):
                who = number % 2
                headers = {"Authorization": f"Bearer {town.tokens[who]}"}
                answer = town.app.test_client().open(
                    address(rule, town.known_to(who)),
                    method=method,
                    data=body,
                    headers=headers,
                    content_type="application/json",
                )
                assert answer.status_code < 500, (method, rule, body[:20], answer.text)
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json", (method, rule, body[:20])


def test_no_form_post_brings_any_page_down(town: Town) -> None:
    names = keys()
    assert len(names) > 20
    for rule in rules(town, "POST", api=False):
        for number, junk in enumerate(JUNK):
            body = b"&".join(name.encode() + b"=" + junk for name in names)
            who = number % 2
            answer = town.browsers[who].post(
                address(rule, town.known_to(who)), data=body, content_type="application/x-www-form-urlencoded"
            )
            assert answer.status_code < 500, (rule, junk[:20], answer.text[:2000])


def test_no_empty_form_brings_any_page_down(town: Town) -> None:
    for rule in rules(town, "POST", api=False):
        for who, browser in enumerate(town.browsers):
            answer = browser.post(address(rule, town.known_to(who)), data=b"")
            assert answer.status_code < 500, (rule, answer.text[:2000])


@pytest.mark.parametrize("api", [True, False], ids=["json", "pages"])
def test_no_query_brings_any_route_down(town: Town, api: bool) -> None:
    names = keys()
    for rule in rules(town, "GET", api=api):
        for number, junk in enumerate((b"", *JUNK)):
            query = "&".join(f"{name}={junk[:50].decode()}" for name in names)
            who = number % 2
            headers = {"Authorization": f"Bearer {town.tokens[who]}"} if api else {}
            answer = town.browsers[who].get(
                address(rule, town.known_to(who)), query_string=query, headers=headers
            )
            assert answer.status_code < 500, (rule, junk[:20], answer.text[:2000])
