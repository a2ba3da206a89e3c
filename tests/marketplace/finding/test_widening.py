"""A search that finds nothing leads on: to its words one by one, and to the same without filters."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue.kinds import Category
from marketplace.finding import widening
from marketplace.finding.widening import Wider
from marketplace.trusts.access import Actor
from tests.factories.catalogue import an_offer
from tests.factories.finding import asked
from tests.factories.partnerships import a_partnership
from tests.factories.trusts import an_actor, an_organisation, signed_in
from tests.statements import statements_sent

OFFERED = re.compile(r'<li>(?:search )?<a class="govuk-link" href="([^"]*)">([^<]*)</a> \(([^)]*)\)')


@pytest.fixture
def catalogue(session: Session) -> Actor:
    """Listings of which none has two of the words in its title; returns somebody with one of their own."""
    seller = an_organisation(session, None, town="Exeter", easting=292_000, northing=92_500)
    actor = an_actor(session, seller)
    an_offer(session, title="Site work", summary="Every zither", category=Category.ESTATES)
    an_offer(session, title="Site visits", summary="Oboists of play", category=Category.ESTATES)
    an_offer(session, title="Mock visits", summary="Oboists of books", category=Category.FINANCE)
    members: dict[str, Any] = {"partnership_id": a_partnership(session, actor).id}
    an_offer(session, seller, title="Own work", summary="Zither", category=Category.HR, **members)
    session.commit()
    return actor


def offers(page: str) -> dict[str, tuple[str, str]]:
    """What a page offers to ask instead: the address and the count of each."""
    return {text: (html.unescape(address), count) for address, text, count in OFFERED.findall(page)}


def test_each_word_that_finds_something_is_offered_alone_with_its_count(
    client: FlaskClient, catalogue: Actor
) -> None:
    page = client.get("/listings?words=Zither,+gnu+oboists&sort=price").text
    assert "Nothing was found" in page
    assert "No service has all of your words. Search for one of them:" in page
    assert offers(page) == {
        "“Zither”": ("/listings?words=Zither&sort=price", "1 service"),
        "“oboists”": ("/listings?words=oboists&sort=price", "2 services"),
    }


def test_a_word_alone_keeps_the_filters_and_nothing_but_the_words_is_offered_too(
    session: Session, client: FlaskClient, catalogue: Actor
) -> None:
    an_offer(session, title="Tower", summary="Zither oboists", category=Category.HR)
    session.commit()
    page = client.get("/listings?words=zither+oboists&category=finance&verified=&sort=price").text
    assert "No service that fits your filters has all of your words" in page
    assert "with the same filters:" in page
    assert offers(page) == {
        "“oboists”": ("/listings?words=oboists&category=finance&sort=price", "1 service"),
        "without filters": ("/listings?words=zither+oboists", "1 service"),
    }


def test_where_the_filters_leave_no_word_anything_each_is_offered_without_them(
    client: FlaskClient, catalogue: Actor
) -> None:
    page = client.get("/listings?words=zither+oboists&category=hr").text
    assert "No service has all of your words. Search for one of them, without filters:" in page
    assert list(offers(page).values()) == [
        ("/listings?words=zither", "1 service"),
        ("/listings?words=oboists", "2 services"),
    ]
    assert "remove one of them" not in page, "that would find nothing either"


def test_filters_without_words_or_with_one_are_offered_to_be_left_off(
    client: FlaskClient, catalogue: Actor
) -> None:
    assert offers(client.get("/listings?category=send").text) == {
        "without filters": ("/listings", "3 services")
    }
    page = client.get("/listings?words=zither&category=send").text
    assert offers(page) == {"without filters": ("/listings?words=zither", "1 service")}
    assert offers(client.get("/listings?words=gnu&category=hr").text) == {}
    assert offers(client.get("/listings?words=gnu").text) == {}


@pytest.mark.parametrize(
    "question",
    [
        "words=zither+oboists",
        "words=zitehr+obooists",
        "words=zitehr+obooists&exactly=true&place=Exeter",
        "words=zith+oboi",
        "words=zither+oboists&category=hr",
        "words=zither+oboists&category=finance&place=Exeter&sort=nearest",
        "words=zither+books&most_pence=0.01",
        "words=Zither%2FBooks+%22oboists%22",
        "words=site+books&sort=price",
    ],
)
@pytest.mark.parametrize("is_member", [True, False])
def test_what_is_offered_finds_as_many_as_it_says(
    app: Flask, session: Session, client: FlaskClient, catalogue: Actor, question: str, is_member: bool
) -> None:
    browser = signed_in(app, session, catalogue) if is_member else client
    answer = browser.get(f"/listings?{question}")
    found = offers(answer.text)
    assert answer.status_code == 200
    assert "Nothing was found" in answer.text
    assert bool(found) is ("exactly" not in question)
    for address, count in found.values():
        assert f"<strong>{count}</strong>" in browser.get(address).text


def test_a_word_that_was_misspelt_is_offered_as_it_was_meant(client: FlaskClient, catalogue: Actor) -> None:
    assert offers(client.get("/listings?words=zitehr+oboists").text).keys() == {
        "“zither”",
        "“oboists”",
    }


def test_whoever_may_not_find_a_listing_is_not_told_that_one_of_its_words_finds_something(
    app: Flask, session: Session, client: FlaskClient, catalogue: Actor
) -> None:
    address = "/listings?words=zither+oboists&category=hr"
    own = offers(signed_in(app, session, catalogue).get(address).text)
    assert own == {"“zither”": ("/listings?words=zither&category=hr", "1 service")}
    assert [count for _, count in offers(client.get(address).text).values()] == ["1 service", "2 services"]


def test_a_page_with_results_asks_the_database_nothing_more(
    session: Session, client: FlaskClient, catalogue: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any) -> Wider:
        raise AssertionError

    monkeypatch.setattr(widening, "wider", never)
    assert offers(client.get("/listings?words=site+gnu").text) == {}
    assert offers(client.get("/listings?category=finance").text) == {}


@pytest.mark.parametrize("words", ["a" + " b" * 9, ".b,".join(f"wood{number}" for number in range(28))])
def test_however_many_words_there_are_few_statements_are_sent(session: Session, words: str) -> None:
    found = asked(session, words=words, category=Category.HR, exactly=True)
    with statements_sent(session.connection()) as sent:
        widening.wider(session, found.asked)
    assert len(sent) <= 2 * (widening.MOST_WORDS + 3)
