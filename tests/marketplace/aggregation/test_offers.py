"""Price lists, found by words and page by page: nobody buries the lists of others."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.aggregation import offers, queries, services
from marketplace.aggregation.models import Round
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound, Refused
from marketplace.kernel.session import Database
from marketplace.trusts.access import Actor
from tests.factories.aggregation import a_buyer, a_price_list, a_round, a_supplier, round_terms
from tests.factories.trusts import signed_in


def many(session: Session, number: int, supplier: Actor) -> None:
    for _ in range(number):
        a_price_list(session, supplier, title="!")


def test_the_lists_of_one_supplier_do_not_hide_those_of_another(session: Session) -> None:
    honest = a_price_list(session, a_supplier(session, "Ridgeway Paper"), title="A4 paper")
    many(session, 30, a_supplier(session))
    by_page = offers.published(session, (), None)
    found = [*by_page.rows, *offers.published(session, (), by_page.next_after).rows]
    assert found[-1].id == honest.id
    for words in (["paper"], ["RIDGEWAY", "a4"], ["laptops", "ridgeway"]):
        assert [one.id for one in offers.published(session, words, None).rows] == [honest.id]
    assert offers.published(session, ["a4", "laptop%"], None).rows == []


def test_a_supplier_has_no_more_than_fifty_published_lists(session: Session) -> None:
    supplier = a_supplier(session)
    many(session, services.MOST_LISTS, supplier)
    with pytest.raises(Refused, match="Withdraw one"):
        a_price_list(session, supplier)
    first = offers.own_published(session, supplier)[-1]
    services.withdraw_price_list(session, supplier, first.id)
    a_price_list(session, supplier)
    assert len(offers.own_published(session, supplier)) == services.MOST_LISTS
    assert [one.id for one in offers.own_withdrawn(session, supplier, None).rows] == [first.id]
    with pytest.raises(NotFound):
        offers.one(session, a_buyer(session), first.id)


def test_publishing_at_once_goes_no_further_than_fifty(environment: dict[str, str]) -> None:
    database = Database.at(environment["DATABASE_URL"])
    with database.writing() as session:
        supplier = a_supplier(session)
        many(session, services.MOST_LISTS - 1, supplier)
        session.commit()
    start = threading.Barrier(4)
    refused: list[Refused] = []

    def together(session: Session) -> None:
        """PostgreSQL begins all four at once; SQLite one after another, so that the wait is given up."""
        session.connection()
        with contextlib.suppress(threading.BrokenBarrierError):
            start.wait(timeout=1)
        a_price_list(session, supplier)

    def publish() -> None:
        try:
            database.run(together)
        except Refused as error:
            refused.append(error)

    threads = [threading.Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    database.close()


def test_a_round_starts_from_a_list_that_is_searched_for(app: Flask, session: Session) -> None:
    honest = a_price_list(session, a_supplier(session, "Ridgeway Paper"), title="A4 paper")
    many(session, 30, a_supplier(session))
    browser = signed_in(app, session, a_buyer(session))
    assert "Ridgeway" not in browser.get("/rounds/new?title=Paper").text
    found = browser.get("/rounds/new?words=ridgeway&title=Paper").text
    assert f"price_list={honest.id}&amp;title=Paper" in found
    assert "Ridgeway Paper" in browser.get(f"/rounds/new?price_list={honest.id}").text
    assert "Show every price list" in browser.get("/rounds/new?words=nothing").text
    for address in ("rounds/new", "price-lists"):
        assert browser.get(f"/{address}?words={'x' * 101}").status_code == 422
        assert "Next" in browser.get(f"/{address}").text


def test_open_rounds_are_read_page_by_page_the_first_to_close_first(app: Flask, session: Session) -> None:
    actor, price_list = a_buyer(session), a_price_list(session)
    last = a_round(session, actor, closes_on=clock.today() + timedelta(days=30), title="The last")
    for number in range(26):
        closes_on = clock.today() + timedelta(days=number // 9)
        services.start_round(session, actor, round_terms(price_list.id, closes_on=closes_on))
    first = queries.open_rounds(session, actor, None)
    second = queries.open_rounds(session, actor, first.next_after)
    rows = [*first.rows, *second.rows]
    assert len({one.id for one in rows}) == 27
    assert [one.closes_on for one in rows] == sorted(one.closes_on for one in rows)
    assert (rows[-1].id, second.next_after) == (last.id, None)
    browser = signed_in(app, session, a_buyer(session))
    assert "The last" not in browser.get("/rounds").text
    assert f"/rounds/open?after={first.next_after}" in browser.get("/rounds").text
    assert "The last" in browser.get(f"/rounds/open?after={first.next_after}").text


def test_a_trust_leads_no_more_than_fifty_undecided_rounds(session: Session) -> None:
    lead, price_list = a_buyer(session), a_price_list(session)
    terms = round_terms(price_list.id)
    rounds: list[Round] = [services.start_round(session, lead, terms) for _ in range(services.MOST_ROUNDS)]
    with pytest.raises(Refused, match="Close or cancel one"):
        services.start_round(session, lead, terms)
    services.cancel_round(session, lead, rounds[0].id, "Too many")
    services.start_round(session, lead, terms)
