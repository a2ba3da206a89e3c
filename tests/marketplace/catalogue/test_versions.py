"""Every state of a listing that buyers saw is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from marketplace.catalogue import detailing, services, versions
from marketplace.catalogue.kinds import Cadence, ListingState, VatTreatment
from marketplace.catalogue.models import Listing
from marketplace.catalogue.plans import Price, add_plan, change_plan
from marketplace.catalogue.states import Move
from marketplace.catalogue.version_models import ListingVersion
from marketplace.kernel.errors import NotFound
from marketplace.trusts.access import Actor
from tests.factories.catalogue import a_known_seller, a_listing, an_offer
from tests.factories.trusts import an_actor, bearer, signed_in


@pytest.fixture
def own(session: Session) -> tuple[Actor, Listing]:
    """A known seller and a draft of theirs that lacks nothing."""
    seller = a_known_seller(session)
    return an_actor(session, seller), an_offer(session, seller, state=ListingState.DRAFT)


def numbers(session: Session, listing: Listing) -> list[int]:
    return [one.number for one in versions.of_listing(session, listing.id)]


def test_a_draft_has_no_versions_and_a_published_listing_one_for_each_change(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    services.revise_listing(session, actor, listing.id, {"summary": "Before"})
    assert numbers(session, listing) == []
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    assert numbers(session, listing) == [1]
    services.revise_listing(session, actor, listing.id, {"summary": "After"})
    newest, first = versions.of_listing(session, listing.id)
    assert [(one.part, one.before, one.after) for one in newest.changes] == [("Summary", "Before", "After")]
    assert (first.is_first, first.number, newest.number, newest.person_name) == (True, 1, 2, actor.name)


def test_what_changes_while_paused_is_seen_when_it_is_resumed(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    services.move_listing(session, actor, listing.id, Move.PAUSE)
    services.revise_listing(session, actor, listing.id, {"summary": "One"})
    services.revise_listing(session, actor, listing.id, {"summary": "Two"})
    assert numbers(session, listing) == [1]
    services.move_listing(session, actor, listing.id, Move.RESUME)
    assert numbers(session, listing) == [2, 1]
    services.move_listing(session, actor, listing.id, Move.PAUSE)
    services.move_listing(session, actor, listing.id, Move.RESUME)
    assert numbers(session, listing) == [2, 1]


def test_a_price_is_part_of_what_is_kept(session: Session, own: tuple[Actor, Listing]) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    kept = versions.of_listing(session, listing.id)[0]
    assert kept.terms["plans"][0]["unit_price_pence"] == 26_500
    assert "is_offered" not in kept.terms["plans"][0]
    add_plan(session, actor, listing.id, Price(Cadence.ANNUAL, 300_000, VatTreatment.EXEMPT))
    assert [one.part for one in versions.of_listing(session, listing.id)[0].changes] == ["Price"]


def test_that_a_year_is_charged_in_two_parts_is_said_in_a_version(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    price = Price(Cadence.ANNUAL, 300_000, VatTreatment.EXEMPT)
    plan = add_plan(session, actor, listing.id, price)
    change_plan(session, actor, listing.id, plan.id, replace(price, is_split_in_april=True))
    last = versions.of_listing(session, listing.id)[0]
    assert [one.part for one in last.changes] == ["Price"]
    assert "in two parts, by the months before and after 1 April" in last.changes[0].after
    assert "in two parts" not in last.changes[0].before


@pytest.mark.parametrize(
    "statement", ["UPDATE listing_versions SET number = 9", "DELETE FROM listing_versions"]
)
def test_no_version_is_changed_or_removed(
    session: Session, own: tuple[Actor, Listing], statement: str
) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"), session.begin_nested():
        session.execute(sa.text(statement))


def test_an_order_keeps_the_last_version_up_to_its_own(session: Session, own: tuple[Actor, Listing]) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    detailing.set_trial(session, actor, listing.id, 3, 0, None)
    detailing.set_trial(session, actor, listing.id, 6, 0, None)
    kept = {number: versions.kept_by_order(session, listing.id, number) for number in (0, 1, 2, 3, 9)}
    assert kept[0] is None
    assert [one.terms["trial_months"] if one else 0 for one in kept.values()] == [0, None, 3, 6, 6]


def test_versions_count_from_1_however_many_steps_were_before_and_an_order_says_the_same(
    session: Session, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    for summary in ("One", "Two", "Three"):
        services.revise_listing(session, actor, listing.id, {"summary": summary})
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    services.revise_listing(session, actor, listing.id, {"summary": "Four"})
    assert numbers(session, listing) == [2, 1]
    assert versions.one(session, listing.id, 2).terms["summary"] == "Four"
    ordered = [versions.kept_by_order(session, listing.id, number) for number in (4, 5)]
    assert [one and (one.number, one.terms["summary"]) for one in ordered] == [(1, "Three"), (2, "Four")]
    rows = sa.select(ListingVersion.number).where(ListingVersion.listing_id == listing.id)
    assert session.scalars(rows.order_by(ListingVersion.number)).all() == [4, 5]


def test_a_version_that_is_not_there_is_not_found(session: Session, own: tuple[Actor, Listing]) -> None:
    with pytest.raises(NotFound):
        versions.one(session, own[1].id, 7)


def test_the_seller_reads_what_changed_on_a_page_and_as_json(
    app: Flask, session: Session, client: FlaskClient, own: tuple[Actor, Listing]
) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    services.revise_listing(session, actor, listing.id, {"summary": "<b>After</b>"})
    browser = signed_in(app, session, actor)
    listed = browser.get(f"/listings/{listing.id}/versions").text
    assert "The first that buyers saw" in listed
    shown = browser.get(f"/listings/{listing.id}/versions/2").text
    assert "A qualified estates manager for your schools" in shown
    assert "&lt;b&gt;After&lt;/b&gt;" in shown
    assert browser.get(f"/listings/{listing.id}/versions/3").status_code == 404
    answer = client.get(f"/api/listings/{listing.id}/versions", headers=bearer(session, actor)).json
    assert answer is not None
    assert [one["number"] for one in answer["items"]] == [2, 1]
    assert answer["items"][0]["changes"][0]["part"] == "Summary"


@pytest.mark.parametrize("path", ["versions", "versions/1"])
def test_another_trust_reads_no_version(
    app: Flask, session: Session, client: FlaskClient, own: tuple[Actor, Listing], path: str
) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    other = an_actor(session)
    assert signed_in(app, session, other).get(f"/listings/{listing.id}/{path}").status_code == 404
    answer = client.get(f"/api/listings/{listing.id}/{path}", headers=bearer(session, other))
    assert answer.status_code == 404


def test_nothing_that_buyers_do_not_see_is_in_a_version(session: Session, own: tuple[Actor, Listing]) -> None:
    actor, listing = own
    services.move_listing(session, actor, listing.id, Move.PUBLISH)
    kept: dict[str, Any] = session.scalars(
        sa.select(ListingVersion.terms).where(ListingVersion.listing_id == listing.id)
    ).one()
    assert {"seller_id", "state", "answered", "published_at"}.isdisjoint(kept)
    assert a_listing(session).id != listing.id


def test_of_very_many_versions_each_is_found_and_only_the_first_is_the_first(session: Session) -> None:
    listing = an_offer(session)
    terms = versions.shown_now(session, listing.seller_id, listing.id)
    assert terms is not None
    session.add_all(
        ListingVersion(listing_id=listing.id, number=number, terms={**terms, "title": f"Title {number}"})
        for number in range(1, versions.MOST + 3)
    )
    session.flush()
    shown = versions.of_listing(session, listing.id)
    assert [one.number for one in shown] == list(range(versions.MOST + 2, 2, -1))
    assert not any(one.is_first for one in shown)
    assert versions.one(session, listing.id, 1).is_first
    second = versions.one(session, listing.id, 2)
    assert (second.terms["title"], len(second.changes)) == ("Title 2", 1)
    for number in (0, versions.MOST + 3, 2**31, 10**30):
        with pytest.raises(NotFound):
            versions.one(session, listing.id, number)
