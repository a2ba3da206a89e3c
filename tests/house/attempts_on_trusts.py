"""Attempts to get a role, to approve alone, and to reach what another trust owns."""

from __future__ import annotations

import uuid
from datetime import timedelta

import sqlalchemy as sa
from freezegun import freeze_time

from billing.documents.models import BillingDetails, Invoice
from marketplace.aggregation.models import Commitment
from marketplace.catalogue.kinds import ListingState
from marketplace.catalogue.models import Listing
from marketplace.kernel import clock
from marketplace.membership import inviting
from marketplace.membership.models import Claim, Invitation
from marketplace.ordering.models import Order
from marketplace.ordering.states import OrderState
from marketplace.people.models import Person
from marketplace.trusts.kinds import Role
from marketplace.trusts.models import Membership, Organisation
from tests.factories.aggregation import a_buyer, a_request, a_round
from tests.factories.billing import an_invoice
from tests.factories.catalogue import a_listing
from tests.factories.membership import a_claim, an_invitation, an_operator, browser_of, somebody
from tests.factories.ordering import a_contract, a_draft, a_market, a_sent_order, next_month
from tests.factories.trusts import an_actor, an_organisation
from tests.house.attempts import World, attempt, for_each

ADDRESS = "invited@school.example"
NEWCOMER = {"name": "Nia Fresh", "password": "copper lantern drifts over moss"}


def members(world: World, organisation_id: uuid.UUID) -> int:
    mine = sa.select(sa.func.count(Membership.id)).where(Membership.organisation_id == organisation_id)
    return world.session.scalar(mine) or 0


@attempt
def an_invitation_is_accepted_by_somebody_else(world: World) -> None:
    admin, thief = world.somebody(), world.somebody()
    secret = an_invitation(world.session, admin, ADDRESS, Role.BUYER)
    before = members(world, admin.organisation_id)
    assert world.browser(thief).post(f"/invitations/{secret}").status_code == 403
    assert members(world, admin.organisation_id) == before


@attempt
def an_invitation_is_accepted_with_a_higher_role(world: World) -> None:
    admin = world.somebody()
    secret = an_invitation(world.session, admin, ADDRESS, Role.BUYER)
    invited = somebody(world.session, ADDRESS)
    browser_of(world.app, world.session, invited).post(
        f"/invitations/{secret}", data={"roles": "administrator", "role": "administrator"}
    )
    held = world.session.scalars(sa.select(Membership.role).where(Membership.person_id == invited.id))
    assert set(held) <= {Role.BUYER}


@attempt
def an_invitation_makes_an_account_with_another_address(world: World) -> None:
    secret = an_invitation(world.session, world.somebody(), ADDRESS, Role.BUYER)
    world.session.commit()
    world.stranger().post(f"/invitations/{secret}/account", data=NEWCOMER | {"email": "thief@evil.example"})
    assert world.session.scalar(sa.select(Person.id).where(Person.email == "thief@evil.example")) is None


@attempt
def an_invitation_is_used_twice(world: World) -> None:
    admin = world.somebody()
    secret = an_invitation(world.session, admin, ADDRESS, Role.BUYER)
    world.session.commit()
    assert world.stranger().post(f"/invitations/{secret}/account", data=NEWCOMER).status_code == 302
    before = members(world, admin.organisation_id)
    assert world.stranger().post(f"/invitations/{secret}/account", data=NEWCOMER).status_code >= 400
    assert members(world, admin.organisation_id) == before


@attempt
def an_invitation_is_used_after_it_was_revoked(world: World) -> None:
    admin = world.somebody()
    secret = an_invitation(world.session, admin, ADDRESS, Role.BUYER)
    invitation = world.session.scalars(sa.select(Invitation)).one()
    inviting.revoke(world.session, admin, invitation.id)
    world.session.commit()
    assert world.stranger().post(f"/invitations/{secret}/account", data=NEWCOMER).status_code >= 400
    assert world.session.scalar(sa.select(Person.id).where(Person.email == ADDRESS)) is None


@attempt
def an_invitation_is_used_after_seven_days(world: World) -> None:
    secret = an_invitation(world.session, world.somebody(), ADDRESS, Role.BUYER)
    world.session.commit()
    with freeze_time(clock.now() + timedelta(days=7, seconds=1)):
        assert world.stranger().post(f"/invitations/{secret}/account", data=NEWCOMER).status_code >= 400


@attempt
def an_invitation_is_guessed(world: World) -> None:
    used = an_invitation(world.session, world.somebody(), ADDRESS, Role.BUYER)
    world.session.commit()
    world.stranger().post(f"/invitations/{used}/account", data=NEWCOMER)
    answers = [world.stranger().get(f"/invitations/{secret}") for secret in (used, "guessed" * 6)]
    assert answers[0].status_code == answers[1].status_code >= 400


@for_each("buyer", "approver", "finance", "seller")
def somebody_without_the_right_invites(world: World, role: str) -> None:
    actor = world.somebody(None, Role(role))
    form = {"email": ADDRESS, "roles": ["administrator"]}
    assert world.browser(actor).post("/trust/people/invite", data=form).status_code == 403
    assert world.mails(ADDRESS) == []


@for_each("administrator", "approver", "finance")
def somebody_gives_themselves_a_role(world: World, role: str) -> None:
    actor = world.somebody(None, Role.BUYER)
    an_actor(world.session, world.session.get_one(Organisation, actor.organisation_id))
    form = {"roles": ["buyer", role]}
    assert world.browser(actor).post(f"/trust/people/{actor.person_id}", data=form).status_code == 403
    assert world.roles_of(actor) == {Role.BUYER}


@attempt
def an_administrator_gives_themselves_a_role_without_a_second_one(world: World) -> None:
    actor = world.somebody(None, Role.ADMINISTRATOR)
    form = {"roles": ["administrator", "finance", "approver"]}
    world.browser(actor).post(f"/trust/people/{actor.person_id}", data=form)
    assert world.roles_of(actor) == {Role.ADMINISTRATOR}


@attempt
def the_last_administrator_steps_down(world: World) -> None:
    actor = world.somebody(None, Role.ADMINISTRATOR, Role.BUYER)
    world.browser(actor).post(f"/trust/people/{actor.person_id}", data={"roles": ["buyer"]})
    assert Role.ADMINISTRATOR in world.roles_of(actor)


@attempt
def the_last_administrator_leaves(world: World) -> None:
    actor = world.somebody(None, Role.ADMINISTRATOR)
    assert world.browser(actor).post("/trust/people/leave").status_code >= 400
    assert world.roles_of(actor) == {Role.ADMINISTRATOR}


@attempt
def the_roles_of_another_trusts_people_are_changed(world: World) -> None:
    victim, thief = world.somebody(None, Role.BUYER), world.somebody()
    browser = world.browser(thief)
    assert browser.post(f"/trust/people/{victim.person_id}", data={"roles": ["seller"]}).status_code == 404
    assert browser.post(f"/trust/people/{victim.person_id}/remove").status_code == 404
    assert world.roles_of(victim) == {Role.BUYER}


@attempt
def somebody_acts_after_they_were_removed(world: World) -> None:
    actor = world.somebody(None, Role.SELLER)
    browser, headers = world.browser(actor), world.program(actor)
    world.session.execute(sa.delete(Membership).where(Membership.person_id == actor.person_id))
    world.session.commit()
    assert browser.get("/orders").status_code == 403
    assert world.stranger().get("/api/orders", headers=headers).status_code in {401, 403}


@attempt
def somebody_switches_to_a_trust_that_is_not_theirs(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    browser = world.browser(thief)
    browser.post("/trust/switch", data={"organisation_id": str(victim.organisation_id)})
    page = browser.get("/trust").text
    assert victim.organisation_name not in page
    with browser.session_transaction() as cookie:
        cookie["organisation"] = str(victim.organisation_id)  # as if the cookie's key were known
    assert victim.organisation_name not in browser.get("/trust").text


@attempt
def somebody_verifies_their_own_claim(world: World) -> None:
    person, trust = somebody(world.session), an_organisation(world.session)
    claim = a_claim(world.session, person, trust)
    browser = browser_of(world.app, world.session, person)
    for path in (f"/operator/claims/{claim.id}/verify", f"/trust/claims/{claim.id}/admit"):
        assert browser.post(path, data={"roles": ["administrator"]}).status_code == 403
    assert members(world, trust.id) == 0


@attempt
def a_claim_to_another_trust_is_admitted(world: World) -> None:
    admin, thief = world.somebody(), world.somebody()
    trust = world.session.get_one(Organisation, admin.organisation_id)
    claim = a_claim(world.session, somebody(world.session), trust)
    before, browser = members(world, trust.id), world.browser(thief)
    form = {"roles": ["administrator"]}
    assert browser.post(f"/trust/claims/{claim.id}/admit", data=form).status_code == 404
    assert members(world, trust.id) == before


@attempt
def a_claim_asks_for_more_by_posting_its_state(world: World) -> None:
    person, trust = somebody(world.session), an_organisation(world.session)
    world.session.commit()
    form = {
        "part": "head",
        "roles": "buyer",
        "evidence": "me",
        "state": "admitted",
        "person_id": str(uuid.uuid4()),
    }
    browser = browser_of(world.app, world.session, person)
    assert browser.post(f"/claims/new/{trust.id}", data=form).status_code == 422
    assert world.session.scalars(sa.select(Claim)).all() == []


@for_each("/operator/claims", "/operator/organisations", "/operator/suppliers/new")
def an_administrator_opens_the_operators_pages(world: World, path: str) -> None:
    assert world.browser(world.somebody()).get(path).status_code == 403


@attempt
def the_operator_acts_for_a_trust_that_is_not_theirs(world: World) -> None:
    victim, operator = world.somebody(), an_operator(world.session)
    browser = browser_of(world.app, world.session, operator)
    with browser.session_transaction() as cookie:
        cookie["organisation"] = str(victim.organisation_id)
    assert {browser.get(path).status_code for path in ("/orders", "/trust", "/billing/settings")} == {403}


@attempt
def an_order_is_approved_by_who_asked_for_it(world: World) -> None:
    market = a_market(world.session, limit_pence=0)
    buyer = an_actor(world.session, world.session.get_one(Organisation, market.buyer.organisation_id))
    order = a_sent_order(
        world.session, type(market)(buyer, market.approver, market.seller, market.stranger, market.listing_id)
    )
    assert order.state is OrderState.AWAITING_APPROVAL
    for browser in (world.browser(buyer), world.browser(buyer)):  # a second browser is not a second person
        browser.post(f"/orders/{order.id}/approve", data={"version": str(order.version)})
    headers = world.program(buyer)
    sent = {"version": order.version}
    world.stranger().post(f"/api/orders/{order.id}/approve", json=sent, headers=headers)
    assert world.again(order).state is OrderState.AWAITING_APPROVAL


@attempt
def an_order_is_approved_by_another_trusts_approver(world: World) -> None:
    market = a_market(world.session, limit_pence=0)
    order = a_sent_order(world.session, market)
    for thief in (market.stranger, market.seller, an_actor(world.session)):
        answer = world.browser(thief).post(
            f"/orders/{order.id}/approve", data={"version": str(order.version)}
        )
        assert answer.status_code in {403, 404}
    assert world.again(order).state is OrderState.AWAITING_APPROVAL


@attempt
def a_writing_of_an_order_is_approved_that_was_changed_since(world: World) -> None:
    market = a_market(world.session, limit_pence=0)
    order = a_sent_order(world.session, market)
    old = order.version
    world.session.execute(sa.update(Order).where(Order.id == order.id).values(version=old + 1))
    world.session.commit()
    answer = world.browser(market.approver).post(f"/orders/{order.id}/approve", data={"version": str(old)})
    assert answer.status_code in {409, 422}
    assert world.again(order).state is OrderState.AWAITING_APPROVAL


@attempt
def a_buyer_accepts_its_own_order_for_the_seller(world: World) -> None:
    market = a_market(world.session)
    order = a_sent_order(world.session, market)
    buyer = an_actor(world.session, world.session.get_one(Organisation, market.buyer.organisation_id))
    answer = world.browser(buyer).post(f"/orders/{order.id}/accept", data={"version": str(order.version)})
    assert answer.status_code == 404
    assert world.again(order).state is OrderState.PLACED


@attempt
def an_order_is_made_for_another_buyer_at_another_price(world: World) -> None:
    market = a_market(world.session)
    terms = {
        "listing_id": str(market.listing_id),
        "quantity": 1,
        "starts_on": next_month().isoformat(),
        "periods": 1,
    }
    more = {"buyer_id": str(market.stranger.organisation_id), "unit_price_pence": 1, "state": "accepted"}
    headers = world.program(market.buyer)
    answer = world.stranger().post("/api/orders", json=terms | more, headers=headers)
    assert answer.status_code == 422
    assert world.session.scalars(sa.select(Order)).all() == []


@attempt
def a_draft_is_ordered_that_is_not_published(world: World) -> None:
    market = a_market(world.session)
    hidden = a_listing(world.session, state=ListingState.DRAFT)
    sent = {"listing_id": str(hidden.id), "quantity": 1, "starts_on": next_month().isoformat(), "periods": 1}
    answer = world.stranger().post("/api/orders", json=sent, headers=world.program(market.buyer))
    assert answer.status_code == 404
    assert hidden.title not in world.stranger().get("/listings").text
    assert world.stranger().get(f"/listings/{hidden.id}").status_code == 404


@attempt
def a_listing_is_published_in_the_name_of_another_trust(world: World) -> None:
    victim, thief = world.somebody(), world.somebody()
    form = {
        "title": "Payroll",
        "summary": "Payroll help",
        "description": "Payroll",
        "delivery": "remote",
        "places_served": "Devon",
        "unit": "day",
        "category": "finance",
        "seller_id": str(victim.organisation_id),
        "state": "published",
    }
    world.browser(thief).post("/listings/new", data=form)
    world.stranger().post("/api/listings", json=form, headers=world.program(thief))
    assert world.session.scalars(sa.select(Listing)).all() == []


@for_each("publish", "pause", "withdraw")
def a_listing_of_another_trust_is_moved(world: World, verb: str) -> None:
    listing = a_listing(world.session)
    before = listing.state
    assert world.browser(world.somebody()).post(f"/listings/{listing.id}/{verb}").status_code == 404
    assert world.again(listing).state == before


@attempt
def the_need_of_another_trust_is_brought_into_a_round(world: World) -> None:
    round_ = a_round(world.session)
    victim, thief = a_buyer(world.session), a_buyer(world.session)
    request = a_request(world.session, victim)
    sent = {"quantity": 5, "ceiling_pence": 90_000, "purchase_request_id": str(request.id)}
    headers = world.program(thief)
    answer = world.stranger().post(f"/api/rounds/{round_.id}/commitments", json=sent, headers=headers)
    assert answer.status_code in {404, 422}
    own = sa.select(Commitment).where(Commitment.trust_id == thief.organisation_id)
    assert world.session.scalars(own).all() == []


@attempt
def a_round_is_closed_by_who_does_not_lead_it(world: World) -> None:
    round_ = a_round(world.session)
    before = round_.state
    form = {"reason": "I say so"}
    assert (
        world.browser(a_buyer(world.session)).post(f"/rounds/{round_.id}/close", data=form).status_code == 404
    )
    assert world.again(round_).state == before


@attempt
def a_seller_gives_its_own_contract_the_buyers_number(world: World) -> None:
    market = a_market(world.session)
    contract = a_contract(world.session, market)
    seller = an_actor(world.session, world.session.get_one(Organisation, market.seller.organisation_id))
    path, sent = f"/contracts/{contract.id}/po-number", {"po_number": "PO 1"}
    assert world.browser(seller).post(path, data=sent).status_code == 404
    answer = world.stranger().put(f"/api{path}", json=sent, headers=world.program(seller))
    assert answer.status_code == 404
    assert world.again(contract).po_number is None


@attempt
def a_buyer_says_that_it_has_paid(world: World) -> None:
    owed = an_invoice(world.session)
    form = {"amount_pence": "300.00", "received_on-day": "1", "bank_reference": "X"}
    path = f"/invoices/{owed.invoice.id}/receipts"
    assert world.browser(owed.buyer).post(path, data=form).status_code == 404
    sent = {"amount_pence": 30_000, "received_on": clock.today().isoformat(), "bank_reference": "X"}
    answer = world.stranger().post(f"/api{path}", json=sent, headers=world.program(owed.buyer))
    assert answer.status_code == 404


@for_each("", ".pdf")
def an_invoice_is_fetched_by_its_address(world: World, ending: str) -> None:
    owed = an_invoice(world.session)
    world.session.commit()
    path = f"/invoices/{owed.invoice.id}{ending}"
    assert world.stranger().get(path).status_code == 302
    answer = world.browser(world.somebody()).get(path)
    assert answer.status_code == 404
    assert owed.invoice.number.encode() not in answer.data


@attempt
def the_bank_details_of_another_trust_are_changed(world: World) -> None:
    owed = an_invoice(world.session)
    kept = world.session.scalars(sa.select(BillingDetails)).one().account_number
    form = {
        "legal_name": "Thief",
        "address": "1 Lane",
        "payee_name": "Thief",
        "sort_code": "654321",
        "account_number": "87654321",
        "organisation_id": str(owed.seller.organisation_id),
    }
    thief = world.somebody()
    world.browser(thief).post("/billing/settings", data=form)
    world.stranger().put("/api/billing/settings", json=form, headers=world.program(thief))
    details = {
        one.organisation_id: one.account_number for one in world.session.scalars(sa.select(BillingDetails))
    }
    assert details == {owed.seller.organisation_id: kept}


@attempt
def an_issued_invoice_is_altered_in_the_database(world: World) -> None:
    owed = an_invoice(world.session)
    with world.session.begin_nested() as kept:
        try:
            world.session.execute(sa.update(Invoice).values(gross_pence=1))
        except sa.exc.DBAPIError:
            kept.rollback()
        else:
            raise AssertionError("an invoice was altered")
    assert world.again(owed.invoice).gross_pence > 1


@attempt
def an_order_is_seen_by_who_is_no_party(world: World) -> None:
    market = a_market(world.session)
    order = a_draft(world.session, market, note="for our eyes only")
    thief = world.somebody()
    page = world.browser(thief).get(f"/orders/{order.id}")
    json = world.stranger().get(f"/api/orders/{order.id}", headers=world.program(thief))
    assert (page.status_code, json.status_code) == (404, 404)
    assert "for our eyes only" not in page.text + json.text
