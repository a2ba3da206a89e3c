"""What a seller reads about its waiting list before pausing or withdrawing a listing."""

from __future__ import annotations

from flask import Flask
from sqlalchemy.orm import Session

from marketplace.catalogue import consequences, services
from marketplace.catalogue.models import CapacityPeriod
from marketplace.catalogue.states import Move
from marketplace.scheduling import holding
from marketplace.scheduling.kinds import WaitingState
from tests.factories.scheduling import a_buyer, a_place, a_scarce_listing, a_seller, a_wish, place_now
from tests.factories.trusts import signed_in


def test_a_seller_reads_what_becomes_of_the_waiting_list_and_so_it_becomes(
    app: Flask, session: Session
) -> None:
    listing, buyer = a_scarce_listing(session, units=2, taken=2), a_buyer(session)
    held, waits = a_place(session, listing, buyer), a_place(session, listing, wish=a_wish(periods=4))
    for period in session.query(CapacityPeriod).filter_by(listing_id=listing.id):
        period.taken = 0
    session.flush()
    holding.offer_free(session, listing.id)
    assert place_now(session, held.id).state is WaitingState.OFFERED

    found = {one.state: one for one in consequences.consequences(session, listing.id, Move.PAUSE)}
    assert {name: (one.number, one.last_day) for name, one in found.items()} == {
        "Held for somebody who waited": (1, held.ends_on),
        "On the waiting list": (1, waits.ends_on),
    }
    assert all("keep their places" in one.becomes and one.told for one in found.values())
    seller = a_seller(session, listing)
    page = signed_in(app, session, seller).get(f"/listings/{listing.id}/withdraw").text
    assert "On the waiting list: 1" in page
    assert "Nobody waits any more." in page

    services.move_listing(session, seller, listing.id, Move.PAUSE)
    assert {place_now(session, one.id).state for one in (held, waits)} == {WaitingState.PAUSED}
    assert [one.number for one in consequences.consequences(session, listing.id, Move.WITHDRAW)] == [2]
    services.move_listing(session, seller, listing.id, Move.WITHDRAW)
    assert {place_now(session, one.id).state for one in (held, waits)} == {WaitingState.CLOSED}
    assert consequences.consequences(session, listing.id, Move.WITHDRAW) == []
    session.commit()
    page = signed_in(app, session, buyer).get(f"/waiting-places/{held.id}").text
    assert "The seller has withdrawn this service" in page
    assert f'href="/listings/{listing.id}"' not in page, "nobody is led to a page that is not there"


def test_where_nobody_waits_the_page_says_so(app: Flask, session: Session) -> None:
    listing = a_scarce_listing(session)
    page = signed_in(app, session, a_seller(session, listing)).get(f"/listings/{listing.id}/pause").text
    assert "It has no live orders, and nobody waits for it." in page
